"""Who acts, through what and from where: known where a request or a command begins, kept beside the call.

Nothing here meets Django, so that commands can say who they are before they load it.
"""

from __future__ import annotations

import os
import pwd
import socket
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMMAND_LINE: Final = "command line"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody: a person by user ID and e-mail, or what acts by itself, in a word."""

    who: str
    email: str = ""


def _nobody() -> Actor | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where changes come from.

    Attributes:
        through: what: the console, the portal, a command.
        actor: tells who, when it is asked; None for nobody that is known.
        page: the path of the page.
        address: of the caller, as the server believes it.
        request_id: of the request.
        user_agent: as the caller says it.
    """

    through: str = ""
    actor: Callable[[], Actor | None] = _nobody
    page: str = ""
    address: str = ""
    request_id: str = ""
    user_agent: str = ""


_origin: ContextVar[Origin | None] = ContextVar("audit_origin", default=None)
_NOWHERE: Final = Origin()


def origin() -> Origin:
    """Where what is done now comes from."""
    return _origin.get() or _NOWHERE


@contextmanager
def acting(where: Origin) -> Iterator[None]:
    """Whatever changes in here comes from there."""
    token = _origin.set(where)
    try:
        yield
    finally:
        _origin.reset(token)


def command_begins(words: str) -> None:
    """From now on this process acts as a command that somebody typed."""
    _origin.set(Origin(through=f"command {words}", actor=lambda: Actor(operator())))


def operator() -> str:
    """Who typed a command: the system's name for them, not what their environment says, and the machine."""
    user = os.getuid()
    try:
        name = pwd.getpwuid(user).pw_name
    except KeyError:
        name = str(user)
    return f"{COMMAND_LINE}: {name}@{socket.gethostname()}"


def actor_of(by: str) -> Actor:
    """Who acts: the person of the request, or else whoever the change says it is made by.

    Args:
        by: what acts by itself, such as `schedule`; or a word for whoever is known better from elsewhere.
    """
    known = origin().actor()
    if known is not None and (known.email or by in {"", COMMAND_LINE}):
        return known
    if by == COMMAND_LINE:
        return Actor(operator())
    return Actor(by or UNKNOWN)
