"""Whose token a request of the pane carries, judged as the gateway judges it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils.translation import gettext as _

from millgate.control.lookup.problems import Problem
from millgate.control.publish.selectors import snapshot_current
from millgate.snapshot.access_tokens import Issuing, TokenRefused, read_token

if TYPE_CHECKING:
    from django.http import HttpRequest

    from millgate.snapshot.access_tokens import AccessToken
    from millgate.snapshot.document import Company
    from millgate.snapshot.model import Snapshot

_BEARER: Final = re.compile(r"bearer +([A-Za-z0-9\-._~+/]+=*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who asks: a company's application, by a good token."""

    company: Company


def bearer(request: HttpRequest) -> Bearer:
    """Who a request's token names.

    Raises:
        Problem: there is no good token; the person signs in again.
    """
    found = _BEARER.fullmatch(request.headers.get("Authorization", "").strip())
    if found is None:
        raise session_over()
    snapshot = snapshot_current()
    try:
        token = read_token(snapshot, issuing(), found[1])
    except TokenRefused:
        raise session_over() from None
    if not token.not_before <= settings.CLOCK.now() < token.expires or _revoked(token):
        raise session_over()
    return Bearer(_company(snapshot, token))


def issuing() -> Issuing:
    """What the settings say of tokens."""
    return Issuing(settings.MILLGATE.public_origin, settings.MILLGATE.resource)


def session_over() -> Problem:
    """What is said to whoever has no good token."""
    text = _("Your session has ended. Sign in again.")
    return Problem("session-ended", text, HTTPStatus.UNAUTHORIZED)


def _company(snapshot: Snapshot, token: AccessToken) -> Company:
    application = snapshot.applications.get(token.client_id)
    company = snapshot.companies.get(token.tenant)
    if application is None or not application.enabled or company is None or not company.active:
        raise session_over()
    return company


def _revoked(token: AccessToken) -> bool:
    return settings.GRANTS is not None and settings.GRANTS.is_revoked(token.digest)
