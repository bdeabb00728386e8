"""Pages of the counters: what subscriptions have used of their limits, and begun anew."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from millgate.control.audit.services import note
from millgate.control.clients.models import Subscription, SubscriptionState
from millgate.control.console.decisions import Act, ConsoleAdmin, ReadOnlyAdmin
from millgate.control.console.rights import has_any, seeing
from millgate.control.console.site import console
from millgate.control.publish.counters import desk, read
from millgate.control.usage.models import Counter
from millgate.stores.ports import StoreUnreachable

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PER_PAGE: Final = 25
_LONGEST_SEARCH: Final = 200


# Resetting


def _reset(request: HttpRequest, subscription: Subscription, *, everything: bool) -> None:
    counters = desk()
    if counters is None:
        raise ValidationError(_("Counters cannot be reached from here."))
    scope = None if everything else request.POST.get("scope", "")
    if scope == "":
        raise ValidationError(_("Choose a limit."))
    try:
        counters.reset(str(subscription.pk), scope)
    except StoreUnreachable:
        raise ValidationError(_("The counters cannot be reached; they may or may not be reset.")) from None
    comment = str(_("All counters") if scope is None else scope)
    key, name = str(subscription.pk), subscription.name
    note("counter reset", kind="subscription", key=key, name=name, comment=comment)


ACTS: Final = (
    Act(
        name="counter-reset",
        label=_("Reset counter"),
        done=_("the counter begins at zero."),
        run=partial(_reset, everything=False),
        listed=False,
        shown=False,
    ),
    Act(
        name="counters-reset",
        label=_("Reset all counters"),
        done=_("all counters begin at zero."),
        run=partial(_reset, everything=True),
        shown=False,
    ),
)
"""Acts on a subscription."""


# Pages


class CountersShown(ConsoleAdmin):
    """The counters of a subscription on its page."""

    change_form_template = "console/subscription.html"

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,  # noqa: ANN401 - as Django's own
        **kwargs: Any,  # noqa: ANN401 - as Django's own
    ) -> HttpResponse:
        """The page, with what is used of each limit."""
        subscription = kwargs.get("obj")
        if subscription is not None:
            context |= {
                "counters": read(subscription),
                "may_reset": self.has_change_permission(request, subscription),
            }
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(Counter, site=console)
class CounterAdmin(ReadOnlyAdmin):
    """What active subscriptions have used of their limits."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - as Django's own
        """The counters of a page of subscriptions at a time, as they stand now."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        wanted = request.GET.get("q", "").strip()[:_LONGEST_SEARCH]
        rows = Subscription.objects.filter(state=SubscriptionState.ACTIVE, adapter__isnull=False)
        rows = rows.filter(Q(name__icontains=wanted) | Q(owner__email__icontains=wanted))
        listed = Paginator(rows.select_related("adapter", "owner"), PER_PAGE).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Counters"),
            "opts": self.opts,
            "wanted": wanted,
            "listed": listed,
            "standing": [(row, read(row)) for row in listed],
            "may_reset": request.user.has_perm("clients.change_subscription"),
            "may_see": has_any(request.user, seeing("clients.subscription")),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "console/counters.html", context)
