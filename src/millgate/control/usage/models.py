"""What machines counted. They write these tables by SQL; pages read them, and mark notices as read."""

from django.db import models
from django.utils.translation import gettext_lazy as _


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


class CallCount(models.Model):
    """Calls that were alike, counted over a quarter of an hour."""

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
    bytes_out = models.BigIntegerField(_("bytes sent"))

    class Meta:
        db_table = "usage_call_count"
        verbose_name = _("call count")
        verbose_name_plural = _("call counts")
        ordering = ("-interval_start", "api", "operation")
        constraints = [
            models.UniqueConstraint(
                fields=(
                    "interval_start",
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

    def __str__(self) -> str:
        return f"{self.api} {self.operation} {self.status}"


class Refusal(models.Model):
    """One call that was refused, and why."""

    at = models.FloatField(_("at"), db_index=True, help_text=_("Seconds since the epoch."))
    request_id = models.TextField(_("request ID"), db_index=True)
    tier = models.TextField(_("tier"))
    api = models.TextField(_("API"))
    operation = models.TextField(_("operation"))
    subscription = models.TextField(_("subscription"))
    application = models.TextField(_("application"))
    status = models.IntegerField(_("status"))
    code = models.TextField(_("code"))
    reason = models.TextField(_("reason"))

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


class Notice(models.Model):
    """Something that somebody should look at."""

    class Kind(models.TextChoices):
        """What happened."""

        COLUMN = "column", _("A column is missing or has changed")
        DATABASE = "database", _("A database cannot be used")

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
