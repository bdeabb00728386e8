"""Approvals: what waits, the oldest first; one or several are approved, or rejected with a comment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from millgate.control.console.approvals import kinds_open_to, waiting_named, waiting_page
from millgate.control.console.decisions import REFUSALS, decide, reasons
from millgate.control.console.site import console

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from django.core.paginator import Page
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from millgate.control.console.approvals import Kind, Waiting

PER_PAGE: Final = 50
MOST_AT_ONCE: Final = 200
LONGEST_COMMENT: Final = 500
OLD_DAYS: Final = 3
"""From how many days on an age stands out."""
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """Something that waits, and for how long."""

    item: Waiting
    age: str
    old: bool


class _Listed:
    """What a paginator pages through: counted by kind, and read a page at a time."""

    def __init__(self, kinds: list[Kind], count: int) -> None:
        self._kinds, self._count = kinds, count

    def count(self) -> int:
        return self._count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, part: slice) -> Any:  # noqa: ANN401 - as Django's paginator has it
        return waiting_page(self._kinds, part.start, part.stop - part.start)


def approvals(request: HttpRequest) -> HttpResponseBase:
    """The list; a POST decides about what is checked."""
    kinds = kinds_open_to(request)
    if not kinds:
        raise PermissionDenied
    if request.method == "POST":
        return decide(request, partial(_decided, request), back=request.get_full_path())
    return _page(request, kinds)


def _page(request: HttpRequest, kinds: list[Kind]) -> HttpResponse:
    counts = [(kind, kind.rows().count()) for kind in kinds]
    wanted = request.GET.get("kind", "")
    chosen = [(kind, count) for kind, count in counts if wanted in ("", kind.name)] or counts
    listed = _Listed([kind for kind, _count in chosen], sum(count for _kind, count in chosen))
    # The stubs know only what can be paged through item by item.
    page: Page[Waiting] = Paginator(cast("Sequence[Waiting]", listed), PER_PAGE).get_page(
        request.GET.get("p")
    )
    context = console.each_context(request) | {
        "title": _("Approvals"),
        "kinds": counts,
        "total": sum(count for _kind, count in counts),
        "wanted": wanted if len(chosen) == 1 else "",
        "page": page,
        "items": list(_shown(page.object_list)),
    }
    return render(request, "console/approvals.html", context)


def _shown(items: Iterable[Waiting]) -> Iterator[Shown]:
    now = settings.CLOCK.utc()
    for item in items:
        waited = now - item.since
        age = timesince(item.since, now, depth=1) if waited >= _MINUTE else _("just now")
        yield Shown(item, age, waited.days >= OLD_DAYS)


def _decided(request: HttpRequest) -> HttpResponse:
    names = list(dict.fromkeys(request.POST.getlist("item")))[:MOST_AT_ONCE]
    if not names:
        messages.error(request, _("Nothing was decided: check what you want to decide about first."))
    approving = "reject" not in request.POST
    comment = request.POST.get("comment", "").strip()[:LONGEST_COMMENT]
    done = sum(_decide_one(request, name, approving=approving, comment=comment) for name in names)
    if done:
        messages.success(request, _told(done, approving=approving))
    return HttpResponseRedirect(f"{reverse('console-approvals')}?{request.GET.urlencode()}")


def _decide_one(request: HttpRequest, name: str, *, approving: bool, comment: str) -> bool:
    """Whether it was done; if not, why is told, and the others go on."""
    item = waiting_named(request, name)
    if item is None:
        messages.error(request, _("One of them does not wait any more: somebody else has decided it."))
        return False
    try:
        with transaction.atomic():
            if approving:
                item.kind.approve(request, item.row)
            else:
                item.kind.reject(request, item.row, comment)
    except REFUSALS as refused:
        for why in reasons(refused):
            messages.error(request, f"{item.who}, {item.what}: {why}")
        return False
    return True


def _told(done: int, *, approving: bool) -> str:
    if approving:
        return ngettext("%(n)s was approved.", "%(n)s were approved.", done) % {"n": done}
    return ngettext("%(n)s was rejected.", "%(n)s were rejected.", done) % {"n": done}
