"""Paths of a description as templates: each segment is fixed, or one parameter and nothing else."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from millgate.describe.names import PARAMETER, SEGMENT
from millgate.describe.reading.naming import parameter_name
from millgate.describe.reading.nodes import Node
from millgate.describe.reading.problems import shown

LONGEST: Final = 200
"""Characters of a path."""

_BRACED: Final = re.compile(r"\{([^{}/]+)\}")


class Template(msgspec.Struct, frozen=True):
    """A path of a description.

    Attributes:
        text: the template.
        target: the path of the upstream, with the names of the template's parameters.
        names: by the name in the description, the name in the template.
    """

    text: str
    target: str
    names: dict[str, str]


def template_of(node: Node) -> Template | None:
    """The template of a path, which is the name of the node; None where it cannot be one, which is told."""
    path = node.name
    if not path.startswith("/") or path.strip("/") == "":
        node.error("the path of an operation is a slash and at least one segment")
        return None
    if len(path) > LONGEST:
        node.error(f"its path is longer than {LONGEST} characters")
        return None
    plain = path.removesuffix("/")
    names: dict[str, str] = {}
    segments = [_segment(segment, names, node) for segment in plain[1:].split("/")]
    if any(segment is None for segment in segments):
        return None
    text = "".join(f"/{segment}" for segment in segments)
    if plain != path:
        node.remark(
            f"the address is {shown(text)}, without the slash at the end; the upstream is called with it"
        )
    return Template(text, text + path[len(plain) :], names)


def _segment(segment: str, names: dict[str, str], node: Node) -> str | None:
    braced = _BRACED.fullmatch(segment)
    if braced is None:
        if SEGMENT.fullmatch(segment) and segment not in {".", ".."}:
            return segment
        node.error(f"the segment {shown(segment)} is neither fixed nor one parameter and nothing else")
        return None
    if braced[1] in names:
        node.error(f"it names the parameter {shown(braced[1])} twice")
        return None
    name = braced[1] if PARAMETER.fullmatch(segment) else parameter_name(braced[1], set(names.values()))
    if name in names.values():
        name = parameter_name(name, set(names.values()))
    if name != braced[1]:
        node.remark(f"the parameter {shown(braced[1])} is called {name!r}")
    names[braced[1]] = name
    return f"{{{name}}}"


def template_said(text: str, template: Template) -> Template | None:
    """The template that an export gives besides the path; None when the two do not fit together."""
    names = PARAMETER.findall(text)
    segments = text.split("/")[1:]
    sound = text.startswith("/") and all(
        PARAMETER.fullmatch(part) or SEGMENT.fullmatch(part) for part in segments
    )
    if not sound or len(set(names)) < len(names) or shape(text) != shape(template.text):
        return None
    return Template(text, text, dict(zip(template.names, names, strict=True)))


def shape(template: str) -> str:
    """A template without the names of its parameters: two of one shape are one address."""
    return PARAMETER.sub("{}", template)
