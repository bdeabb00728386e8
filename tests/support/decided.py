"""Varied decisions for tests: whatever people may decide, with odd texts, that fits together."""

from __future__ import annotations

import string
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

from hypothesis import strategies as st

from millgate.control.clients.certificates import key_pair_make
from millgate.control.publish.exporting import kinds
from millgate.control.publish.exporting.kinds import Decisions, decisions_make
from millgate.control.publish.exporting.selectors import client_secret_id
from millgate.describe.model import Answer, Body, Operation, Parameter, Payload, Place, VersionScheme
from millgate.snapshot.upstreams import UpstreamAddress
from support.own_database import ORDERS

NOT_WRITTEN: tuple[Literal["Cs"]] = ("Cs",)
CHARACTERS = st.one_of(
    st.sampled_from("\n\n:#-'\"{}[]&*!|>%@` \t\r\x85\u2028\ufeff~=<0yn"),
    st.characters(exclude_categories=NOT_WRITTEN, exclude_characters="\0"),
)
WORDS = (
    "yes",
    "null",
    "~",
    "1e3",
    "0x1f",
    "12:30",
    "2026-01-01",
    "<<",
    "=",
    "- a",
    "a: b",
    "|",
    " a\nb ",
    "\n",
)
KEYS = st.from_regex(r"\A[a-z0-9]{1,8}(-[a-z0-9]{1,8})?\Z")
MOMENTS = st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - as hypothesis asks
HEADER_VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=255), min_size=1, max_size=20)
FEW = 3


def texts(*, at_least: int = 0, most: int = 40) -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(WORDS), st.text(CHARACTERS, min_size=at_least, max_size=most))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts(), inner, max_size=2),
    max_leaves=6,
)
SCHEMAS = st.dictionaries(texts(), JSON, max_size=2)
PARAMETERS = st.builds(
    Parameter,
    name=texts(),
    place=st.sampled_from(Place),
    description=texts(),
    required=st.booleans(),
    values=st.lists(texts(), max_size=2).map(tuple),
    example=texts(),
    schema=st.none() | SCHEMAS,
)
PAYLOADS = st.builds(Payload, media_type=texts(), schema=st.none() | SCHEMAS, example=JSON)
OPERATIONS = st.builds(
    Operation,
    key=KEYS,
    method=st.sampled_from(("GET", "POST")),
    template=texts(at_least=1),
    name=texts(at_least=1),
    target=texts(at_least=1),
    summary=texts(),
    parameters=st.lists(PARAMETERS, max_size=2).map(tuple),
    description=texts(),
    deprecated=st.booleans(),
    tags=st.lists(texts(), max_size=2).map(tuple),
    body=st.none()
    | st.builds(Body, payloads=st.lists(PAYLOADS, max_size=2).map(tuple), required=st.booleans()),
    answers=st.lists(
        st.builds(Answer, status=texts(), payloads=st.lists(PAYLOADS, max_size=1).map(tuple)), max_size=1
    ).map(tuple),
)
SOME_OPERATIONS = st.lists(OPERATIONS, max_size=2, unique_by=lambda item: item.key).map(tuple)
DEFINITIONS = st.dictionaries(texts(), SCHEMAS, max_size=2)


@st.composite
def decisions(draw: st.DrawFn) -> Decisions:
    """A whole installation's decisions, secrets too."""
    companies = _companies(draw)
    pcns = st.sampled_from([item.pcn for item in companies])
    roles = draw(_several(_ROLES, "key", "name"))
    people = _people(draw, pcns, [role.key for role in roles])
    upstreams = draw(_several(_UPSTREAMS, "key"))
    sources, databases = _sources(draw)
    apis = [item for item in draw(_several(_APIS, "key")) if item.key != "orders"]
    api_keys = [item.key for item in apis] + [item.key for item in sources]
    adapters = _adapters(draw, api_keys)
    applications = _applications(draw, people)
    subscriptions = _subscriptions(draw, people, adapters, api_keys)
    return decisions_make(
        {
            kinds.COMPANY: companies,
            kinds.ROLE: roles,
            kinds.PERSON: people,
            kinds.ACCOUNT_SETTINGS: draw(st.lists(_ACCOUNT_SETTINGS, max_size=1)),
            kinds.PASSWORD: [
                kinds.Password(item.user_id, "md5$salt$" + "0" * 32)
                for item in people
                if not item.is_service_account and draw(st.booleans())
            ],
            kinds.UPSTREAM: upstreams,
            kinds.UPSTREAM_HEADER: [
                kinds.UpstreamHeader(item.key, header.name, draw(HEADER_VALUES))
                for item in upstreams
                for header in item.headers
            ],
            kinds.SOURCE: sources,
            kinds.SOURCE_DATABASE: databases,
            kinds.API: apis,
            kinds.ADAPTER: adapters,
            kinds.CONNECTOR: _connectors(draw, api_keys, adapters),
            kinds.POST: draw(_several(_POSTS, "key")),
            kinds.APPLICATION: applications,
            kinds.RESOURCE: draw(_several(_RESOURCES, "identifier")),
            kinds.CLIENT_SECRET: [_secret(draw, item) for item in applications if draw(st.booleans())],
            kinds.SUBSCRIPTION: subscriptions,
            kinds.SUBSCRIPTION_KEYS: [
                kinds.SubscriptionKeys(
                    item.id, *draw(st.lists(texts(at_least=1), min_size=2, max_size=2, unique=True))
                )
                for item in subscriptions[:1]
            ],
            kinds.FAULT_RULE: _fault_rules(draw, api_keys, applications, subscriptions),
            kinds.ACTION_APPLICATION: _action_applications(draw, people),
            kinds.ACTION_SERVICE: draw(_several(_ACTION_SERVICES, "slug")),
            kinds.ACTION_ROUTE: draw(_several(_ACTION_ROUTES, "path")),
            kinds.LIST_ITEM: draw(_several(_LIST_ITEMS, "slug")),
        }
    )


def _several(things: st.SearchStrategy[Any], *unique: str) -> st.SearchStrategy[list[Any]]:
    return st.lists(things, max_size=FEW, unique_by=tuple(_by(name) for name in unique))


def _by(name: str) -> Any:
    return lambda item: getattr(item, name)


# The action API


def _action_applications(draw: st.DrawFn, people: list[kinds.Person]) -> list[kinds.ActionApplication]:
    accounts = [None, *(item.user_id for item in people if item.is_service_account)]
    application = st.builds(
        kinds.ActionApplication,
        slug=st.sampled_from(("planoauth", "planox2")),
        name=texts(at_least=1),
        roles=st.sampled_from((("liaison",), ("employee", "client"))),
        active=st.booleans(),
        account=st.sampled_from(accounts),
    )
    return draw(_several(application, "slug"))


_ACTION_SERVICES = st.builds(
    kinds.ActionService,
    slug=st.sampled_from(("cancelations", "people")),
    state=st.sampled_from(("planned", "retired")),
)
_ACTION_ROUTES = st.builds(
    kinds.ActionRoute, path=st.just("cancelations/update"), state=st.sampled_from(("planned", "retired"))
)
_LIST_ITEMS = st.builds(
    kinds.ListItem,
    key=st.sampled_from(("job_cancelation_reason", "of_our_own")),
    slug=st.from_regex(r"\A[a-z0-9]{1,8}(_[a-z0-9]{1,8})?\Z"),
    name=texts(at_least=1),
    value=texts(),
    description=texts(),
    notes=texts(),
    active=st.booleans(),
    external_id=texts(),
    item_type=texts(),
)


# The directory


def _companies(draw: st.DrawFn) -> list[kinds.Company]:
    company = st.builds(
        kinds.Company,
        pcn=st.integers(1, 2**31 - 1),
        tenant_id=st.uuids(),
        code=texts(at_least=1),
        name=texts(at_least=1),
        time_zone=st.sampled_from(("UTC", "America/Detroit")),
        active=st.booleans(),
    )
    unique = (_by("pcn"), _by("code"), _by("tenant_id"))
    return draw(st.lists(company, min_size=1, max_size=FEW, unique_by=unique))


_ROLES = st.builds(
    kinds.Role,
    key=KEYS,
    name=texts(at_least=1),
    description=texts(),
    grants=st.lists(
        st.builds(kinds.Grant, texts(at_least=1), st.booleans(), st.booleans()),
        max_size=2,
        unique_by=lambda item: item.controller,
    ).map(lambda items: tuple(sorted(items, key=lambda item: item.controller))),
)


_ACCOUNT_SETTINGS = st.builds(
    kinds.AccountSettings,
    sign_up=st.sampled_from(("approval", "at-once", "closed")),
    administrators_need_second_factor=st.booleans(),
    terms=texts(),
    terms_required=st.booleans(),
)


def _people(draw: st.DrawFn, pcns: st.SearchStrategy[int], roles: list[str]) -> list[kinds.Person]:
    standing = st.builds(kinds.Standing, st.sampled_from(roles or [""]), st.booleans(), st.booleans())
    standings = st.lists(standing, max_size=2, unique_by=lambda item: item.role) if roles else st.just([])
    person = st.builds(
        kinds.Person,
        user_id=texts(at_least=1),
        email=st.from_regex(r"\A[a-z0-9]{3,10}@[a-z]{3,5}\.example\Z"),
        first_name=texts(),
        last_name=texts(),
        position=texts(),
        department=texts(),
        company=st.none() | pcns,
        companies=st.lists(pcns, max_size=2, unique=True).map(lambda items: tuple(sorted(items))),
        time_zone=st.sampled_from(("UTC", "America/Detroit")),
        language=st.sampled_from(("", "de")),
        asked_company=texts(),
        state=st.sampled_from(("pending", "active", "blocked", "closed", "rejected")),
        state_comment=texts(),
        confirmed_at=st.none() | MOMENTS,
        terms_accepted_at=st.none() | MOMENTS,
        is_service_account=st.booleans(),
        is_staff=st.booleans(),
        is_superuser=st.booleans(),
        user_permissions=st.sampled_from(((), ("clients.add_subscription", "clients.view_subscription"))),
        roles=standings.map(lambda items: tuple(sorted(items, key=lambda item: item.role))),
        hats=st.sampled_from(((), ("developer",), ("client", "employee", "liaison"))),
    )
    return draw(_several(person, "user_id", "email"))


@cache
def a_certificate() -> str:
    """Base64 of the DER form of a certificate; one for all tests, because making a key takes a while."""
    return key_pair_make(now=datetime(2026, 1, 1, tzinfo=UTC)).certificate


_CERTIFICATES = st.lists(
    st.builds(lambda *members: kinds.Certificate(a_certificate(), *members), MOMENTS, texts()), max_size=1
).map(tuple)
_REDIRECTS = st.sampled_from(
    ((), ("https://mes.example/cb?a=b",), ("http://127.0.0.1/", "com.example.mes:/cb"))
)
_RESOURCES = st.builds(
    kinds.Resource,
    identifier=st.sampled_from(("https://mes.example/api", "https://other.example/")),
    name=texts(at_least=1),
    profile=st.sampled_from(("v1", "at+jwt")),
)


def _applications(draw: st.DrawFn, people: list[kinds.Person]) -> list[kinds.Application]:
    placed = [item for item in people if item.company is not None]
    if not placed:
        return []
    account = st.sampled_from(placed)
    application = account.flatmap(
        lambda person: st.builds(
            kinds.Application,
            client_id=st.uuids(),
            display_name=texts(at_least=1),
            company=st.just(person.company),
            account=st.sampled_from((None, person.user_id)),
            owner=st.sampled_from((None, person.user_id)),
            homepage_uri=st.sampled_from(("", "https://example.com/a?b")),
            test_only=st.booleans(),
            enabled=st.booleans(),
            client_type=st.sampled_from(("confidential", "public")),
            redirect_uris=_REDIRECTS,
            certificates=_CERTIFICATES,
        )
    )
    return draw(_several(application, "client_id"))


def _secret(draw: st.DrawFn, application: kinds.Application) -> kinds.ClientSecret:
    digest = draw(st.text(string.hexdigits.lower()[:16], min_size=64, max_size=64))
    return kinds.ClientSecret(
        client_id=application.client_id,
        id=client_secret_id(digest),
        hint="abc=",
        created_at=draw(MOMENTS),
        digest=digest,
        description=draw(texts()),
        expires_at=draw(st.none() | MOMENTS),
        revoked_at=draw(st.none() | MOMENTS),
    )


def _subscriptions(
    draw: st.DrawFn, people: list[kinds.Person], adapters: list[kinds.Adapter], apis: list[str]
) -> list[kinds.Subscription]:
    if not people:
        return []
    opens = [
        {"all_apis": True},
        *({"adapter": item.key} for item in adapters),
        *({"api": key} for key in apis),
    ]
    subscription = st.builds(
        lambda opened, **members: kinds.Subscription(**opened, **members),
        st.sampled_from(opens),
        id=st.uuids(),
        name=texts(at_least=1),
        owner=st.sampled_from([item.user_id for item in people]),
        state=st.sampled_from(("submitted", "active", "suspended", "rejected", "cancelled", "expired")),
        state_comment=texts(),
        created_at=MOMENTS,
        started_at=st.none() | MOMENTS,
        terms_accepted_at=st.none() | MOMENTS,
        terms_fingerprint=st.sampled_from(("", "0a" * 32)),
    )
    return draw(_several(subscription, "id"))


def _fault_rules(
    draw: st.DrawFn,
    apis: list[str],
    applications: list[kinds.Application],
    subscriptions: list[kinds.Subscription],
) -> list[kinds.FaultRule]:
    rule = st.builds(
        lambda effect, **members: kinds.FaultRule(**effect, **members),
        st.sampled_from(
            (
                {"code": "MG401"},
                {"code": "MG901", "delay_from": 1, "delay_to": 30_000},
                {"effect": "delay", "delay_to": 5},
                {"effect": "drop"},
                {"effect": "cut"},
            )
        ),
        name=KEYS,
        enabled=st.booleans(),
        api=st.sampled_from((None, *apis)),
        application=st.sampled_from((None, *(item.client_id for item in applications))),
        subscription=st.sampled_from((None, *(item.id for item in subscriptions))),
        share=st.integers(0, 100),
        seed=st.integers(0, 2**31 - 1),
        most=st.none() | st.integers(1, 1_000_000),
        since=st.none() | MOMENTS,
    )
    return draw(_several(rule, "name"))


# The catalogue

_UPSTREAMS = st.builds(
    kinds.Upstream,
    key=KEYS,
    name=texts(at_least=1),
    description=texts(),
    addresses=st.sampled_from(
        (
            (UpstreamAddress("test", ("http://127.0.0.1:9/x",)),),
            (
                UpstreamAddress("test", ("http://a",)),
                UpstreamAddress("production", ("https://b", "https://c")),
            ),
        )
    ),
    headers=st.sampled_from(
        ((), (kinds.HeaderName("X-Key"),), (kinds.HeaderName("A"), kinds.HeaderName("X-Key")))
    ),
    connect_seconds=st.floats(0.01, 600),
    retries=st.integers(0, 5),
    health_path=st.sampled_from(("", "/health")),
    identity=st.booleans(),
    preserve_host=st.booleans(),
    ca_pem=texts(),
)


def _sources(draw: st.DrawFn) -> tuple[list[kinds.Source], list[kinds.SourceDatabase]]:
    """None, or one; its declaration may have line ends of any kind and remarks."""
    if draw(st.booleans()):
        return [], []
    declaration = draw(st.sampled_from((ORDERS, ORDERS.replace("\n", "\r\n"), f"# é\n{ORDERS}\n\n")))
    source = kinds.Source("orders", declaration, "toml", draw(st.booleans()))
    tiers = draw(st.sampled_from((("production",), ("production", "test"))))
    return [source], [kinds.SourceDatabase("orders", tier, "sqlite:///srv/own/erp.db") for tier in tiers]


_REVISIONS = st.builds(
    kinds.Revision,
    revision=st.integers(2, 9),
    upstream=texts(at_least=1),
    online=st.booleans(),
    release_note=texts(),
    operations=SOME_OPERATIONS,
    definitions=DEFINITIONS,
)
_APIS = st.builds(
    kinds.Api,
    key=KEYS,
    name=texts(at_least=1),
    suffix=texts(at_least=1),
    version=texts(at_least=1),
    upstream=texts(at_least=1),
    operations=SOME_OPERATIONS,
    description=texts(),
    kind=st.sampled_from(("system", "business process")),
    tiers=st.sampled_from(((), ("test",), ("test", "production"))),
    subscription_required=st.booleans(),
    bearer_required=st.booleans(),
    key_header=texts(at_least=1),
    version_scheme=st.sampled_from(VersionScheme),
    version_name=texts(),
    definitions=DEFINITIONS,
    online=st.booleans(),
    release_note=texts(),
    deprecated=st.booleans(),
    deprecation_note=texts(),
    sunset_on=st.none() | st.dates(),
    revisions=st.lists(_REVISIONS, max_size=2, unique_by=lambda item: item.revision).map(
        lambda items: tuple(sorted(items, key=lambda item: -item.revision))
    ),
    releases=st.lists(st.builds(kinds.Release, st.integers(1, 9), MOMENTS, texts(), texts()), max_size=2).map(
        lambda items: tuple(sorted(items, key=lambda item: item.released_at, reverse=True))
    ),
)


def _adapters(draw: st.DrawFn, apis: list[str]) -> list[kinds.Adapter]:
    keys = st.sampled_from(apis) if apis else st.nothing()
    limit = st.builds(
        kinds.Limit,
        kind=st.sampled_from(("rate", "calls", "bandwidth")),
        amount=st.integers(0, 2**40),
        period=st.integers(0, 86_400),
        api=(st.none() | keys) if apis else st.none(),
        operation=st.none() | KEYS,
        remaining_header=st.sampled_from(("", "X-Rest")),
    )
    adapter = st.builds(
        kinds.Adapter,
        key=KEYS,
        name=texts(at_least=1),
        apis=(st.lists(keys, max_size=2, unique=True) if apis else st.just([])).map(
            lambda items: tuple(sorted(items))
        ),
        tiers=st.sampled_from(((), ("test", "production"))),
        description=texts(),
        terms=texts(),
        all_apis_on_test=st.booleans(),
        subscriptions_limit=st.none() | st.integers(0, 9),
        published=st.booleans(),
        limits=st.lists(limit, max_size=2).map(tuple),
    )
    return draw(_several(adapter, "key"))


_PRESENT = texts(at_least=1).map(lambda text: f"x{text}")
_POSTS = st.builds(
    kinds.Post,
    key=KEYS,
    title=_PRESENT,
    body=_PRESENT,
    summary=texts(),
    author=texts(),
    draft=st.booleans(),
    published_at=MOMENTS,
)


def _connectors(draw: st.DrawFn, apis: list[str], adapters: list[kinds.Adapter]) -> list[kinds.Connector]:
    keys = [item.key for item in adapters]
    connector = st.builds(
        kinds.Connector,
        key=KEYS,
        name=_PRESENT,
        summary=_PRESENT,
        description=texts(),
        vendor=texts(),
        link=st.sampled_from(("", "https://example.com/a?b")),
        apis=_some_of(apis),
        adapters=_some_of(keys),
        published=st.booleans(),
        position=st.integers(0, 9),
    )
    return draw(_several(connector, "key"))


def _some_of(keys: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    found = st.lists(st.sampled_from(keys), max_size=2, unique=True) if keys else st.just([])
    return found.map(lambda items: tuple(sorted(items)))
