"""What a browser may do on a page of ours (Content Security Policy level 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable


SELF: Final = "'self'"


def content_policy(
    form_action: str = "'self'", *, scripts: Iterable[str] = (), frames: Iterable[str] = ("'none'",)
) -> str:
    """Only what this origin serves as files: nothing inline, nothing from elsewhere, in nobody's frame.

    Args:
        form_action: where the page's forms may go.
        scripts: origins that scripts may come from besides this one.
        frames: in whose frames the page may stand.
    """
    return (
        "default-src 'none'; "
        f"script-src {' '.join([SELF, *scripts])}; "
        "style-src 'self'; "
        "img-src 'self'; "
        "font-src 'self'; "
        "connect-src 'self'; "
        f"form-action {form_action}; "
        f"frame-ancestors {' '.join(frames)}; "
        "base-uri 'none'"
    )
