"""Data sources: somebody's own tables, declared. What is saved here is a draft until it is published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.conf import settings
from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from millgate.control.catalogue.models import DataSource
from millgate.control.catalogue.services import (
    data_source_check,
    data_source_delete,
    data_source_put,
    data_source_urls_shown,
)
from millgate.control.clients.vault import sealer
from millgate.control.console.admin.drafts import DraftAdmin
from millgate.control.console.fields import Unrepeated
from millgate.control.console.site import console
from millgate.plant.sources.reading import DeclarationFaulty, read_source
from millgate.snapshot.document import PRODUCTION, TEST
from millgate.stores.sealing import SealBroken

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    # Only the type checker's Django can be told of which model a form is.
    SourceModelForm: TypeAlias = forms.ModelForm[DataSource]
else:
    SourceModelForm = forms.ModelForm

_URL_HELP = _("As in sqlite:///srv/erp.db or postgresql://user:password@host/erp. Empty: as it is.")


def _url_field(label: StrOrPromise) -> forms.CharField:
    widget = Unrepeated(attrs={"size": 100, "autocomplete": "off"})
    return forms.CharField(label=label, required=False, help_text=_URL_HELP, widget=widget)


class DataSourceForm(SourceModelForm):
    """A declaration and the databases that it is about."""

    production_url = _url_field(_("Production database"))
    production_none = forms.BooleanField(label=_("Not on the production tier"), required=False)
    test_url = _url_field(_("Test database"))
    test_none = forms.BooleanField(label=_("Not on the test tier"), required=False)

    class Meta:
        model = DataSource
        fields = ("format", "declaration", "enabled")
        widgets = {
            "declaration": forms.Textarea(attrs={"rows": 30, "cols": 100, "spellcheck": "false"}),
        }

    def clean(self) -> dict[str, Any]:
        """Every fault of the declaration and of the addresses, at their fields."""
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("declaration") or not cleaned.get("format") or not self._key_fits(cleaned):
            return cleaned
        try:
            data_source_check(**self.put(cleaned), sealer=sealer(), home=settings.MILLGATE.home)
        except forms.ValidationError as refused:
            self.add_error(None, refused)
        return cleaned

    def put(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """What the services are to put."""
        urls = {tier: cleaned[f"{tier}_url"].strip() for tier in (PRODUCTION, TEST) if cleaned[f"{tier}_url"]}
        urls |= {tier: "" for tier in (PRODUCTION, TEST) if cleaned[f"{tier}_none"]}
        # Browsers end lines as HTTP does; declarations are compared by lines.
        declaration = cleaned["declaration"].replace("\r\n", "\n") + "\n"
        return {"declaration": declaration, "form": cleaned["format"], "urls": urls}

    def _key_fits(self, cleaned: dict[str, Any]) -> bool:
        """Whether the declaration is of this source. One that cannot be read is told of elsewhere."""
        try:
            key = read_source(cleaned["declaration"], cleaned["format"]).key
        except DeclarationFaulty:
            return True
        if self.instance.pk and key != self.instance.key:
            told = _("The key stays %(key)s: subscriptions in force refer to it.")
            self.add_error("declaration", told % {"key": self.instance.key})
        elif not self.instance.pk and DataSource.objects.filter(key=key).exists():
            told = _("There is a data source %(key)s; change that one.")
            self.add_error("declaration", told % {"key": key})
        return not self.errors


@admin.register(DataSource, site=console)
class DataSourceAdmin(DraftAdmin):
    """Data sources."""

    form = DataSourceForm
    list_display = ("name", "key", "resources", "enabled", "updated_at")
    list_filter = ("enabled",)
    search_fields = ("name", "key", "declaration")
    fieldsets = (
        (None, {"fields": ("key", "databases", "enabled")}),
        (_("Declaration"), {"fields": ("format", "declaration")}),
        (_("Databases"), {"fields": ("production_url", "production_none", "test_url", "test_none")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401
        """The key is the declaration's, and addresses are shown without passwords."""
        del request, obj
        return ("key", "databases")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ANN401 - as Django's own
        """Without what a source that is not there yet cannot have."""
        first, *rest = super().get_fieldsets(request, obj)
        return (first, *rest) if obj else ((None, {"fields": ("enabled",)}), *rest)

    @admin.display(description=_("resources"))
    def resources(self, source: DataSource) -> str:
        """The names of its resources."""
        try:
            return ", ".join(item.name for item in read_source(source.declaration, source.format).resources)
        except DeclarationFaulty:
            return "—"

    @admin.display(description=_("databases"))
    def databases(self, source: DataSource) -> str:
        """Their addresses, without passwords."""
        try:
            shown = data_source_urls_shown(source=source, sealer=sealer())
        except SealBroken:
            return str(_("Sealed under another master key. Give the addresses again."))
        return format_html_join("; ", "{}: {}", shown.items())

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: ANN401, FBT001
        """Put the source as the command line does."""
        del request, change
        given = form.put(form.cleaned_data)
        row = data_source_put(
            **given, sealer=sealer(), home=settings.MILLGATE.home, enabled=form.cleaned_data["enabled"]
        )
        obj.pk, obj.key, obj.name = row.pk, row.key, row.name

    def delete_model(self, request: HttpRequest, obj: Any) -> None:  # noqa: ANN401 - as Django's own
        """Remove it with its API."""
        del request
        data_source_delete(source=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[DataSource]) -> None:
        """Remove each with its API."""
        del request
        for source in queryset:
            data_source_delete(source=source)
