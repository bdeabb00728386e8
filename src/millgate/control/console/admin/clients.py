"""Client applications with their Secrets Grid, subscriptions, signing keys."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from millgate.control.clients import selectors, services, signing_keys
from millgate.control.clients.mending import refused_requests
from millgate.control.clients.models import (
    ClientApplication,
    ClientCertificate,
    ClientSecret,
    ProtectedResource,
    SigningKey,
    Subscription,
    SubscriptionState,
)
from millgate.control.clients.standing import (
    WARN_DAYS,
    applications_unused,
    secrets_of,
    secrets_standing,
)
from millgate.control.console.admin import counters
from millgate.control.console.decisions import Act, ConsoleAdmin, ReadOnlyAdmin, decide
from millgate.control.console.forms import (
    ApplicationForm,
    CertificateForm,
    SecretEndForm,
    SecretForm,
    SubscriptionAddForm,
)
from millgate.control.console.site import console
from millgate.core.secrets import Secret
from millgate.core.values import instant

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.contrib.admin.views.main import ChangeList
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase
    from django.urls import URLPattern
    from django.utils.safestring import SafeString

    from millgate.control.clients.services import Which
    from millgate.control.clients.signing_keys import Succession
    from millgate.control.clients.standing import Secrets

    # Only the type checker's Django can be told of what a filter is.
    ListFilter: TypeAlias = admin.SimpleListFilter
else:
    ListFilter = admin.SimpleListFilter


def _shown_once(
    request: HttpRequest, row: Model, title: str, values: dict[str, Secret], hint: str
) -> HttpResponse:
    """A page with secrets. It answers the POST itself, so that they rest in no session or history.

    Only the template opens them: Django's own log may print whatever else a page was made from.
    """
    context = console.each_context(request) | {
        "title": title,
        "row": row,
        "opts": row._meta,  # noqa: SLF001 - as Django's own templates
        "values": values,
        "hint": hint,
    }
    return render(request, "console/shown_once.html", context)


# Client applications


def _cleaned(form: forms.Form) -> dict[str, Any]:
    if not form.is_valid():
        raise ValidationError([why for whys in form.errors.values() for why in whys])
    return form.cleaned_data


def _secret_add(request: HttpRequest, application: ClientApplication) -> HttpResponse:
    cleaned = _cleaned(SecretForm(request.POST))
    _row, plain = services.application_secret_add(application=application, **cleaned)
    return _shown_once(
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
        (_("May"), {"fields": ("test_only", "enabled")}),
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


# Subscriptions


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
    return _shown_once(
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

    _standing = ("id", "owner", "opens", "state", "state_comment", "created_at", "started_at")

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


# Signing keys


@admin.register(SigningKey, site=console)
class SigningKeyAdmin(ReadOnlyAdmin):
    """Signing keys: what they sign, and for how long they verify it."""

    change_list_template = "console/signing_keys.html"
    change_form_template = "console/signing_key.html"
    list_display = ("kid", "standing_shown", "created_at", "signs_since", "signed_until", "verifies_shown")
    fields = (*list_display, "certificate")

    @admin.display(description=_("standing"))
    def standing_shown(self, key: SigningKey) -> str:
        """Whether it signs, follows, or verifies what it signed."""
        return key.standing

    @admin.display(description=_("verifies until"))
    def verifies_shown(self, key: SigningKey) -> datetime | str:
        """When it goes by itself."""
        return key.verifies_until or "-"

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses, and those that rotate and retire."""
        rotate = self.admin_site.admin_view(self.rotate_view)
        retire = self.admin_site.admin_view(self.retire_view)
        return [
            path("rotate/", rotate, name="clients_signingkey_rotate"),
            path("<path:kid>/retire/", retire, name="clients_signingkey_retire"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - as Django's own
        """The list, which says whether it is too soon to rotate."""
        context = {"unknown_until": signing_keys.following_unknown_until(), "may": self._may(request)}
        return super().changelist_view(request, (extra_context or {}) | context)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,  # noqa: ANN401 - as Django's own
        **kwargs: Any,  # noqa: ANN401 - as Django's own
    ) -> HttpResponse:
        """The page, with its button for those who may."""
        context["may"] = self._may(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def rotate_view(self, request: HttpRequest) -> HttpResponseBase:
        """Sign with the next key."""
        return self._decided_here(request, partial(self._rotate, request))

    def retire_view(self, request: HttpRequest, kid: str) -> HttpResponseBase:
        """Take a key away."""
        return self._decided_here(request, partial(self._retire, request, unquote(kid)))

    def _decided_here(self, request: HttpRequest, do: Callable[[], None]) -> HttpResponseBase:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self._may(request):
            raise PermissionDenied
        back = reverse("admin:clients_signingkey_changelist")

        def done() -> HttpResponse:
            do()
            return HttpResponseRedirect(back)

        return decide(request, done, back=back)

    def _may(self, request: HttpRequest) -> bool:
        return request.user.has_perm("clients.change_signingkey")

    def _rotate(self, request: HttpRequest) -> None:
        succession = signing_keys.signing_key_rotate(forced=bool(request.POST.get("forced")))
        self._told(request, succession)

    def _retire(self, request: HttpRequest, kid: str) -> None:
        get_object_or_404(SigningKey, pk=kid)
        succession = signing_keys.signing_key_retire(kid=kid)
        messages.success(request, _now("Retired %(kid)s: what it signed is refused.") % {"kid": kid})
        self._told(request, succession)

    def _told(self, request: HttpRequest, succession: Succession) -> None:
        messages.success(request, _now("New tokens are signed with %(kid)s.") % {"kid": succession.signs.kid})
        if succession.unknown_until:
            messages.warning(
                request,
                _now(
                    "Verifiers that have read the keys before may refuse its tokens until %(until)s; restart"
                    " them, or have them read the keys again."
                )
                % {"until": instant(succession.unknown_until.timestamp())},
            )
