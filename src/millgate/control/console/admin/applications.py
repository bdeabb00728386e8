"""Client applications with their Secrets Grid and certificates, and protected resources."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.html import format_html_join
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from millgate.control.clients import selectors, services
from millgate.control.clients.mending import refused_requests
from millgate.control.clients.models import (
    ClientApplication,
    ClientCertificate,
    ClientSecret,
    ProtectedResource,
)
from millgate.control.clients.standing import (
    WARN_DAYS,
    applications_unused,
    secrets_of,
    secrets_standing,
)
from millgate.control.console.decisions import Act, ConsoleAdmin
from millgate.control.console.forms import (
    ApplicationForm,
    CertificateForm,
    SecretEndForm,
    SecretForm,
)
from millgate.control.console.showing import shown_once
from millgate.control.console.site import console
from millgate.core.secrets import Secret

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.admin.views.main import ChangeList
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString

    from millgate.control.clients.standing import Secrets

    # Only the type checker's Django can be told of what a filter is.
    ListFilter: TypeAlias = admin.SimpleListFilter
else:
    ListFilter = admin.SimpleListFilter


def _cleaned(form: forms.Form) -> dict[str, Any]:
    if not form.is_valid():
        raise ValidationError([why for whys in form.errors.values() for why in whys])
    return form.cleaned_data


def _secret_add(request: HttpRequest, application: ClientApplication) -> HttpResponse:
    cleaned = _cleaned(SecretForm(request.POST))
    _row, plain = services.application_secret_add(application=application, **cleaned)
    return shown_once(
        request,
        application,
        _now("Secret added"),
        {_now("Client ID"): Secret(str(application.client_id)), _now("Secret"): plain},
        _now("Copy the secret now. It is not kept, and no page can show it again."),
    )


def _secret_named(request: HttpRequest, application: ClientApplication) -> ClientSecret:
    named = request.POST.get("secret", "")
    if not named.isdecimal():
        raise Http404
    return get_object_or_404(ClientSecret, application=application, pk=named[:18])


def _secret_expire(request: HttpRequest, application: ClientApplication) -> None:
    services.secret_expire_now(secret=_secret_named(request, application))


def _secret_end(request: HttpRequest, application: ClientApplication) -> None:
    cleaned = _cleaned(SecretEndForm(request.POST))
    secret = _secret_named(request, application)
    services.secret_end_set(secret=secret, expires_at=cleaned["expires_at"])


def _certificate_add(request: HttpRequest, application: ClientApplication) -> None:
    cleaned = _cleaned(CertificateForm(request.POST))
    services.application_certificate_add(application=application, **cleaned)


def _certificate_remove(request: HttpRequest, application: ClientApplication) -> None:
    row = get_object_or_404(
        ClientCertificate, application=application, pk=request.POST.get("certificate", "")
    )
    services.application_certificate_remove(certificate=row)


class SecretsFilter(ListFilter):
    """Applications by how their secrets are doing."""

    title = _("secrets")
    parameter_name = "secrets"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
        """The choices."""
        del request, model_admin
        return [
            ("expiring", _("About to expire")),
            ("unused", _("Never used")),
            ("none", _("Without a live one")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ClientApplication]
    ) -> QuerySet[ClientApplication]:
        """The applications of the choice."""
        del request
        match self.value():
            case "expiring":
                return queryset.filter(
                    pk__in=selectors.secrets_live().filter(**_soon()).values("application")
                )
            case "unused":
                return queryset.filter(pk__in=applications_unused())
            case "none":
                return queryset.exclude(pk__in=selectors.secrets_live().values("application"))
        return queryset


def _soon() -> dict[str, datetime]:
    return {"expires_at__lt": settings.CLOCK.utc() + timedelta(days=WARN_DAYS)}


def _count_words(count: int) -> str:
    if not count:
        return _now("none live")
    return ngettext("%(n)s live", "%(n)s live", count) % {"n": count}


@admin.register(ClientApplication, site=console)
class ApplicationAdmin(ConsoleAdmin):
    """Client Applications."""

    form = ApplicationForm
    change_form_template = "console/application.html"
    list_display = ("display_name", "secrets_told", "client_id", "company", "account", "test_only", "enabled")
    list_filter = (SecretsFilter, "enabled", "test_only", "company")
    list_select_related = ("company", "account")
    search_fields = ("display_name", "client_id", "identifier_uri")
    readonly_fields = ("client_id",)
    fieldsets = (
        (None, {"fields": ("display_name", "homepage_uri", "identifier_uri")}),
        (_("Acts as"), {"fields": ("company", "account", "owner")}),
        (_("Signs people in"), {"fields": ("client_type", "redirect_uris")}),
        (_("What it may do"), {"fields": ("test_only", "enabled")}),
    )
    acts = (
        Act(
            name="secret-add",
            label=_("Add secret"),
            done="",
            run=_secret_add,
            listed=False,
            shown=False,
        ),
        Act(
            name="secret-expire",
            label=_("Expire secret now"),
            done=_("the secret has expired."),
            run=_secret_expire,
            listed=False,
            shown=False,
        ),
        Act(
            name="secret-end",
            label=_("Set when a secret expires"),
            done=_("the secret will expire."),
            run=_secret_end,
            listed=False,
            shown=False,
        ),
        Act(
            name="certificate-add",
            label=_("Add certificate"),
            done=_("the certificate was added."),
            run=_certificate_add,
            listed=False,
            shown=False,
        ),
        Act(
            name="certificate-remove",
            label=_("Remove certificate"),
            done=_("the certificate was removed."),
            run=_certificate_remove,
            listed=False,
            shown=False,
        ),
    )

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list, with how the secrets of its rows are doing, read at once."""
        listed = super().get_changelist_instance(request)
        standing = secrets_of(listed.result_list)
        for row in listed.result_list:
            row.standing = standing[row.pk]
        return listed

    @admin.display(description=_("secrets"))
    def secrets_told(self, application: Any) -> SafeString:  # noqa: ANN401 - a row with its standing
        """How many live, when the next one ends, and how many nobody has used."""
        secrets: Secrets = application.standing
        told = [(_count_words(len(secrets.live)), "")]
        told += [(item.state, item.tone) for item in secrets.expiring[:1]]
        if unused := len(secrets.never_used):
            told.append((ngettext("%(n)s never used", "%(n)s never used", unused) % {"n": unused}, "note"))
        return format_html_join(" ", '<span class="state {1}">{0}</span>', told)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ANN401 - as Django's own
        """An application that stands shows its client ID first."""
        fieldsets = super().get_fieldsets(request, obj)
        return [(None, {"fields": ("client_id",)}), *fieldsets] if obj else fieldsets

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,  # noqa: ANN401 - as Django's own
        **kwargs: Any,  # noqa: ANN401 - as Django's own
    ) -> HttpResponse:
        """The page, with the Secrets Grid."""
        application = kwargs.get("obj")
        if application is not None and self.has_change_permission(request, application):
            context |= {
                "secrets": secrets_standing(application),
                "refused": refused_requests(application),
                "end_form": SecretEndForm(auto_id=False),
                "secret_form": SecretForm(auto_id="secret_%s"),
                "certificates": application.certificates.all(),
                "certificate_form": CertificateForm(auto_id="certificate_%s"),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(
        self, request: HttpRequest, obj: ClientApplication, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the client ID, and go on to the page where secrets are added."""
        messages.success(request, _now("The client ID is %(id)s. Add a secret next.") % {"id": obj.client_id})
        if "_save" in request.POST:
            return HttpResponseRedirect(self.page_of(obj))
        return super().response_add(request, obj, post_url_continue)


# Protected resources


@admin.register(ProtectedResource, site=console)
class ProtectedResourceAdmin(ConsoleAdmin):
    """Protected resources, besides the one that the settings name."""

    list_display = ("identifier", "name", "profile")
    list_filter = ("profile",)
    search_fields = ("identifier", "name")
    fields = ("identifier", "name", "profile")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401
        """The identifier stays: tokens that are out name it."""
        del request
        return ("identifier",) if obj else ()
