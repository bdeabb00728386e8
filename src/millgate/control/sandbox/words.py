"""What a fault rule does, in a sentence."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from millgate.control.sandbox.models import RuleEffect, RulePlace
from millgate.core.errors import CATALOGUE

if TYPE_CHECKING:
    from datetime import datetime

    from millgate.control.sandbox.models import FaultRule
    from millgate.core.errors import Problem

_VALUE: Final = re.compile(r"\{\w+\}")
_NUMBERS: Final = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 10: "ten", 20: "twenty"}


def sentence(rule: FaultRule) -> str:
    """What a rule does, as it stands, whether or not it is on."""
    parts = [_share(rule.share), _calls(rule), _whose(rule), _effect(rule)]
    window = _window(rule.since, rule.until)
    most = _("%(n)s times at most") % {"n": rule.most} if rule.most else ""
    ends = ", ".join(part for part in (window, most) if part)
    told = " ".join(part for part in parts if part)
    return f"{told}, {ends}." if ends else f"{told}."


def _share(share: int) -> str:
    if share == 100:  # noqa: PLR2004 - percent
        return _("Every call")
    if not share:
        return _("No call")
    whole = 100 // share
    if whole * share == 100 and whole in _NUMBERS:  # noqa: PLR2004 - percent
        return _("One of %(n)s calls") % {"n": _(_NUMBERS[whole])}
    return _("%(n)s of 100 calls") % {"n": share}


def _calls(rule: FaultRule) -> str:
    if rule.place == RulePlace.TOKEN:
        return _("to the token endpoint")
    tier = _("on the test tier") if rule.tier == "test" else _("on the PRODUCTION tier")
    if rule.api is None:
        return _("to any API %(tier)s") % {"tier": tier}
    what = rule.api.name if not rule.operation else f"{rule.api.name}, {rule.operation}"
    return _("to %(what)s %(tier)s") % {"what": what, "tier": tier}


def _whose(rule: FaultRule) -> str:
    parts = []
    if rule.application is not None:
        parts.append(_("by %(name)s") % {"name": rule.application})
    elif rule.place == RulePlace.TOKEN:
        parts.append(_("by any application that is Test Only"))
    if rule.subscription is not None:
        parts.append(_("with the subscription %(name)s") % {"name": rule.subscription})
    return " ".join(parts)


def _effect(rule: FaultRule) -> str:
    delay = _delay(rule.delay_from, rule.delay_to)
    if rule.effect == RuleEffect.DELAY:
        return _("is answered %(delay)s later") % {"delay": delay or "—"}
    after = _(" after %(delay)s") % {"delay": delay} if delay else ""
    if rule.effect == RuleEffect.DROP:
        return _("gets no answer: the connection ends%(after)s") % {"after": after}
    if rule.effect == RuleEffect.CUT:
        return _("gets half of its answer%(after)s: then the connection ends") % {"after": after}
    return _("is answered%(after)s with %(error)s") % {"after": after, "error": error_words(rule.code)}


def error_words(code: str) -> str:
    """An error in words: its status, code and text."""
    problem = CATALOGUE.get(code.strip().upper())
    if problem is None:
        return "—"
    text = problem.title or message_words(problem)
    short = text if len(text) <= 60 else f"{text[:57].rstrip()}…"  # noqa: PLR2004 - what a line bears
    return f"{problem.status} {_phrase(problem.status)} ({problem.code}: {short.rstrip('.')})"


def message_words(problem: Problem) -> str:
    """The text of an error, without what each use of it fills in."""
    return _VALUE.sub("…", problem.message)


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase


def _delay(least: int, most: int) -> str:
    if not most:
        return ""
    if least == most:
        return _("%(s)s s") % {"s": f"{most / 1000:g}"}
    return _("%(least)s to %(most)s s") % {"least": f"{least / 1000:g}", "most": f"{most / 1000:g}"}


def _window(since: datetime | None, until: datetime | None) -> str:
    form = "%Y-%m-%d %H:%M UTC"
    if since and until:
        return _("from %(since)s until %(until)s") % {
            "since": since.strftime(form),
            "until": until.strftime(form),
        }
    if since:
        return _("from %(since)s on") % {"since": since.strftime(form)}
    return _("until %(until)s") % {"until": until.strftime(form)} if until else ""
