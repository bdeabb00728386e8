"""The stored versions. Machines poll the highest number and read its document by SQL."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from millgate.control.audit.rows import Audited


class Version(Audited):
    """One document that was put in force, whole, and why."""

    class Kind(models.TextChoices):
        """What made a version."""

        PUBLICATION = "publication", _("Publication")
        DIRECTORY = "directory", _("Change of an account, application, subscription or key")
        RESTORE = "restore", _("Restored catalogue")

    number = models.AutoField(_("number"), primary_key=True)
    document = models.TextField(_("document"))
    content_hash = models.CharField(_("content hash"), max_length=16)
    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices)
    made_at = models.DateTimeField(_("made"))
    made_by = models.TextField(_("by"))
    note = models.TextField(_("note"), blank=True)

    class Meta:
        db_table = "publish_version"
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"{self.number} ({self.content_hash})"
