"""Rows become answers: the page of a list, one row, or an export as a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import time
from http import HTTPStatus
from typing import Final

from millgate.plant.accept import preferred
from millgate.plant.etag import etag_of, names
from millgate.plant.formats import FORMATS, Column, content_disposition, ndjson
from millgate.plant.hal import HAL_JSON, HEADERS, JSON, NOT_CACHED, envelope, links_of
from millgate.plant.kinds import TIME_OF_DAY
from millgate.plant.plan import Plan
from millgate.plant.reading import Found
from millgate.plant.resource import Resource
from millgate.wire.messages import Request, Response

LIST_FORMATS: Final = (JSON, HAL_JSON, *FORMATS)
"""Media types of a list, the default first."""
ONE_FORMATS: Final = (JSON, HAL_JSON)
"""Media types of one row, the default first."""


def format_of(request: Request, offered: Sequence[str]) -> str:
    """The media type that the request asks for."""
    return preferred(request.header("accept"), offered)


def page_answer(plan: Plan, found: Found, base: str, media_type: str) -> Response:
    """A page in the list envelope."""
    links = links_of(plan, found.total, base, found.behind)
    body = envelope(links, found.text, found.total, len(found.rows))
    return Response(HTTPStatus.OK, HEADERS[media_type], body)


def one_answer(request: Request, plan: Plan, found: Found, base: str) -> Response:
    """One row in the list envelope, with its entity tag; 304 for a caller who has it already."""
    tag = etag_of(found.text)
    known = request.header("if-none-match")
    if known is not None and names(known, tag, weakly=True):
        return Response(HTTPStatus.NOT_MODIFIED, (("etag", tag), *NOT_CACHED))
    answered = page_answer(plan, found, base, format_of(request, ONE_FORMATS))
    return Response(answered.status, (*answered.headers, ("etag", tag)), answered.body)


def export_answer(resource: Resource, pages: AsyncIterator[Found], media_type: str) -> Response:
    """Pages in a format for files, as a stream."""
    form = FORMATS[media_type]
    columns = [Column(field.name, field.kind.name) for field in resource.fields]
    headers = (
        ("content-type", form.content_type),
        ("content-disposition", content_disposition(resource.name, form.extension)),
        *NOT_CACHED,
    )
    if media_type == ndjson.MEDIA_TYPE:
        return Response(HTTPStatus.OK, headers, ndjson.stream_lines(_texts(pages)))
    return Response(HTTPStatus.OK, headers, form.stream(columns, _batches(resource, pages)))


async def _texts(pages: AsyncIterator[Found]) -> AsyncIterator[bytes]:
    async for found in pages:
        yield found.text


async def _batches(
    resource: Resource, pages: AsyncIterator[Found]
) -> AsyncIterator[list[tuple[object, ...]]]:
    members = [field.name for field in resource.fields]
    times = [place for place, field in enumerate(resource.fields) if field.kind is TIME_OF_DAY]
    async for found in pages:
        yield [_values(row, members, times) for row in found.rows]


def _values(row: object, members: list[str], times: list[int]) -> tuple[object, ...]:
    values = [getattr(row, name) for name in members]
    for place in times:
        values[place] = values[place] and time.fromisoformat(values[place])
    return tuple(values)
