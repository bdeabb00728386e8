"""The sample company in a database moves on: step by step, each step whole or absent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from millgate.plant.sample.batches import Batch, filled
from millgate.plant.sample.generator import advance
from millgate.plant.sample.kept import plain, read_kept
from millgate.plant.sample.merging import merged
from millgate.stores.ports import PlantWriter, ReadRows

LONGEST_STEP = timedelta(days=1)


class NoSampleCompany(Exception):  # noqa: N818 - what is the matter, as it is told
    """The database holds no sample company."""


@dataclass(frozen=True, slots=True)
class Step:
    """One transaction of the simulation: until when the company has worked, and the rows put by table."""

    made_until: datetime
    rows: dict[str, int]


def made_until(writer: PlantWriter) -> datetime:
    """Until when the sample companies of a database have worked (aware, UTC).

    Raises:
        NoSampleCompany: there are none.
        StoreUnreachable: it cannot be read.
    """
    found = writer.rows("SELECT made_until FROM plant_simulation")
    if not found:
        raise NoSampleCompany
    return datetime.fromisoformat(str(plain(found[0][0]))).replace(tzinfo=UTC)


def workcenters_by_status(writer: PlantWriter) -> dict[str, int]:
    """How many workcenters of all sample companies are in each status.

    Raises:
        StoreUnreachable: it cannot be read.
    """
    found = writer.rows(
        "SELECT workcenter_status, count(*) FROM plant_status_log WHERE end_date IS NULL"
        " GROUP BY workcenter_status ORDER BY 2 DESC, 1"
    )
    return {str(status): int(number) for status, number in found}


def steps(writer: PlantWriter, until: datetime) -> Iterator[Step]:
    """Let the sample companies of a database work until an instant (aware), at most a day in each step.

    What people wrote is kept. Others may do the same at the same time: whoever is second finds that it is
    done. Nothing happens while the companies have already worked as long.

    Raises:
        NoSampleCompany: there are none.
        StoreUnreachable: the database cannot be read or written.
    """
    until = until.astimezone(UTC).replace(microsecond=0)
    while (stands := made_until(writer)) < until:
        step = _step(writer, min(until, stands + LONGEST_STEP))
        if step is not None:
            yield step


def _step(writer: PlantWriter, until: datetime) -> Step | None:
    """One step; nothing when somebody else made it meanwhile."""
    state = str(writer.scalar("SELECT state FROM plant_simulation"))
    # The simulation takes its time, so it runs before the transaction in which nobody else may write.
    batches = list(advance(state=state, now=until))
    put: Counter[str] = Counter()

    def make(read: ReadRows) -> Iterable[Batch]:
        put.clear()
        if read("SELECT state FROM plant_simulation") != [(state,)]:
            return []
        return _counted(batches, read, put)

    writer.revise(make)
    return Step(until, dict(put)) if put else None


def _counted(batches: Sequence[Batch], read: ReadRows, put: Counter[str]) -> list[Batch]:
    found = list(filled(merged(batches, read_kept(read, batches))))
    for batch in found:
        put[batch.table] += len(batch.rows)
    return found
