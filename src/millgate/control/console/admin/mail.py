"""Mail: what waits, what was sent, what failed; sending again, trying out, and how every kind looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from millgate.control.console.decisions import NO_BUTTONS, Act, ConsoleAdmin
from millgate.control.console.site import console
from millgate.control.mail.kinds import KINDS, Kind, opens
from millgate.control.mail.models import Mail, MailState
from millgate.control.mail.rendering import example_render, example_values, language_of
from millgate.control.mail.services import Address, mail_resend, trial_mail_queue

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest
    from django.urls import URLPattern
    from django.utils.functional import Promise
    from django.utils.safestring import SafeString

PREVIEW_POLICY: Final = (
    "sandbox allow-top-navigation-by-user-activation; default-src 'none'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""For the HTML of a mail as a page: its styles, and nothing else; no script runs, whatever it holds."""
_STATES: Final = {
    MailState.WAITING: "note",
    MailState.SENDING: "note",
    MailState.SENT: "good",
    MailState.FAILED: "bad",
}


class TrialForm(forms.Form):
    """Where a test mail goes."""

    address = forms.EmailField(label=_("Address"), max_length=320)


def _resend(_request: HttpRequest, mail: Mail) -> None:
    mail_resend(mail=mail)


def _may_be_sent(mail: Mail) -> bool:
    return mail.state != MailState.SENDING and mail.texts_kept


@admin.register(Mail, site=console)
class MailAdmin(ConsoleAdmin):
    """Mails, the last first."""

    change_list_template = "console/mails.html"
    change_form_template = "console/mail.html"
    list_display = ("subject", "state_shown", "kind_shown", "recipient", "created_at", "tries")
    list_filter = ("state", "kind")
    search_fields = ("subject", "address", "name")
    fields = (
        "subject",
        "state_shown",
        "kind_shown",
        "recipient",
        "language",
        "created_at",
        "sent_at",
        "tries",
        "next_at",
        "last_error",
        "message_id",
        "provider_id",
    )
    readonly_fields = fields
    acts = (
        Act(
            name="resend",
            label=_("Send again"),
            done=_("it waits to be sent, and is tried at once."),
            run=_resend,
            open_to=_may_be_sent,
        ),
    )

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, mail: Mail) -> SafeString:
        """How far it has come."""
        tone = _STATES.get(MailState(mail.state), "")
        return format_html('<span class="state {}">{}</span>', tone, mail.get_state_display())

    @admin.display(description=_("kind"), ordering="kind")
    def kind_shown(self, mail: Mail) -> str | Promise:
        """Which mail it is."""
        return KINDS[Kind(mail.kind)].title if mail.kind in KINDS else mail.kind

    @admin.display(description=_("to"), ordering="address")
    def recipient(self, mail: Mail) -> str:
        """The name and address."""
        return f"{mail.name} <{mail.address}>" if mail.name else mail.address

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mail]:
        """Lists leave out what mails say."""
        listed = super().get_queryset(request)
        found = request.resolver_match and request.resolver_match.url_name == "mail_mail_changelist"
        return listed.defer("html") if found else listed

    # Pages

    def get_urls(self) -> list[URLPattern]:
        """Also those that try out and preview."""
        view = self.admin_site.admin_view
        return [
            path("test/", view(self.test_view), name="mail_mail_test"),
            path("templates/", view(self.templates_view), name="mail_mail_templates"),
            path("templates/<slug:kind>/", view(self.template_view), name="mail_mail_template"),
            path(
                "templates/<slug:kind>/html/", view(self.template_html_view), name="mail_mail_template_html"
            ),
            path("<int:number>/html/", view(self.html_view), name="mail_mail_html"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - as Django's own
        """The list, with the way to test and to templates."""
        context = {"title": _("Mail"), "may_test": self.may_test(request)}
        return super().changelist_view(request, (extra_context or {}) | context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - as Django's own
        """The page of a mail, on which there is nothing to save."""
        context = (extra_context or {}) | NO_BUTTONS | {"title": _("Mail")}
        return super().changeform_view(request, object_id, form_url, context)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,  # noqa: ANN401 - as Django's own
        **kwargs: Any,  # noqa: ANN401 - as Django's own
    ) -> HttpResponse:
        """The page, with what the mail says where that may be seen."""
        mail = kwargs.get("obj")
        if mail is not None:
            context |= {"mail": mail, "withheld": opens(mail.kind)}
        return super().render_change_form(request, context, *args, **kwargs)

    def html_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """The HTML of a mail, as a page that can do nothing."""
        self._may_view(request)
        mail = get_object_or_404(Mail, pk=number)
        if opens(mail.kind) or not mail.texts_kept:
            raise Http404
        return _preview(mail.html)

    def test_view(self, request: HttpRequest) -> HttpResponse:
        """Asks where a test mail goes, and writes it."""
        if not self.may_test(request):
            raise PermissionDenied
        form = TrialForm(request.POST or None, initial={"address": getattr(request.user, "email", "")})
        if request.method == "POST" and form.is_valid():
            return self._test(request, form.cleaned_data["address"])
        context = console.each_context(request) | {"title": _("Send a test mail"), "form": form}
        return TemplateResponse(request, "console/mail_test.html", context)

    def _test(self, request: HttpRequest, address: str) -> HttpResponse:
        mail = trial_mail_queue(to=Address(address), sender=str(request.user))
        self.log_addition(request, mail, str(_("Test mail")))
        messages.success(
            request, _("A test mail waits to be sent. Load this page again to see what comes of it.")
        )
        may_view = self.has_view_permission(request)
        return HttpResponseRedirect(self.page_of(mail) if may_view else reverse("admin:mail_mail_test"))

    def templates_view(self, request: HttpRequest) -> HttpResponse:
        """Every kind of mail."""
        self._may_view(request)
        language = _language(request)
        kinds = [
            (kind, declared, example_render(kind, language=language).subject)
            for kind, declared in KINDS.items()
        ]
        context = self._of_templates(request, language) | {"title": _("Mail templates"), "kinds": kinds}
        return TemplateResponse(request, "console/mail_templates.html", context)

    def template_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        """One kind with examples of its values."""
        self._may_view(request)
        known, language = _kind(kind), _language(request)
        context = self._of_templates(request, language) | {
            "title": KINDS[known].title,
            "kind": known,
            "declared": KINDS[known],
            "examples": example_values(known),
            "rendered": example_render(known, language=language),
        }
        return TemplateResponse(request, "console/mail_template.html", context)

    def template_html_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        """The HTML of one kind, as a page that can do nothing."""
        self._may_view(request)
        return _preview(example_render(_kind(kind), language=_language(request)).html)

    def _of_templates(self, request: HttpRequest, language: str) -> dict[str, Any]:
        """What both pages about templates show: the languages that there are, and which is looked at."""
        return console.each_context(request) | {"languages": settings.LANGUAGES, "shown_in": language}

    # Rights

    def may_test(self, request: HttpRequest) -> bool:
        """Whether somebody may send test mails."""
        return request.user.has_perm("mail.add_mail")

    def _may_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def has_add_permission(self, request: HttpRequest) -> bool:
        """What happens writes them."""
        del request
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The oldest go by themselves."""
        del request, obj
        return False


def _kind(name: str) -> Kind:
    try:
        return Kind(name)
    except ValueError:
        raise Http404 from None


def _language(request: HttpRequest) -> str:
    """In which language templates are looked at: the installation's unless another is asked for."""
    return language_of(request.GET.get("language", ""))


def _preview(html: str) -> HttpResponse:
    return HttpResponse(
        html, headers={"Content-Security-Policy": PREVIEW_POLICY, "Referrer-Policy": "no-referrer"}
    )
