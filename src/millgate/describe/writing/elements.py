"""Elements of XML, whatever texts they hold."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from typing import Final

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no document of XML 1.0 can hold (section 2.2)."""


def element(tag: str, /, **attributes: str) -> ET.Element:
    """An element with its attributes."""
    return ET.Element(tag, {name: _clean(value) for name, value in attributes.items()})


def add(parent: ET.Element, children: Iterable[ET.Element]) -> None:
    """Put elements into another, behind those that it has."""
    for child in children:
        parent.append(child)


def add_doc(parent: ET.Element, title: str, text: str = "") -> None:
    """Put words for people into an element; nothing where there are none."""
    if title or text:
        made = element("doc", **({"title": title} if title else {}))
        made.text = _clean(text) or None
        parent.append(made)


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
