"""The console itself: who may enter, and how its pages are grouped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib.admin import AdminSite
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from millgate.control.accounts.forms import AdministratorSignInForm
from millgate.control.accounts.views import PasswordView
from millgate.control.clients.models import Subscription, SubscriptionState
from millgate.control.console.screens import with_screens
from millgate.control.mail.selectors import mails_failed
from millgate.control.publish.selectors import draft
from millgate.control.usage.selectors import notices_unread

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.template.response import TemplateResponse
    from django.utils.functional import Promise

ACCOUNT_SETTINGS: Final = "accounts.change_accountsettings"
ORDER: Final = ("accounts", "clients", "catalogue", "publish", "usage", "mail", "audit")


class ConsoleSignIn(PasswordView):
    """The administrators' own sign-in; the second factor is asked for as in the portal."""

    authentication_form = AdministratorSignInForm
    template_name = "admin/login.html"


class ConsoleSite(AdminSite):
    """Django's administration under our name, in our order. Only active administrators enter."""

    site_header = _("Millgate console")
    site_title = _("Millgate console")
    index_title = _("Administration")
    site_url = "/portal/"

    @method_decorator(never_cache)
    @method_decorator(sensitive_post_parameters())
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - as Django's own
        """Sign in as an administrator; whoever is one already goes on."""
        index = reverse("admin:index")
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(index)
        context = self.each_context(request) | {
            "title": _("Sign in"),
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
        }
        view = ConsoleSignIn.as_view(next_page=index, extra_context=context | (extra_context or {}))
        return view(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - as Django's own
        """Everybody changes their password in their profile."""
        del request, extra_context
        return HttpResponseRedirect(reverse("portal:profile-password"))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The groups in the order in which an administrator thinks, with the page for publishing."""
        groups = super().get_app_list(request, app_label)
        if app_label is None:
            groups = [*with_screens(request, groups), _publishing()]
        if request.user.has_perm(ACCOUNT_SETTINGS):
            address = reverse("console-account-settings")
            for group in groups:
                if group["app_label"] == "accounts":
                    group["models"].append(_page(_("Accounts settings"), "AccountSettings", address))
        if request.user.has_perm("usage.view_callcount"):
            for group in groups:
                if group["app_label"] == "usage":
                    group["models"].insert(
                        0, _page(_("Analytics"), "Analytics", reverse("console-analytics"))
                    )
        return sorted(groups, key=lambda group: ORDER.index(group["app_label"]))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The first page, with what waits for somebody."""
        requested = Subscription.objects.filter(state=SubscriptionState.SUBMITTED).count()
        failed = mails_failed() if request.user.has_perm("mail.view_mail") else 0
        waiting = {
            "requested": requested,
            "draft": draft(),
            "notices": notices_unread().count(),
            "mails_failed": failed,
        }

        return super().index(request, (extra_context or {}) | waiting)


def _publishing() -> dict[str, Any]:
    address = reverse("console-publishing")
    return {
        "name": _("Publishing"),
        "app_label": "publish",
        "app_url": address,
        "has_module_perms": True,
        "models": [_page(_("Publish and history"), "Version", address)],
    }


def _page(name: str | Promise, object_name: str, address: str) -> dict[str, Any]:
    """A page of no model's in a group."""
    return {
        "name": name,
        "object_name": object_name,
        "admin_url": address,
        "add_url": None,
        "view_only": True,
        "perms": {"view": True},
    }


console = ConsoleSite(name="admin")
