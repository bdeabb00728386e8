"""Faults and clock: rules that strike calls on purpose, and the time that the installation keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from millgate.control.catalogue.models import Operation
from millgate.control.console.decisions import decide, reasons
from millgate.control.console.rights import CLOCK, FAULT_RULES, has_any
from millgate.control.console.sandbox import clock_shown, rules_shown, span_words, struck_lately
from millgate.control.console.sandbox_forms import FaultRuleForm, JumpForm
from millgate.control.console.site import console
from millgate.control.publish import clock
from millgate.control.sandbox import services
from millgate.control.sandbox.models import FaultRule
from millgate.control.sandbox.words import sentence

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

PAGE: Final = "console-faults"
MOST_OPERATIONS: Final = 500
_LONGEST_SEARCH: Final = 200
ADD: Final = "sandbox.add_faultrule"
CHANGE: Final = "sandbox.change_faultrule"
DELETE: Final = "sandbox.delete_faultrule"


def faults(request: HttpRequest) -> HttpResponse:
    """The page; without the rules for those who may only jump the clock."""
    if not _sees_page(request):
        raise PermissionDenied
    sees = has_any(request.user, FAULT_RULES)
    wanted = request.GET.get("q", "").strip()[:_LONGEST_SEARCH]
    shown = clock_shown()
    context = console.each_context(request) | {
        "title": _("Faults and Clock"),
        "sees_rules": sees,
        "rules": rules_shown() if sees else [],
        "struck": struck_lately() if sees else [],
        "clock": shown,
        "moments": clock.moments(wanted) if shown.sandbox else [],
        "wanted": wanted,
        "jump_form": JumpForm(),
        "by_header": settings.MILLGATE.takes_fault_header,
        "may_add": request.user.has_perm(ADD),
        "may_change": request.user.has_perm(CHANGE),
        "may_jump": request.user.has_perm(CLOCK),
    }
    return render(request, "console/faults.html", context)


# Rules


def rule_add(request: HttpRequest) -> HttpResponseBase:
    """The form of a new rule."""
    _require(request, ADD)
    return _edited(request, FaultRule(enabled=True), _("Add fault rule"))


def rule_change(request: HttpRequest, name: str) -> HttpResponseBase:
    """The form of a rule."""
    _require(request, CHANGE)
    return _edited(request, _rule(name), _("Fault rule %(name)s") % {"name": name})


def _edited(request: HttpRequest, rule: FaultRule, title: str) -> HttpResponseBase:
    form = FaultRuleForm(request.POST if request.method == "POST" else None, instance=rule)
    preview = ""
    if request.method == "POST" and form.is_valid():
        if "preview" not in request.POST:
            return decide(request, lambda: _saved(request, form), back=request.path)
        preview = sentence(form.instance)
    operations = Operation.objects.order_by("key").values_list("key", flat=True).distinct()[:MOST_OPERATIONS]
    name = FaultRule.objects.filter(pk=rule.pk).values_list("name", flat=True).first() or ""
    context = console.each_context(request) | {
        "title": title,
        "form": form,
        "preview": preview,
        "operations": operations,
        "name": name,
        "back": _back(request),
        "sees_page": _sees_page(request),
        "may_delete": name != "" and request.user.has_perm(DELETE),
    }
    return render(request, "console/fault_rule.html", context)


def _saved(request: HttpRequest, form: FaultRuleForm) -> HttpResponse:
    form.require_unchanged()
    rule = services.fault_rule_save(form.instance)
    state = _("It strikes from now on.") if rule.enabled else _("It is off.")
    messages.success(request, _("Rule %(rule)s is saved.") % {"rule": rule} + f" {sentence(rule)} {state}")
    return redirect(_back(request))


@require_POST
def rule_switch(request: HttpRequest, name: str) -> HttpResponseBase:
    """Switch a rule on or off."""
    _require(request, CHANGE)
    rule, on = _rule(name), request.POST.get("on") == "1"

    def switch() -> HttpResponse:
        services.fault_rule_switch(rule=rule, on=on)
        told = _("Rule %(rule)s is on.") if on else _("Rule %(rule)s is off.")
        messages.success(request, told % {"rule": rule})
        return redirect(_back(request))

    return decide(request, switch, back=_back(request))


def rule_delete(request: HttpRequest, name: str) -> HttpResponseBase:
    """Ask, and take a rule away."""
    _require(request, DELETE)
    rule = _rule(name)
    if request.method != "POST":
        context = console.each_context(request) | {
            "title": _("Delete fault rule %(name)s") % {"name": name},
            "rule": rule,
            "sentence": sentence(rule),
            "back": _back(request),
            "sees_page": _sees_page(request),
        }
        return render(request, "console/fault_rule_delete.html", context)

    def delete() -> HttpResponse:
        services.fault_rule_delete(rule=rule)
        messages.success(request, _("Rule %(rule)s is deleted.") % {"rule": name})
        return redirect(_back(request))

    return decide(request, delete, back=_back(request))


# The clock


@require_POST
def clock_jump(request: HttpRequest) -> HttpResponse:
    """Jump by an amount, or just behind a moment."""
    _require(request, CLOCK)
    by = request.user.get_username()
    try:
        if "moment" in request.POST:
            told = clock.jump_to(by=by, key=request.POST["moment"]).words
        else:
            told = _jump_by(request, by)
    except ValidationError as refused:
        for why in reasons(refused):
            messages.error(request, why)
    else:
        now = f"{settings.CLOCK.utc():%Y-%m-%d %H:%M:%S} UTC"
        messages.success(request, _("The clock stands at %(now)s: %(told)s.") % {"now": now, "told": told})
    return redirect(_back(request) + "#clock")


def _jump_by(request: HttpRequest, by: str) -> str:
    form = JumpForm(request.POST)
    if not form.is_valid():
        raise ValidationError(
            [f"{form[name].label}: {why}" for name, whys in form.errors.items() for why in whys]
        )
    span = form.span()
    clock.jump(by=by, to=settings.CLOCK.utc() + span)
    return _("%(span)s later") % {"span": span_words(span.total_seconds())}


@require_POST
def clock_reset(request: HttpRequest) -> HttpResponse:
    """Back to the real time."""
    _require(request, CLOCK)
    try:
        clock.reset(by=request.user.get_username())
    except ValidationError as refused:
        for why in reasons(refused):
            messages.error(request, why)
    else:
        messages.success(request, _("The clock goes with the real time again."))
    return redirect(_back(request) + "#clock")


def _rule(name: str) -> FaultRule:
    rows = FaultRule.objects.select_related("api", "application", "subscription")
    return get_object_or_404(rows, name=name)


def _back(request: HttpRequest) -> str:
    """The page, or the console's first for those who may only add or delete rules."""
    return reverse(PAGE if _sees_page(request) else "admin:index")


def _sees_page(request: HttpRequest) -> bool:
    return has_any(request.user, (*FAULT_RULES, CLOCK))


def _require(request: HttpRequest, right: str) -> None:
    if not request.user.has_perm(right):
        raise PermissionDenied
