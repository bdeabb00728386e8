"""Publishing: what differs, what stands against it, who serves it, and what was in force before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from millgate.control.console.decisions import reasons
from millgate.control.console.faults import faults_told, may_see
from millgate.control.console.forms import PublicationForm
from millgate.control.console.rights import PUBLISH, PUBLISHING, has_any
from millgate.control.console.site import console
from millgate.control.console.workers import workers_standing
from millgate.control.publish import selectors, services
from millgate.control.publish.models import Version
from millgate.control.publish.services import ChangedMeanwhile
from millgate.control.publish.words import Told, told
from millgate.snapshot.build import SnapshotFaulty
from millgate.snapshot.document import Catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.http import HttpRequest, HttpResponse

    from millgate.control.publish.selectors import Change, Draft

HISTORY: Final = 25
"""How many versions a page of the history has."""
DECISIONS: Final = 50
SEEN: Final = "seen"
"""The field in which a page sends back the marks of the changes that it showed."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A change as a page shows it.

    Attributes:
        told: in words, as far as the reader may see such things.
        moved: whether it is another one than the reader saw before.
    """

    told: Told
    moved: bool


def publishing(request: HttpRequest) -> HttpResponse:
    """The page; a POST publishes the catalogue, if it is what the page showed."""
    _may_look(request)
    form = PublicationForm(request.POST if request.method == "POST" else None)
    moved: tuple[str, ...] = ()
    if request.method == "POST" and form.is_valid():
        _may_publish(request)
        by, note = request.user.get_username(), form.cleaned_data["note"]
        try:
            version = services.publication_make(by=by, note=note, seen=_seen(request))
        except SnapshotFaulty:
            messages.error(request, _("Nothing was published. Mend these faults, then publish again."))
        except ChangedMeanwhile as other:
            moved = other.what
            messages.error(request, _meanwhile(moved))
        else:
            messages.success(request, _("Version %(number)s is in force.") % {"number": version.number})
            return redirect("console-publishing")
    return _page(request, form, moved)


def version(request: HttpRequest, number: int) -> HttpResponse:
    """What a version changed, and what rolling back to it would change."""
    _may_look(request)
    row = Version.objects.filter(number=number).first()
    if row is None:
        raise Http404
    newest = Version.objects.defer("document").order_by("-number").first()
    draft = _draft_of(row)
    context = console.each_context(request) | {
        "title": _("Version %(number)s") % {"number": number},
        "version": row,
        "newest": newest,
        "changed": _shown(request, _changes_of(row)),
        "changed_readable": _catalogue(row) is not None,
        "draft": draft,
        "changes": _shown(request, draft.changes) if draft else [],
        "faults": faults_told(request, draft.faults) if draft else [],
        "seen": _sent(draft.changes) if draft else "",
        "may_publish": request.user.has_perm(PUBLISH),
    }
    return render(request, "console/version.html", context)


@require_POST
def version_restore(request: HttpRequest, number: int) -> HttpResponse:
    """Put the catalogue of an old version in force again, if that changes what the page showed."""
    _may_publish(request)
    try:
        made = services.version_restore(number=number, by=request.user.get_username(), seen=_seen(request))
    except ChangedMeanwhile as other:
        messages.error(request, _meanwhile(other.what))
        return redirect("console-version", number)
    except (SnapshotFaulty, ValidationError) as refused:
        for why in reasons(refused):
            messages.error(request, why)
    else:
        texts = {"old": number, "new": made.number}
        messages.success(
            request, _("The catalogue of version %(old)s is in force again, as version %(new)s.") % texts
        )
    return redirect("console-publishing")


def _may_look(request: HttpRequest) -> None:
    if not has_any(request.user, PUBLISHING):
        raise PermissionDenied


def _may_publish(request: HttpRequest) -> None:
    if not request.user.has_perm(PUBLISH):
        raise PermissionDenied


def _page(request: HttpRequest, form: PublicationForm, moved: tuple[str, ...]) -> HttpResponse:
    history = Version.objects.defer("document")
    publications = Paginator(history.exclude(kind=Version.Kind.DIRECTORY), HISTORY)
    draft: Draft = selectors.draft()
    newest = history.first()
    context = console.each_context(request) | {
        "title": _("Publishing"),
        "form": form,
        "draft": draft,
        "changes": _shown(request, draft.changes, moved),
        "faults": faults_told(request, draft.faults),
        "seen": _sent(draft.changes),
        "may_publish": request.user.has_perm(PUBLISH),
        "newest": newest,
        "workers": workers_standing(newest.number if newest else 0),
        "publications": publications.get_page(request.GET.get("p")),
        "decisions": history.filter(kind=Version.Kind.DIRECTORY)[:DECISIONS],
    }
    return render(request, "console/publishing.html", context)


# Changes


def _shown(request: HttpRequest, changes: Iterable[Change], moved: tuple[str, ...] = ()) -> list[Shown]:
    return [
        Shown(
            told(change) if may_see(request, change.kind) else Told(change),
            f"{change.kind} {change.key}" in moved,
        )
        for change in changes
    ]


def _sent(changes: Iterable[Change]) -> str:
    return msgspec.json.encode(selectors.marks_of(changes)).decode()


def _seen(request: HttpRequest) -> Mapping[str, str]:
    """What the page had shown. Who sends nothing has seen nothing."""
    try:
        return msgspec.json.decode(request.POST.get(SEEN, "{}"), type=dict[str, str])
    except msgspec.MsgspecError:
        return {}


def _meanwhile(what: tuple[str, ...]) -> str:
    texts = {"what": ", ".join(what)}
    return (
        _("This is not what you have been shown; different by now: %(what)s. Look again, then repeat it.")
        % texts
    )


def _catalogue(row: Version) -> Catalogue | None:
    """The catalogue of a version; None of a release that wrote it otherwise."""
    try:
        return selectors.catalogue_in(row.document)
    except msgspec.MsgspecError:
        return None


def _changes_of(row: Version) -> tuple[Change, ...]:
    """What a version changed."""
    before = selectors.publication_before(row)
    new, old = _catalogue(row), _catalogue(before) if before else Catalogue()
    return () if new is None or old is None else selectors.changes_between(old, new)


def _draft_of(row: Version) -> Draft | None:
    wanted = _catalogue(row)
    return None if wanted is None else selectors.draft_of(wanted, selectors.catalogue_published())
