"""Changes to the keys that sign tokens, in force when they are committed; and those that time makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from millgate.control.clients import signing_keys
from millgate.control.publish.services import directory_change

if TYPE_CHECKING:
    from millgate.control.clients.signing_keys import Succession

SCHEDULE: Final = "schedule"


@dataclass(frozen=True, slots=True)
class Turn:
    """What time has changed.

    Attributes:
        succession: which key signs now, or None when it is the same.
        dropped: the IDs of keys that nobody needed any more.
    """

    succession: Succession | None
    dropped: tuple[str, ...]


def signing_keys_turn(*, days: int) -> Turn | None:
    """Rotate when it is time, and drop the keys that nobody needs any more; None when nothing is due.

    What is due is looked at again inside the transaction: of several processes that try, one does it.

    Args:
        days: how long a key signs; 0 is for ever.
    """
    if not signing_keys.signing_key_due(days=days) and not signing_keys.signing_keys_gone():
        return None
    with directory_change(by=SCHEDULE):
        due = signing_keys.signing_key_due(days=days)
        succession = signing_keys.signing_key_rotate() if due else None
        return Turn(succession, tuple(signing_keys.signing_keys_gone_drop()))


def rotate(*, by: str, forced: bool = False, retire_old: bool = False) -> Succession:
    """Sign with the key that follows.

    Args:
        by: who does it.
        forced: as `signing_key_rotate` has it.
        retire_old: also take away the key that has signed until now.

    Raises:
        ValidationError: it is too soon.
    """
    with directory_change(by=by):
        succession = signing_keys.signing_key_rotate(forced=forced)
        if retire_old and succession.before:
            signing_keys.signing_key_retire(kid=succession.before.kid)
        return succession


def retire(*, by: str, kid: str) -> Succession:
    """Take a key away at once; what it signed is refused.

    Raises:
        ValidationError: there is no such key.
    """
    with directory_change(by=by):
        return signing_keys.signing_key_retire(kid=kid)
