"""The description of an API: its operations and their parameters.

Text stands as its author wrote it; whoever renders it escapes it.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Place(StrEnum):
    """Where a parameter travels."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    BODY = "body"
    """A member of the JSON object that is sent."""


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One parameter of an operation, or one member of its body.

    Attributes:
        name: as sent.
        place: path, query, header or body.
        type: `string`, `integer`, `number`, `boolean`, `date-time` or `date`.
        description: what it means, with its unit.
        required: whether a call without it is refused.
        repeatable: whether several values may be sent by repeating the name.
        values: the possible values, when they are few.
        example: a value that works on the sample company.
    """

    name: str
    place: Place
    type: str = "string"
    description: str = ""
    required: bool = False
    repeatable: bool = False
    values: tuple[str, ...] = ()
    example: str = ""


class Operation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One operation of an API.

    Attributes:
        key: stable within the API: lower case, digits and dashes.
        method: the HTTP method.
        template: the path below suffix and version, with `{Name}` for parameters.
        name: the title of its page.
        target: which operation of the upstream answers, as that upstream names it.
        summary: one sentence.
        parameters: in the order of the page.
    """

    key: str
    method: str
    template: str
    name: str
    target: str
    summary: str = ""
    parameters: tuple[Parameter, ...] = ()


class Api(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One API in one version.

    Attributes:
        key: stable: lower case, digits and dashes.
        name: as shown.
        suffix: the first path segment behind the tier.
        version: the segment behind the suffix.
        upstream: the name of the backend that answers.
        kind: `system` (one application's data) or `business process` (made of several).
        tiers: the tiers on which it answers.
        subscription_required: whether a call needs a subscription key.
        key_header: the header that carries the key.
        key_query: the query name that carries it when the header is absent.
    """

    key: str
    name: str
    suffix: str
    version: str
    upstream: str
    operations: tuple[Operation, ...]
    description: str = ""
    kind: str = "system"
    tiers: tuple[str, ...] = ("test", "production")
    subscription_required: bool = True
    key_header: str = "Ocp-Apim-Subscription-Key"
    key_query: str = "subscription-key"
