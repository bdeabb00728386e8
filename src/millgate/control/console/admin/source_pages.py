"""Declaring a table or view step by step: the database, the table, its columns, a look at its rows.

Between steps the address of the database travels in the page, sealed for the person who gave it: it is kept
nowhere before the source is saved, and can be read by nobody.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from millgate.control.catalogue.models import DataSource
from millgate.control.catalogue.services import data_source_put
from millgate.control.clients.vault import sealer
from millgate.control.console.admin.drafts import tell_draft
from millgate.control.console.decisions import ConsoleAdmin, decide
from millgate.control.console.source_desk import kept_url, source_begun, table_seen, tables_seen
from millgate.control.console.source_edits import Begun, Edit
from millgate.control.console.source_forms import MOST_TABLES, AddressForm
from millgate.plant.sources.desk import SourceUnreadable
from millgate.plant.sources.reading import TOML, DeclarationFaulty, read_source
from millgate.stores.sealing import SealBroken

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase
    from django.urls import URLPattern

    from millgate.plant.sources.schema import Table
    from millgate.snapshot.sources import DataSource as Source


class SourcePages(ConsoleAdmin):
    """The steps, for the page of data sources."""

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses, and those of the steps."""
        view = self.admin_site.admin_view
        return [
            path("declare/", view(self.declare_view), name="catalogue_datasource_declare"),
            path("<int:pk>/declare/", view(self.add_resource_view), name="catalogue_datasource_add_resource"),
            path(
                "<int:pk>/resources/<str:name>/",
                view(self.resource_view),
                name="catalogue_datasource_resource",
            ),
            *super().get_urls(),
        ]

    # A new source

    def declare_view(self, request: HttpRequest) -> HttpResponseBase:
        """Ask for the database; show its tables; edit one; save the source."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._address(request, AddressForm())
        if "sealed" not in request.POST:
            return self._first(request)
        try:
            url = sealer().unseal(bytes.fromhex(request.POST["sealed"]), _bound_to(request)).decode()
        except (SealBroken, ValueError):
            messages.error(request, _("What the page held is not yours, or was changed. Start again."))
            return HttpResponseRedirect(reverse("admin:catalogue_datasource_declare"))
        return self._declared(request, url)

    def _first(self, request: HttpRequest) -> HttpResponse:
        form = AddressForm(request.POST)
        if not form.is_valid():
            return self._address(request, form)
        url = form.cleaned_data["address"].strip()
        try:
            source_begun(url)
            return self._tables(request, url, tiers=form.cleaned_data["tiers"])
        except SourceUnreadable as why:
            form.add_error("address", _("The database cannot be looked at: %(why)s.") % {"why": why})
            return self._address(request, form)

    def _declared(self, request: HttpRequest, url: str) -> HttpResponseBase:
        tiers = request.POST.getlist("tiers")
        begun = Begun.sent(request)
        try:
            source = source_begun(url)
            begun = begun or Begun.of(table_seen(url, request.POST.get("table", "")), source.dialect)
        except SourceUnreadable as why:
            messages.error(request, _("The table cannot be looked at: %(why)s.") % {"why": why})
            return HttpResponseRedirect(reverse("admin:catalogue_datasource_declare"))
        edit = Edit(request, source, begun, new_source=True, tiers=tiers, look_at=lambda: url)
        hidden = {"sealed": _sealed(request, url)}
        if not edit.wants_saving():
            return self._edited(request, edit, hidden=hidden)
        urls = dict.fromkeys(edit.tiers, url)
        saved = partial(self._saved, request, edit, TOML, urls=urls)
        return decide(request, saved, back=reverse("admin:catalogue_datasource_declare"))

    # A source that is there

    def add_resource_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Show the tables of a source's database; edit one; add it to the source."""
        row, source = self._found(request, pk)
        begun = Begun.sent(request)
        try:
            if begun is None and "table" not in request.POST:
                return self._tables(request, kept_url(row), row=row)
            begun = begun or Begun.of(table_seen(kept_url(row), request.POST["table"]), source.dialect)
        except SourceUnreadable as why:
            messages.error(request, _("The database cannot be looked at: %(why)s.") % {"why": why})
            return HttpResponseRedirect(self.page_of(row))
        edit = Edit(request, source, begun, row=row, look_at=partial(kept_url, row))
        return self._edit(request, edit, row)

    def resource_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
        """Edit one of its resources, or take it away."""
        row, source = self._found(request, pk)
        before = next((item for item in source.resources if item.name == name), None)
        if before is None:
            raise Http404
        table, trouble = _table(row, f"{before.schema}.{before.table}" if before.schema else before.table)
        begun = Begun(before, table, trouble)
        edit = Edit(request, source, begun, row=row, instead_of=name, look_at=partial(kept_url, row))
        if request.method == "POST" and "_remove" in request.POST:
            return self._edit(request, edit, row, removing=True)
        return self._edit(request, edit, row)

    def _edit(
        self, request: HttpRequest, edit: Edit, row: DataSource, *, removing: bool = False
    ) -> HttpResponseBase:
        if removing:
            edit.remove()
        elif not edit.wants_saving():
            return self._edited(request, edit, row=row)
        saved = partial(self._saved, request, edit, row.format, enabled=row.enabled)
        return decide(request, saved, back=request.path)

    def _found(self, request: HttpRequest, pk: int) -> tuple[DataSource, Source]:
        """The row and what it declares.

        Raises:
            Http404: there is none, or it cannot be read any more.
            PermissionDenied: the person may not change it.
        """
        row = self.get_object(request, str(pk))
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        try:
            return row, read_source(row.declaration, row.format)
        except DeclarationFaulty:
            raise Http404 from None

    def _saved(
        self,
        request: HttpRequest,
        edit: Edit,
        form: str,
        *,
        urls: dict[str, str] | None = None,
        enabled: bool = True,
    ) -> HttpResponse:
        row = data_source_put(
            declaration=edit.declaration(form),
            form=form,
            urls=urls or {},
            sealer=sealer(),
            home=edit.home,
            enabled=enabled,
        )
        messages.success(request, _("%(name)s is saved.") % {"name": row})
        tell_draft(request)
        if not self.has_view_permission(request, row):
            return HttpResponseRedirect(reverse("admin:index"))
        if edit.made is None or not self.has_change_permission(request, row):
            return HttpResponseRedirect(self.page_of(row))
        address = reverse("admin:catalogue_datasource_resource", args=(row.pk, edit.made.name))
        return HttpResponseRedirect(address)

    # Pages

    def _address(self, request: HttpRequest, form: AddressForm) -> HttpResponse:
        context = {"title": _("Declare a data source"), "form": form}
        return self._page(request, "console/source_address.html", context)

    def _tables(
        self, request: HttpRequest, url: str, *, tiers: list[str] | None = None, row: DataSource | None = None
    ) -> HttpResponse:
        found = tables_seen(url)
        context = {
            "title": _("Choose a table or view"),
            "tables": [(_full_name(table), table.view) for table in found[:MOST_TABLES]],
            "more": max(0, len(found) - MOST_TABLES),
            "sealed": _sealed(request, url) if row is None else "",
            "tiers": tiers or [],
            "source": row,
        }
        return self._page(request, "console/source_tables.html", context)

    def _edited(
        self,
        request: HttpRequest,
        edit: Edit,
        *,
        row: DataSource | None = None,
        hidden: dict[str, str] | None = None,
    ) -> HttpResponse:
        context = {
            "title": edit.instead_of or _("Declare %(table)s") % {"table": edit.begun.resource.table},
            "edit": edit,
            "source": row,
            "hidden": (hidden or {}) | edit.hidden(),
        }
        return self._page(request, "console/source_resource.html", context)

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        told = {"opts": self.opts, "may_view": self.has_view_permission(request)}
        shared = self.admin_site.each_context(request) | told
        return render(request, template, shared | context)


def _bound_to(request: HttpRequest) -> str:
    return f"address of a data source for {request.user.pk}"


def _sealed(request: HttpRequest, url: str) -> str:
    return sealer().seal(url.encode(), _bound_to(request)).hex()


def _full_name(table: Table) -> str:
    return f"{table.schema}.{table.name}" if table.schema else table.name


def _table(row: DataSource, name: str) -> tuple[Table | None, str]:
    """A table of a source's database; or why it cannot be looked at."""
    try:
        return table_seen(kept_url(row), name), ""
    except SourceUnreadable as why:
        return None, str(why)
