"""The description of an API: its operations, their parameters, bodies and answers.

Text stands as its author wrote it; whoever renders it escapes it.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, Final, TypeAlias

import msgspec

Schema: TypeAlias = dict[str, Any]
"""A JSON Schema in the dialect of OpenAPI 3.1 (2020-12), as a plain JSON object.

A named one is referred to as `{"$ref": "#/components/schemas/NAME"}`, NAME being a definition of the API.
"""

SCHEMA_REFERENCE: Final = "#/components/schemas/"


class Place(StrEnum):
    """Where a parameter travels."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"
    BODY = "body"
    """A member of the JSON object that is sent."""


class VersionScheme(StrEnum):
    """How a call names the version of an API that it means. All versions below one suffix share it."""

    SEGMENT = "segment"
    """The path segment behind the suffix."""
    QUERY = "query"
    """A query parameter."""
    HEADER = "header"
    """A header."""
    ORIGINAL = "original"
    """Nothing: the version that was there before there were versions, and answers calls that name none."""


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One parameter of an operation, or one member of its body.

    Attributes:
        name: as sent.
        place: path, query, header, cookie or body.
        type: `string`, `integer`, `number`, `boolean`, `date-time` or `date`.
        description: what it means, with its unit.
        required: whether a call without it is refused.
        repeatable: whether several values may be sent by repeating the name.
        values: the possible values, when they are few.
        example: a value that works on the sample company.
        schema: what a value must be, where `type` and `values` do not say all of it.
        deprecated: whether new programs should do without it.
    """

    name: str
    place: Place
    type: str = "string"
    description: str = ""
    required: bool = False
    repeatable: bool = False
    values: tuple[str, ...] = ()
    example: str = ""
    schema: Schema | None = None
    deprecated: bool = False


class Payload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a body holds in one media type.

    Attributes:
        media_type: as in Content-Type, without parameters.
        schema: of the value; of the fields together for `application/x-www-form-urlencoded` and
            `multipart/form-data`. None when nothing is said of it.
        example: a JSON value, or a text where the media type is not JSON; None when there is none.
    """

    media_type: str
    schema: Schema | None = None
    example: Any = None


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The body of a request."""

    payloads: tuple[Payload, ...]
    description: str = ""
    required: bool = False


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One answer that an operation may give.

    Attributes:
        status: `200`, a range such as `4XX`, or `default`.
        description: when it is given.
        payloads: what its body may hold; none when it has no body.
        headers: the headers that it carries, as parameters in a header.
    """

    status: str
    description: str = ""
    payloads: tuple[Payload, ...] = ()
    headers: tuple[Parameter, ...] = ()


class Operation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One operation of an API.

    Attributes:
        key: stable within the API: lower case, digits and dashes.
        method: the HTTP method.
        template: the path below suffix and version, with `{Name}` for parameters.
        name: the title of its page.
        target: which operation of the upstream answers, as that upstream names it: an HTTP upstream by its
            path, with `{Name}` for parameters.
        summary: one sentence.
        parameters: in the order of the page.
        description: more than one sentence, in Markdown.
        deprecated: whether new programs should do without it.
        tags: by which its page is found.
        body: what is sent, where the parameters do not say it.
        answers: what comes back.
    """

    key: str
    method: str
    template: str
    name: str
    target: str
    summary: str = ""
    parameters: tuple[Parameter, ...] = ()
    description: str = ""
    deprecated: bool = False
    tags: tuple[str, ...] = ()
    body: Body | None = None
    answers: tuple[Answer, ...] = ()


class Api(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One revision of one API in one version.

    Attributes:
        key: stable: lower case, digits and dashes. All revisions of an API have one key.
        name: as shown.
        suffix: the first path segment behind the tier.
        version: the segment behind the suffix, or the value by which query or header name this version.
        upstream: the name of the backend that answers; empty for an API that is called without the managed
            layer, which no catalogue has.
        kind: `system` (one application's data) or `business process` (made of several).
        tiers: the tiers on which it answers.
        subscription_required: whether a call needs a subscription key.
        bearer_required: whether a call needs an access token of ours; if not, it runs for no application.
        key_header: the header that carries the key.
        key_query: the query name that carries it when the header is absent.
        version_scheme: how calls name the version.
        version_name: the query parameter or header that names it.
        definitions: schemas by name.
        revision: its number, from 1.
        current: whether addresses without `;rev=` mean this revision; exactly one of a key does.
        online: an offline revision answers nothing.
        release_note: what changed, for the change log.
        deprecated: whether nobody should begin with this version any more; it answers all the same.
        deprecation_note: what to use instead.
        sunset_on: the day after which it may be gone (RFC 8594), where that is decided.
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
    bearer_required: bool = True
    key_header: str = "Ocp-Apim-Subscription-Key"
    key_query: str = "subscription-key"
    version_scheme: VersionScheme = VersionScheme.SEGMENT
    version_name: str = ""
    definitions: dict[str, Schema] = {}
    revision: int = 1
    current: bool = True
    online: bool = True
    release_note: str = ""
    deprecated: bool = False
    deprecation_note: str = ""
    sunset_on: date | None = None
