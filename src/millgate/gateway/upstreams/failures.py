"""What goes wrong between the gateway and an upstream."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from millgate.core.errors import Problem


class Failed(Exception):  # noqa: N818 - what happened, as it is told
    """One attempt that gave no answer.

    Attributes:
        problem: as what the call fails, if it is not tried again.
        cause: what happened, for the log.
        unanswered: whether the connection could not be had, or was closed before any byte of an answer.
        stale: whether it was a kept connection that was closed so.
    """

    def __init__(
        self, problem: Problem, cause: str, *, unanswered: bool = False, stale: bool = False
    ) -> None:
        super().__init__(problem.code, cause)
        self.problem = problem
        self.cause = cause
        self.unanswered = unanswered
        self.stale = stale
