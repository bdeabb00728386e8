"""Publishing: what differs, what stands against it, and what was in force before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from millgate.control.console.decisions import reasons
from millgate.control.console.forms import PublicationForm
from millgate.control.console.site import console
from millgate.control.publish import selectors, services
from millgate.control.publish.models import Version
from millgate.snapshot.build import SnapshotFaulty

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

HISTORY = 50


def publishing(request: HttpRequest) -> HttpResponse:
    """The page; a POST publishes the catalogue."""
    form = PublicationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        _may_publish(request)
        try:
            by, note = request.user.get_username(), form.cleaned_data["note"]
            version = services.publication_make(by=by, note=note)
        except SnapshotFaulty:
            messages.error(request, _("Nothing was published. Mend these faults, then publish again."))
        else:
            messages.success(request, _("Version %(number)s is in force.") % {"number": version.number})
            return redirect("console-publishing")
    return _page(request, form)


@require_POST
def version_restore(request: HttpRequest, number: int) -> HttpResponse:
    """Put the catalogue of an old version in force again."""
    _may_publish(request)
    try:
        version = services.version_restore(number=number, by=request.user.get_username())
    except (SnapshotFaulty, ValidationError) as refused:
        for why in reasons(refused):
            messages.error(request, why)
    else:
        texts = {"old": number, "new": version.number}
        messages.success(
            request, _("The catalogue of version %(old)s is in force again, as version %(new)s.") % texts
        )
    return redirect("console-publishing")


def _may_publish(request: HttpRequest) -> None:
    if not request.user.has_perm("publish.add_version"):
        raise PermissionDenied


def _page(request: HttpRequest, form: PublicationForm) -> HttpResponse:
    history = Version.objects.defer("document")
    context = console.each_context(request) | {
        "title": _("Publishing"),
        "form": form,
        "draft": selectors.draft(),
        "newest": history.first(),
        "publications": history.exclude(kind=Version.Kind.DIRECTORY)[:HISTORY],
        "decisions": history.filter(kind=Version.Kind.DIRECTORY)[:HISTORY],
    }
    return render(request, "console/publishing.html", context)
