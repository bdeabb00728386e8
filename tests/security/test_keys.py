"""The whole table of who gets in with which key, against a second telling of the rules.

The product decides by look-ups that are made when something is published, and remembers what it decided.
`expected` below decides each call anew, from the decisions as people made them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from millgate.describe.model import Api, Operation
from millgate.snapshot.document import Adapter, Catalogue, Limit
from support.django_home import django_databases, django_home, rolled_back
from support.exchange import Answer, request_of, seen
from support.tokens import signed
from support.world import World, subscription

if TYPE_CHECKING:
    from collections.abc import Iterator

django_home()  # what people decide is read by Django's models

TIERS: Final = ("test", "production")


def api(key: str, **changes: Any) -> Api:
    """An API with one operation."""
    operation = Operation("get", "GET", "/Thing", "Get", "Thing")
    given: dict[str, Any] = {"suffix": key.title(), "version": "v1", "upstream": "echo"} | changes
    return Api(key=key, name=key, operations=(operation,), **given)


def adapter(key: str, *apis: str, **changes: Any) -> Adapter:
    """An adapter whose calls can be told: their answers have a header of its own."""
    told = Limit("rate", 1_000_000, 60, remaining_header=f"x-in-{key}")
    return Adapter(key=key, name=key, apis=apis, limits=(told,), **changes)


RENAMED: Final = {"key_header": "X-Api-Key", "key_query": "k"}
APIS: Final = {
    item.key: item
    for item in (
        api("closed"),
        api("renamed", **RENAMED),
        api("opened"),
        api("halfopen"),
        api("free", subscription_required=False),
        api("freerenamed", subscription_required=False, **RENAMED),
        api("freeopened", subscription_required=False),
    )
}
ADAPTERS: Final = {
    item.key: item
    for item in (
        adapter("product", "closed", "renamed"),
        adapter("test-product", "closed", tiers=("test",)),
        adapter("test-tier", all_apis_on_test=True),
        adapter("hidden", "closed", "free", published=False),
        adapter("open", "opened", "freeopened", subscription_required=False),
        adapter("half-open", "halfopen", tiers=("test",), subscription_required=False),
    )
}
SCOPES: Final[dict[str, dict[str, Any]]] = {
    **{f"adapter {key}": {"adapter": key} for key in ADAPTERS},
    **{f"api {key}": {"adapter": None, "api": key} for key in ("closed", "opened", "free")},
    "all APIs": {"adapter": None, "all_apis": True},
    "a lost adapter": {"adapter": "lost"},
}
NO_KEY, BAD_KEY = "missing subscription key", "invalid subscription key"


def key_of(scope: str, *, active: bool) -> str:
    return f"{'good' if active else 'dead'}-{scope.replace(' ', '-')}"


@dataclass(frozen=True)
class Sent:
    """What a caller sends as its key: the values of headers and of query fields."""

    headers: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()


SENDINGS: Final = {
    "in the header": lambda key: Sent((key,)),
    "in the query": lambda key: Sent((), (key,)),
    "in the header, and rubbish in the query": lambda key: Sent((key,), ("rubbish",)),
    "in the query, and rubbish in the header": lambda key: Sent(("rubbish",), (key,)),
    "in the query, and an empty header": lambda key: Sent(("",), (key,)),
    "twice in headers": lambda key: Sent((key, key)),
    "twice in the query": lambda key: Sent((), (key, key)),
    "with a space": lambda key: Sent((f"{key} ",)),
    "in capitals": lambda key: Sent((key.upper(),)),
}
KEYLESS: Final = {"nothing": Sent(), "an empty header": Sent(("",)), "an empty query": Sent((), ("",))}


def expected(asked: Api, tier: str, sent: Sent, grants: dict[str, dict[str, Any]]) -> str:
    """What becomes of a call: NO_KEY, BAD_KEY, or the adapter in whose context it runs ("" in none).

    Args:
        asked: the API that is called.
        tier: on which.
        sent: as keys.
        grants: what each good key opens.
    """
    keys = sent.headers or sent.queries
    if len(keys) > 1:
        return BAD_KEY
    if not keys or not keys[0]:
        return _without(asked, tier)
    grant = grants.get(keys[0])
    if grant is None:
        return BAD_KEY
    if grant.get("all_apis") or grant.get("api") == asked.key:
        return ""
    return grant["adapter"] if grant["adapter"] and _opens(grant["adapter"], asked, tier) else BAD_KEY


def _without(asked: Api, tier: str) -> str:
    # Limits count calls with a key alone, so in whose context one without a key runs cannot be seen.
    opened = (
        not asked.subscription_required or _opens("open", asked, tier) or _opens("half-open", asked, tier)
    )
    return "" if opened else NO_KEY


def _opens(adapter_key: str, asked: Api, tier: str) -> bool:
    found = ADAPTERS.get(adapter_key)
    if found is None:
        return False
    if found.all_apis_on_test and tier == "test":
        return True
    return asked.key in found.apis and tier in found.tiers


@cache
def shared_world() -> World:
    """A world in which each scope has a subscription with a good key, and one with a dead one.

    There is one for all tests, so that what is remembered of one API is there when another is called.
    """
    world = World()
    subscriptions = [
        subscription(key_of(scope, active=active), (key_of(scope, active=active),), active=active, **grant)
        for scope, grant in SCOPES.items()
        for active in (True, False)
    ]
    directory = msgspec.structs.replace(world.document.directory, subscriptions=tuple(subscriptions))
    catalogue = Catalogue(tuple(APIS.values()), tuple(ADAPTERS.values()))
    world.publish(msgspec.structs.replace(world.document, catalogue=catalogue, directory=directory))
    return world


async def asked_with(world: World, asked: Api, tier: str, sent: Sent, token: str) -> Answer:
    """The answer to a call that is good but for its key."""
    path = f"{'/test' if tier == 'test' else ''}/{asked.suffix}/v1/Thing"
    query = "&".join(f"{asked.key_query}={value}" for value in sent.queries)
    keys = [(asked.key_header.lower(), value) for value in sent.headers]
    headers = (*keys, ("authorization", f"Bearer {token}"))
    request = msgspec.structs.replace(request_of("GET", path), headers=headers, query=query)
    return await seen(await world.managed(request))


def became(answer: Answer) -> str:
    """What became of a call, in the words of `expected`."""
    if answer.status == 200:
        inside = [name.removeprefix("x-in-") for name in answer.headers if name.startswith("x-in-")]
        return inside[0] if inside else ""
    assert answer.status == 401
    return next(words for words in (NO_KEY, BAD_KEY) if words in answer.json["message"])


@pytest.mark.parametrize("key", APIS)
def test_every_key_in_every_place_opens_what_the_rules_say(key: str) -> None:
    """Each call twice, so that what is remembered decides as what is not."""
    asked, token, world = APIS[key], signed(), shared_world()
    grants = {key_of(scope, active=True): grant for scope, grant in SCOPES.items()}
    keys = [key_of(scope, active=active) for scope in SCOPES for active in (True, False)] + ["nobody's"]
    sendings = [make(held) for held, make in product(keys, SENDINGS.values())] + list(KEYLESS.values())

    async def main() -> None:
        for tier, sent, _ in product(TIERS, sendings, range(2)):
            answer = await asked_with(world, asked, tier, sent, token)
            told = became(answer)
            assert told == expected(asked, tier, sent, grants), (tier, sent)
            held = (sent.headers or sent.queries or ("",))[0]
            assert world.usage.calls[-1].subscription == (held if answer.status == 200 else "")
            if answer.status == 401:
                assert f'name="{asked.key_header}"' in answer.headers["www-authenticate"]
                base = f"{'/test' if tier == 'test' else ''}/{asked.suffix}/v1"
                assert f'{base}",name=' in answer.headers["www-authenticate"]

    asyncio.run(main())


def test_a_key_under_the_names_of_another_api_is_no_key() -> None:
    world, token, good = shared_world(), signed(), key_of("adapter product", active=True)
    usual = msgspec.structs.replace(
        APIS["renamed"], key_header="ocp-apim-subscription-key", key_query="subscription-key"
    )

    async def main() -> list[str]:
        sendings = (Sent((good,)), Sent((), (good,)))
        return [became(await asked_with(world, usual, "test", sent, token)) for sent in sendings]

    assert asyncio.run(main()) == [NO_KEY, NO_KEY]


@pytest.fixture
def rows() -> Iterator[None]:
    """Migrated databases; what the test changes is rolled back."""
    django_databases()
    with rolled_back():
        yield


@pytest.mark.usefixtures("rows")
def test_only_an_active_subscription_of_an_active_person_is_published_as_active(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All states of both; what is published is what the table above is about."""
    from millgate.control.accounts.models import Person, PersonState  # noqa: PLC0415 - Django is set up now
    from millgate.control.clients.models import Subscription, SubscriptionState  # noqa: PLC0415
    from millgate.control.publish import targets  # noqa: PLC0415
    from millgate.control.publish.selectors import directory_document  # noqa: PLC0415
    from support.sample import sample_make  # noqa: PLC0415

    monkeypatch.setattr(targets, "known", lambda: {"plant": None})
    row = sample_make().subscription
    for state, standing in product(SubscriptionState, PersonState):
        Subscription.objects.filter(pk=row.pk).update(state=state)
        Person.objects.filter(pk=row.owner_id).update(state=standing)
        (found,) = [item for item in directory_document().subscriptions if item.key == str(row.pk)]

        assert found.active == (state == "active" and standing == "active"), (state, standing)
