"""Measure a change of the directory in an installation of any size: making it, and taking it up.

    directories.py [--apis N] [--people N] [--rounds N]

Makes a home with a database of its own, changes one subscription again and again as a page does, and lets a
worker in the same process take each version up, while calls that come every millisecond are timed.
Prints JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import uvloop

from installations import document
from millgate.assembly.collecting import building_much
from millgate.assembly.following import Follower
from millgate.control.site import boot
from millgate.snapshot.answering import Targets
from millgate.snapshot.document import Catalogue, Document, encode, version_of
from millgate.snapshot.upstreams import MOCK
from millgate.stores.sqlite.control import SqliteVersions

TICK_MILLISECONDS: Final = 1.0
COLD_ROUNDS: Final = 2
"""In the second the collector still looks at what the first page has built."""
SUBSCRIPTIONS_OF_A_PERSON: Final = 10
TARGETS: Final[Targets] = {}
_BATCH: Final = 5_000


class Lateness(msgspec.Struct):
    """How long something took, and how late calls were that came every millisecond meanwhile.

    Attributes:
        seconds: the median of the rounds.
        cpu: seconds of this process, calls included: what a machine with nothing else to do would need.
        p99, worst: milliseconds, over all rounds.
    """

    seconds: float
    cpu: float
    p99: float
    worst: float


class Measured(msgspec.Struct):
    """A change of the directory.

    Attributes:
        change: by a page, until it is committed.
        take_up: by a worker that has heard of it.
        page: the next page, which looks at what is in force.
    """

    change: Lateness
    take_up: Lateness
    page: Lateness


@dataclass(frozen=True)
class Round:
    """One round: the seconds it took, those of the CPU, and by how many milliseconds each call was late."""

    seconds: float
    cpu: float
    late: list[float]


# Making


@contextmanager
def home() -> Iterator[Path]:
    """A home with migrated databases."""
    with tempfile.TemporaryDirectory(prefix="millgate-bench-") as directory:
        os.environ |= {"MILLGATE_HOME": directory, "MILLGATE_ORIGIN": "http://127.0.0.1:8080"}
        boot.setup()
        boot.migrate(aliases=("default", "usage"))
        yield Path(directory)


def fill(made: Document) -> None:
    """Rows that say what a document's directory says, and its catalogue as a version in force."""
    from django.db import transaction  # noqa: PLC0415 - Django is ready only now

    with transaction.atomic():
        _publish(made.catalogue)
        _people(len(made.directory.subscriptions))
        _subscriptions(made)
        _applications(made)


def _publish(catalogue: Catalogue) -> None:
    """Store it as a version; of its rows only the adapters are needed, to which subscriptions refer."""
    from django.conf import settings  # noqa: PLC0415 - as above

    from millgate.control.catalogue.models import Adapter  # noqa: PLC0415
    from millgate.control.publish.models import Version  # noqa: PLC0415

    answered = tuple(msgspec.structs.replace(api, upstream=MOCK) for api in catalogue.apis)
    data = encode(Document(msgspec.structs.replace(catalogue, apis=answered)))
    Version.objects.create(
        document=data.decode(),
        content_hash=version_of(data),
        kind=Version.Kind.PUBLICATION,
        made_at=settings.CLOCK.utc(),
        made_by="bench",
    )
    Adapter.objects.bulk_create([Adapter(key=item.key, name=item.name) for item in catalogue.adapters])


def _people(subscriptions: int) -> None:
    from millgate.control.accounts.models import Company, Person, PersonState  # noqa: PLC0415 - as above

    company = Company.objects.create(pcn=1, code="BENCH", name="Bench")
    Person.objects.bulk_create(
        [
            Person(
                email=f"p{number}@example.com",
                user_id=f"person-{number}",
                company=company,
                state=PersonState.ACTIVE,
            )
            for number in range(max(subscriptions // SUBSCRIPTIONS_OF_A_PERSON, 1))
        ],
        batch_size=_BATCH,
    )


def _subscriptions(made: Document) -> None:
    from django.conf import settings  # noqa: PLC0415 - as above

    from millgate.control.accounts.models import Person  # noqa: PLC0415
    from millgate.control.catalogue.models import Adapter  # noqa: PLC0415
    from millgate.control.clients.models import Subscription, SubscriptionState  # noqa: PLC0415

    adapters, owners, now = (
        Adapter.objects.in_bulk(field_name="key"),
        list(Person.objects.all()),
        settings.CLOCK.utc(),
    )
    Subscription.objects.bulk_create(
        [
            Subscription(
                name=item.name,
                owner=owners[number % len(owners)],
                adapter=adapters[item.adapter or ""],
                state=SubscriptionState.ACTIVE,
                primary_sealed=b"x" * 60,
                primary_digest=item.digests[0],
                secondary_sealed=b"x" * 60,
                secondary_digest=item.digests[1],
                created_at=now,
                started_at=now,
            )
            for number, item in enumerate(made.directory.subscriptions)
        ],
        batch_size=_BATCH,
    )


def _applications(made: Document) -> None:
    from django.conf import settings  # noqa: PLC0415 - as above

    from millgate.control.accounts.models import Company, Person  # noqa: PLC0415
    from millgate.control.clients.models import ClientApplication, ClientSecret  # noqa: PLC0415

    company, people, now = Company.objects.get(), list(Person.objects.all()), settings.CLOCK.utc()
    rows = [
        ClientApplication(
            client_id=item.client_id,
            display_name=item.name,
            company=company,
            account=people[number % len(people)],
        )
        for number, item in enumerate(made.directory.applications)
    ]
    rows = ClientApplication.objects.bulk_create(rows, batch_size=_BATCH)
    secrets = [
        ClientSecret(application=row, digest=item.secrets[0].digest, hint="hint", created_at=now)
        for row, item in zip(rows, made.directory.applications, strict=True)
    ]
    ClientSecret.objects.bulk_create(secrets, batch_size=_BATCH)


# Measuring


def change() -> None:
    """Suspend a subscription, or let it call again, as the console does."""
    from django.db import connections  # noqa: PLC0415 - as above

    from millgate.control.clients import services  # noqa: PLC0415
    from millgate.control.clients.models import Subscription, SubscriptionState  # noqa: PLC0415
    from millgate.control.publish.services import directory_change  # noqa: PLC0415

    with directory_change(by="bench"):
        row = Subscription.objects.order_by("primary_digest")[0]
        if row.state == SubscriptionState.ACTIVE:
            services.subscription_suspend(subscription=row)
        else:
            services.subscription_reinstate(subscription=row)
    connections.close_all()


def page() -> None:
    """Look at what is in force, as pages do."""
    from django.db import connections  # noqa: PLC0415 - as above

    from millgate.control.publish.selectors import snapshot_current  # noqa: PLC0415

    snapshot_current()
    connections.close_all()


async def beside(work: Coroutine[Any, Any, object]) -> Round:
    """Do something while calls come."""
    late: list[float] = []
    begin, cpu = time.perf_counter(), time.process_time()
    turn = asyncio.create_task(work)
    while not turn.done():
        asked = time.perf_counter()
        await asyncio.sleep(TICK_MILLISECONDS / 1000)
        late.extend(_late((time.perf_counter() - asked) * 1000 - TICK_MILLISECONDS))
    await turn
    return Round(time.perf_counter() - begin, time.process_time() - cpu, late)


def _late(wait: float) -> list[float]:
    """The lateness of every call that came while the loop stood still: one a millisecond."""
    return [
        max(wait - passed * TICK_MILLISECONDS, 0.0) for passed in range(int(wait / TICK_MILLISECONDS) + 1)
    ]


async def measured(versions: SqliteVersions, rounds: int) -> Measured:
    """Change, take up, and look, so often in turn. What the first rounds find cold does not count."""
    with building_much():
        follower = Follower(versions, TARGETS)
    steps: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
        "change": lambda: asyncio.to_thread(change),
        "take_up": follower.follow,
        "page": lambda: asyncio.to_thread(page),
    }
    found: dict[str, list[Round]] = {name: [] for name in steps}
    for _ in range(COLD_ROUNDS + rounds):
        for name, step in steps.items():
            found[name].append(await beside(step()))
    return Measured(**{name: _lateness(done[COLD_ROUNDS:]) for name, done in found.items()})


def _lateness(rounds: list[Round]) -> Lateness:
    late = sorted(wait for item in rounds for wait in item.late)
    return Lateness(
        statistics.median(item.seconds for item in rounds),
        statistics.median(item.cpu for item in rounds),
        late[int(len(late) * 0.99)],
        late[-1],
    )


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--apis", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with home() as directory:
        fill(document(given.apis, given.people))
        versions = SqliteVersions(directory / "control.db")
        found = uvloop.run(measured(versions, given.rounds))
        versions.close()
    sys.stdout.write(msgspec.json.encode(found).decode() + "\n")


if __name__ == "__main__":
    main()
