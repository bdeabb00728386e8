"""Examples: a value that may be sent or come back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from millgate.describe.reading.nodes import Node, followed


def example_of(node: Node) -> Any:  # noqa: ANN401 - a JSON value
    """The example of a parameter, a header or a media type, or the first of several; None without one."""
    if node.value.get("example") is not None:
        return node.value["example"]
    return next((value for value in _named(node) if value is not None), None)


def _named(node: Node) -> Iterator[Any]:
    if not isinstance(node.value.get("examples"), dict):
        return
    for item in node.tables("examples"):
        example = followed(item)
        if example is not None and "value" in example.value:
            yield example.value["value"]
        elif example is not None and example.has("externalValue"):
            example.remark("it stands outside this document, and is left out")


def as_text(value: Any) -> str:  # noqa: ANN401 - a JSON value
    """A value as it is sent in an address or a header; empty for null."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
