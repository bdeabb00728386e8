"""HTTP upstreams: where calls are forwarded. What is saved here is a draft until it is published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
from cryptography import x509
from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from millgate.control.catalogue.models import Upstream, UpstreamHeader
from millgate.control.catalogue.services import upstream_header_put
from millgate.control.catalogue.upstreams import upstream_delete, upstream_users
from millgate.control.clients.vault import sealer
from millgate.control.console.admin.drafts import DraftAdmin
from millgate.control.console.fields import LinesField, Unrepeated
from millgate.control.console.site import console
from millgate.core.secrets import Secret
from millgate.snapshot import upstreams as published
from millgate.snapshot.document import PRODUCTION, TEST

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    # Only the type checker's Django can be told of which models forms and inlines are.
    UpstreamModelForm: TypeAlias = forms.ModelForm[Upstream]
    HeaderModelForm: TypeAlias = forms.ModelForm[UpstreamHeader]
    HeaderInlineSet: TypeAlias = forms.BaseInlineFormSet[UpstreamHeader, Upstream, HeaderModelForm]
    HeaderStack: TypeAlias = admin.StackedInline[UpstreamHeader, Upstream]
else:
    UpstreamModelForm = HeaderModelForm = forms.ModelForm
    HeaderInlineSet = forms.BaseInlineFormSet
    HeaderStack = admin.StackedInline

_SOUND: Final = published.HttpUpstream(
    key="sound", name="Sound", addresses=(published.UpstreamAddress(TEST, ("https://sound.example",)),)
)
"""Without a fault, so that what is said of it with one member replaced is said of that member."""

_CHECKED: Final = (
    "connect_seconds",
    "total_seconds",
    "retries",
    "most_connections",
    "breaker_failures",
    "breaker_seconds",
    "health_path",
    "health_seconds",
)
_URLS_HELP: Final = _(
    "As in https://erp.example/api/v2, one on each line. Several share the calls in turn. "
    "Without any, it does not answer on this tier."
)


def _whys(**members: Any) -> list[str]:  # noqa: ANN401 - values of an upstream
    return list(published.upstream_whys(msgspec.structs.replace(_SOUND, **members)))


class UpstreamForm(UpstreamModelForm):
    """An HTTP upstream; every fault is told at its field."""

    production_urls = LinesField(label=_("Production tier"), help_text=_URLS_HELP)
    test_urls = LinesField(label=_("Test tier"), help_text=_URLS_HELP)

    class Meta:
        model = Upstream
        fields = "__all__"
        help_texts = {
            "key": _("Names the upstream for good, as in erp."),
            "connect_seconds": _("How long a connection may take, with TLS."),
            "total_seconds": _("How long a call may take until the answer begins, with all tries."),
            "most_connections": _("To each address; further calls wait."),
            "breaker_seconds": _("Then one call is let through, and decides."),
            "preserve_host": _("Off: it is sent its own name."),
        }

    def clean(self) -> dict[str, Any]:
        """Each member by the rules of what is published."""
        cleaned = super().clean() or self.cleaned_data
        for name in _CHECKED:
            if name in cleaned:
                self._tell(name, _whys(**{name: cleaned[name]}))
        urls = {tier: cleaned.get(f"{tier}_urls") for tier in (PRODUCTION, TEST)}
        for tier, given in urls.items():
            if given:
                address = published.UpstreamAddress(tier, tuple(given))
                self._tell(f"{tier}_urls", _whys(addresses=(address,)))
        if urls == {PRODUCTION: [], TEST: []}:
            self._tell("production_urls", _whys(addresses=()))
        return cleaned

    def clean_ca_pem(self) -> str:
        """Certificates, or nothing."""
        pem = str(self.cleaned_data["ca_pem"]).strip()
        try:
            if pem:
                x509.load_pem_x509_certificates(pem.encode())
        except ValueError:
            raise ValidationError(_("No certificates in PEM form can be read in it.")) from None
        return pem

    def _tell(self, name: str, whys: list[str]) -> None:
        if whys and name not in self.errors:
            self.add_error(name, whys)


class HeaderForm(HeaderModelForm):
    """A header, whose value is sealed and never shown again."""

    value = forms.CharField(
        label=_("Value"),
        required=False,
        max_length=8000,
        widget=Unrepeated(attrs={"size": 50, "autocomplete": "off", "spellcheck": "false"}),
    )

    class Meta:
        model = UpstreamHeader
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            kept = _("Kept, and not shown. Type another to replace it.")
            self.fields["value"].help_text = kept if self.instance.sealed else _("It has no value yet.")

    def clean_name(self) -> str:
        """A name that may be sent."""
        name = str(self.cleaned_data["name"])
        whys = _whys(headers=(published.UpstreamHeader(name, ""),))
        if whys:
            raise ValidationError(whys)
        return name

    def clean_value(self) -> str:
        """Characters that may be sent."""
        value = str(self.cleaned_data["value"])
        if not (value.isascii() and value.isprintable()):
            raise ValidationError(_("Use printable ASCII characters."))
        return value

    def clean(self) -> dict[str, Any]:
        """A value for a header that has none: one is sealed for the name that it was given for."""
        cleaned = super().clean() or self.cleaned_data
        named_anew = cleaned.get("name", "").lower() != self.initial.get("name", "").lower()
        if named_anew and "value" in cleaned and not cleaned["value"]:
            self.add_error("value", _("Give the value that is sent."))
        return cleaned


class HeaderSet(HeaderInlineSet):
    """All headers of an upstream."""

    def clean(self) -> None:
        """None of them twice, in whatever case."""
        super().clean()
        kept = [form for form in self.forms if form not in self.deleted_forms]
        named = [form.cleaned_data["name"] for form in kept if form.is_valid() and form.cleaned_data]
        headers = tuple(published.UpstreamHeader(name, "") for name in named)
        if len({name.lower() for name in named}) < len(named):
            raise ValidationError(_whys(headers=headers))


class HeaderInline(HeaderStack):
    """The headers that each forwarded call carries."""

    model = UpstreamHeader
    form = HeaderForm
    formset = HeaderSet
    extra = 1
    fields = (("name", "value"),)


@admin.register(Upstream, site=console)
class UpstreamAdmin(DraftAdmin):
    """HTTP upstreams."""

    form = UpstreamForm
    list_display = ("name", "key", "production", "test", "answers")
    list_per_page = 50
    search_fields = ("name", "key", "description", "production_urls", "test_urls")
    inlines = (HeaderInline,)
    fieldsets = (
        (None, {"fields": ("key", "name", "description")}),
        (_("Addresses"), {"fields": ("production_urls", "test_urls")}),
        (
            _("Deadlines and connections"),
            {"fields": (("connect_seconds", "total_seconds"), ("retries", "most_connections"))},
        ),
        (
            _("When an address is left alone"),
            {"fields": (("breaker_failures", "breaker_seconds"), ("health_path", "health_seconds"))},
        ),
        (
            _("What it is told"),
            {"fields": ("identity", "forward_authorization", "preserve_host")},
        ),
        (_("TLS"), {"fields": ("ca_pem",)}),
    )

    @admin.display(description=_("production tier"))
    def production(self, upstream: Upstream) -> SafeString | str:
        """Its addresses on the production tier."""
        return _lines(upstream.production_urls)

    @admin.display(description=_("test tier"))
    def test(self, upstream: Upstream) -> SafeString | str:
        """Its addresses on the test tier."""
        return _lines(upstream.test_urls)

    @admin.display(description=_("answers"))
    def answers(self, upstream: Upstream) -> str:
        """The APIs that name it."""
        return ", ".join(str(api) for api in upstream_users(upstream)) or "—"

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: ANN401, FBT001
        """Save, and seal the values that were given."""
        super().save_related(request, form, formsets, change)
        for header in (item for formset in formsets for item in formset.initial_forms + formset.extra_forms):
            value = header.cleaned_data.get("value") if header.cleaned_data else ""
            if value and not header.cleaned_data.get("DELETE"):
                upstream_header_put(
                    upstream=form.instance,
                    name=header.cleaned_data["name"],
                    value=Secret(value),
                    sealer=sealer(),
                )

    # Deleting

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:  # noqa: ANN401 - as Django's own
        """Also protects an upstream that answers APIs."""
        to_delete, counts, missing, protected = super().get_deleted_objects(objs, request)
        users = [f"{_('API')}: {api}" for upstream in objs for api in upstream_users(upstream)]
        return to_delete, counts, set() if users else missing, [*protected, *users]

    def delete_model(self, request: HttpRequest, obj: Any) -> None:  # noqa: ANN401 - as Django's own
        """Remove it, unless it answers an API."""
        del request
        upstream_delete(upstream=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Upstream]) -> None:
        """Remove each, unless one answers an API."""
        del request
        for upstream in queryset:
            upstream_delete(upstream=upstream)


def _lines(urls: list[str]) -> SafeString | str:
    return format_html_join("", "<div>{}</div>", ((url,) for url in urls)) or "—"
