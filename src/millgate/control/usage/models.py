"""What machines counted. They write these tables by SQL; pages read them, and mark notices as read."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class Counter(models.Model):
    """A checkpoint of one counter, so that a quota outlives the process."""

    key = models.TextField(_("key"), primary_key=True)
    window = models.BigIntegerField(_("window"))
    value = models.BigIntegerField(_("value"))

    class Meta:
        db_table = "usage_counter"
        verbose_name = _("counter")
        verbose_name_plural = _("counters")
        ordering = ("key",)

    def __str__(self) -> str:
        return self.key


def _bucket() -> "models.BigIntegerField[int, int]":
    return models.BigIntegerField(_("calls that took so long"), default=0)


class CallSums(models.Model):
    """What calls came to that were alike.

    The columns `took_…` say how many calls took how long, by the bounds of `millgate.stores.latency`.
    Rows of releases that did not count that have zeros there.
    """

    interval_start = models.BigIntegerField(_("interval"), help_text=_("Seconds since the epoch."))
    tier = models.TextField(_("tier"))
    api = models.TextField(_("API"))
    operation = models.TextField(_("operation"))
    subscription = models.TextField(_("subscription"))
    application = models.TextField(_("application"))
    status = models.IntegerField(_("status"))
    calls = models.BigIntegerField(_("calls"))
    micros_total = models.BigIntegerField(_("microseconds in all"))
    micros_max = models.BigIntegerField(_("longest in microseconds"))
    upstream_micros = models.BigIntegerField(_("microseconds of backends"), default=0)
    bytes_in = models.BigIntegerField(_("bytes received"), default=0)
    bytes_out = models.BigIntegerField(_("bytes sent"))
    took_0 = _bucket()
    took_1 = _bucket()
    took_2 = _bucket()
    took_3 = _bucket()
    took_4 = _bucket()
    took_5 = _bucket()
    took_6 = _bucket()
    took_7 = _bucket()
    took_8 = _bucket()
    took_9 = _bucket()
    took_10 = _bucket()
    took_11 = _bucket()
    took_12 = _bucket()
    took_13 = _bucket()
    took_14 = _bucket()
    took_15 = _bucket()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.api} {self.operation} {self.status}"


class CallCount(CallSums):
    """Calls that were alike, summed over an interval: a minute, later a quarter of an hour, then a day."""

    interval_seconds = models.IntegerField(_("length of the interval"), default=900)

    class Meta:
        db_table = "usage_call_count"
        verbose_name = _("call count")
        verbose_name_plural = _("call counts")
        ordering = ("-interval_start", "api", "operation")
        constraints = [
            models.UniqueConstraint(
                fields=(
                    "interval_start",
                    "interval_seconds",
                    "tier",
                    "api",
                    "operation",
                    "subscription",
                    "application",
                    "status",
                ),
                name="usage_call_count_once",
            )
        ]
        indexes = [
            models.Index(fields=("interval_seconds", "interval_start"), name="usage_call_count_ageing"),
        ]


class CallSummary(CallSums):
    """Counted calls once more, summed over an hour or a day of UTC and told apart by fewer keys.

    Up to where `SummaryMark` says, they are what the counts that start in the interval come to. The
    grouping is a place in `millgate.stores.summaries.GROUPINGS`; keys that it does not tell apart are empty.
    """

    grouping = models.SmallIntegerField(_("grouping"))
    interval_seconds = models.IntegerField(_("length of the interval"))

    class Meta:
        db_table = "usage_call_summary"
        verbose_name = _("summary of calls")
        verbose_name_plural = _("summaries of calls")
        ordering = ("grouping", "interval_seconds", "interval_start", "id")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=(
                    "grouping",
                    "interval_seconds",
                    "interval_start",
                    "tier",
                    "api",
                    "operation",
                    "subscription",
                    "application",
                    "status",
                ),
                name="usage_call_summary_once",
            )
        ]
        indexes = [
            models.Index(
                fields=(
                    "grouping",
                    "interval_seconds",
                    "api",
                    "operation",
                    "application",
                    "subscription",
                    "interval_start",
                ),
                name="usage_call_summary_keys",
            ),
        ]


class SummaryMark(models.Model):
    """How far summaries reach: one row, or none before the first of them."""

    summarised_until = models.BigIntegerField(_("up to"), help_text=_("Seconds since the epoch."))
    hours_since = models.BigIntegerField(_("hours since"), help_text=_("Seconds since the epoch."))

    class Meta:
        db_table = "usage_summary_mark"
        verbose_name = _("reach of summaries")
        verbose_name_plural = _("reach of summaries")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.summarised_until}"


class Refusal(models.Model):
    """One call that was refused, why, and when the next one may pass."""

    at = models.FloatField(_("at"), db_index=True, help_text=_("Seconds since the epoch."))
    request_id = models.TextField(_("request ID"), db_index=True)
    method = models.TextField(_("method"), default="")
    path = models.TextField(_("path"), default="")
    client = models.TextField(_("address"), default="")
    tier = models.TextField(_("tier"))
    api = models.TextField(_("API"))
    operation = models.TextField(_("operation"))
    subscription = models.TextField(_("subscription"))
    application = models.TextField(_("application"))
    status = models.IntegerField(_("status"))
    code = models.TextField(_("code"))
    reason = models.TextField(_("reason"))
    limit = models.TextField(_("limit"), default="")
    allowed_at = models.FloatField(_("next allowed"), null=True, help_text=_("Seconds since the epoch."))

    class Meta:
        db_table = "usage_refusal"
        verbose_name = _("refused call")
        verbose_name_plural = _("refused calls")
        ordering = ("-at",)
        indexes = [
            models.Index(fields=("subscription", "at"), name="usage_refusal_subscription"),
            models.Index(fields=("application", "at"), name="usage_refusal_application"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.request_id}"


def _instant(label: "StrPromise") -> "models.FloatField[float, float]":
    return models.FloatField(label, help_text=_("Seconds since the epoch."))


class SecretUse(models.Model):
    """How often a client secret got its application through, and when last; it is named by its row's key."""

    secret = models.TextField(_("secret"), unique=True)
    application = models.TextField(_("application"), db_index=True)
    first_at = _instant(_("first"))
    last_at = models.FloatField(_("last"), db_index=True, help_text=_("Seconds since the epoch."))
    times = models.BigIntegerField(_("times"))

    class Meta:
        db_table = "usage_secret_use"
        verbose_name = _("use of a secret")
        verbose_name_plural = _("uses of secrets")
        ordering = ("-last_at",)

    def __str__(self) -> str:
        return self.secret


class SecretCaller(models.Model):
    """From where a client secret was used, and by which program; only so many of a secret are told apart."""

    secret = models.TextField(_("secret"))
    client = models.TextField(_("address"))
    library = models.TextField(_("program"))
    first_at = _instant(_("first"))
    last_at = models.FloatField(_("last"), db_index=True, help_text=_("Seconds since the epoch."))
    times = models.BigIntegerField(_("times"))

    class Meta:
        db_table = "usage_secret_caller"
        verbose_name = _("caller of a secret")
        verbose_name_plural = _("callers of secrets")
        ordering = ("-last_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=("secret", "client", "library"), name="usage_secret_caller_once")
        ]
        indexes = [models.Index(fields=("secret", "last_at"), name="usage_secret_caller_lately")]

    def __str__(self) -> str:
        return f"{self.client} {self.library}"


class TokenRefusal(models.Model):
    """Token requests of an application that were refused alike, and the likely cause."""

    application = models.TextField(_("application"))
    code = models.TextField(_("code"))
    hint = models.TextField(_("hint"))
    secret = models.TextField(_("secret"))
    client = models.TextField(_("address"))
    library = models.TextField(_("program"))
    request_id = models.TextField(_("request ID"))
    first_at = _instant(_("first"))
    last_at = models.FloatField(_("last"), db_index=True, help_text=_("Seconds since the epoch."))
    times = models.BigIntegerField(_("times"))

    class Meta:
        db_table = "usage_token_refusal"
        verbose_name = _("refused token request")
        verbose_name_plural = _("refused token requests")
        ordering = ("-last_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=("application", "code", "hint", "secret", "client", "library"),
                name="usage_token_refusal_once",
            )
        ]
        indexes = [
            models.Index(fields=("application", "hint", "last_at"), name="usage_token_refusal_lately"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.application}"


class Notice(models.Model):
    """Something that somebody should look at."""

    class Kind(models.TextChoices):
        """What happened."""

        COLUMN = "column", _("A column is missing or has changed")
        DATABASE = "database", _("A database cannot be used")
        SECRET = "secret", _("A secret in use is about to expire")

    kind = models.TextField(_("kind"), choices=Kind.choices)
    subject = models.TextField(_("subject"))
    text = models.TextField(_("what was found"))
    first_seen = models.FloatField(_("first"), help_text=_("Seconds since the epoch."))
    last_seen = models.FloatField(_("last"), db_index=True, help_text=_("Seconds since the epoch."))
    count = models.BigIntegerField(_("times"))
    read_at = models.FloatField(_("read"), null=True, blank=True, help_text=_("Seconds since the epoch."))

    class Meta:
        db_table = "usage_notice"
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ("-last_seen",)
        constraints = [models.UniqueConstraint(fields=("kind", "subject"), name="usage_notice_once")]

    def __str__(self) -> str:
        return self.subject
