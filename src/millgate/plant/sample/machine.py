"""One workcenter through one production day: what it runs, and which thing happens next."""

from collections.abc import Mapping
from typing import Any

from millgate.plant.sample import planted
from millgate.plant.sample.crew import Crew
from millgate.plant.sample.jobs import OP_DONE, Job, JobOp
from millgate.plant.sample.planning import Queue
from millgate.plant.sample.production import Production
from millgate.plant.sample.scrap import Scrap
from millgate.plant.sample.setups import Setup
from millgate.plant.sample.status_trail import StatusTrail
from millgate.plant.sample.stops import Stop, Stops
from millgate.plant.sample.vocabulary import BREAK, DOWN, NO_EVENT, NO_JOB, OFF_SHIFT, PRODUCTION, event
from millgate.plant.sample.windows import RUN, Window, windows
from millgate.plant.sample.workday import Workday


class MachineDay:
    """The simulation of one workcenter-day, from the state the day before left.

    It stops by itself once nothing it does can lie in the window any more; its state is then of no use.
    """

    def __init__(self, on: Workday, *, state: dict[str, Any], jobs: Mapping[int, Job], queue: Queue) -> None:
        self.on = on
        self.until = on.rows.until
        self.queue = queue
        self.stops = Stops(on, state)
        self.trail = StatusTrail(on, state.get("open", []))
        self.crew = Crew(on)
        self.scrap = Scrap(on, self.crew, state)
        self.production = Production(on, self.crew, self.scrap)
        self.setup = Setup.resume(on, state.get("setup"), jobs)
        self.setups = 0

    def run(self) -> None:
        """Live through the day, or as much of it as the window shows."""
        self._planted_at_start()
        for window in windows(self.on):
            if window.start > self.until:
                break
            if window.status == RUN:
                self._work(window)
            else:
                self._rest(window)
        if self.on.day.end > self.until:
            self.trail.show()
            self.crew.show()

    def state(self) -> dict[str, Any]:
        """What the next day begins with."""
        return {
            **self.stops.dump(),
            "open": self.trail.dump(),
            **self.scrap.dump(),
            "setup": self.setup.dump() if self.setup else None,
        }

    def _planted_at_start(self) -> None:
        on, start = self.on, self.on.day.start
        if self.setup and planted.without_orders(on.place, on.anchor, on.date):
            self._take_down(self.setup, start)
        if planted.broken_down(on.place, on.anchor, on.date):
            self.stops.down_until = on.day.end
            self._status(start, DOWN, event("ELEC-DRIVE"), planted.BREAKDOWN_NOTE)
        if on.place == planted.BAD_MOLD and planted.bad_mold_starts(on.company.calendar, on.anchor, on.date):
            self._prefer_bad_mold()

    def _prefer_bad_mold(self) -> None:
        """Take down what is mounted, for the whole day, so that the bad mold comes next."""
        if self.setup:
            mounted = self.setup.op
            self.queue = [(job, op) for job, op in self.queue if op is not mounted]
            self._take_down(self.setup, self.on.day.start)
        self.queue.sort(key=lambda each: (not self._needs_bad_mold(*each), -each[0].number))

    def _needs_bad_mold(self, job: Job, op: JobOp) -> bool:
        step = self.on.company.parts[job.part].route[op.step]
        tool = step.tool_on(self.on.workcenter.position)
        return tool is not None and tool.no == planted.BAD_MOLD_TOOL

    def _status(self, at: int, status: int, why: int = NO_EVENT, note: str = "") -> None:
        self.trail.change(at, status, self.setup, why=why, note=note)

    # Windows.

    def _rest(self, window: Window) -> None:
        """A stretch without work. Repairs go on through breaks, and are over when the plant is off."""
        start = window.start
        if self.stops.down_until > start:
            if planted.broken_down(self.on.place, self.on.anchor, self.on.date):
                return
            if window.status == OFF_SHIFT:
                self.stops.down_until = start
            elif window.status == BREAK:
                start = self.stops.down_until
        if start < window.end:
            self._status(start, window.status)

    def _work(self, window: Window) -> None:
        self.crew.take_over(window.shift)
        self.stops.take_over(window.shift)
        at = window.start
        if self.setup and not self.crew.clocked:
            self.crew.clock_in(self.setup.key, at)
        while at < window.end and at <= self.until:
            setup = self.setup or self._mount_next(at)
            if setup is None:
                self._status(at, NO_JOB)
                break
            at = self._step(setup, at, window.end)
        if window.closes_shift and window.end - 1 <= self.until:
            self._close_shift(window.end)

    def _close_shift(self, end: int) -> None:
        if self.setup:
            self.production.book_rest(self.setup, end - 1)
        if end <= self.until:
            self.crew.clock_out(end)
            if self.setup and self.setup.done:
                self._take_down(self.setup, end)

    # What happens next.

    def _step(self, setup: Setup, at: int, end: int) -> int:
        """Go on until the next thing happens; return when that is."""
        if self.stops.down_until > at:
            return min(self.stops.down_until, end)
        if setup.mounted.running_at is None:
            return self._set_up(setup, at, end)
        return self._produce(setup, at, end)

    def _mount_next(self, at: int) -> Setup | None:
        while self.queue:
            job, op = self.queue.pop(0)
            if op.status != OP_DONE:
                return self._mount(job, op, at)
        return None

    def _mount(self, job: Job, op: JobOp, at: int) -> Setup:
        self.setup = Setup.mount(self.on, self.on.keys + self.setups, job, op, at)
        self.setups += 1
        self.scrap.begin()
        self.crew.clock_out(at)
        self.crew.clock_in(self.setup.key, at)
        return self.setup

    def _set_up(self, setup: Setup, at: int, end: int) -> int:
        phase = setup.phase()
        if phase is None:
            setup.release(at)
            return at
        self._status(at, phase.status, phase.why)
        return at + setup.spend(phase, end - at)

    def _take_down(self, setup: Setup, at: int) -> None:
        setup.take_down(at)
        self.crew.clock_out(at)
        self.production.clear()
        self.setup = None

    def _produce(self, setup: Setup, at: int, end: int) -> int:
        """Run until a container is full, the shift or the operation ends, or the machine stops."""
        self._status(at, PRODUCTION)
        full = self.production.full_in(setup)
        seconds = min(full, self.stops.next_in(), end - at)
        self.production.ran(setup, seconds)
        self.stops.ran(seconds)
        at += seconds
        if at - 1 <= self.until:
            self._after_run(setup, at, full=seconds == full)
        return at

    def _after_run(self, setup: Setup, at: int, *, full: bool) -> None:
        if full:
            self.production.book(setup, at - 1)
        if full and setup.done:
            if at <= self.until:
                self._take_down(setup, at)
            return
        stop = self.stops.due()
        if stop:
            self._go_down(setup, at, stop)

    def _go_down(self, setup: Setup, at: int, stop: Stop) -> None:
        """Stop. What lies in the container is booked now when nobody of this shift will see it filled."""
        shift_ends = self.crew.span.end
        if at >= shift_ends:
            return
        self.stops.down_until = at + stop.lasts
        if self.stops.down_until >= shift_ends:
            self.production.book_rest(setup, at - 1)
        if not setup.done:
            self._status(at, stop.status, stop.why)
        elif at <= self.until:
            # The last pieces of the operation: what broke is put right during the changeover.
            self.stops.down_until = at
            self._take_down(setup, at)
