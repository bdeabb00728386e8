"""Importing descriptions: first the difference is shown, then exactly that is done.

What was shown travels in the page as one signed value: the description, the options, and a digest of the
plan. So nothing is kept between the two steps, whichever process answers them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from millgate.control.catalogue.importing import api_import_apply, api_import_plan
from millgate.control.catalogue.models import Api, Upstream
from millgate.control.console.admin.drafts import tell_draft
from millgate.control.console.decisions import ConsoleAdmin, decide
from millgate.control.console.import_forms import NEW, REPLACE, REVISION, ImportForm, Options
from millgate.describe.reading import Imported, read_description
from millgate.describe.reading.text import decoded

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase
    from django.urls import URLPattern

    from millgate.control.accounts.models import Person
    from millgate.control.catalogue.importing import ImportPlan

SHOWN_SECONDS: Final = 3600
"""How long a difference that was shown can be applied."""

CHANGES_SHOWN: Final = 1000

LARGEST_SIGNED: Final = 2_000_000
"""Characters that a form brings back; Django takes half a million more."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An import as it is shown.

    Attributes:
        imported: what was read.
        plan: what would be done.
        signed: both, to be sent back; empty when it cannot be applied.
        faults: what stands against it.
    """

    imported: Imported
    plan: ImportPlan
    signed: str
    faults: tuple[str, ...]


class ImportPages(ConsoleAdmin):
    """The two steps, for the page of APIs."""

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses, and the one of the import."""
        view = self.admin_site.admin_view(self.import_view)
        return [path("import/", view, name="catalogue_api_import"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - as Django's own
        """The list, with a way to the import for whoever may use it."""
        return super().changelist_view(request, (extra_context or {}) | {"may_import": bool(_ways(request))})

    def import_view(self, request: HttpRequest) -> HttpResponseBase:
        """Ask; show the difference; apply it."""
        ways = _ways(request)
        if not ways:
            raise PermissionDenied
        if request.method == "POST" and "shown" in request.POST:
            return self._second(request)
        if request.method == "POST":
            return self._first(request, ImportForm(request.POST, request.FILES, ways=ways))
        chosen = request.GET.get("api", "")
        initial = {"way": ways[0], "api": chosen if chosen.isdecimal() else None}
        if initial["api"] and REVISION in ways:
            initial["way"] = REVISION
        return self._page(request, form=ImportForm(initial=initial, ways=ways))

    def _first(self, request: HttpRequest, form: ImportForm) -> HttpResponse:
        if not form.is_valid():
            return self._page(request, form=form)
        text = form.description()
        imported = read_description(text)
        if imported.api is None:
            return self._page(request, form=form, problems=imported.problems)
        options = form.options()
        shown = _shown(request, imported, decoded(text), options, new=form.cleaned_data["way"] == NEW)
        mended = {} if shown.signed else {"form": form}
        return self._page(request, shown=shown, problems=imported.problems, **mended)

    def _second(self, request: HttpRequest) -> HttpResponseBase:
        """Apply what was shown, or show again what has become of it."""
        back = reverse("admin:catalogue_api_import")
        try:
            sent = signing.loads(request.POST["shown"], salt=_salt(request), max_age=SHOWN_SECONDS)
        except signing.BadSignature:
            messages.error(request, _("What was shown is too old, or not yours. Start again."))
            return HttpResponseRedirect(back)
        imported = read_description(sent["text"])
        options: Options = sent["options"]
        shown = _shown(request, imported, sent["text"], options, new=sent["new"])
        if _digest(shown.plan) != sent["plan"]:
            messages.error(request, _("The catalogue has changed since. This is the difference now."))
            return self._page(request, shown=shown, problems=imported.problems)
        if imported.errors and "partly" not in request.POST:
            messages.error(request, _("It has errors. Say that they are to be left out, or mend them."))
            return self._page(request, shown=shown, problems=imported.problems)
        if shown.faults:
            return self._page(request, shown=shown, problems=imported.problems)
        return decide(request, partial(self._apply, request, shown.plan), back=back)

    def _apply(self, request: HttpRequest, plan: ImportPlan) -> HttpResponse:
        api = api_import_apply(plan)
        self.message_user(
            request, _("%(api)s: the description was imported.") % {"api": api}, messages.SUCCESS
        )
        tell_draft(request)
        return HttpResponseRedirect(self.page_of(api))

    def _page(self, request: HttpRequest, *, shown: Shown | None = None, **more: Any) -> HttpResponse:  # noqa: ANN401 - for the template
        context = self.admin_site.each_context(request) | {
            "title": _("Import a description"),
            "opts": self.opts,
            "list_title": self.list_title,
            "may_see": self.has_view_permission(request),
            "shown": shown,
            "changes": shown.plan.changes[:CHANGES_SHOWN] if shown else (),
            "more_changes": max(0, len(shown.plan.changes) - CHANGES_SHOWN) if shown else 0,
            **more,
        }
        return render(request, "console/import.html", context)


def _ways(request: HttpRequest) -> list[str]:
    """What somebody may do with a description."""
    may_add = request.user.has_perm("catalogue.add_api")
    may_change = request.user.has_perm("catalogue.change_api")
    return [NEW] * may_add + [REPLACE, REVISION] * may_change


def _shown(request: HttpRequest, imported: Imported, text: str, options: Options, *, new: bool) -> Shown:
    plan = api_import_plan(imported, **options)
    sent = {"text": text, "options": options, "new": new, "plan": _digest(plan)}
    signed = signing.dumps(sent, salt=_salt(request), compress=True)
    faults = [*plan.faults, *_not_allowed(request.user, plan, new=new)]
    if len(signed) > LARGEST_SIGNED:
        faults.append(_("It is too large for this page. Import it by the command line."))
    return Shown(imported, plan, "" if faults else signed, tuple(faults))


def _not_allowed(user: Person | AnonymousUser, plan: ImportPlan, *, new: bool) -> list[str]:
    """What stands against a plan besides its own faults: an API that is there already, and missing rights."""
    whys = []
    there = Api.objects.filter(key=plan.api.key).exists()
    if new and there:
        told = _("There is an API of the key %(key)s. Replace it, add a revision, or give another key.")
        whys.append(told % {"key": plan.api.key})
    elif not user.has_perm("catalogue.change_api" if there else "catalogue.add_api"):
        whys.append(_("You may not change this API.") if there else _("You may not add an API."))
    if plan.upstream is not None:
        there = Upstream.objects.filter(key=plan.upstream.key).exists()
        if not user.has_perm("catalogue.change_upstream" if there else "catalogue.add_upstream"):
            whys.append(_("You may not change its upstream.") if there else _("You may not add an upstream."))
    return whys


def _salt(request: HttpRequest) -> str:
    return f"import {request.user.pk}"


def _digest(plan: ImportPlan) -> str:
    """Of all that a plan says, and of the rows that it was made from."""
    return hashlib.sha256(msgspec.json.encode(plan)).hexdigest()
