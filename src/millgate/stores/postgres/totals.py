"""How many rows there are, remembered for as long as that is certain."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

_KEPT: Final = 4096
Question: TypeAlias = tuple[str, tuple[object, ...]]
"""A statement that counts, and the values bound in it."""


class Total(NamedTuple):
    """A number of rows, and the view of the data in which it was counted."""

    view: str | None
    rows: int


UNKNOWN: Final = Total(None, 0)
"""Its view is no view, and equal to none."""


class Totals:
    """Totals by question, each with the view it was counted in.

    A view is named by the snapshot in which the server runs a statement: which transactions are over. Two
    statements with equal snapshots see equal rows, so while nothing is written in the whole cluster,
    nothing needs counting twice. That holds for questions about tables; one whose answer depends on the
    time of day or on another server must not be asked here.
    """

    def __init__(self) -> None:
        self._known: dict[Question, Total] = {}

    def known(self, question: Question) -> Total:
        """What is remembered, or `UNKNOWN`."""
        return self._known.get(question, UNKNOWN)

    def keep(self, question: Question, total: Total) -> None:
        """Remember an answer; of too many, the one that was first asked for is forgotten."""
        if len(self._known) >= _KEPT and question not in self._known:
            del self._known[next(iter(self._known))]
        self._known[question] = total

    def forget(self) -> None:
        """Forget everything: a server that was restored may count its transactions from an earlier one."""
        self._known.clear()
