"""The sample companies as batches of rows: founded once, then moved along with the clock."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

from millgate.plant.sample.batches import Batch, batch, filled
from millgate.plant.sample.calendar import instant_text
from millgate.plant.sample.company import PROFILES, company
from millgate.plant.sample.master import calendar_exceptions, master_data
from millgate.plant.sample.planted import Anchor
from millgate.plant.sample.simulation import Simulation

STATE_VERSION = 1
SIMULATION_KEY = 1
Progress = Callable[[int, int], None]


def generate(
    *,
    seed: int,
    now: datetime,
    days: int = 91,
    first_day: date | None = None,
    progress: Progress | None = None,
) -> Iterator[Batch]:
    """Found the sample companies and let them work for `days` production days, the last one until `now`.

    The same seed and the same first day give the same rows; `now` (aware) only cuts the last day off.
    Planted facts lie relative to the last of the `days`. Without `first_day` the days end with that of
    `now`. `progress` is told how many of how many company-days are done. The last batch holds the state
    that `advance` goes on from.
    """
    until = _seconds(now)
    simulations = [_founded(seed, now, days, first_day, n) for n in range(len(PROFILES))]
    for simulation in simulations:
        first = simulation.anchor.first
        founded = simulation.company.calendar.day(first).start - 7 * 86400
        yield from master_data(simulation.company, founded=founded)
        yield calendar_exceptions(simulation.company, first, simulation.company.calendar.day_of(now))
    state = _State(seed, simulations, after=-1, until=until, now=now)
    yield from state.move(progress)


def advance(*, state: str, now: datetime) -> Iterator[Batch]:
    """Let the sample companies work on until `now` (aware): yield rows that are new or have changed.

    `state` is what the last batch of `generate` or `advance` held; the last batch here holds the next
    one. A `now` that is not later yields nothing.
    """
    stored = json.loads(state)
    after, until = stored["made_until"], _seconds(now)
    if until <= after:
        return
    simulations = []
    for profile, dumped in zip(PROFILES, stored["companies"], strict=True):
        anchor = Anchor(date.fromisoformat(dumped["first"]), date.fromisoformat(dumped["anchor"]))
        simulations.append(Simulation.load(company(stored["seed"], profile), anchor, dumped))
    for simulation in simulations:
        calendar = simulation.company.calendar
        before, on = calendar.day_of(datetime.fromtimestamp(after, UTC)), calendar.day_of(now)
        if on > before:
            yield calendar_exceptions(simulation.company, before, on)
    yield from _State(stored["seed"], simulations, after=after, until=until, now=now).move(None)


def _seconds(now: datetime) -> int:
    if now.tzinfo is None:
        raise ValueError("now must say its time zone")
    return int(now.timestamp())


def _founded(seed: int, now: datetime, days: int, first_day: date | None, number: int) -> Simulation:
    founded = company(seed, PROFILES[number])
    first = first_day or founded.calendar.day_of(now) - timedelta(days=days - 1)
    return Simulation.begin(founded, Anchor(first, first + timedelta(days=days - 1)))


class _State:
    """Simulations on their way from one instant to another, and the state they leave."""

    def __init__(
        self, seed: int, simulations: list[Simulation], *, after: int, until: int, now: datetime
    ) -> None:
        self.seed = seed
        self.simulations = simulations
        self.after = after
        self.until = until
        self.now = now

    def move(self, progress: Progress | None) -> Iterator[Batch]:
        """Yield what happens, day by day and company by company, then the state."""
        lasts = [simulation.company.calendar.day_of(self.now) for simulation in self.simulations]
        pairs = list(zip(self.simulations, lasts, strict=True))
        total = sum((last - simulation.on).days + 1 for simulation, last in pairs)
        done = 0
        dumped = []
        for simulation, last in pairs:
            while simulation.on < last:
                yield from filled(simulation.live(after=self.after, until=self.until))
                done += 1
                if progress:
                    progress(done, total)
            dumped.append(self._dump(simulation))
            if simulation.on == last:
                yield from filled(simulation.live(after=self.after, until=self.until))
            yield from filled(simulation.flush())
            done += 1
            if progress:
                progress(done, total)
        yield self._batch(dumped)

    def _dump(self, simulation: Simulation) -> dict[str, object]:
        anchor = simulation.anchor
        return simulation.dump() | {"first": anchor.first.isoformat(), "anchor": anchor.last.isoformat()}

    def _batch(self, companies: list[dict[str, object]]) -> Batch:
        state = {
            "version": STATE_VERSION,
            "seed": self.seed,
            "made_until": self.until,
            "companies": companies,
        }
        text = json.dumps(state, separators=(",", ":"))
        return batch("simulation", [(SIMULATION_KEY, 0, text, instant_text(self.until))])
