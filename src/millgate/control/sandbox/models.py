"""Fault rules, and how far the clock was jumped."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from millgate.control.audit.rows import Audited
from millgate.control.catalogue.models import Api, Operation
from millgate.control.catalogue.names import key_validator
from millgate.control.clients.models import ClientApplication, Subscription
from millgate.core.on_demand import MOST_DELAY_MS, on_demand
from millgate.snapshot.document import PRODUCTION, TEST
from millgate.snapshot.fault_rules import SOURCES, Effect, Place

LARGEST_SEED: Final = 2**31 - 1
MOST_STRUCK: Final = 1_000_000


class RulePlace(models.TextChoices):
    """What a rule watches."""

    MANAGED = Place.MANAGED.value, _("Managed calls")
    TOKEN = Place.TOKEN.value, _("Token requests")


class RuleTier(models.TextChoices):
    """On which tier."""

    TEST = TEST, _("Test")
    PRODUCTION = PRODUCTION, _("Production")


class RuleEffect(models.TextChoices):
    """What happens to a call that is struck."""

    ERROR = Effect.ERROR.value, _("An error is answered")
    DELAY = Effect.DELAY.value, _("The answer comes later")
    DROP = Effect.DROP.value, _("The connection ends without an answer")
    CUT = Effect.CUT.value, _("The connection ends half way through the answer")


def _milliseconds(label: object, help_text: object = "") -> models.PositiveIntegerField[int, int]:
    return models.PositiveIntegerField(
        label,  # type: ignore[arg-type]
        default=0,
        validators=[MaxValueValidator(MOST_DELAY_MS)],
        help_text=help_text,  # type: ignore[arg-type]
    )


class FaultRule(Audited):
    """Strikes calls on purpose, while it is on."""

    name = models.CharField(
        _("name"),
        max_length=60,
        unique=True,
        validators=[key_validator],
        help_text=_("Lower case letters, digits and dashes. Struck answers and records tell it."),
    )
    enabled = models.BooleanField(_("on"), default=False)
    place = models.CharField(
        _("watches"), max_length=10, choices=RulePlace.choices, default=RulePlace.MANAGED
    )
    tier = models.CharField(_("tier"), max_length=10, choices=RuleTier.choices, default=RuleTier.TEST)
    api = models.ForeignKey(
        Api,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="fault_rules",
        verbose_name=_("API"),
    )
    operation = models.CharField(
        _("operation"), max_length=76, blank=True, help_text=_("By its key. Empty: every operation.")
    )
    application = models.ForeignKey(
        ClientApplication,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="fault_rules",
        verbose_name=_("application"),
    )
    subscription = models.ForeignKey(
        Subscription,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="fault_rules",
        verbose_name=_("subscription"),
    )
    effect = models.CharField(
        _("effect"), max_length=10, choices=RuleEffect.choices, default=RuleEffect.ERROR
    )
    code = models.CharField(_("error"), max_length=10, blank=True)
    delay_from = _milliseconds(_("held back at least (ms)"))
    delay_to = _milliseconds(
        _("held back at most (ms)"),
        _("Before anything else happens. Equal: always so long; between them, some other time each time."),
    )
    share = models.PositiveSmallIntegerField(
        _("share of the calls (%)"), default=100, validators=[MaxValueValidator(100)]
    )
    seed = models.PositiveIntegerField(
        _("seed"),
        default=1,
        validators=[MaxValueValidator(LARGEST_SEED)],
        help_text=_("Decides which calls are struck. The same seed strikes the same calls in each run."),
    )
    most = models.PositiveIntegerField(
        _("the next … calls only"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_STRUCK)],
        help_text=_("How many calls it strikes in all. Empty: no end."),
    )
    since = models.DateTimeField(_("from (UTC)"), null=True, blank=True)
    until = models.DateTimeField(_("until (UTC)"), null=True, blank=True)
    run = models.PositiveIntegerField(_("run"), default=1, editable=False)
    started_at = models.DateTimeField(_("run began"), editable=False)

    class Meta:
        db_table = "sandbox_fault_rule"
        verbose_name = _("fault rule")
        verbose_name_plural = _("fault rules")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what does not go together, or is not allowed here."""
        faults = self._place_faults() | self._effect_faults() | self._tier_faults()
        if self.since and self.until and self.since >= self.until:
            faults["until"] = _("This is not after the begin.")
        if faults:
            raise ValidationError(faults)

    def _place_faults(self) -> dict[str, object]:
        found: dict[str, object] = {}
        if self.place == RulePlace.TOKEN:
            for name in ("api", "operation", "subscription"):
                if getattr(self, name):
                    found[name] = _("Token requests have none. Leave it empty.")
        elif self.operation and self.api is None:
            found["operation"] = _("Choose its API first.")
        elif self.operation and not Operation.objects.filter(api=self.api, key=self.operation).exists():
            known = Operation.objects.filter(api=self.api).values_list("key", flat=True)
            found["operation"] = _("The API has no such operation. It has: %(known)s.") % {
                "known": ", ".join(known)
            }
        return found

    def _effect_faults(self) -> dict[str, object]:
        found: dict[str, object] = {}
        if self.effect == RuleEffect.ERROR and self.place in set(Place):
            if on_demand(self.code, *SOURCES[Place(self.place)]) is None:
                found["code"] = _("Choose an error that can be produced there.")
        elif self.code:
            found["code"] = _("Nothing is answered with it. Leave it empty.")
        if self.effect == RuleEffect.CUT and self.place == RulePlace.TOKEN:
            found["effect"] = _("A token answer is too short to be cut.")
        if self.delay_from > self.delay_to:
            found["delay_to"] = _("This is shorter than the least.")
        if self.effect == RuleEffect.DELAY and not self.delay_to:
            found["delay_to"] = _("Say how long the answer is held back.")
        return found

    def _tier_faults(self) -> dict[str, object]:
        if settings.MILLGATE.production_faults:
            return {}
        if self.place == RulePlace.MANAGED and self.tier == RuleTier.PRODUCTION:
            return {"tier": _("Rules strike the test tier alone here; the setting production_faults is off.")}
        application = self.application
        if self.place == RulePlace.TOKEN and application is not None and not application.test_only:
            told = _("Its tokens open the production tier. Choose an application that is Test Only.")
            return {"application": told}
        return {}


class SandboxClock(Audited):
    """How far the clock stands ahead of the machine's; one row, or none."""

    offset_seconds = models.FloatField(_("seconds ahead"), default=0.0)
    towards = models.CharField(_("to"), max_length=300, blank=True)

    class Meta:
        db_table = "sandbox_clock"
        verbose_name = _("clock")
        verbose_name_plural = _("clock")

    def __str__(self) -> str:
        return f"+{self.offset_seconds:.0f} s"
