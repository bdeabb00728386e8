"""Making a mail of a kind and its values: subject, text and HTML.

Values come from people. No value can add a line to a header, an element to the HTML or a link to anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from millgate.control.mail.kinds import KINDS, LINK, Kind, MailKind

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_VALUE: Final = 200
LONGEST_SUBJECT: Final = 200
MOST_LINES: Final = 40
_LINK: Final = re.compile(r"[!#-;=?-Z\[\]_a-z~]+")
"""What an address may hold: printable ASCII that closes no attribute and begins no element."""
_ADDRESS_IN_NAME: Final = re.compile(r"[/:@\\]|www|\w\.\w{2}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a mail says."""

    subject: str
    text: str
    html: str


class ValuesWrong(ValueError):  # noqa: N818 - what is the case, as it is told
    """The values are not those that the kind declares, or its link leads away from the origin."""


def mail_render(kind: Kind, values: Mapping[str, object], *, name: str = "", language: str = "") -> Rendered:
    """A mail of a kind, in a language of the installation (its own unless given).

    Args:
        kind: which.
        values: one for each that the kind declares; `link` begins with the public origin.
        name: of the person, for the greeting.
        language: as in `de`; one that the installation does not have falls back to its own.

    Raises:
        ValuesWrong: a value is missing or not declared, or the link leads elsewhere.
    """
    declared = KINDS[kind]
    if set(values) != set(declared.values):
        raise ValuesWrong(f"{kind} wants {sorted(declared.values)}, not {sorted(values)}")
    with translation.override(language_of(language)):
        return _render(declared, values, one_line(name))


def example_render(kind: Kind, *, language: str = "") -> Rendered:
    """A mail of a kind with the examples of its values."""
    return mail_render(kind, example_values(kind), name="Dee Developer", language=language)


def example_values(kind: Kind) -> dict[str, str]:
    """The examples of a kind's values; the link is whole."""
    return {
        name: link_to(value.example) if name == LINK else value.example
        for name, value in KINDS[kind].values.items()
    }


def link_to(path: str) -> str:
    """The whole address of a page of this installation, whatever host somebody asked."""
    return f"{settings.MILLGATE.public_origin}{path}"


def language_of(language: str) -> str:
    """The language if the installation has it, or else its own."""
    own: str = settings.LANGUAGE_CODE
    return language if language in dict(settings.LANGUAGES) else own


def one_line(value: object, most: int = LONGEST_VALUE) -> str:
    """A value as one line of visible characters, cut where it is too long.

    Controls, line ends of every script, and marks that turn the direction of text become spaces.
    """
    visible = (" " if unicodedata.category(char)[0] in "CZ" else char for char in str(value)[: most * 10])
    line = " ".join("".join(visible).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _render(declared: MailKind, values: Mapping[str, object], name: str) -> Rendered:
    lines = {key: one_line(value) for key, value in values.items() if key not in {LINK, declared.quote}}
    subject = one_line(str(declared.subject) % lines, LONGEST_SUBJECT)
    context = {
        "subject": subject,
        "name": "" if _ADDRESS_IN_NAME.search(name) else name,
        "paragraphs": [str(paragraph) % lines for paragraph in declared.paragraphs],
        "quote": _quoted(values[declared.quote]) if declared.quote else [],
        "button": declared.button,
        "link": _own_link(str(values[LINK])),
        "origin": settings.MILLGATE.public_origin,
        "language": translation.get_language(),
    }
    text = render_to_string("mail/mail.txt", context)
    return Rendered(subject, _tidied(text), render_to_string("mail/mail.html", context))


def _own_link(link: str) -> str:
    if not link.startswith(link_to("/")) or not _LINK.fullmatch(link):
        raise ValuesWrong("a link leads to a page of this installation")
    return link


def _quoted(value: object) -> list[str]:
    lines = [one_line(line, 1000) for line in str(value).splitlines()[:MOST_LINES]]
    return lines if any(lines) else []


def _tidied(text: str) -> str:
    """Without lines that hold only spaces, and without more than one empty line in a row."""
    bare = "\n".join("-- " if line == "-- " else line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", bare).strip() + "\n"
