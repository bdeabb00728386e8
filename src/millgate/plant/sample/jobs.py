"""Jobs and their operations while they are open, as a plain value that survives between runs."""

from dataclasses import astuple, dataclass, field
from typing import Any

NEW, SCHEDULED, RUNNING, COMPLETED, HOLD, CANCELLED = (
    "New",
    "Scheduled",
    "Production",
    "Completed",
    "Hold",
    "Cancelled",
)
OP_OPEN, OP_RUNNING, OP_DONE, OP_HOLD = "Open", "Running", "Done", "Hold"
CLOSED = (COMPLETED, CANCELLED)


@dataclass(slots=True)
class JobOp:
    """One operation of a job: the step of the part's route it is, where it runs, how far it has come."""

    step: int
    position: int
    hours: float
    scheduled_start: int
    scheduled_end: int
    good: int = 0
    scrap: int = 0
    status: str = OP_OPEN
    started: int | None = None
    finished: int | None = None
    note: str = ""


@dataclass(slots=True)
class Job:
    """A job. `touched` is the instant of its last change; `blocked` jobs are never dispatched."""

    number: int
    part: int
    quantity: int
    kind: str
    priority: str
    status: str
    created: int
    due: int
    touched: int
    completed: int | None = None
    blocked: str = ""
    note: str = ""
    ops: list[JobOp] = field(default_factory=list)

    def waiting_op(self) -> JobOp | None:
        """The first operation that is not done."""
        return next((op for op in self.ops if op.status != OP_DONE), None)

    def started(self, op: JobOp, at: int) -> None:
        """An operation is mounted on its workcenter."""
        if op.started is None:
            op.started = at
        op.status = OP_RUNNING
        self.status = RUNNING
        self.touched = at

    def produced(self, op: JobOp, at: int, *, good: int = 0, scrap: int = 0) -> None:
        """Pieces were booked for an operation; the last one done completes the job."""
        op.good += good
        op.scrap += scrap
        self.touched = at
        if op.good < self.quantity or op.status == OP_DONE:
            return
        op.status, op.finished = OP_DONE, at
        if op is self.ops[-1]:
            self.status, self.completed = COMPLETED, at

    def put_back(self, op: JobOp, at: int) -> None:
        """An unfinished operation is taken down and waits again."""
        op.status = OP_OPEN
        self.touched = at

    def dump(self) -> list[Any]:
        """The job as JSON holds it."""
        return list(astuple(self))

    @classmethod
    def load(cls, dumped: list[Any]) -> "Job":
        """The job that was dumped."""
        job = cls(*dumped)
        job.ops = [JobOp(*op) for op in dumped[-1]]
        return job
