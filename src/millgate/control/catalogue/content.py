"""What people write for the portal: connectors and posts. It is shown as soon as it is saved as shown.

Machines obey none of it, so it is no part of a snapshot and waits for no publication.
"""

from typing import Final

from django.core.validators import MaxLengthValidator, URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from millgate.control.audit.rows import Audited
from millgate.control.catalogue.markdown import LONGEST
from millgate.control.catalogue.names import key_validator

LONGEST_URL: Final = 500
web_address: Final = URLValidator(schemes=("http", "https"))


_MARKDOWN: Final = _("Markdown. HTML is shown as text, and pictures are left out.")


class Connector(Audited):
    """A ready-made way to reach the APIs from another product, such as a workbook or a client library."""

    key = models.CharField(
        _("key"),
        max_length=76,
        unique=True,
        validators=[key_validator],
        help_text=_("Names the connector for good, and stands in its address."),
    )
    name = models.CharField(_("name"), max_length=200)
    summary = models.CharField(_("summary"), max_length=300, help_text=_("One sentence for the list."))
    description = models.TextField(
        _("description"), blank=True, validators=[MaxLengthValidator(LONGEST)], help_text=_MARKDOWN
    )
    vendor = models.CharField(
        _("vendor"), max_length=200, blank=True, help_text=_("Who makes and supports it.")
    )
    link = models.CharField(
        _("link"),
        max_length=LONGEST_URL,
        blank=True,
        validators=[web_address],
        help_text=_("Where to get it, as in https://example.com/connector."),
    )
    apis = models.ManyToManyField(
        "catalogue.Api", blank=True, related_name="connectors", verbose_name=_("APIs that it calls")
    )
    adapters = models.ManyToManyField(
        "catalogue.Adapter", blank=True, related_name="connectors", verbose_name=_("adapters that open them")
    )
    published = models.BooleanField(_("shown on the portal"), default=True)
    position = models.PositiveIntegerField(
        _("position"), default=0, help_text=_("Smaller numbers stand first; equal ones go by name.")
    )

    class Meta:
        verbose_name = _("connector")
        verbose_name_plural = _("connectors")
        ordering = ("position", "name", "key")

    def __str__(self) -> str:
        return self.name


class Post(Audited):
    """An announcement. It is shown once it is no draft and its time has come."""

    key = models.CharField(
        _("key"),
        max_length=76,
        unique=True,
        validators=[key_validator],
        help_text=_("The last part of its address, for good, as in maintenance-in-march."),
    )
    title = models.CharField(_("title"), max_length=200)
    summary = models.CharField(
        _("summary"), max_length=500, blank=True, help_text=_("A sentence or two for the list and the feed.")
    )
    author = models.CharField(
        _("author"), max_length=200, blank=True, help_text=_("As shown. Empty: nobody is named.")
    )
    draft = models.BooleanField(_("draft"), default=True, help_text=_("Only the console shows it."))
    published_at = models.DateTimeField(
        _("published"),
        null=True,
        blank=True,
        help_text=_("In UTC. A time to come: it appears then. Empty: as soon as it is no draft."),
    )
    changed_at = models.DateTimeField(_("changed"), auto_now=True)
    body = models.TextField(_("text"), validators=[MaxLengthValidator(LONGEST)], help_text=_MARKDOWN)

    class Meta:
        verbose_name = _("blog post")
        verbose_name_plural = _("blog posts")
        ordering = ("-published_at", "-pk")
        indexes = [models.Index(fields=("draft", "published_at"), name="catalogue_post_shown")]

    def __str__(self) -> str:
        return self.title
