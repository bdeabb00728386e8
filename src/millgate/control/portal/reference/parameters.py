"""Parameters as rows of an operation's page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from millgate.control.portal.reference.schemas import facts_of, type_words
from millgate.describe.model import Parameter, Place
from millgate.describe.samples import body_shown, value_shown
from millgate.describe.writing.parameters import body_parameters, schema_of
from millgate.describe.writing.site import key_text, token_text, version_beside, version_parameter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.control.portal.reference.grouping import Anchors
    from millgate.describe.model import Api, Operation
    from millgate.describe.writing.site import Site

_PLACES: Final = (Place.PATH, Place.QUERY, Place.HEADER, Place.COOKIE)


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """One parameter.

    Attributes:
        name: as sent.
        place: where it travels.
        type: in words.
        required: whether a call without it is refused.
        repeatable: whether it may be sent several times.
        deprecated: whether new programs should do without it.
        description: Markdown.
        facts: what a value must be besides.
        values: the possible ones, when they are few.
        example: a value that works on the sample company; may be empty.
        shown: a value to begin with; never empty for one that is required.
        anchor: where it stands in the page.
        credential: `key`, `token` or empty.
        position: where its documentation puts it; 0 where that says nothing.
        sensitive: whether it may only travel in a body that is encoded.
    """

    name: str
    place: str
    type: str
    required: bool
    repeatable: bool
    deprecated: bool
    description: str
    facts: tuple[str, ...]
    values: tuple[str, ...]
    example: str
    shown: str
    anchor: str
    credential: str = ""
    position: int = 0
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class ParameterTable:
    """The parameters of one place."""

    title: str
    place: str
    rows: tuple[ParameterRow, ...]


def parameter_tables(
    api: Api, operation: Operation, site: Site, anchors: Anchors
) -> tuple[ParameterTable, ...]:
    """What a call sends besides its body; empty places are left out."""
    titles = {
        Place.PATH: _("Path parameters"),
        Place.QUERY: _("Query parameters"),
        Place.HEADER: _("Request headers"),
        Place.COOKIE: _("Cookies"),
    }
    version = version_beside(version_parameter(api), operation.parameters)
    given = [*operation.parameters, *([version] if version else [])]
    tables = []
    for place in _PLACES:
        rows = list(_headers(api, operation, site, anchors)) if place is Place.HEADER else []
        known = {row.name.lower() for row in rows}
        wanted = [item for item in given if item.place is place and item.name.lower() not in known]
        rows += [parameter_row(item, anchors) for item in wanted]
        if rows:
            tables.append(ParameterTable(titles[place], place.value, tuple(rows)))
    return tuple(tables)


def member_rows(operation: Operation, anchors: Anchors) -> tuple[ParameterRow, ...]:
    """The members of a body that is described by parameters."""
    return tuple(parameter_row(item, anchors) for item in body_parameters(operation.parameters))


def parameter_row(item: Parameter, anchors: Anchors) -> ParameterRow:
    """One parameter as it is shown."""
    schema = schema_of(item)
    single: dict[str, Any] = schema.get("items", {}) if item.repeatable else schema
    values = item.values or tuple(_plain(value) for value in _enum(single))
    required = item.required or item.place is Place.PATH
    return ParameterRow(
        name=item.name,
        place=item.place.value,
        type=type_words(single) if item.schema else item.type,
        required=required,
        repeatable=item.repeatable,
        deprecated=item.deprecated,
        description=item.description,
        facts=facts_of({key: value for key, value in single.items() if key != "enum"}),
        values=values,
        example=item.example,
        shown=value_shown(item) if required else item.example,
        anchor=anchors.take(item.place.value, item.name),
    )


def _enum(schema: dict[str, Any]) -> list[Any]:
    values = schema.get("enum")
    return values if isinstance(values, list) else []


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _headers(api: Api, operation: Operation, site: Site, anchors: Anchors) -> Iterable[ParameterRow]:
    """What every call sends, whatever the operation describes."""
    yield from _credentials(api, site, anchors)
    media_type = body_shown(api, operation)[1]
    if media_type:
        payloads = operation.body.payloads if operation.body else ()
        values = tuple(dict.fromkeys(payload.media_type for payload in payloads))
        told = Parameter(
            "Content-Type",
            Place.HEADER,
            description=_("The media type of the body."),
            required=True,
            values=values if len(values) > 1 else (),
            example=media_type,
        )
        yield parameter_row(told, anchors)


def _credentials(api: Api, site: Site, anchors: Anchors) -> Iterable[ParameterRow]:
    if api.subscription_required:
        yield _credential(api.key_header, key_text(api), "key", anchors)
    if api.bearer_required:
        yield _credential(
            "Authorization", "`Bearer`, a space, and " + _lowered(token_text(site)), "token", anchors
        )


def _credential(name: str, doc: str, credential: str, anchors: Anchors) -> ParameterRow:
    row = parameter_row(Parameter(name, Place.HEADER, description=doc, required=True), anchors)
    return ParameterRow(
        **{field: getattr(row, field) for field in row.__slots__ if field not in {"shown", "credential"}},
        shown="",
        credential=credential,
    )


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
