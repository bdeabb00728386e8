"""Code samples beside an operation, in the language that their reader chose last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings

from millgate.control.portal.reference.code import commands, marked, with_placeholders
from millgate.control.portal.reference.shown import reference_site
from millgate.describe.samples import LANGUAGES, Credentials, Language, call_of, language_named

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString

    from millgate.describe.model import Api, Operation

COOKIE: Final = "millgate_language"
QUERY: Final = "lang"
_KEPT_SECONDS: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class SampleShown:
    """A sample in one language, and the languages there are."""

    language: Language
    languages: tuple[Language, ...]
    html: SafeString


def sample_shown(api: Api, operation: Operation, language: Language, own: Credentials) -> SampleShown:
    """The sample of an operation, with what is known of its reader."""
    # Written with words that stand for them: syntax would break up a client ID that begins with digits.
    call = call_of(api, operation, reference_site(), credentials=Credentials())
    texts = language.write(call)
    html = commands(texts, language.lexer) if language.prompted else marked("\n".join(texts), language.lexer)
    return SampleShown(language, LANGUAGES, with_placeholders(html, placeholders(own)))


def language_of(request: HttpRequest) -> Language:
    """The language that the address names, else the one chosen last, else the first."""
    named = request.GET.get(QUERY, "")
    return language_named(named if _known(named) else request.COOKIES.get(COOKIE, ""))


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Remember the language that the address names."""
    named = request.GET.get(QUERY, "")
    if _known(named):
        response.set_cookie(
            COOKIE,
            named,
            max_age=_KEPT_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def _known(named: str) -> bool:
    return language_named(named).key == named


def placeholders(own: Credentials) -> dict[str, tuple[str, str]]:
    """Which credential each text of a sample stands for, and what its reader has for it."""
    words = Credentials()
    return {
        words.key: ("key", own.key),
        words.client_id: ("client-id", own.client_id),
        words.client_secret: ("client-secret", own.client_secret),
        words.token: ("token", own.token),
    }
