"""Many people, applications and subscriptions, the same ones for the same seed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import transaction

from millgate.control.accounts.models import Company, Person, PersonState
from millgate.control.audit.models import Entry
from millgate.control.catalogue.models import Adapter
from millgate.control.clients.models import ClientApplication, ClientSecret, Subscription, SubscriptionState
from millgate.control.mail.models import Mail
from millgate.control.usage.models import Notice, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPANIES: Final = 20
_FIRST: Final = ("Ada", "Björn", "Chiara", "Dmitri", "Emeka", "Fatima", "Grace", "Hana", "Ibrahim", "Jo")
_LAST: Final = ("Abe", "Bauer", "Costa", "Dubois", "Eze", "Fischer", "García", "Haddad", "Ito", "Jones")
_FROM: Final = datetime(2026, 1, 1, tzinfo=UTC)
_AT_ONCE: Final = 2_000


def crowd_make(number: int, *, first: int = 0, seed: int = 1) -> None:
    """So many people, applications with a secret each, and subscriptions, and what comes with them.

    They are numbered from the first on, so that more can join those that are there.

    A tenth of the people are service accounts; states and owners differ. Rows are written at once, past the
    audit log; half as many entries of that are made, too, and as many refused calls, notices and mails.
    """
    random, places = Random(f"{seed} {first}"), range(first, first + number)  # noqa: S311 - rows of a test
    with transaction.atomic(), transaction.atomic(using="usage"):
        companies = _companies()
        people = _people(random, places, companies)
        _applications(random, places, companies, people)
        _subscriptions(random, places, people)
        _told(random, places[::2], people)


def _companies() -> list[Company]:
    if Company.objects.filter(code="C0").exists():
        return list(Company.objects.filter(code__startswith="C"))
    rows = [
        Company(pcn=1000 + place, code=f"C{place}", name=f"Company {place}") for place in range(COMPANIES)
    ]
    Company._base_manager.bulk_create(rows)
    return list(Company.objects.filter(code__startswith="C"))


def _people(random: Random, places: range, companies: list[Company]) -> list[Person]:
    states = (PersonState.ACTIVE,) * 7 + (PersonState.PENDING, PersonState.BLOCKED, PersonState.CLOSED)
    rows = (
        Person(
            email=f"p{place}@example.com",
            user_id=f"svc.{place}" if place % 10 == 0 else f"person-{place}",
            is_service_account=place % 10 == 0,
            first_name=random.choice(_FIRST),
            last_name=f"{random.choice(_LAST)} {place}",
            company=random.choice(companies),
            state=random.choice(states),
        )
        for place in places
    )
    return Person._base_manager.bulk_create(rows, batch_size=_AT_ONCE)


def _applications(random: Random, places: range, companies: list[Company], people: list[Person]) -> None:
    rows = ClientApplication._base_manager.bulk_create(
        (
            ClientApplication(
                client_id=UUID(int=random.getrandbits(128), version=4),
                display_name=f"Application {random.randrange(10_000)} no {place}",
                company=random.choice(companies),
                account=random.choice(people),
                owner=random.choice(people),
                enabled=place % 9 != 0,
            )
            for place in places
        ),
        batch_size=_AT_ONCE,
    )
    secrets = (
        ClientSecret(
            application=row,
            digest=f"{place:064x}",
            hint="hint",
            created_at=_FROM,
            expires_at=_FROM + timedelta(days=random.randrange(100, 900)),
        )
        for place, row in zip(places, rows, strict=True)
    )
    ClientSecret._base_manager.bulk_create(secrets, batch_size=_AT_ONCE)


def _subscriptions(random: Random, places: range, people: list[Person]) -> None:
    adapters, states = list(Adapter.objects.all()), list(SubscriptionState)
    rows = (
        Subscription(
            id=UUID(int=random.getrandbits(128), version=4),
            name=f"Subscription {random.randrange(10_000)} no {place}",
            owner=random.choice(people),
            adapter=random.choice(adapters) if adapters else None,
            all_apis=not adapters,
            state=random.choice(states),
            primary_sealed=b"x" * 60,
            primary_digest=f"{place:063x}p",
            secondary_sealed=b"x" * 60,
            secondary_digest=f"{place:063x}s",
            created_at=_FROM + timedelta(minutes=37 * place),
        )
        for place in places
    )
    Subscription._base_manager.bulk_create(rows, batch_size=_AT_ONCE)


def _told(random: Random, places: range, people: list[Person]) -> None:
    Entry.objects.bulk_create(_entries(random, places, people), batch_size=_AT_ONCE)
    Refusal.objects.bulk_create(_refusals(random, places, people), batch_size=_AT_ONCE)
    Notice.objects.bulk_create(
        (
            Notice(kind="column", subject=f"column {place}", text="It is gone.", **_seen(place))
            for place in places
        ),
        batch_size=_AT_ONCE,
    )
    Mail._base_manager.bulk_create(
        (
            Mail(
                kind="request-received",
                address=random.choice(people).email,
                message_id=f"<{place}@crowd>",
                subject=f"Your request {place}",
                created_at=_FROM + timedelta(minutes=place),
                state="sent",
            )
            for place in places
        ),
        batch_size=_AT_ONCE,
    )


def _entries(random: Random, places: range, people: list[Person]) -> Iterator[Entry]:
    for place in places:
        who = random.choice(people)
        yield Entry(
            at=_FROM + timedelta(minutes=place),
            who=who.user_id,
            email=who.email,
            kind="company",
            key="1000",
            name="Company 0",
            action="changed",
            text=f"company 0 changed by {who.email}",
        )


def _refusals(random: Random, places: range, people: list[Person]) -> Iterator[Refusal]:
    for place in places:
        yield Refusal(
            at=_FROM.timestamp() + 60 * place,
            request_id=f"r{place}",
            tier="test",
            api="job-tracking",
            operation="list-jobs",
            subscription=random.choice(people).user_id,
            application="a",
            status=random.choice((401, 403, 429)),
            code=random.choice(("MG401", "MG202")),
            reason="the limit was hit",
        )


def _seen(place: int) -> dict[str, float]:
    at = _FROM.timestamp() + place
    return {"first_seen": at, "last_seen": at, "count": 1}
