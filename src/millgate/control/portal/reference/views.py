"""The pages of the reference, and their copies in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from millgate.control.portal import selectors
from millgate.control.portal.reference import markdown, samples, search, shown
from millgate.control.portal.reference.causes import CHECKS
from millgate.control.portal.reference.errors import ErrorPage, error_page, stage_of, stages
from millgate.control.portal.reference.schemas import schema_tree

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from millgate.control.portal.reference.schemas import SchemaRow
    from millgate.describe.model import Api
    from millgate.describe.samples import Credentials

MOST_FOUND: Final = 30
"""Hits on one page."""

MOST_BESIDE: Final = 150
"""Operations up to which an operation's page lists all of the API's beside it; else those of its resource."""


@require_safe
def apis(request: HttpRequest) -> HttpResponse:
    """All APIs, or those that words, an adapter or a kind choose."""
    query = request.GET.get("q", "")[: search.LONGEST_QUERY]
    chosen = {"adapter": request.GET.get("adapter", ""), "kind": request.GET.get("kind", "")}
    found = selectors.apis_matching(query, **chosen)
    context = {
        "apis": found,
        "any": bool(selectors.apis_shown()),
        "adapters": selectors.adapters_shown(),
        "query": query,
        "filtered": bool(query or any(chosen.values())),
        **chosen,
    }
    return render(request, "portal/apis.html", context)


@gzip_page
@require_safe
def api(request: HttpRequest, key: str) -> HttpResponse:
    """One API: what it is, where it answers, and its operations by resource."""
    found = _api(request, key)
    query = request.GET.get("q", "")[: search.LONGEST_QUERY]
    context = {
        "api": found,
        "bases": shown.bases_of(found),
        "versions": shown.versions_of(found),
        "changes": shown.changes_of(found),
        "limits": shown.limits_on(found),
        "groups": [(group, _links(found, group.operations)) for group in shown.groups_matching(found, query)],
        "query": query,
        "deprecated": shown.deprecated(found),
        "site": shown.reference_site(),
        "schemas": sorted(found.definitions),
        "markdown": _copy(request),
    }
    return render(request, "portal/reference/api.html", context)


@require_safe
def operation(request: HttpRequest, key: str, operation_key: str) -> HttpResponse:
    """One operation, with a sample in the language chosen last."""
    page = _operation(request, key, operation_key)
    all_beside = len(page.api.operations) <= MOST_BESIDE
    beside = page.groups if all_beside else (page.group,)
    context = {
        "page": page,
        "api": page.api,
        "operation": page.operation,
        "beside": [(group, _links(page.api, group.operations)) for group in beside],
        "elsewhere": 0 if all_beside else len(page.api.operations) - len(page.group.operations),
        "before": _links(page.api, [page.before])[0] if page.before else None,
        "behind": _links(page.api, [page.behind])[0] if page.behind else None,
        "sample": samples.sample_shown(page.api, page.operation, samples.language_of(request), _own(request)),
        "api_address": shown.api_address(page.api),
        "markdown": _copy(request),
    }
    answer = render(request, "portal/reference/operation.html", context)
    samples.remember(request, answer)
    patch_vary_headers(answer, ["Cookie"])
    return answer


@require_safe
def schema(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """One schema of an API's definitions."""
    found, tree = _schema(request, key, name)
    context = {
        "api": found,
        "name": name,
        "tree": tree,
        "api_address": shown.api_address(found),
        "markdown": _copy(request),
    }
    return render(request, "portal/reference/schema.html", context)


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """The error catalogue, and the order of checks."""
    query = request.GET.get("q", "")[: search.LONGEST_QUERY]
    found = stages(settings.MILLGATE.public_origin, query)
    context = {"stages": found, "query": query, "checks": CHECKS, "markdown": _copy(request)}
    return render(request, "portal/reference/errors.html", context)


@require_safe
def error(request: HttpRequest, code: str) -> HttpResponseBase:
    """One error: body, headers, cause, fix, and where its check stands."""
    if code != code.upper():
        return redirect("portal:error", code.upper(), permanent=True)
    context = {
        "page": _error(code),
        "stage": stage_of(code),
        "checks": CHECKS,
        "markdown": _copy(request),
    }
    return render(request, "portal/reference/error.html", context)


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """What holds the words of a query; the palette does the same without a page."""
    query = request.GET.get("q", "")[: search.LONGEST_QUERY]
    pages = Paginator(search.find(query), MOST_FOUND)
    context = {"query": query, "hits": pages.get_page(request.GET.get("page"))}
    return render(request, "portal/reference/search.html", context)


@gzip_page
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """All that can be found, for the palette."""
    body, tag = search.index_file()
    answer = HttpResponse(body, content_type="application/json")
    answer["ETag"] = tag
    # What is published must be found at once, so whoever keeps a copy asks whether it is fresh.
    answer["Cache-Control"] = "public, no-cache"
    return get_conditional_response(request, etag=tag, response=answer) or answer


# Copies in Markdown


@require_safe
def apis_copy(request: HttpRequest) -> HttpResponse:
    """All APIs."""
    del request
    return _text(markdown.apis_text())


@gzip_page
@require_safe
def api_copy(request: HttpRequest, key: str) -> HttpResponse:
    """One API."""
    return _text(markdown.api_text(_api(request, key)))


@require_safe
def operation_copy(request: HttpRequest, key: str, operation_key: str) -> HttpResponse:
    """One operation."""
    return _text(markdown.operation_text(_operation(request, key, operation_key)))


@require_safe
def schema_copy(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """One schema."""
    return _text(markdown.schema_text(name, _schema(request, key, name)[1]))


@require_safe
def errors_copy(request: HttpRequest) -> HttpResponse:
    """The error catalogue."""
    del request
    return _text(markdown.errors_text())


@require_safe
def error_copy(request: HttpRequest, code: str) -> HttpResponse:
    """One error."""
    del request
    return _text(markdown.error_text(_error(code)))


@require_safe
def adapters_copy(request: HttpRequest) -> HttpResponse:
    """All adapters."""
    del request
    return _text(markdown.adapters_text())


@require_safe
def adapter_copy(request: HttpRequest, key: str) -> HttpResponse:
    """One adapter."""
    del request
    page = selectors.adapter_shown(key)
    if page is None:
        raise Http404
    return _text(markdown.adapter_text(page))


@require_safe
def llms(request: HttpRequest) -> HttpResponse:
    """What there is to read, for programs that read text."""
    del request
    return HttpResponse(markdown.llms_text(), content_type="text/plain; charset=utf-8")


def _text(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="text/markdown; charset=utf-8")


def _copy(request: HttpRequest) -> str:
    """The address of the page's copy in Markdown."""
    revision = request.GET.get("revision", "")
    return f"{request.path}{markdown.FILE}" + (f"?revision={revision}" if revision.isdecimal() else "")


def _own(request: HttpRequest) -> Credentials:
    return selectors.own_credentials(request.user if request.user.is_authenticated else None)


def _links(found: Api, operations: Any) -> list[tuple[Any, str]]:  # noqa: ANN401 - operations, of any sequence
    return [(item, shown.operation_address(found, item)) for item in operations]


def _api(request: HttpRequest, key: str) -> Api:
    found = shown.api_page(key, request.GET.get("revision"))
    if found is None:
        raise Http404
    return found


def _operation(request: HttpRequest, key: str, operation_key: str) -> shown.OperationShown:
    found = _api(request, key)
    wanted = shown.operation_of(found, operation_key)
    if wanted is None:
        raise Http404
    return shown.operation_shown(found, wanted)


def _schema(request: HttpRequest, key: str, name: str) -> tuple[Api, SchemaRow | None]:
    found = _api(request, key)
    if name not in found.definitions:
        raise Http404
    return found, schema_tree(found.definitions[name], found.definitions, name)


def _error(code: str) -> ErrorPage:
    page = error_page(code, settings.MILLGATE.public_origin)
    if page is None:
        raise Http404
    return page
