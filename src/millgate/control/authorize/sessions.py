"""One sign-in told from another: a GUID that is new with each, and is the answer's `session_state`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.core.values import new_id

if TYPE_CHECKING:
    from django.http import HttpRequest

_KEY: Final = "signed_in"


def begun(*, request: HttpRequest | None = None, **_: object) -> None:
    """Somebody has signed in; a receiver of `user_logged_in`."""
    if request is not None and hasattr(request, "session"):
        request.session[_KEY] = new_id()


def sign_in_of(request: HttpRequest) -> str:
    """The GUID of the sign-in; empty while nobody has signed in."""
    if not request.user.is_authenticated:
        return ""
    if _KEY not in request.session:  # signed in under an earlier release
        request.session[_KEY] = new_id()
    return str(request.session[_KEY])
