"""The documentation as Markdown, for programs that read text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from millgate.control.portal.action_addresses import action_address
from millgate.control.portal.reference.markdown import fenced, joined, link, one_line, parameter_lines
from millgate.control.portal.reference.shown import reference_site
from millgate.describe.samples import LANGUAGES, call_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.control.actions.cancelation_models import ListItem
    from millgate.control.actions.selectors import ServiceShown
    from millgate.control.portal.documentation.shown import ActionShown, StatusShown


def overview_text(services: Iterable[ServiceShown]) -> str:
    """All services with their routes."""
    lines = [f"# {_('Actions')}", ""]
    for item in services:
        lines += ["", f"## {item.service.name}", "", item.service.description, ""]
        for standing in item.routes:
            route = standing.route
            address = f"{settings.MILLGATE.public_origin}{action_address(route)}.md"
            lines.append(link(route.title, address, f"`{route.verb} {route.address}` {route.purpose}"))
    return joined(lines)


def action_text(page: ActionShown) -> str:
    """One route, in the order of its page."""
    route = page.route
    lines = [f"# {route.title}", "", f"## {_('Route')}", "", f"`{route.verb} {page.address}`", ""]
    lines += [f"{_('Also taken')}: {', '.join(page.aliases)}", ""] if page.aliases else []
    lines += ["", f"## {_('Purpose')}", "", route.purpose, "", page.callers]
    sensitive = f" *{_('sensitive params')}*" if page.sensitive else ""
    lines += ["", f"## {_('Parameters')}{sensitive}", "", *parameter_lines(page.parameters)]
    for body in page.bodies:
        lines += ["", f"## {_('Request Body Example')}: {body.media_type}", ""]
        lines += fenced(body.text, "json" if body.text.startswith("{") else "")
    lines += ["", f"## {_('Responses')}", "", *map(_status, page.responses)]
    lines += ["", f"## {_('Uncommon Responses')}", "", *map(_status, page.uncommon)]
    sample = LANGUAGES[0].text(call_of(page.api, page.operation, reference_site()))
    lines += ["", f"## {_('Sample')}", "", *fenced(sample, "sh")]
    return joined(lines)


def lists_text(keys: Iterable[tuple[str, int]]) -> str:
    """The collections."""
    lines = [f"# {_('List items')}", ""]
    for key, count in keys:
        address = settings.MILLGATE.public_origin + reverse("documentation:list-copy", args=(key,))
        lines.append(link(key, address, str(count)))
    return joined(lines)


def list_text(key: str, items: Iterable[ListItem]) -> str:
    """One collection."""
    lines = [f"# {key}", ""]
    for item in items:
        marks = f" ({_('default')})" if item.default else ""
        lines.append(
            f"- {item.pk}: `{item.slug}`{marks}: {one_line(item.name)} {one_line(item.description)}".rstrip()
        )
    return joined(lines)


def _status(status: StatusShown) -> str:
    return f"- `{status.slug}` ({status.code}): {one_line(status.description)}"
