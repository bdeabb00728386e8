"""What a route of the action API is. Nothing here meets Django."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX: Final = "/api/v1/"
"""Under which every route is called."""

JSON: Final = "application/json"
TEXT: Final = "text/plain"
"""What a body is that holds something secret: the base64 of a JSON object."""


class Type(StrEnum):
    """What a parameter holds."""

    STRING = "string"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    TEXT = "text"
    ARRAY = "array"
    HASH = "hash"
    JSON = "json"
    PARENT = "parent"


class Verb(StrEnum):
    """How a route is called."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    DELETE = "DELETE"


class State(StrEnum):
    """How far a service or route has come. Only what is deployed answers."""

    PLANNED = "planned"
    DEPLOYED = "deployed"
    RETIRED = "retired"


class Role(StrEnum):
    """As what somebody calls: by a record that they have, by none, or as an application by itself."""

    CLIENT = "client"
    EMPLOYEE = "employee"
    LIAISON = "liaison"
    USER = "user"
    APPLICATION = "application"


RECORDS: Final = (Role.CLIENT, Role.EMPLOYEE, Role.LIAISON)
"""The roles that come from a record of a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a route.

    Attributes:
        name: as callers write it.
        type: what it holds.
        position: where it stands in the documentation; several may share one, and stand as declared.
        description: a sentence.
        required: whether a call without it is refused.
        possible_values: all that it may be; empty for anything of its type.
        max_length: the most characters of a string or text, or members of an array; 0 for the type's own.
        least, most: the bounds of a number; None for the type's own.
        parent: the name of the parameter that it is a member of; empty for none.
        sensitive: whether it may only travel in a body of `text/plain`.
        also_integer: whether a whole number is taken as the string that it is written as.
        example: shown in documentation; None leaves it out of example bodies.
    """

    name: str
    type: Type
    position: int
    description: str
    required: bool = False
    possible_values: tuple[str, ...] = ()
    max_length: int = 0
    least: int | None = None
    most: int | None = None
    parent: str = ""
    sensitive: bool = False
    also_integer: bool = False
    example: object = None

    @property
    def full_name(self) -> str:
        """With the parameter that it is a member of, as in `client.email`."""
        return f"{self.parent}.{self.name}" if self.parent else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a call may come to.

    Attributes:
        slug: the literal in `status`.
        code: the HTTP status.
        description: when it is answered.
        uncommon: whether it tells of the server's state or of a broken body, and stands apart.
        own: whether it is an addition of this product to the documented ones.
    """

    slug: str
    code: int
    description: str
    uncommon: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Attribute:
    """What records of an index can be searched, filtered or sorted by.

    Attributes:
        name: as it stands in the records.
        type: string, integer or boolean; an instant is a string (ISO 8601).
        search, filter, sort: what it can be used for.
        instant: whether it is a moment.
    """

    name: str
    type: Type = Type.STRING
    search: bool = False
    filter: bool = True
    sort: bool = True
    instant: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A group of routes that is deployed as one.

    Attributes:
        slug: names it.
        name: for people.
        description: a sentence.
        owner: who answers for it.
        version: of what it does.
    """

    slug: str
    name: str
    description: str
    owner: str = "Millgate"
    version: str = "1.0"


Refusals: TypeAlias = tuple[Status, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One action on one collection.

    Attributes:
        path: collection and action, as in `cancelations/update`.
        verb: the documented one; `verbs` are all that are taken.
        purpose: what it does, in a sentence or a few.
        service: the slug of the service that it is part of.
        roles: who may call it; empty for anybody, without a token.
        right: the permission that a person needs besides, as in `accounts.change_person`.
        sensitive: whether its body is always `text/plain`.
        own_parameters: those that are not common to all routes.
        own_statuses: likewise.
        attributes: of its records, where it is an index.
        views: how its records can be shown, the first unless one is named; empty where there is no choice.
        mails: whether its mail must leave before the call succeeds.
        state: in which it is installed.
    """

    path: str
    purpose: str
    service: str
    verb: Verb = Verb.POST
    roles: tuple[Role, ...] = ()
    right: str = ""
    sensitive: bool = False
    own_parameters: tuple[Parameter, ...] = ()
    own_statuses: Refusals = ()
    attributes: tuple[Attribute, ...] = ()
    views: tuple[str, ...] = ()
    mails: bool = False
    state: State = State.DEPLOYED

    @property
    def collection(self) -> str:
        """The first half of the path."""
        return self.path.partition("/")[0]

    @property
    def action(self) -> str:
        """The second half."""
        return self.path.partition("/")[2]

    @property
    def title(self) -> str:
        """As in “Cancelations Update API”."""
        words = self.path.replace("/", " ").replace("_", " ").split()
        return " ".join([*(word.capitalize() for word in words), "API"])

    @property
    def anonymous(self) -> bool:
        """Whether it is called without a token."""
        return not self.roles

    @property
    def reads(self) -> bool:
        """Whether it changes nothing, and can be asked by GET."""
        return self.action in {"index", "read"}

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """All that are taken: the documented one first, then its aliases."""
        if self.reads:
            return (Verb.POST, Verb.GET)
        return (self.verb,) if self.verb is Verb.POST else (self.verb, Verb.POST)

    @property
    def content_types(self) -> tuple[str, ...]:
        """What a body may be."""
        if self.sensitive:
            return (TEXT,)
        return (JSON, TEXT) if any(item.sensitive for item in self.own_parameters) else (JSON,)

    @property
    def address(self) -> str:
        """The path within the origin."""
        return PREFIX + self.path


Table: TypeAlias = "Mapping[str, Route]"
