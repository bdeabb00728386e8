"""The console itself: who may enter, and what every page of it has around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import AdminSite
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from millgate.control.accounts.forms import AdministratorSignInForm
from millgate.control.accounts.views import PasswordView
from millgate.control.console.dashboard import dashboard
from millgate.control.console.navigation import navigation

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class ConsoleSignIn(PasswordView):
    """The administrators' own sign-in; the second factor is asked for as in the portal."""

    authentication_form = AdministratorSignInForm
    template_name = "admin/login.html"


class ConsoleSite(AdminSite):
    """Django's administration under our name, with our navigation. Only active administrators enter."""

    site_header = _("Millgate console")
    site_title = _("Millgate console")
    index_title = _("Administration")
    site_url = "/portal/"
    enable_nav_sidebar = False

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page has around it: the tasks that the reader may do."""
        context = super().each_context(request)
        groups = navigation(request) if context["has_permission"] else []
        return context | {"navigation": groups, "available_apps": []}

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
        """Nothing: the navigation has our own table."""
        del request, app_label
        return []

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The first page."""
        context = self.each_context(request) | {"title": self.index_title, "is_first": True}
        context |= dashboard(request) | (extra_context or {})
        return TemplateResponse(request, "admin/index.html", context)

    def app_index(  # type: ignore[override]
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There are no pages for groups: the first page has them all."""
        del request, app_label, extra_context
        return HttpResponseRedirect(reverse("admin:index"))


console = ConsoleSite(name="admin")
