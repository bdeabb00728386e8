"""One workcenter through one production day: what it runs, when it stops, what it makes."""

from dataclasses import astuple
from math import ceil
from typing import Any

from millgate.plant.sample import planted
from millgate.plant.sample.calendar import ProductionDay, instant_text
from millgate.plant.sample.company import Company
from millgate.plant.sample.containers import Filled
from millgate.plant.sample.jobs import OP_DONE, Job, JobOp
from millgate.plant.sample.ledger import (
    NOTHING_RUNS,
    Mounted,
    Row,
    Rows,
    key_block,
    operator_row,
    scrap_words,
    setup_row,
    snapshot,
    status_row,
)
from millgate.plant.sample.parts import Part, Rate, Step
from millgate.plant.sample.people import Person
from millgate.plant.sample.vocabulary import (
    BREAK,
    DOWN,
    EVENTS,
    EXCESS_SETUP,
    FIRST_PIECE_SCRAP,
    HANDLING_DAMAGE,
    NO_JOB,
    NO_OPERATOR,
    OFF_SHIFT,
    PRODUCTION,
    QUALITY_HOLD,
    SETUP,
    SHORT_SHOT,
    WAITING,
    event,
)
from millgate.plant.sample.windows import RUN, Window, windows
from millgate.plant.sample.workcenters import Workcenter

HOUR = 3600
WAIT_EVERY_HOURS = 4.5
# A setup may take a quarter longer than its standard before the rest counts as excess.
SETUP_ALLOWANCE = 1.25
APPROVAL_CHANCE = 0.3
HELD_CONTAINERS = 0.003
NO_EVENT = -1
_WAITS = (
    (WAITING, "NO-MATERIAL"),
    (WAITING, "NO-CONTAINER"),
    (NO_OPERATOR, "NO-OPERATOR"),
    (WAITING, "NO-CRANE"),
)
_WAIT_WEIGHTS = (5, 2, 3, 2)


class MachineDay:
    """The simulation of one workcenter-day, from the state the day before left.

    It stops by itself once nothing it does can lie in the window any more; its state is then of no use.
    """

    def __init__(
        self,
        *,
        rows: Rows,
        workcenter: Workcenter,
        anchor: planted.Anchor,
        day: ProductionDay,
        state: dict[str, Any],
        jobs: dict[int, Job],
        queue: list[tuple[Job, JobOp]],
    ) -> None:
        self.rows = rows
        self.company: Company = rows.company
        self.workcenter = workcenter
        self.family = workcenter.family
        self.anchor = anchor
        self.day = day
        self.jobs = jobs
        self.queue = queue
        self.rng = self.company.rng(workcenter.code, day.text)
        self.block = key_block(day.number, workcenter)
        self.statuses = self.clockings = self.setups = self.records = self.scraps = 0
        self.filled: list[Filled] = []
        self.touched: dict[int, Job] = {}
        self.to_failure: float = state.get("failure", 0.0) or self._failure()
        self.to_wait: float = state.get("wait", 0.0) or self._wait()
        self.down_until: int = state.get("down", 0)
        self.open: list[Any] = state.get("open", [])
        self.owed: float = state.get("owed", 0.0)
        self.first_pieces: int = state.get("first", 0)
        self.content = 0.0
        self.clocked: tuple[int, int, int, Person] | None = None
        self.shift = 0
        self.reopen = planted.container_reopened(workcenter.place, anchor, day.date)
        self.setup: Mounted | None = None
        if state.get("setup"):
            self._resume(Mounted(*state["setup"]))

    # The day.

    def run(self) -> None:
        """Live through the day, or as much of it as the window shows."""
        self._planted_at_start()
        for window in windows(self.company, self.workcenter, self.anchor, self.day):
            if window.start > self.rows.until:
                break
            if window.status == RUN:
                self._work(window)
            else:
                self._rest(window)
        self._show_open()

    def state(self) -> dict[str, Any]:
        """What the next day begins with."""
        return {
            "failure": round(self.to_failure, 3),
            "wait": round(self.to_wait, 3),
            "down": self.down_until,
            "open": self.open,
            "owed": round(self.owed, 6),
            "first": self.first_pieces,
            "setup": list(astuple(self.setup)) if self.setup else None,
        }

    def _planted_at_start(self) -> None:
        place, start, on = self.workcenter.place, self.day.start, self.day.date
        if planted.without_orders(place, self.anchor, on) and self.setup:
            self._take_down(start)
        if planted.broken_down(place, self.anchor, on):
            self.down_until = self.day.end
            self._status(start, DOWN, event("ELEC-DRIVE"), planted.BREAKDOWN_NOTE)
        if place == planted.BAD_MOLD and planted.bad_mold_starts(self.anchor, on):
            self.queue = [each for each in self.queue if not self.setup or each[1] is not self.op]
            self.queue.sort(key=lambda each: (not self._needs_bad_mold(*each), -each[0].number))
            if self.setup:
                self._take_down(start)

    def _needs_bad_mold(self, job: Job, op: JobOp) -> bool:
        tool = self.company.parts[job.part].route[op.step].tool_on(self.workcenter.position)
        return tool is not None and tool.no == planted.BAD_MOLD_TOOL

    def _rest(self, window: Window) -> None:
        """A stretch without work. Repairs go on through breaks, and are over when the plant is off."""
        start = window.start
        if self.down_until > start and not planted.broken_down(
            self.workcenter.place, self.anchor, self.day.date
        ):
            if window.status == OFF_SHIFT:
                self.down_until = start
            elif window.status == BREAK:
                start = self.down_until
        elif self.down_until > start:
            return
        if start < window.end:
            self._status(start, window.status)

    def _work(self, window: Window) -> None:
        self.shift = window.shift
        self.speed = planted.failures_per_failure(self.workcenter.place, self.day.spans[window.shift].shift)
        at, limit = window.start, self.rows.until
        if self.setup and not self.clocked:
            self._clock_in(at)
        while at < window.end and at <= limit:
            if self.setup is None and not self._mount_next(at):
                self._status(at, NO_JOB)
                break
            at = self._step(at, window.end)
        if window.closes_shift and window.end - 1 <= limit:
            self._close_shift(window.end)

    def _close_shift(self, end: int) -> None:
        if self.content >= 1 and self.down_until < end:
            self._fill_container(end - 1)
        self.content = 0.0
        if end <= self.rows.until:
            self._clock_out(end)
            if self.setup and self.op.status == OP_DONE:
                self._take_down(end)

    def _step(self, at: int, end: int) -> int:
        """Go on until the next thing happens; return when that is."""
        if self.down_until > at:
            return min(self.down_until, end)
        if self.setup_now.running_at is None:
            return self._set_up(at, end)
        return self._produce(at, end)

    # Setups.

    @property
    def setup_now(self) -> Mounted:
        """The setup that is mounted."""
        if self.setup is None:
            raise RuntimeError("nothing is mounted")
        return self.setup

    def _resume(self, setup: Mounted) -> None:
        """Take up a setup, or a new one."""
        self.setup = setup
        self.job = self.jobs[setup.job]
        self.op = self.job.ops[setup.op]
        self.part: Part = self.company.parts[self.job.part]
        self.routed: Step = self.part.route[setup.op]
        self.rate: Rate = self.routed.rates[self.workcenter.position]
        self.running: Row = snapshot(self.job, self.routed, self.part)

    def _mount_next(self, at: int) -> bool:
        while self.queue:
            job, op = self.queue.pop(0)
            if op.status != OP_DONE:
                self._mount(job, op, at)
                return True
        return False

    def _mount(self, job: Job, op: JobOp, at: int) -> None:
        rng, family = self.rng, self.family
        rate = self.company.parts[job.part].route[op.step].rates[self.workcenter.position]
        standard = rate.setup_minutes * 60
        takes = 1.1 * standard * rng.lognormvariate(0, 0.35)
        slow = (1 + abs(rng.gauss(0, 0.03))) * rng.uniform(0.98, 1.02) / 1.024
        setup = Mounted(
            key=self.block + self.setups,
            job=job.number,
            op=op.step,
            mounted_at=at,
            running_at=None,
            taken_down_at=None,
            touched=at,
            cycle=round(rate.cycle * slow / family.pace, 5),
            scrap=round(rng.betavariate(2, 2 / family.scrap - 2), 6),
            setup_left=ceil(min(takes, standard * SETUP_ALLOWANCE)),
            excess_left=ceil(max(0.0, takes - standard * SETUP_ALLOWANCE)),
            approval_left=rng.randrange(180, 900) if rng.random() < APPROVAL_CHANCE else 0,
        )
        self.setups += 1
        self._resume(setup)
        self.first_pieces = round(family.first_pieces * rng.uniform(0.6, 1.5))
        job.started(op, at)
        self.touched[job.number] = job
        self._show_setup()
        self._clock_out(at)
        self._clock_in(at)

    def _set_up(self, at: int, end: int) -> int:
        setup = self.setup_now
        if setup.setup_left:
            setup.setup_left, at = self._spend(at, end, setup.setup_left, SETUP, NO_EVENT)
        elif setup.excess_left:
            setup.excess_left, at = self._spend(at, end, setup.excess_left, EXCESS_SETUP, NO_EVENT)
        elif setup.approval_left:
            waits = event("FIRST-PIECE")
            setup.approval_left, at = self._spend(at, end, setup.approval_left, QUALITY_HOLD, waits)
        elif at <= self.rows.until:
            setup.running_at = setup.touched = at
            self._show_setup()
        return at

    def _spend(self, at: int, end: int, left: float, status: int, why: int) -> tuple[float, int]:
        self._status(at, status, why)
        spent = min(int(left), end - at)
        return left - spent, at + spent

    def _take_down(self, at: int) -> None:
        """Take the setup down; an unfinished operation waits for its next turn."""
        setup = self.setup_now
        setup.taken_down_at = setup.touched = at
        if self.op.status != OP_DONE:
            self.job.put_back(self.op, at)
            self.touched[self.job.number] = self.job
        self._clock_out(at)
        self._show_setup()
        self.setup = None
        self.content = self.owed = 0.0

    def _show_setup(self) -> None:
        setup = self.setup_now
        if setup.touched > self.rows.after:
            row = setup_row(
                self.workcenter, setup, running=self.running, part=self.part, step=self.routed, rate=self.rate
            )
            self.rows.setups[setup.key] = row

    # People.

    def _clock_in(self, at: int) -> None:
        who = self.company.operator(self.workcenter.position, self.shift)
        self.clocked = (self.block + self.clockings, self.setup_now.key, at, who)
        self.clockings += 1

    def _clock_out(self, at: int) -> None:
        if self.clocked is None:
            return
        key, setup, since, who = self.clocked
        self.clocked = None
        if since < at and at > self.rows.after:
            self.rows.operators.append(operator_row(key, self.workcenter, setup, who, begin=since, end=at))

    # Production.

    def _produce(self, at: int, end: int) -> int:
        """Run until a container is full, the shift or the operation ends, or the machine stops."""
        self._status(at, PRODUCTION)
        setup = self.setup_now
        share = planted.scrap_share(self.workcenter.place, self._tool_no(), self.anchor, self.day.date)
        share = setup.scrap if share is None else share
        good_seconds = setup.cycle / (1 - share)
        wanted = min(self.routed.pack, self.job.quantity - self.op.good) - self.content
        fills = max(1, ceil(wanted * good_seconds))
        fails = max(1, ceil(self.to_failure / self.speed))
        waits = max(1, ceil(self.to_wait))
        spent = min(fills, fails, waits, end - at)
        at += spent
        self.content += spent / good_seconds
        self.owed += spent / good_seconds * share / (1 - share)
        self.to_failure -= spent * self.speed
        self.to_wait -= spent
        if at - 1 > self.rows.until:
            return at
        if spent == fills:
            self._fill_container(at - 1)
            if self.op.status == OP_DONE:
                if at <= self.rows.until:
                    self._take_down(at)
                return at
        self._stop(at, failed=spent == fails, waited=spent == waits)
        return at

    def _tool_no(self) -> str:
        tool = self.routed.tool_on(self.workcenter.position)
        return tool.no if tool else ""

    def _stop(self, at: int, *, failed: bool, waited: bool) -> None:
        if failed:
            self._fail(at)
        elif waited:
            self._starve(at)

    def _failure(self) -> float:
        return self.rng.weibullvariate(self.family.mtbf * HOUR * self.workcenter.factor, 1.1)

    def _wait(self) -> float:
        return self.rng.expovariate(1 / (WAIT_EVERY_HOURS * HOUR))

    def _fail(self, at: int) -> None:
        rng = self.rng
        self.to_failure = self._failure()
        codes = self.family.events
        why = rng.choices([code for code, _ in codes], [weight for _, weight in codes])[0]
        if self.speed > 1 and rng.random() < 1 / 2:
            why = event("ROBOT")
        lasts = 60 * self.family.repair * rng.lognormvariate(0, self.family.repair_sigma)
        self._go_down(at, EVENTS[why].status, why, lasts)

    def _starve(self, at: int) -> None:
        self.to_wait = self._wait()
        status, code = self.rng.choices(_WAITS, _WAIT_WEIGHTS)[0]
        self._go_down(at, status, event(code), 60 * 12 * self.rng.lognormvariate(0, 0.8))

    def _go_down(self, at: int, status: int, why: int, lasts: float) -> None:
        """Stop. What lies in the container is booked now when nobody of this shift will see it filled."""
        if at >= self.day.spans[self.shift].end:
            return
        self.down_until = at + max(20, int(lasts))
        if self.down_until >= self.day.spans[self.shift].end:
            if self.content >= 1:
                self._fill_container(at - 1)
            self.content = 0.0
        if self.op.status != OP_DONE:
            self._status(at, status, why)
        elif at <= self.rows.until:
            # The last pieces of the operation: what broke is put right during the changeover.
            self.down_until = at
            self._take_down(at)

    # Bookings.

    def _fill_container(self, at: int) -> None:
        """Book the pieces in the container, and sometimes the scrap that came with them."""
        pieces = min(round(self.content), self.job.quantity - self.op.good)
        self.content = 0.0
        if pieces < 1:
            return
        key = self.block + self.records
        self.records += 1
        scrap = self._scrap(at, f"SN{key:010d}")
        if at > self.rows.until:
            return
        self.job.produced(self.op, at, good=pieces)
        self.touched[self.job.number] = self.job
        held = self.rng.random() < HELD_CONTAINERS
        self._book(Filled(key, at, pieces, scrap, held, scrapped=self.reopen and not self.filled))

    def _book(self, box: Filled) -> None:
        who = self.company.operator(self.workcenter.position, self.shift)
        setup = self.setup_now
        lot = f"L{self.job.number}-{self.day.number % 1000:03d}"
        self.filled.append(box)
        box.describe(
            self.company, self.workcenter, part=self.part, step=self.routed, running=self.running, lot=lot
        )
        if self.reopen:
            self._scrap_by_mistake(box)
        if box.at <= self.rows.after:
            return
        text = instant_text(box.at)
        self.rows.production.append(
            (
                box.key,
                self.workcenter.pcn,
                self.workcenter.key,
                self.workcenter.code,
                text,
                self.day.text,
                self.day.spans[self.shift].shift,
                box.pieces,
                "pcs",
                0,
                box.scrap,
                setup.key,
                box.serial,
                lot,
                box.heat,
                "",
                who.key,
                who.shown,
                round(setup.cycle, 3),
                *self.running,
                text,
            )
        )

    def _scrap(self, at: int, serial: str) -> int:
        """Book the scrap owed, if anybody gets to it; return how many pieces went with this container."""
        booked = 0
        if self.first_pieces:
            booked += self._scrap_row(at, serial, self.first_pieces, FIRST_PIECE_SCRAP)
            self.first_pieces = 0
        last = self.job.quantity - self.op.good <= self.routed.pack
        if self.owed >= 1 and (last or self.rng.random() < self.family.scrap_logged):
            reason = self.rng.choice(self.family.scrap_reasons)
            tool = self._tool_no()
            spoiled = planted.scrap_share(self.workcenter.place, tool, self.anchor, self.day.date) is not None
            if spoiled and self.rng.random() < 4 / 5:
                reason = SHORT_SHOT
            note = planted.BAD_MOLD_NOTE if spoiled and reason == SHORT_SHOT else ""
            booked += self._scrap_row(at, serial, int(self.owed), reason, note)
            self.owed -= int(self.owed)
        return booked

    def _scrap_row(self, at: int, serial: str, pieces: int, reason: int, note: str = "") -> int:
        key = self.block + self.scraps
        self.scraps += 1
        if at > self.rows.until:
            return pieces
        self.job.produced(self.op, at, scrap=pieces)
        if at > self.rows.after:
            who = self.company.operator(self.workcenter.position, self.shift)
            text = instant_text(at)
            self.rows.scrap.append(
                (
                    key,
                    self.workcenter.pcn,
                    self.workcenter.key,
                    self.workcenter.code,
                    text,
                    self.day.text,
                    self.day.spans[self.shift].shift,
                    pieces,
                    "pcs",
                    *scrap_words(self.company, reason),
                    "Scrap" if reason == HANDLING_DAMAGE else "Control Panel Scrap",
                    self.setup_now.key,
                    serial,
                    "",
                    who.key,
                    who.shown,
                    note,
                    *self.running,
                    text,
                )
            )
        return pieces

    def _scrap_by_mistake(self, box: Filled) -> None:
        """Scrap the day's first container whole, and take that back with the second."""
        if box is self.filled[0]:
            self._scrap_row(box.at, box.serial, box.pieces, HANDLING_DAMAGE, "")
            return
        first = self.filled[0]
        self._scrap_row(box.at, first.serial, -first.pieces, HANDLING_DAMAGE, planted.REOPENED_NOTE)
        first.reopened_at = box.at
        self.reopen = False

    # Statuses.

    def _status(self, at: int, status: int, why: int = NO_EVENT, note: str = "") -> None:
        """The workcenter changes its status, unless it is in it already."""
        if at > self.rows.until:
            return
        setup = self.setup.key if self.setup else None
        now = self.open
        if now and now[2] == status and now[3] == why and now[5] == setup:
            return
        if now and now[1] < at:
            self._close_status(at)
            now = []
        key = now[0] if now else self.block + self.statuses
        self.statuses += not now
        running = self.running if self.setup else NOTHING_RUNS
        self.open = [key, at, status, why, note, setup, running]

    def _close_status(self, at: int) -> None:
        if at > self.rows.after:
            self.rows.status.append(self._status_row(at))

    def _status_row(self, end: int | None) -> Row:
        start = self.open[1]
        calendar = self.company.calendar
        day = self.day
        if start < day.start:
            day = calendar.day_containing(start)
        return status_row(
            self.company, self.workcenter, self.open, end=end, shift=day.shift_at(start), report=day.text
        )

    def _show_open(self) -> None:
        """Show what is still going on when the window ends inside this day."""
        if self.day.end <= self.rows.until:
            return
        if self.open and self.open[1] > self.rows.after:
            self.rows.status.append(self._status_row(None))
        if self.clocked and self.clocked[2] > self.rows.after:
            key, setup, since, who = self.clocked
            self.rows.operators.append(operator_row(key, self.workcenter, setup, who, begin=since, end=None))
