"""Changing fault rules and the clock. In force once the directory is published, which callers see to."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from millgate.control.sandbox.models import FaultRule, SandboxClock
from millgate.control.sandbox.selectors import clock_offset

if TYPE_CHECKING:
    from datetime import datetime

FARTHEST: Final = timedelta(days=1100)
"""How far the clock may stand ahead: three years, in which secrets and certificates end."""


def fault_rule_save(rule: FaultRule) -> FaultRule:
    """Keep a rule as it was changed; it begins a new run, so that its sequence begins anew.

    Raises:
        ValidationError: it does not go together, or is not allowed here.
    """
    if rule.pk is not None:
        rule.run += 1
    rule.code = rule.code.strip().upper()
    rule.started_at = settings.CLOCK.utc()
    rule.full_clean()
    rule.save()
    return rule


def fault_rule_put(*, name: str, **members: object) -> FaultRule:
    """Make a rule, or replace the one of this name.

    Raises:
        ValidationError: as for `fault_rule_save`.
    """
    rule = FaultRule.objects.filter(name=name).first() or FaultRule(name=name)
    for member, value in members.items():
        setattr(rule, member, value)
    return fault_rule_save(rule)


def fault_rule_switch(*, rule: FaultRule, on: bool) -> FaultRule:
    """Switch a rule on, which begins a new run, or off. One that stands so already stays as it is.

    Raises:
        ValidationError: it is not allowed here any more.
    """
    if rule.enabled == on:
        return rule
    rule.enabled = on
    if on:
        return fault_rule_save(rule)
    rule.save(update_fields=["enabled"])
    return rule


def fault_rule_delete(*, rule: FaultRule) -> None:
    """Take a rule away."""
    rule.delete()


# The clock


def clock_jump(*, to: datetime, towards: str = "") -> float:
    """Let the clock stand at a later moment and go on from there; gives how many seconds it is ahead.

    Args:
        to: the moment.
        towards: what is at that moment, in words.

    Raises:
        ValidationError: this is no sandbox, or the moment is not ahead, or too far.
    """
    require_sandbox()
    now = settings.CLOCK.utc()
    if to <= now:
        raise ValidationError(_("The clock jumps forward alone; or back to the real time."))
    offset = float(round(settings.CLOCK.offset + (to - now).total_seconds()))
    if offset > FARTHEST.total_seconds():
        raise ValidationError(
            _("The clock would stand more than %(days)s days ahead."), params={"days": FARTHEST.days}
        )
    _clock_set(offset, towards)
    return offset


def clock_reset() -> None:
    """Let the clock go with the machine's again.

    Raises:
        ValidationError: this is no sandbox.
    """
    require_sandbox()
    _clock_set(0.0, "")


def clock_follow() -> None:
    """Let the clock of this process stand where the sandbox's does; another one is left alone."""
    if settings.MILLGATE.is_sandbox:
        settings.CLOCK.follow(clock_offset())


def require_sandbox() -> None:
    """See to it that the clock may be jumped.

    Raises:
        ValidationError: this is no sandbox.
    """
    if not settings.MILLGATE.is_sandbox:
        raise ValidationError(
            _(
                "The clock of this installation is not to be jumped: tokens, quotas and secrets of real "
                "programs hang on it. In one for trying out, set MILLGATE_SANDBOX=true and start it again."
            )
        )


def _clock_set(offset: float, towards: str) -> None:
    row = SandboxClock.objects.order_by("pk").first() or SandboxClock()
    row.offset_seconds, row.towards = offset, towards
    row.save()
    # What is published behind this depends on the time, so this process must not wait until it hears of it.
    settings.CLOCK.follow(offset)
