"""The error catalogue as pages: what comes over the wire, why, and what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from millgate.control.portal.reference.causes import CAUSES, check_of
from millgate.core.errors import CATALOGUE, MANAGED_FAILURE, Problem, Refusal, Shape
from millgate.core.on_demand import ERRORS_PATH
from millgate.core.values import instant_spaced
from millgate.wire.head import LARGEST_HEAD
from millgate.wire.refusals import answer, failure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.control.portal.reference.causes import Check

_ID: Final = "5f3f8a52-6f0c-4d2e-9b0a-1f6d2c7e8a90"
_CORRELATION: Final = "0d6c3e0b-52a3-4a31-8f0e-77b1c4a9e2d5"
_MOMENT: Final = 1_769_860_800.0
_VALUES: Final[dict[str, object]] = {
    "reason": "it is not UTF-8",
    "limit": 10_485_760,
    "seconds": 46,
    "span": "02:28:27",
    "controller": "Parts",
    "column": "Part_No",
    "resource": "Workcenters",
    "faults": "limit 'many' is not a whole number.",
    "media_type": "text/plain",
    "parameter": "client_id",
    "grant_type": "password",
    "code": "MG999",
    "client_id": "8a3b1c5e-0f47-4a6b-9c0d-1e2f3a4b5c6d",
    "client_ids": "8a3b1c5e-0f47-4a6b-9c0d-1e2f3a4b5c6d, 1b2c3d4e-5f60-4718-8a9b-0c1d2e3f4a5b",
    "tenant": "c0ffee00-1234-4a5b-8c9d-0e1f2a3b4c5d",
    "method": "GET",
    "given": "https://app.example/other",
    "asked": "https://app.example/back",
    "allowed": "http://api.plex.com/",
    "redirect_uri": "https://app.example/other",
    "email": "person@example.com",
    "response_type": "token",
    "response_mode": "cookie",
}
"""What the names in the texts stand for in the examples."""

_OWN_VALUES: Final[Mapping[str, dict[str, object]]] = {
    "MG101": {"reason": "it holds an empty segment"},
    "MG106": {"limit": LARGEST_HEAD},
    "MG108": {"reason": "it is not HTTP/1.1"},
    "MG603": {"reason": "it is empty"},
    "MG605": {"faults": "leadTimeDays must be at least 0."},
    "MG606": {"faults": "partNo is taken already."},
    "MG718": {"reason": "Aud is not this token endpoint"},
    "MG747": {"parameter": "state", "reason": "it holds a control character"},
}
"""The same, where one error says something else than the others."""

_INSTANCE: Final = "/ProductionTracking/WorkcenterList/Workcenters"
_CHALLENGES: Final = {
    "MG203": "Bearer",
    "MG204": 'Bearer error="invalid_token"',
    "MG205": 'Bearer error="invalid_token"',
}
_WAITS: Final = {"MG401": "46", "MG402": "8907", "MG403": "8907"}
_WITHOUT_INSTANCE: Final = ("MG5", "MG303")


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """One error.

    Attributes:
        problem: its entry of the catalogue.
        phrase: what HTTP calls the status.
        text: its message with example values.
        headers: that it comes with, by name.
        body: byte for byte, with example values.
        cause: why it comes.
        check: where it stands in the order of checks; None for the token service.
    """

    problem: Problem
    phrase: str
    text: str
    headers: tuple[tuple[str, str], ...]
    body: str
    cause: str
    check: Check | None

    @property
    def code(self) -> str:
        """`MGnnn`."""
        return self.problem.code

    @property
    def response(self) -> str:
        """The head and the body as HTTP writes them."""
        lines = [f"HTTP/1.1 {self.problem.status} {self.phrase}"]
        return "\n".join([*lines, *(f"{name}: {value}" for name, value in self.headers), "", self.body])


@dataclass(frozen=True, slots=True)
class Stage:
    """Errors of one stage, by code."""

    name: str
    errors: tuple[ErrorPage, ...]


def error_page(code: str, origin: str) -> ErrorPage | None:
    """The page of an error.

    Args:
        code: as the catalogue has it; anybody may have typed it.
        origin: of the installation, for the headers that name it.
    """
    problem = CATALOGUE.get(code)
    return _page(problem, origin) if problem else None


def stages(origin: str, query: str = "") -> tuple[Stage, ...]:
    """The errors that hold all words of a query, by stage; stages without one are left out."""
    words = query.lower().split()
    pages = [page for problem in CATALOGUE.values() if _holds(page := _page(problem, origin), words)]
    found = ((name, [page for page in pages if page.code[2] == digit]) for digit, name in _stage_names())
    return tuple(Stage(name, tuple(_sorted(items))) for name, items in found if items)


def stage_of(code: str) -> str:
    """What the first digit of a code stands for."""
    return dict(_stage_names())[code[2]]


def _stage_names() -> tuple[tuple[str, str], ...]:
    return (
        ("1", _("The request itself")),
        ("2", _("Credentials")),
        ("3", _("Permission")),
        ("4", _("Limits")),
        ("5", _("Upstream")),
        ("6", _("Data")),
        ("7", _("The token service")),
        ("9", _("Ours")),
    )


def _sorted(pages: Iterable[ErrorPage]) -> list[ErrorPage]:
    return sorted(pages, key=lambda page: page.code)


def _holds(page: ErrorPage, words: list[str]) -> bool:
    head = f"{page.code} {page.problem.status} {page.phrase}"
    told = f"{head} {page.text} {page.cause} {page.problem.remedy}".lower()
    return all(word in told for word in words)


def _page(problem: Problem, origin: str) -> ErrorPage:
    values = _VALUES | {"address": f"{origin}{ERRORS_PATH}"} | _OWN_VALUES.get(problem.code, {})
    refusal = Refusal(problem, values)
    cause = CAUSES.get(problem.code)
    return ErrorPage(
        problem,
        HTTPStatus(problem.status).phrase,
        refusal.message,
        tuple(_headers(problem, origin)),
        _body(problem, refusal),
        str(cause) if cause else refusal.message,
        check_of(problem.code),
    )


def _headers(problem: Problem, origin: str) -> Iterable[tuple[str, str]]:
    plain = problem.shape in {Shape.MANAGED, Shape.BEARER}
    yield "Content-Type", "application/json" if plain else "application/json; charset=utf-8"
    if problem.code in {"MG201", "MG202"}:
        name = 'name="Ocp-Apim-Subscription-Key",type="header"'
        yield "WWW-Authenticate", f'AzureApiManagementKey realm="{origin}/Workcenter/v1",{name}'
    if problem.code in _CHALLENGES:
        yield "WWW-Authenticate", _CHALLENGES[problem.code]
    if problem.code in _WAITS:
        yield "Retry-After", _WAITS[problem.code]
    if problem.code == "MG103":
        yield "X-Millgate-Hint", "/test/Workcenter/v1/Workcenters"
    if problem.shape is Shape.OAUTH:
        yield from (("Cache-Control", "no-store, no-cache"), ("Pragma", "no-cache"), ("Expires", "-1"))
        yield "x-ms-request-id", _ID


def _body(problem: Problem, refusal: Refusal) -> str:
    if problem.shape is Shape.OAUTH:
        return json.dumps(_oauth(problem, refusal))
    if problem is MANAGED_FAILURE or (problem.shape is Shape.MANAGED and problem.code.startswith("MG5")):
        written = failure(problem, _ID)
    else:
        instance = None if problem.code.startswith(_WITHOUT_INSTANCE) else _INSTANCE
        written = answer(refusal, instance=instance)
    assert isinstance(written.body, bytes)  # noqa: S101 - a refusal is not streamed
    return written.body.decode()


def _oauth(problem: Problem, refusal: Refusal) -> Mapping[str, object]:
    """As the token service writes it (RFC 6749 section 5.2)."""
    at = instant_spaced(_MOMENT)
    ids = f"Trace ID: {_ID}\r\nCorrelation ID: {_CORRELATION}\r\nTimestamp: {at}"
    return {
        "error": problem.title,
        "error_description": f"{refusal.message}\r\n{ids}",
        "error_codes": list(problem.numbers),
        "timestamp": at,
        "trace_id": _ID,
        "correlation_id": _CORRELATION,
    }
