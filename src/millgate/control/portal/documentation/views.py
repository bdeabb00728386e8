"""The pages of the action API's documentation; the same as JSON for who asks for that, and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from millgate.control.actions.describing.api import api_direct
from millgate.control.actions.registry.table import parameters_of
from millgate.control.actions.selectors import (
    collection_items,
    collections_counted,
    may_see_all,
    route_shown,
    routes_standing,
    services_shown,
)
from millgate.control.portal import selectors
from millgate.control.portal.definitions import FORMS, site
from millgate.control.portal.documentation import markdown, structured
from millgate.control.portal.documentation.shown import (
    action_shown,
    managed,
    managed_base,
    neighbours,
)
from millgate.control.portal.reference import samples

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from millgate.control.actions.cancelation_models import ListItem
    from millgate.control.actions.selectors import ServiceShown
    from millgate.control.portal.documentation.shown import ActionShown

DEFINITIONS: Final = tuple(FORMS)
"""The last segments of the addresses of definitions."""


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """All services and routes."""
    if _wants_json(request):
        return overview_json(request)
    context = {
        "services": _services(request),
        "managed_base": managed_base(),
        "collections": collections_counted(),
        "markdown": f"{request.path}index.md",
    }
    return _answer(render(request, "portal/documentation/overview.html", context))


@require_safe
def action(request: HttpRequest, collection: str, action: str) -> HttpResponse:
    """One route, with a sample in the language chosen last."""
    if _wants_json(request):
        return action_json(request, collection, action)
    page = _page(request, collection, action)
    services = _services(request)
    listed = [standing.route for item in services for standing in item.routes]
    before, behind = neighbours(listed, page.route)
    own = selectors.own_credentials(request.user if request.user.is_authenticated else None)
    context = {
        "page": page,
        "api": page.api,
        "services": services,
        "before": before,
        "behind": behind,
        "managed": managed(page.route),
        "sample": samples.sample_shown(page.api, page.operation, samples.language_of(request), own),
        "markdown": f"{request.path}.md",
    }
    answer = render(request, "portal/documentation/action.html", context)
    samples.remember(request, answer)
    return _answer(answer)


@require_safe
def lists(request: HttpRequest) -> HttpResponse:
    """The collections of list items."""
    if _wants_json(request):
        return lists_json(request)
    context = {"collections": collections_counted(), "markdown": f"{request.path}.md"}
    return _answer(render(request, "portal/documentation/lists.html", context))


@require_safe
def list_items(request: HttpRequest, key: str) -> HttpResponse:
    """One collection, with the items that can be chosen."""
    if _wants_json(request):
        return list_json(request, key)
    context = {"key": key, "items": _items(key), "markdown": f"{request.path}.md"}
    return _answer(render(request, "portal/documentation/list.html", context))


@gzip_page
@require_safe
def definition(request: HttpRequest, form: str) -> HttpResponseBase:
    """The routes that answer, as a definition; the same for everybody."""
    del request
    routes = [item.route for item in routes_standing().values() if item.answers]
    media_type, write = FORMS[form]
    answer = HttpResponse(write(api_direct(routes), **site()), content_type=media_type)
    answer["Cache-Control"] = "public, no-cache"
    answer["Content-Disposition"] = f'inline; filename="actions.{form}"'
    return answer


# As JSON


@require_safe
def overview_json(request: HttpRequest) -> HttpResponse:
    """All services and routes."""
    return _json(structured.overview_told(_services(request)))


@require_safe
def action_json(request: HttpRequest, collection: str, action: str) -> HttpResponse:
    """One route."""
    page = _page(request, collection, action)
    return _json(structured.action_told(page, parameters_of(page.route)))


@require_safe
def lists_json(request: HttpRequest) -> HttpResponse:
    """The collections of list items."""
    del request
    return _json(structured.lists_told(collections_counted()))


@require_safe
def list_json(request: HttpRequest, key: str) -> HttpResponse:
    """One collection."""
    del request
    return _json(structured.list_told(key, _items(key)))


# Copies in Markdown


@require_safe
def overview_copy(request: HttpRequest) -> HttpResponse:
    """All services and routes."""
    return _text(markdown.overview_text(_services(request)))


@require_safe
def action_copy(request: HttpRequest, collection: str, action: str) -> HttpResponse:
    """One route."""
    return _text(markdown.action_text(_page(request, collection, action)))


@require_safe
def lists_copy(request: HttpRequest) -> HttpResponse:
    """The collections of list items."""
    del request
    return _text(markdown.lists_text(collections_counted()))


@require_safe
def list_copy(request: HttpRequest, key: str) -> HttpResponse:
    """One collection."""
    del request
    return _text(markdown.list_text(key, _items(key)))


def _services(request: HttpRequest) -> Sequence[ServiceShown]:
    return services_shown(everything=may_see_all(request.user))


def _page(request: HttpRequest, collection: str, action: str) -> ActionShown:
    found = route_shown(f"{collection}/{action}", everything=may_see_all(request.user))
    if found is None:
        raise Http404
    return action_shown(found)


def _items(key: str) -> Iterable[ListItem]:
    found = collection_items(key)
    if not found:
        raise Http404
    return found


def _wants_json(request: HttpRequest) -> bool:
    """Whether JSON is asked for rather than a page; who takes anything gets the page."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def _json(told: dict[str, Any]) -> HttpResponse:
    return _answer(JsonResponse(told, json_dumps_params={"ensure_ascii": False, "indent": 2}))


def _text(text: str) -> HttpResponse:
    return _answer(HttpResponse(text, content_type="text/markdown; charset=utf-8"))


def _answer(answer: HttpResponse) -> HttpResponse:
    """The page as its reader may see it, and as they asked for it."""
    patch_vary_headers(answer, ["Accept", "Cookie"])
    return answer
