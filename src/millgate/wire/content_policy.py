"""What a browser may do on a page of ours (Content Security Policy level 3)."""

from __future__ import annotations


def content_policy(form_action: str = "'self'") -> str:
    """Only what this origin serves as files: nothing inline, nothing from elsewhere, in nobody's frame.

    Args:
        form_action: where the page's forms may go.
    """
    return (
        "default-src 'none'; "
        "script-src 'self'; "
        "style-src 'self'; "
        "img-src 'self'; "
        "font-src 'self'; "
        "connect-src 'self'; "
        f"form-action {form_action}; "
        "frame-ancestors 'none'; "
        "base-uri 'none'"
    )
