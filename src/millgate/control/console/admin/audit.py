"""The audit log, to be looked at, searched and taken along. Nobody changes it here."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from millgate.control.audit.exporting import FORMS, lines
from millgate.control.audit.models import Entry
from millgate.control.audit.selectors import (
    ACTIONS,
    KINDS,
    SEARCHED,
    Place,
    Wanted,
    entries_streamed,
    entry_page,
)
from millgate.control.console.decisions import ReadOnlyAdmin
from millgate.control.console.site import console

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.urls import URLPattern

_LONGEST: Final = 300


def _choices(words: tuple[str, ...]) -> list[tuple[str, Any]]:
    return [("", _("All")), *((word, word[:1].upper() + word[1:]) for word in words)]


def _day(label: Any) -> forms.DateField:  # noqa: ANN401 - a lazy text
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


class EntriesForm(forms.Form):
    """Which entries the page is about."""

    q = forms.CharField(label=_("Search"), required=False, max_length=_LONGEST)
    who = forms.CharField(label=_("Who (e-mail or user ID)"), required=False, max_length=_LONGEST)
    action = forms.ChoiceField(label=_("Action"), required=False, choices=_choices(ACTIONS))
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=_choices(KINDS))
    key = forms.CharField(label=_("Key"), required=False, max_length=_LONGEST)
    address = forms.CharField(label=_("Address"), required=False, max_length=_LONGEST)
    since = _day(_("From (UTC)"))
    until = _day(_("Until"))

    def wanted(self) -> Wanted:
        """What was asked for; what makes no sense is left out, and told beside its field."""
        self.is_valid()
        return Wanted(**{name: value for name, value in self.cleaned_data.items() if value})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a value, and whether the other side is without it."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Member:
    """A member with its lines before and after."""

    name: str
    what: Any
    before: list[Line]
    after: list[Line]


@admin.register(Entry, site=console)
class EntryAdmin(ReadOnlyAdmin):
    """The audit log, newest first."""

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses, and those of the files."""
        export = self.admin_site.admin_view(self.export_view)
        return [path("entries.<slug:form>", export, name="audit_entry_export"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - as Django's own
        """A page of entries."""
        self._require(request)
        if request.method == "POST":
            return HttpResponseNotAllowed(["GET"])
        form = EntriesForm(request.GET)
        page = entry_page(form.wanted(), Place.read(request.GET.get("behind", "")))
        query = request.GET.copy()
        query.pop("behind", None)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Audit log"),
            "opts": self.opts,
            "form": form,
            "page": page,
            "query": query.urlencode(),
            "narrowed": any(query.values()),
            "behind": "behind" in request.GET,
            "searched": SEARCHED,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "console/audit.html", context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - as Django's own
        """The page of one entry, with what was before beside what came after."""
        del form_url
        self._require(request)
        if request.method == "POST":
            return HttpResponseNotAllowed(["GET"])
        if not (object_id or "").isdecimal() or len(object_id or "") > 18:  # noqa: PLR2004 - what the column holds
            raise Http404
        entry = get_object_or_404(Entry, pk=object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{entry.kind.capitalize()} {entry.name or entry.key}: {entry.action}",
            "opts": self.opts,
            "entry": entry,
            "members": side_by_side(entry.before, entry.after),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "console/audit_entry.html", context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:  # noqa: ANN401 - as Django's own
        """An entry has no history."""
        del request, object_id, extra_context
        raise Http404

    def export_view(self, request: HttpRequest, form: str) -> HttpResponseBase:
        """All entries that are like those listed, as a file that is made as it is read."""
        self._require(request)
        if form not in FORMS:
            raise Http404
        found = entries_streamed(EntriesForm(request.GET).wanted())
        headers = {"Content-Disposition": f'attachment; filename="audit-log.{form}"'}
        return StreamingHttpResponse(lines(found, form), content_type=FORMS[form], headers=headers)

    def _require(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied


def side_by_side(before: dict[str, Any], after: dict[str, Any]) -> list[Member]:
    """The members of two sides, with the lines that only one side has marked."""
    return [_member(name, before, after) for name in dict.fromkeys((*before, *after))]


def _member(name: str, before: dict[str, Any], after: dict[str, Any]) -> Member:
    sides = [_lines(side[name]) if name in side else [] for side in (before, after)]
    same: tuple[set[int], set[int]] = (set(), set())
    for block in difflib.SequenceMatcher(None, sides[0], sides[1], autojunk=False).get_matching_blocks():
        same[0].update(range(block.a, block.a + block.size))
        same[1].update(range(block.b, block.b + block.size))
    marked = [
        [Line(text, place not in kept) for place, text in enumerate(side)]
        for side, kept in zip(sides, same, strict=True)
    ]
    what = _("changed") if name in before and name in after else _("added") if name in after else _("removed")
    return Member(name, what, *marked)


def _lines(value: object) -> list[str]:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
    return text.split("\n")
