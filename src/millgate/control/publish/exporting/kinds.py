"""The kinds of things that people decide, in the form in which files hold them. Nothing here meets Django.

A thing is named by what people and programs know it by (a PCN, a user ID, a client ID, a key), never by
the number of a row. Members that have their default are left out of files.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec

from millgate.describe import model
from millgate.snapshot import document, upstreams

FORMAT: Final = 1
"""The number of the form of the files. Another form gets another number."""

Time: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
Number: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Position: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class Thing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing of a file."""


class SecretThing(Thing, frozen=True):
    """A thing with members that are sealed in files, and never printed."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


# The directory


class Company(Thing, frozen=True):
    """A company (PCN)."""

    pcn: Number
    tenant_id: uuid.UUID
    code: str
    name: str
    time_zone: str = "UTC"
    active: bool = True


class Grant(Thing, frozen=True):
    """What a role may do with one controller."""

    controller: str
    read: bool = True
    write: bool = False


class Role(Thing, frozen=True):
    """A security role."""

    key: str
    name: str
    description: str = ""
    grants: tuple[Grant, ...] = ()


class Standing(Thing, frozen=True):
    """A person's standing in a role, which is named by its key."""

    role: str
    member: bool = True
    admin: bool = False


class Person(Thing, frozen=True):
    """A person or a service account (PUN); companies by PCN."""

    user_id: str
    email: str
    first_name: str = ""
    last_name: str = ""
    position: str = ""
    department: str = ""
    company: int | None = None
    companies: tuple[int, ...] = ()
    time_zone: str = "UTC"
    language: str = ""
    asked_company: str = ""
    state: str = "active"
    state_comment: str = ""
    confirmed_at: Time | None = None
    terms_accepted_at: Time | None = None
    is_service_account: bool = False
    is_staff: bool = False
    is_superuser: bool = False
    user_permissions: tuple[str, ...] = ()
    roles: tuple[Standing, ...] = ()
    hats: tuple[str, ...] = ()


class AccountSettings(Thing, frozen=True):
    """What the installation decided about accounts; there is one, named `accounts`."""

    key: Literal["accounts"] = "accounts"
    sign_up: str = "approval"
    administrators_need_second_factor: bool = False
    terms: str = ""
    terms_required: bool = True


class Certificate(Thing, frozen=True):
    """A certificate of an application; it tells its key and its end itself."""

    certificate: str
    created_at: Time
    description: str = ""


class Application(Thing, frozen=True):
    """A client application; its company by PCN, account and owner by user ID."""

    client_id: uuid.UUID
    display_name: str
    company: int
    account: str | None = None
    owner: str | None = None
    homepage_uri: str = ""
    identifier_uri: str = ""
    test_only: bool = False
    enabled: bool = True
    client_type: str = "confidential"
    redirect_uris: tuple[str, ...] = ()
    certificates: tuple[Certificate, ...] = ()


class Resource(Thing, frozen=True):
    """A protected resource: an audience that tokens can be asked for."""

    identifier: str
    name: str
    profile: str = "at+jwt"


class Subscription(Thing, frozen=True, kw_only=True):
    """A subscription to an adapter, one API or all APIs; its owner by user ID."""

    id: uuid.UUID
    name: str
    owner: str
    adapter: str | None = None
    api: str | None = None
    all_apis: bool = False
    state: str = "active"
    state_comment: str = ""
    created_at: Time
    started_at: Time | None = None
    terms_accepted_at: Time | None = None
    terms_fingerprint: str = ""


class FaultRule(Thing, frozen=True, kw_only=True):
    """A fault rule; API and operation by key, application by client ID, subscription by ID."""

    name: str
    enabled: bool = False
    place: str = "managed"
    tier: str = "test"
    api: str | None = None
    operation: str = ""
    application: uuid.UUID | None = None
    subscription: uuid.UUID | None = None
    effect: str = "error"
    code: str = ""
    delay_from: int = 0
    delay_to: int = 0
    share: int = 100
    seed: int = 1
    most: int | None = None
    since: Time | None = None
    until: Time | None = None


# The action API


class ActionApplication(Thing, frozen=True):
    """An application of the action API that is not as every installation begins; its account by user ID."""

    slug: str
    name: str
    roles: tuple[str, ...] = ()
    active: bool = True
    account: str | None = None


class ActionService(Thing, frozen=True):
    """A service of the action API whose state is not the one that every installation begins with."""

    slug: str
    state: str


class ActionRoute(Thing, frozen=True):
    """A route of the action API whose state is not the one that every installation begins with."""

    path: str
    state: str


class ListItem(Thing, frozen=True):
    """A choice: one item of the collection that its key names."""

    key: str
    slug: str
    name: str
    value: str = ""
    description: str = ""
    notes: str = ""
    active: bool = True
    default: bool = False
    external_id: str = ""
    item_type: str = ""


# The catalogue


class HeaderName(upstreams.UpstreamHeader, frozen=True):
    """A header that an upstream is sent. Its value is among the secrets."""

    sealed: str = ""


class Upstream(upstreams.HttpUpstream, Thing, frozen=True, kw_only=True):
    """An HTTP upstream."""

    headers: tuple[HeaderName, ...] = ()


class Source(Thing, frozen=True):
    """A data source; the declaration stands in a file of its own, as its author wrote it."""

    key: str
    declaration: str
    format: str = "toml"
    enabled: bool = True


class Revision(Thing, frozen=True):
    """A revision of an API that is not the current one."""

    revision: Number
    upstream: str
    online: bool = True
    release_note: str = ""
    operations: tuple[model.Operation, ...] = ()
    definitions: dict[str, model.Schema] = {}


class Release(Thing, frozen=True):
    """A revision that was made current: a line of the change log."""

    revision: Number
    released_at: Time
    released_by: str = ""
    note: str = ""


class Api(model.Api, Thing, frozen=True, kw_only=True):
    """An API in its current revision, the other revisions, and the change log, newest first."""

    revision: Number = 1
    revisions: tuple[Revision, ...] = ()
    releases: tuple[Release, ...] = ()


class Limit(document.Limit, Thing, frozen=True):
    """A limit of an adapter."""


class Adapter(document.Adapter, Thing, frozen=True, kw_only=True):
    """An adapter."""

    limits: tuple[Limit, ...] = ()


class Connector(Thing, frozen=True):
    """A connector; APIs and adapters by their keys."""

    key: str
    name: str
    summary: str
    description: str = ""
    vendor: str = ""
    link: str = ""
    apis: tuple[str, ...] = ()
    adapters: tuple[str, ...] = ()
    published: bool = True
    position: Position = 0


class Post(Thing, frozen=True):
    """A post."""

    key: str
    title: str
    body: str
    summary: str = ""
    author: str = ""
    draft: bool = True
    published_at: Time | None = None


# Secrets


class Password(SecretThing, frozen=True):
    """The hash of a person's password."""

    user_id: str
    password: str


class ClientSecret(SecretThing, frozen=True):
    """One secret of an application: its keyed digest. `id` is made of the digest, and tells nothing of it."""

    client_id: uuid.UUID
    id: str
    hint: str
    created_at: Time
    digest: str
    description: str = ""
    expires_at: Time | None = None
    revoked_at: Time | None = None


class SubscriptionKeys(SecretThing, frozen=True):
    """Both keys of a subscription."""

    id: uuid.UUID
    primary: str
    secondary: str


class UpstreamHeader(SecretThing, frozen=True):
    """The value of a header that an upstream is sent."""

    upstream: str
    name: str
    value: str


class SourceDatabase(SecretThing, frozen=True):
    """The address of a data source's database on one tier."""

    source: str
    tier: str
    url: str


class SigningKey(SecretThing, frozen=True):
    """A key that signs tokens, with both its halves."""

    kid: str
    created_at: Time
    certificate: str
    n: str
    e: str
    private_pem: str
    signs: bool = False
    signs_since: Time | None = None
    signed_until: Time | None = None


# The kinds


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, repr=False)
class Kind:
    """One kind of things.

    Attributes:
        name: as people say it.
        place: of its file, without ending; of its folder, where each thing has a file; its member of the file
            of secrets.
        type: of its things.
        names: the members that together name a thing.
        folder: whether each thing has a file of its own, called by its key.
        beside: the member that stands in a file of its own.
        sealed: the members that are secret; the kind then lives in the file of secrets.
        of: the kind whose secrets these are; the first of `names` names the thing.
    """

    name: str
    place: str
    type: type[msgspec.Struct]
    names: tuple[str, ...]
    folder: bool = False
    beside: str = ""
    sealed: tuple[str, ...] = ()
    of: Kind | None = None

    def __repr__(self) -> str:
        return f"Kind({self.name!r})"

    def key(self, thing: Any) -> str:  # noqa: ANN401 - a thing of this kind
        """What names a thing among those of its kind."""
        return " ".join(str(getattr(thing, name)) for name in self.names)

    def order(self, thing: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a thing of this kind
        """By what things of this kind are sorted in files."""
        return tuple(getattr(thing, name) for name in self.names)


COMPANY: Final = Kind(name="company", place="companies", type=Company, names=("pcn",))
ROLE: Final = Kind(name="role", place="roles", type=Role, names=("key",))
PERSON: Final = Kind(name="person", place="people", type=Person, names=("user_id",))
ACCOUNT_SETTINGS: Final = Kind(
    name="accounts settings", place="account_settings", type=AccountSettings, names=("key",)
)
PASSWORD: Final = Kind(
    name="password", place="passwords", type=Password, names=("user_id",), sealed=("password",), of=PERSON
)
UPSTREAM: Final = Kind(name="upstream", place="upstreams", type=Upstream, names=("key",), folder=True)
UPSTREAM_HEADER: Final = Kind(
    name="upstream header",
    place="upstream_headers",
    type=UpstreamHeader,
    names=("upstream", "name"),
    sealed=("value",),
    of=UPSTREAM,
)
SOURCE: Final = Kind(name="source", place="sources", type=Source, names=("key",), beside="declaration")
SOURCE_DATABASE: Final = Kind(
    name="source database",
    place="source_databases",
    type=SourceDatabase,
    names=("source", "tier"),
    sealed=("url",),
    of=SOURCE,
)
API: Final = Kind(name="api", place="apis", type=Api, names=("key",), folder=True)
ADAPTER: Final = Kind(name="adapter", place="adapters", type=Adapter, names=("key",), folder=True)
CONNECTOR: Final = Kind(name="connector", place="connectors", type=Connector, names=("key",), folder=True)
POST: Final = Kind(name="post", place="posts", type=Post, names=("key",), folder=True)
APPLICATION: Final = Kind(name="application", place="applications", type=Application, names=("client_id",))
RESOURCE: Final = Kind(name="protected resource", place="resources", type=Resource, names=("identifier",))
CLIENT_SECRET: Final = Kind(
    name="client secret",
    place="client_secrets",
    type=ClientSecret,
    names=("client_id", "id"),
    sealed=("digest",),
    of=APPLICATION,
)
SUBSCRIPTION: Final = Kind(name="subscription", place="subscriptions", type=Subscription, names=("id",))
FAULT_RULE: Final = Kind(name="fault rule", place="fault_rules", type=FaultRule, names=("name",))
ACTION_APPLICATION: Final = Kind(
    name="action application", place="action_applications", type=ActionApplication, names=("slug",)
)
ACTION_SERVICE: Final = Kind(
    name="action service", place="action_services", type=ActionService, names=("slug",)
)
ACTION_ROUTE: Final = Kind(name="action route", place="action_routes", type=ActionRoute, names=("path",))
LIST_ITEM: Final = Kind(name="list item", place="list_items", type=ListItem, names=("key", "slug"))
SUBSCRIPTION_KEYS: Final = Kind(
    name="subscription keys",
    place="subscription_keys",
    type=SubscriptionKeys,
    names=("id",),
    sealed=("primary", "secondary"),
    of=SUBSCRIPTION,
)
SIGNING_KEY: Final = Kind(
    name="signing key",
    place="signing_keys",
    type=SigningKey,
    names=("kid",),
    sealed=("certificate", "n", "e", "private_pem"),
)

KINDS: Final = (
    COMPANY,
    ROLE,
    PERSON,
    ACCOUNT_SETTINGS,
    PASSWORD,
    UPSTREAM,
    UPSTREAM_HEADER,
    SOURCE,
    SOURCE_DATABASE,
    API,
    ADAPTER,
    CONNECTOR,
    POST,
    APPLICATION,
    RESOURCE,
    CLIENT_SECRET,
    SUBSCRIPTION,
    SUBSCRIPTION_KEYS,
    FAULT_RULE,
    ACTION_APPLICATION,
    ACTION_SERVICE,
    ACTION_ROUTE,
    LIST_ITEM,
    SIGNING_KEY,
)
"""Every kind, each behind those that its things refer to."""

Decisions: TypeAlias = dict[Kind, dict[str, Any]]
"""The things of each kind by their keys, in the order of files. A kind that is left out stays as it is."""


def plain(value: Any) -> Any:  # noqa: ANN401 - a thing, a part of one, or a value
    """A value as files say it: things as names and values, without members that have their default.

    msgspec's own way to leave out defaults does not know equal texts for equal.
    """
    if isinstance(value, msgspec.Struct):
        members = ((name, getattr(value, name), default) for name, default in _defaults(type(value)))
        return {name: plain(member) for name, member, default in members if member != default}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return msgspec.to_builtins(value)


@cache
def _defaults(type_: type[msgspec.Struct]) -> tuple[tuple[str, Any], ...]:
    return tuple(
        (item.name, item.default if item.default_factory is msgspec.NODEFAULT else item.default_factory())
        for item in msgspec.structs.fields(type_)
    )


def decisions_make(things: dict[Kind, Any]) -> Decisions:
    """Decisions from the things of each kind, in any order."""
    return {
        kind: {kind.key(thing): thing for thing in sorted(things[kind], key=kind.order)}
        for kind in KINDS
        if kind in things
    }
