"""Lists of choices, and cancelations with their whole life."""

from __future__ import annotations

import uuid
from typing import Final

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts.models import Company
from millgate.control.audit.rows import Audited
from millgate.plant.writing.cancelations import Thing
from millgate.snapshot.document import PRODUCTION, TEST

slug_validator = RegexValidator(
    r"\A[a-z0-9]+(?:_[a-z0-9]+)*\Z", _("Use lower case letters, digits and single underscores.")
)


class ListItem(Audited):
    """A choice: one item of the collection that its key names."""

    key = models.CharField(_("collection"), max_length=100, validators=[slug_validator])
    slug = models.CharField(_("slug"), max_length=100, validators=[slug_validator])
    name = models.CharField(_("name"), max_length=255)
    value = models.CharField(_("value"), max_length=255, blank=True)
    description = models.TextField(_("description"), max_length=1000, blank=True)
    notes = models.TextField(_("notes"), max_length=1000, blank=True)
    active = models.BooleanField(_("active"), default=True)
    default = models.BooleanField(_("default"), default=False)
    external_id = models.CharField(_("external ID"), max_length=100, blank=True)
    item_type = models.CharField(_("type of item"), max_length=100, blank=True)

    class Meta:
        db_table = "actions_list_item"
        verbose_name = _("list item")
        verbose_name_plural = _("list items")
        ordering = ("key", "name")
        constraints = [
            models.UniqueConstraint(
                fields=("key", "slug"),
                name="actions_list_item_once",
                violation_error_message=_("The collection has an item of this slug already."),
            ),
            models.UniqueConstraint(
                fields=("key",), condition=Q(default=True), name="actions_list_item_one_default"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CancelableType(models.TextChoices):
    """What can be cancelled."""

    JOB = Thing.JOB.value, _("Job")
    JOB_OPERATION = Thing.JOB_OPERATION.value, _("Job operation")
    ORDER = Thing.ORDER.value, _("Order")
    ADAPTER_SUBSCRIPTION = "AdapterSubscription", _("Subscription")


KEYS: Final[dict[str, str]] = {
    CancelableType.JOB: "job_cancelation_reason",
    CancelableType.JOB_OPERATION: "job_operation_cancelation_reason",
    CancelableType.ORDER: "order_cancelation_reason",
    CancelableType.ADAPTER_SUBSCRIPTION: "adapter_subscription_cancelation_reason",
}
"""The kind of cancelation of each type, which is the collection of its reasons."""


class Stage(models.TextChoices):
    """Where a cancelation is between its record and what it cancels, which are in two databases."""

    CANCELING = "canceling", _("Being cancelled")
    SETTLED = "settled", _("Settled")
    REINSTATING = "reinstating", _("Being reinstated")


class CancelationTier(models.TextChoices):
    """In which plant."""

    PRODUCTION = PRODUCTION, _("Production")
    TEST = TEST, _("Test")


OTHER: Final = "other"
"""The slug of the reason that says nothing without a note."""


class Cancelation(Audited):
    """One time that one thing was cancelled; cancelling it again later is another one.

    It exists for nobody before it is settled. While `stage` says that something is under way, `pending` holds
    what is still to be written when the other database has followed, and on whose word. `stopped` is what it
    cancelled there, with the state of each before. `reference` names it in the plant's audit trail.
    """

    reference = models.UUIDField(_("reference"), default=uuid.uuid4, unique=True, editable=False)
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices, default=Stage.SETTLED)
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="cancelations", verbose_name=_("PCN")
    )
    tier = models.CharField(
        _("tier"), max_length=10, choices=CancelationTier.choices, default=CancelationTier.PRODUCTION
    )
    cancelable_type = models.CharField(_("what"), max_length=50, choices=CancelableType.choices)
    cancelable_id = models.CharField(_("ID of what is cancelled"), max_length=100)
    key = models.CharField(_("kind"), max_length=100)
    reason = models.ForeignKey(
        ListItem, on_delete=models.PROTECT, related_name="cancelations", verbose_name=_("reason")
    )
    reason_slug = models.CharField(_("slug of the reason"), max_length=100)
    reason_text = models.CharField(_("reason in words"), max_length=255)
    reason_note = models.CharField(_("note"), max_length=1000, blank=True)
    canceled_at = models.DateTimeField(_("cancelled"))
    canceled_by = models.CharField(_("cancelled by"), max_length=255)
    canceled_in = models.CharField(_("cancelled in"), max_length=255)
    reinstated_at = models.DateTimeField(_("reinstated"), null=True, blank=True)
    reinstated_by = models.CharField(_("reinstated by"), max_length=255, blank=True)
    reinstated_note = models.CharField(_("note on reinstating"), max_length=1000, blank=True)
    active = models.BooleanField(_("active"), default=True)
    stopped = models.JSONField(_("what it stopped"), default=list)
    pending = models.JSONField(_("under way"), default=dict, blank=True)
    created_at = models.DateTimeField(_("recorded"))
    updated_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("cancelation")
        verbose_name_plural = _("cancelations")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["cancelable_type", "cancelable_id"], name="actions_cancelation_thing"),
            models.Index(fields=["company", "canceled_at"], name="actions_cancelation_time"),
            models.Index(
                fields=["stage"], name="actions_cancelation_open", condition=~Q(stage=Stage.SETTLED)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=("company", "tier", "cancelable_type", "cancelable_id", "key"),
                condition=Q(active=True),
                name="actions_cancelation_one_active",
            ),
            models.CheckConstraint(
                condition=Q(active=True, reinstated_at__isnull=True)
                | Q(active=False, reinstated_at__isnull=False),
                name="actions_cancelation_reinstated_is_over",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cancelable_type} {self.cancelable_id}"
