"""What an operation answers: its own answers and the gateway's, by status."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from millgate.control.portal.reference.code import marked
from millgate.control.portal.reference.parameters import ParameterRow, parameter_row
from millgate.control.portal.reference.schemas import MOST_ROWS, SchemaRow, schema_tree
from millgate.describe.examples import example_of
from millgate.describe.writing.managed import ManagedAnswer, managed_answers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.safestring import SafeString

    from millgate.control.portal.reference.grouping import Anchors
    from millgate.describe.model import Answer, Api, Operation, Payload

_LONGEST_EXAMPLE: Final = 20_000
FEW_ROWS: Final = 60
"""Rows of the schema of an answer that is no success: a page has many, and they are seldom read."""


@dataclass(frozen=True, slots=True)
class Example:
    """A body that may come.

    Attributes:
        title: the media types that it is sent as, or what it says.
        text: as it is sent; empty when only its form is known.
        html: the text with its syntax marked.
        code: of the error that it is; empty when it is none of the catalogue.
        schema: of the body; None when nothing is said or another example has it.
    """

    title: str
    text: str
    html: SafeString
    code: str = ""
    schema: SchemaRow | None = None


@dataclass(frozen=True, slots=True)
class AnswerShown:
    """All that comes under one status.

    Attributes:
        status: `200`, `4XX` or `default`.
        phrase: what HTTP calls it.
        tone: `good`, `warn` or `bad`.
        descriptions: Markdown, the operation's own first.
        headers: that it may carry.
        examples: bodies.
        anchor: where it stands in the page.
    """

    status: str
    phrase: str
    tone: str
    descriptions: tuple[str, ...]
    headers: tuple[ParameterRow, ...]
    examples: tuple[Example, ...]
    anchor: str

    @property
    def codes(self) -> tuple[str, ...]:
        """The errors of the catalogue among its examples."""
        return tuple(example.code for example in self.examples if example.code)


def answers_shown(api: Api, operation: Operation, anchors: Anchors) -> tuple[AnswerShown, ...]:
    """By rising status; `default` last."""
    own: dict[str, Answer] = {}
    for answer in operation.answers:
        own.setdefault(answer.status, answer)
    managed = {item.status: item for item in managed_answers(api)}
    statuses = sorted({*own, *managed})
    return tuple(_shown(api, status, own.get(status), managed.get(status), anchors) for status in statuses)


def body_examples(api: Api, payloads: Iterable[Payload], most: int = MOST_ROWS) -> tuple[Example, ...]:
    """What a body holds in each media type; those that hold the same stand together.

    Args:
        api: whose definitions schemas refer to.
        payloads: the media types.
        most: rows of the first schema; the others have `FEW_ROWS`.
    """
    found: dict[str, tuple[list[str], Payload]] = {}
    for payload in payloads:
        same = json.dumps([payload.schema, payload.example], sort_keys=True, default=str)
        found.setdefault(same, ([], payload))[0].append(payload.media_type)
    return tuple(
        _example(api, ", ".join(media), payload, FEW_ROWS if number else most)
        for number, (media, payload) in enumerate(found.values())
    )


def _shown(
    api: Api, status: str, own: Answer | None, managed: ManagedAnswer | None, anchors: Anchors
) -> AnswerShown:
    most = MOST_ROWS if status == "200" else FEW_ROWS
    examples = list(body_examples(api, own.payloads, most)) if own else []
    descriptions = [own.description] if own and own.description else []
    headers = list(own.headers) if own else []
    if managed:
        examples += _managed_examples(managed)
        descriptions.append(managed.description)
        headers += [item for item in managed.headers if item.name not in {one.name for one in headers}]
    within = type(anchors)()
    return AnswerShown(
        status,
        _phrase(status),
        {"1": "good", "2": "good", "3": "good", "4": "warn", "5": "bad"}.get(status[:1], ""),
        tuple(descriptions),
        tuple(parameter_row(item, within) for item in headers),
        tuple(examples),
        anchors.take("answer", status),
    )


def _managed_examples(managed: ManagedAnswer) -> Iterable[Example]:
    schema = schema_tree(managed.schema, {})
    for name, value in managed.examples.items():
        text, last = spaced(value), name == next(reversed(managed.examples))
        code = managed.problems[name].code
        yield Example(_("From the gateway"), text, marked(text, "json"), code, schema if last else None)


def spaced(value: dict[str, Any]) -> str:
    """A body in the byte form of the managed layer."""
    members = ", ".join(f"{json.dumps(name)}: {json.dumps(item)}" for name, item in value.items())
    return f"{{ {members} }}"


def _example(api: Api, title: str, payload: Payload, most: int) -> Example:
    value = payload.example
    is_json = "json" in payload.media_type.lower() and "ndjson" not in payload.media_type.lower()
    if value is None and is_json and payload.schema is not None:
        value = example_of(payload.schema, api.definitions)
    text = value if isinstance(value, str) and not is_json else ""
    if value is not None and not text:
        text = json.dumps(value, ensure_ascii=False, indent=2)
    text = text[:_LONGEST_EXAMPLE]
    html = marked(text, "json" if is_json else "text")
    return Example(title, text, html, schema=schema_tree(payload.schema, api.definitions, most=most))


def _phrase(status: str) -> str:
    try:
        return HTTPStatus(int(status)).phrase
    except ValueError:
        kinds = {"1": _("Information"), "2": _("Success"), "3": _("Redirection")}
        return {**kinds, "4": _("Refusal"), "5": _("Failure")}.get(status[:1], _("Any other answer"))
