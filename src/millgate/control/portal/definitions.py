"""API definitions as files: what is published, for programs and tools."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from millgate.control.publish.selectors import snapshot_current
from millgate.describe.writing import json_text, openapi_31, swagger_20, wadl, yaml_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from millgate.describe.model import Api

_LONGEST_REVISION: Final = 9
_REMEMBERED: Final = 64
"""How many files a process keeps; the largest of the plant's has a quarter of a megabyte."""

FORMS: Final[dict[str, tuple[str, Callable[..., bytes]]]] = {
    "openapi.json": ("application/json", lambda api, **site: json_text(openapi_31(api, **site))),
    "openapi.yaml": ("application/yaml", lambda api, **site: yaml_text(openapi_31(api, **site))),
    "swagger.json": ("application/json", lambda api, **site: json_text(swagger_20(api, **site))),
    "wadl.xml": ("application/vnd.sun.wadl+xml", wadl),
}
"""By the last segment of the address: the media type, and what writes the file."""


@gzip_page
@require_safe
def definition(request: HttpRequest, key: str, form: str) -> HttpResponseBase:
    """An API in one of `FORMS`: its current revision, or the one that `revision` names, if it is online."""
    api = revision_published(key, request.GET.get("revision"))
    if api is None:
        raise Http404
    body, tag = _written(snapshot_current().version, api.key, api.revision, form)
    answer = HttpResponse(body, content_type=FORMS[form][0])
    answer["ETag"] = tag
    # What a press of Publish changes must show at once, so whoever keeps a copy asks whether it is fresh.
    answer["Cache-Control"] = "public, no-cache"
    answer["Content-Disposition"] = f'inline; filename="{api.key}.{form}"'
    return get_conditional_response(request, etag=tag, response=answer) or answer


def revision_published(key: str, revision: str | None) -> Api | None:
    """A revision that answers calls; the current one where none is named."""
    if revision is not None and (not revision.isdecimal() or len(revision) > _LONGEST_REVISION):
        return None
    found = (api for api in snapshot_current().document.catalogue.apis if api.key == key and api.online)
    if revision is None:
        return next((api for api in found if api.current), None)
    return next((api for api in found if api.revision == int(revision)), None)


@lru_cache(maxsize=_REMEMBERED)
def _written(version: str, key: str, revision: int, form: str) -> tuple[bytes, str]:
    """The file and its entity tag; made once for each version of the catalogue."""
    del version
    api = revision_published(key, str(revision))
    assert api is not None  # noqa: S101 - the caller has just found it
    body = FORMS[form][1](api, **site())
    return body, f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


def site() -> dict[str, Any]:
    """Where this installation's APIs are called, as whoever writes descriptions wants it."""
    ours = settings.MILLGATE
    return {
        "origin": ours.public_origin,
        "token_url": f"{ours.public_origin}/oauth2/v1/token",
        "resource": ours.resource,
    }
