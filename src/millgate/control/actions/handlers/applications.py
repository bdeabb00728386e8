"""The applications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from millgate.control.actions.models import Application
from millgate.control.actions.pipeline.calls import Outcome
from millgate.control.actions.pipeline.listing import index as listed
from millgate.control.actions.pipeline.named import named

if TYPE_CHECKING:
    from millgate.control.actions.pipeline.calls import ActionCall


def index(call: ActionCall) -> Outcome:
    """`applications/index`."""
    return listed(call, Application.objects.all(), lambda row: _shown(row, call.view))


def read(call: ActionCall) -> Outcome:
    """`applications/read`."""
    return Outcome(data=_shown(named(call, Application.objects.all(), "slug", "application"), call.view))


def _shown(application: Application, view: str) -> dict[str, Any]:
    shown = {"id": application.pk, "slug": application.slug, "name": application.name}
    if view == "minimal":
        return shown
    return shown | {"active": application.active, "roles": application.roles}
