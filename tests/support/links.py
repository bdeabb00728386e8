"""Following every link of the portal, in this process, as a reader or a program would."""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

ORIGIN: Final = "http://testserver"
MOST: Final = 1_500
"""Addresses that a walk visits; one that would visit more has lost its way."""

_LEADS: Final = {"a": "href", "link": "href", "script": "src", "img": "src", "use": "href"}
_MARKDOWN: Final = re.compile(r"\]\(([^()\s]+)\)")
_ATOM: Final = re.compile(r'<link[^>]* href="([^"]+)"')
_BACK: Final = "next"
"""The parameter that says where to go on after signing in: the same page whatever it says."""


class _Reading(HTMLParser):
    """Where a page leads, and the places in it that can be led to."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if place := given.get("id"):
            self.places.add(place)
        link = given.get(_LEADS.get(tag, ""))
        if tag == "form" and (given.get("method") or "get").lower() == "get":
            link = given.get("action")
        if link is not None:
            self.links.append(link)


@dataclass
class Walk:
    """What was found on the way.

    Attributes:
        statuses: of each address, without its fragment.
        faults: what a reader would stumble over, each with the page that leads there.
    """

    statuses: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    _places: dict[str, set[str]] = field(default_factory=dict)
    _aimed: list[tuple[str, str, str]] = field(default_factory=list)


def walk(client: Client, *starts: str, enters: Callable[[str], bool] = lambda _: True) -> Walk:
    """Ask for the addresses, for all that they lead to, and so on, as long as it is on this site.

    Args:
        client: who walks.
        starts: where.
        enters: whether an address that was found is asked for; all are.
    """
    walked, waiting = Walk(), deque((start, "") for start in starts)
    while waiting:
        address, source = waiting.popleft()
        if address in walked.statuses or (source and not enters(address)):
            continue
        assert len(walked.statuses) < MOST, f"{address}, from {source}, is one too many"
        # Of files the head will do: it leaves none of them open.
        answer = client.head(address) if address.startswith("/static/") else client.get(address)
        walked.statuses[address] = answer.status_code
        if answer.status_code >= 400:
            walked.faults.append(f"{source} leads to {address}, which answers {answer.status_code}")
            continue
        for link in _links(walked, address, answer):
            target, fragment = _resolved(address, link)
            if target:
                waiting.append((target, address))
                if fragment:
                    walked._aimed.append((address, target, fragment))
    walked.faults += _missed(walked)
    return walked


def _links(walked: Walk, address: str, answer: Response) -> Iterable[str]:
    """Where an answer leads, by what it is."""
    if answer.status_code >= 300:
        return [answer["Location"]]
    kind = answer.get("Content-Type", "").partition(";")[0]
    if kind == "text/html":
        reading = _Reading()
        reading.feed(answer.content.decode())
        walked._places[address] = reading.places
        return reading.links
    if kind in {"text/markdown", "text/plain"}:
        return _MARKDOWN.findall(_without_code(answer.content.decode()))
    if kind == "application/atom+xml":
        return _ATOM.findall(answer.content.decode())
    if address.endswith("/search/index.json"):
        return [found for entry in json.loads(answer.content)["entries"] for found in _found(entry)]
    return []


def _found(entry: tuple[str, str, str, str, str, list[list[str]]]) -> Iterable[str]:
    """Where an entry of the search index leads."""
    _, _, _, address, _, parts = entry
    yield address
    yield from (f"{address}#{place}" for _, place in parts)


def _without_code(text: str) -> str:
    return re.sub(r"^(`{3,}).*?^\1$|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)


def _resolved(address: str, link: str) -> tuple[str, str]:
    """The address of a link and its fragment; empty where it leads elsewhere."""
    parts = urlsplit(urljoin(ORIGIN + address, link))
    if f"{parts.scheme}://{parts.netloc}" != ORIGIN:
        return "", ""
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query, True) if name != _BACK])
    return parts.path + (f"?{query}" if query else ""), unquote(parts.fragment)


def _missed(walked: Walk) -> Iterable[str]:
    """Fragments that name no place in the page that they lead to."""
    for source, target, fragment in dict.fromkeys(walked._aimed):
        places = walked._places.get(target)
        if places is not None and fragment not in places:
            yield f"{source} leads to {target}#{fragment}, where there is no such place"
