"""The sample call of an operation: its examples put where they belong, whatever its description holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote, urlencode

from millgate.describe.examples import example_of
from millgate.describe.model import Api, Operation, Parameter, Payload, Place, VersionScheme
from millgate.describe.names import TOKEN
from millgate.describe.samples.model import Credentials, SampleCall, SampleHeader, Secret, TokenStep
from millgate.describe.writing.parameters import body_example, body_parameters, body_schema, schema_of
from millgate.describe.writing.site import Site, base_of, tiers_of, version_beside, version_parameter

BOUNDARY: Final = "millgate-sample-boundary"
LONGEST_BODY: Final = 4_000
"""Characters of a body beyond which a sample shows no more than the reader would scroll through."""

_BODILESS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_SET_BY_OTHERS: Final = frozenset(
    {"authorization", "connection", "content-length", "content-type", "cookie", "expect", "host"}
    | {"transfer-encoding", "upgrade"}
)
"""Headers that the sample sets itself, or that an HTTP library does not let it set."""

_JSON: Final = re.compile(r"application/(?:[\w.+-]+\+)?json", re.IGNORECASE)
_FORM: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = "multipart/form-data"


def call_of(
    api: Api,
    operation: Operation,
    site: Site,
    *,
    tier: str = "",
    credentials: Credentials | None = None,
) -> SampleCall:
    """A call with what the operation requires, filled with its examples.

    Args:
        api: of which the operation is part.
        operation: what is called.
        site: where it is called.
        tier: on which; the test tier unless the API has none.
        credentials: what to say in place of the reader's own.
    """
    body, content_type = body_shown(api, operation)
    return SampleCall(
        operation.method,
        _url(api, operation, site, tier or (tiers_of(api) or ["test"])[0]),
        tuple(_once(_headers(api, operation, content_type))),
        body,
        TokenStep(_encoded(site.token_url), site.resource) if api.bearer_required else None,
        credentials or Credentials(),
    )


def value_shown(parameter: Parameter) -> str:
    """A value for a parameter: its example, one of its values, or what its schema allows."""
    if parameter.example:
        return parameter.example
    if parameter.values:
        return parameter.values[0]
    value = example_of(_single(parameter), {}, sent=True)
    if value is None or value == "text" or isinstance(value, (dict, list)):
        return parameter.name.upper()
    return value if isinstance(value, str) else json.dumps(value)


def body_shown(api: Api, operation: Operation) -> tuple[str, str]:
    """The text of an example body and its Content-Type; both empty when nothing is sent."""
    if operation.method in _BODILESS:
        return "", ""
    members = body_parameters(operation.parameters)
    if operation.body is None or not operation.body.payloads:
        if not members:
            return "", ""
        example = body_example(members) or example_of(body_schema(members), api.definitions, sent=True)
        return _json(example), "application/json"
    payload = min(operation.body.payloads, key=_preference)
    text, media_type = _written(payload.media_type, example_sent(api, operation, payload))
    return text, media_type if text else ""


def example_sent(api: Api, operation: Operation, payload: Payload) -> Any:  # noqa: ANN401 - any JSON value
    """What a body holds in one media type: its example, those of its members, or what its schema allows."""
    if payload.example is not None:
        return payload.example
    members = body_example(body_parameters(operation.parameters))
    if members and _JSON.fullmatch(payload.media_type):
        return members
    return example_of(payload.schema, api.definitions, sent=True)


def _single(parameter: Parameter) -> dict[str, Any]:
    schema = schema_of(parameter)
    return schema["items"] if parameter.repeatable else schema


def _preference(payload: Payload) -> tuple[bool, bool, bool]:
    """JSON before forms before the rest."""
    media = payload.media_type.lower()
    return _JSON.fullmatch(media) is None, media != _FORM, media != _MULTIPART


def _written(media_type: str, example: Any) -> tuple[str, str]:  # noqa: ANN401 - any JSON value
    media = _printable(media_type)
    if _JSON.fullmatch(media):
        return _json(example), media
    if media.lower() == _FORM and isinstance(example, dict):
        return urlencode({name: _plain(value) for name, value in example.items()}, errors="replace"), media
    if media.lower() == _MULTIPART and isinstance(example, dict):
        return _multipart(example), f"{media}; boundary={BOUNDARY}"
    return _text(_plain(example)), media


def _json(example: Any) -> str:  # noqa: ANN401 - any JSON value
    """Indented JSON in which what cannot be seen is escaped."""
    text = json.dumps(example, ensure_ascii=False, indent=2)
    if len(text) > LONGEST_BODY:
        text = json.dumps(example, ensure_ascii=False)
    return "".join(char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text)


def _multipart(example: dict[str, Any]) -> str:
    """As RFC 7578 writes it, with names percent-encoded."""
    parts = []
    for name, value in example.items():
        told = f'Content-Disposition: form-data; name="{quote(name, safe="", errors="replace")}"'
        parts.append(f"--{BOUNDARY}\r\n{told}\r\n\r\n{_text(_plain(value))}\r\n")
    return f"{''.join(parts)}--{BOUNDARY}--\r\n"


def _plain(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _text(text: str) -> str:
    """A text that can travel as UTF-8, in lines, without control characters."""
    sendable = text.encode("utf-8", "replace").decode()
    lines = sendable.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char in "\t\n" or ord(char) >= ord(" "))[:LONGEST_BODY]


def _url(api: Api, operation: Operation, site: Site, tier: str) -> str:
    path = operation.template
    query = _version(api, operation, VersionScheme.QUERY)
    for item in operation.parameters:
        if item.place is Place.PATH:
            path = path.replace(f"{{{item.name}}}", quote(value_shown(item), safe="", errors="replace"))
        elif item.place is Place.QUERY and item.required:
            query.append((item.name, value_shown(item)))
    address = _encoded(base_of(api, site, tier) + path)
    return f"{address}?{urlencode(query, errors='replace')}" if query else address


def _encoded(address: str) -> str:
    """Percent-encoded where it is not yet."""
    return quote(address, safe="%/:;=@[]~", errors="replace")


def _headers(api: Api, operation: Operation, content_type: str) -> Iterable[SampleHeader]:
    if api.subscription_required:
        yield SampleHeader(api.key_header, "", Secret.KEY)
    if api.bearer_required:
        yield SampleHeader("Authorization", "Bearer ", Secret.TOKEN)
    for name, value in _version(api, operation, VersionScheme.HEADER):
        yield SampleHeader(name, _printable(value))
    if content_type:
        yield SampleHeader("Content-Type", content_type)
    cookies = []
    for item in operation.parameters:
        if item.place is Place.HEADER and item.required and item.name.lower() not in _SET_BY_OTHERS:
            yield SampleHeader(item.name, _printable(value_shown(item)))
        elif item.place is Place.COOKIE and item.required:
            cookies.append(f"{_cookie(item.name)}={_cookie(value_shown(item))}")
    if cookies:
        yield SampleHeader("Cookie", "; ".join(cookies))


def _cookie(text: str) -> str:
    return quote(text, safe="", errors="replace")


def _version(api: Api, operation: Operation, scheme: VersionScheme) -> list[tuple[str, str]]:
    version = version_beside(version_parameter(api), operation.parameters)
    return [(version.name, api.version)] if version and api.version_scheme is scheme else []


def _once(headers: Iterable[SampleHeader]) -> Iterable[SampleHeader]:
    """The first of each name that can be sent at all."""
    seen: set[str] = set()
    for header in headers:
        if header.name.lower() not in seen and TOKEN.fullmatch(header.name):
            seen.add(header.name.lower())
            yield header


def _printable(text: str) -> str:
    """A value for a header: what is not printable ASCII is percent-encoded."""
    return "".join(char if " " <= char <= "~" else quote(char, errors="replace") for char in text).strip()
