"""What is wrong with the rows of a request: collected whole, told at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from millgate.core.errors import ROWS_CONFLICT, ROWS_WRONG, Refusal

MOST_TOLD: Final = 1000
"""How many faults an answer lists."""
_MOST_SENTENCES: Final = 20
_LONGEST_NAME: Final = 40


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong.

    Attributes:
        field: the member, as sent; empty for the row as a whole.
        detail: completes a sentence that begins with the field: what is wrong, and what to send.
        row: which row of a bulk, from 1; 0 where the request is one row.
        conflict: whether it is right in itself and contradicts what is stored.
    """

    field: str
    detail: str
    row: int = 0
    conflict: bool = False

    @property
    def sentence(self) -> str:
        """The fault for people."""
        where = f"Row {self.row}: " if self.row else ""
        return f"{where}{self.field or 'the row'} {self.detail}."

    @property
    def member(self) -> dict[str, object]:
        """The fault for programs, as an element of `errors`."""
        where = {"row": self.row} if self.row else {}
        return {**where, "field": self.field, "detail": self.detail}


def shortened(name: str) -> str:
    """A name out of a request, no longer than a sentence can bear."""
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"


def refusal_of(faults: Sequence[Fault]) -> Refusal:
    """All faults as one refusal: a conflict where every one of them is, else a bad request."""
    ordered = sorted(faults, key=lambda fault: fault.row)
    problem = ROWS_CONFLICT if all(fault.conflict for fault in ordered) else ROWS_WRONG
    sentences = [fault.sentence for fault in ordered[:_MOST_SENTENCES]]
    if len(ordered) > _MOST_SENTENCES:
        sentences.append(f"And {len(ordered) - _MOST_SENTENCES} more faults, listed in errors.")
    told = [fault.member for fault in ordered[:MOST_TOLD]]
    return Refusal(problem, {"faults": " ".join(sentences)}, members={"errors": told})
