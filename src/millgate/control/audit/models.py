"""The audit log's table. Entries are added, and dropped when they are old; nobody changes one."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

LONGEST_NAME = 300
LONGEST_COMMENT = 1000


class Entry(models.Model):
    """One change, or one thing that somebody did without changing anything.

    `before` and `after` hold the members that differ, by the way to each, as in `operation list-jobs,
    summary`. No secret is in them. `text` is what a search looks through.
    """

    at = models.DateTimeField(_("time"))
    who = models.CharField(_("who"), max_length=254, help_text=_("The user ID, or what acted by itself."))
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    through = models.CharField(_("through"), max_length=100, blank=True)
    page = models.CharField(_("page"), max_length=LONGEST_NAME, blank=True)
    address = models.CharField(_("address"), max_length=45, blank=True)
    request_id = models.CharField(_("request ID"), max_length=40, blank=True)
    user_agent = models.CharField(_("user agent"), max_length=LONGEST_NAME, blank=True)
    kind = models.CharField(_("kind"), max_length=40)
    key = models.CharField(_("key"), max_length=LONGEST_NAME)
    name = models.CharField(_("name"), max_length=LONGEST_NAME, blank=True)
    action = models.CharField(_("action"), max_length=40)
    before = models.JSONField(_("before"), default=dict, blank=True)
    after = models.JSONField(_("after"), default=dict, blank=True)
    comment = models.CharField(_("comment"), max_length=LONGEST_COMMENT, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        db_table = "audit_entry"
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ("-at", "-id")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["at", "id"], name="audit_entry_at"),
            models.Index(fields=["who", "at", "id"], name="audit_entry_who"),
            models.Index(fields=["email", "at", "id"], name="audit_entry_email"),
            models.Index(fields=["kind", "key", "at", "id"], name="audit_entry_thing"),
            models.Index(fields=["kind", "at", "id"], name="audit_entry_kind"),
            models.Index(fields=["action", "at", "id"], name="audit_entry_action"),
            models.Index(fields=["address", "at", "id"], name="audit_entry_address"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.name or self.key}"

    def save(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as Django's own
        """Add it; an entry that stands stays as it is.

        Raises:
            TypeError: it stands already.
        """
        if not self._state.adding:
            raise TypeError("an audit entry is never changed")
        super().save(*args, **kwargs)
