"""Subscriptions and their approval."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from millgate.control.clients import services
from millgate.control.clients.models import (
    Subscription,
    SubscriptionState,
)
from millgate.control.console.admin import counters
from millgate.control.console.decisions import Act
from millgate.control.console.forms import SubscriptionAddForm
from millgate.control.console.showing import shown_once
from millgate.control.console.site import console

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse

    from millgate.control.clients.services import Which


def _approve(_request: HttpRequest, subscription: Subscription) -> None:
    services.subscription_approve(subscription=subscription)


def _reinstate(_request: HttpRequest, subscription: Subscription) -> None:
    services.subscription_reinstate(subscription=subscription)


def _reject(request: HttpRequest, subscription: Subscription) -> None:
    services.subscription_reject(subscription=subscription, comment=request.POST.get("comment", ""))


def _suspend(request: HttpRequest, subscription: Subscription) -> None:
    services.subscription_suspend(subscription=subscription, comment=request.POST.get("comment", ""))


def _cancel(request: HttpRequest, subscription: Subscription) -> None:
    services.subscription_cancel(subscription=subscription, comment=request.POST.get("comment", ""))


def _regenerate(which: Which, _request: HttpRequest, subscription: Subscription) -> None:
    services.subscription_key_regenerate(subscription=subscription, which=which)


def _reveal(request: HttpRequest, subscription: Subscription) -> HttpResponse:
    keys = services.subscription_keys_reveal(subscription=subscription)
    return shown_once(
        request,
        subscription,
        _now("Subscription keys"),
        {_now("Primary key"): keys.primary, _now("Secondary key"): keys.secondary},
        _now("Either key works. Replace one while programs use the other."),
    )


def _in(*states: SubscriptionState) -> Any:  # noqa: ANN401 - a test of a row
    return lambda subscription: subscription.state in states


@admin.register(Subscription, site=console)
class SubscriptionAdmin(counters.CountersShown):
    """Subscriptions, and their approval."""

    list_display = ("name", "owner", "opens", "state", "created_at", "started_at")
    list_filter = ("state", "adapter")
    list_select_related = ("owner", "adapter", "api")
    search_fields = ("name", "owner__email", "id")
    date_hierarchy = "created_at"
    acts = (
        Act(
            name="approve",
            label=_("Approve"),
            done=_("approved."),
            run=_approve,
            open_to=_in(SubscriptionState.SUBMITTED),
        ),
        Act(
            name="reject",
            label=_("Reject"),
            done=_("rejected."),
            run=_reject,
            open_to=_in(SubscriptionState.SUBMITTED),
            asks=_("The person can ask again. The reason is shown to them."),
            comment=True,
        ),
        Act(
            name="reveal",
            label=_("Show keys"),
            done="",
            run=_reveal,
            open_to=_in(SubscriptionState.ACTIVE),
            listed=False,
        ),
        Act(
            name="regenerate-primary",
            label=_("Regenerate primary key"),
            done=_("the primary key was replaced; the secondary keeps working."),
            run=partial(_regenerate, "primary"),
            open_to=_in(SubscriptionState.ACTIVE),
            asks=_("Programs that use the primary key are refused from now on."),
            listed=False,
        ),
        Act(
            name="regenerate-secondary",
            label=_("Regenerate secondary key"),
            done=_("the secondary key was replaced; the primary keeps working."),
            run=partial(_regenerate, "secondary"),
            open_to=_in(SubscriptionState.ACTIVE),
            asks=_("Programs that use the secondary key are refused from now on."),
            listed=False,
        ),
        Act(
            name="suspend",
            label=_("Suspend"),
            done=_("suspended."),
            run=_suspend,
            open_to=_in(SubscriptionState.ACTIVE),
            asks=_("Both keys are refused until you reinstate it."),
            comment=True,
        ),
        Act(
            name="reinstate",
            label=_("Reinstate"),
            done=_("active again."),
            run=_reinstate,
            open_to=_in(SubscriptionState.SUSPENDED),
        ),
        Act(
            name="cancel",
            label=_("Cancel subscription"),
            done=_("cancelled."),
            run=_cancel,
            open_to=_in(SubscriptionState.SUBMITTED, SubscriptionState.ACTIVE, SubscriptionState.SUSPENDED),
            asks=_("A cancelled subscription stays so. Both keys are refused at once."),
            comment=True,
        ),
        *counters.ACTS,
    )

    @admin.display(description=_("opens"))
    def opens(self, subscription: Subscription) -> str:
        """What it is for."""
        return str(subscription.adapter or subscription.api or _("All APIs"))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: ANN401, FBT001, FBT002
        """A new subscription also says whether it is approved."""
        if obj is None:
            kwargs["form"] = SubscriptionAddForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401
        """What is asked for a new one, and told of one that stands."""
        del request
        if obj is None:
            return ("name", "owner", "adapter", "api", "all_apis", "approved")
        return ("name", *self._standing)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401
        """All but the name: what it opens was approved as it stands."""
        del request
        return self._standing if obj else ()

    _standing = (
        *("id", "owner", "opens", "state", "state_comment", "created_at", "started_at"),
        "terms_accepted_at",
    )

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A deleted request could be asked for again as if it were new; cancelling is what there is."""
        del request, obj
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: ANN401, FBT001
        """A new subscription gets its keys from the service."""
        if change:
            super().save_model(request, obj, form, change)
            return
        made = services.subscription_create(**form.cleaned_data)
        obj.pk = made.pk
        obj.refresh_from_db()
