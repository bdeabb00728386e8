"""Workcenter Lookup as its pane uses it: a session, rows of the managed API, and sheets."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from support.served import Served

WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PRESS: Final = {"key": 1001, "code": "STP-01", "name": "Progressive Press 1"}
"""A workcenter of the sample company that worked last week."""


@dataclass
class Lookup:
    """A session of Demo Mode with a server."""

    client: httpx.Client
    told: dict[str, Any]

    @classmethod
    @contextmanager
    def of(cls, server: Served) -> Iterator[Lookup]:
        """Begin one."""
        headers = {"X-Millgate-Lookup": "1", "Accept-Language": "en"}
        with httpx.Client(base_url=server.origin, headers=headers, timeout=60, verify=server.trust) as client:
            told = client.post("/lookup/session", json={"mode": "demo"}).raise_for_status().json()
            client.headers["Authorization"] = f"Bearer {told['token']}"
            client.headers["Ocp-Apim-Subscription-Key"] = told["subscription_key"]
            yield cls(client, told)

    def reports(self) -> list[dict[str, Any]]:
        """All that are declared."""
        declared: list[dict[str, Any]] = self.client.get("/lookup/reports.json").json()["reports"]
        return declared

    def window(self, name: str) -> dict[str, Any]:
        """A time frame as it is now."""
        offered = self.client.get("/lookup/windows").raise_for_status().json()["windows"]
        return next(dict(window) for window in offered if window["id"] == name)

    def rows(self, report: Mapping[str, Any], window: Mapping[str, Any]) -> tuple[list[dict[str, Any]], int]:
        """What the API gives for a report of the press, and how much there is."""
        path = report["read"]["path"].replace("{WorkcenterKey}", str(PRESS["key"]))
        given = {
            name: text.replace("{WorkcenterCode}", str(PRESS["code"]))
            for name, text in report["read"]["query"].items()
        }
        ends = {"StartDate": window["start"], "EndDate": window["end"]} if report["windowed"] else {}
        answer = self.client.get(f"{self.told['base']}{path}", params=given | ends | {"limit": "1000"})
        page = answer.raise_for_status().json()
        return page["embedded"], page["total"]

    def sheet(
        self, report: str, window: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], total: int
    ) -> dict[str, Any]:
        """The sheet of rows, as JSON."""
        made: dict[str, Any] = self._made(report, window, rows, total, "application/json").json()
        return made

    def workbook(
        self, report: str, window: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], total: int
    ) -> bytes:
        """The same as Download gets it."""
        return self._made(report, window, rows, total, WORKBOOK).content

    def _made(
        self,
        report: str,
        window: Mapping[str, Any],
        rows: Sequence[Mapping[str, Any]],
        total: int,
        accept: str,
    ) -> httpx.Response:
        body = {"report": report, "workcenter": PRESS, "window": window, "rows": rows, "total": total}
        return self.client.post("/lookup/sheets", json=body, headers={"Accept": accept}).raise_for_status()
