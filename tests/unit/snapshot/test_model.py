"""Questions that machines ask of a snapshot: for whom does an application act, what does an adapter open."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest

from millgate.core.values import Principal
from millgate.snapshot.build import build
from millgate.snapshot.document import Account, Adapter, Document
from millgate.snapshot.routes import Match, Route
from support.world import CLIENT, application, document

TARGETS: Final = {"echo": None}
ACCOUNT: Final = Account("svc", (1, 3), ("Parts", "Jobs"), ("Parts",))


def principal(published: Account | None, **changes: Any) -> Principal | None:
    """For whom the application, with these changes, acts when this account is published."""
    directory = msgspec.structs.replace(
        document().directory,
        accounts=() if published is None else (published,),
        applications=(application(CLIENT, **changes),),
    )
    changed = msgspec.structs.replace(document(), directory=directory)
    return build(changed, TARGETS).principals[CLIENT]


def test_an_application_acts_as_its_account_in_its_company() -> None:
    assert principal(ACCOUNT) == Principal(
        CLIENT, "svc", 1, frozenset({"Parts", "Jobs"}), frozenset({"Parts"})
    )
    assert principal(ACCOUNT, pcn=3) == Principal(
        CLIENT, "svc", 3, frozenset({"Parts", "Jobs"}), frozenset({"Parts"})
    )


@pytest.mark.parametrize(
    ("account", "changes"),
    [
        (None, {}),
        (ACCOUNT, {"account": None}),
        (ACCOUNT, {"account": ""}),
        (ACCOUNT, {"account": "SVC"}),
        (ACCOUNT, {"pcn": 2}),
        (msgspec.structs.replace(ACCOUNT, active=False), {}),
        (msgspec.structs.replace(ACCOUNT, pcns=()), {}),
    ],
    ids=[
        "no account",
        "names none",
        "names nothing",
        "other case",
        "other company",
        "inactive",
        "of no company",
    ],
)
def test_an_application_without_a_good_account_acts_for_nobody(
    account: Account | None, changes: dict[str, Any]
) -> None:
    assert principal(account, **changes) is None


def test_every_application_has_an_entry() -> None:
    """The gateway looks principals up without asking whether they are there."""
    snapshot = build(document(), TARGETS)

    assert set(snapshot.principals) == set(snapshot.applications)


def route(tier: str, path: str, published: Document | None = None) -> Route:
    found = build(published or document(), TARGETS).trees[tier].find("GET", tuple(path.split("/")[1:]))
    assert isinstance(found, Match)
    return found.route


@pytest.mark.parametrize(
    ("changes", "test", "production"),
    [
        ({"apis": ("parts",)}, True, True),
        ({"apis": ("free",)}, False, False),
        ({"apis": ("parts",), "tiers": ("test",)}, True, False),
        ({"apis": ("parts",), "tiers": ("production",)}, False, True),
        ({"apis": (), "all_apis_on_test": True}, True, False),
        ({"apis": ("parts",), "tiers": ("production",), "all_apis_on_test": True}, True, True),
        ({"apis": ("free",), "all_apis_on_test": True}, True, False),
    ],
)
def test_an_adapter_opens_its_apis_on_its_tiers(
    changes: dict[str, Any], test: bool, production: bool
) -> None:
    adapter = Adapter(key="own", name="Own", **changes)
    catalogue = msgspec.structs.replace(document().catalogue, adapters=(adapter,))
    snapshot = build(msgspec.structs.replace(document(), catalogue=catalogue), TARGETS)
    opened = snapshot.adapters["own"]

    assert opened.opens(route("test", "/PartList/v1/Parts")) is test
    assert opened.opens(route("production", "/PartList/v1/Parts")) is production
    for tier, opens in (("test", test), ("production", production)):
        if opens:
            assert opened.limits(route(tier, "/PartList/v1/Parts")).policies == ()
