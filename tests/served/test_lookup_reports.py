"""Workcenter Lookup on a real demo: every report from the managed API's rows, through to what LibreOffice shows."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from openpyxl import load_workbook

from support.console import Console, forms_of
from support.libraries import NODE_PACKAGES, require_node
from support.lookup import PRESS, WORKBOOK, Lookup
from support.served import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.served import Served

ARTEFACTS: Final = Path(__file__).parents[2] / "artefacts" / "lookup"
TEXT: Final = "text/tab-separated-values"


@pytest.fixture(scope="module")
def lookup(demo: Served) -> Iterator[Lookup]:
    with Lookup.of(demo) as begun:
        yield begun


@pytest.fixture(scope="module")
def window(lookup: Lookup) -> dict[str, Any]:
    told = lookup.client.get("/lookup/windows").raise_for_status().json()
    return next(window for window in told["windows"] if window["id"] == "last-30-days")


def sent(lookup: Lookup, report: dict[str, Any], window: dict[str, Any]) -> dict[str, Any]:
    """What the pane sends for a report: the rows of the managed API."""
    query = {
        name: value.replace("{WorkcenterCode}", str(PRESS["code"]))
        for name, value in report["read"]["query"].items()
    }
    if report["windowed"]:
        query |= {"StartDate": window["start"], "EndDate": window["end"]}
    path = lookup.told["base"] + report["read"]["path"].replace("{WorkcenterKey}", str(PRESS["key"]))
    told = lookup.client.get(path, params={**query, "limit": 1000}).raise_for_status().json()
    return {
        "report": report["id"],
        "workcenter": PRESS,
        "window": {name: window[name] for name in ("id", "start", "end", "shift")}
        if report["windowed"]
        else None,
        "rows": told["embedded"],
        "total": told["total"],
    }


def as_workbook(lookup: Lookup, body: dict[str, Any]) -> bytes:
    answer = lookup.client.post("/lookup/sheets", json=body, headers={"Accept": WORKBOOK})
    assert answer.status_code == 200, answer.text
    return answer.content


def test_every_report_is_the_managed_apis_rows_in_every_form(lookup: Lookup, window: dict[str, Any]) -> None:
    reports = lookup.client.get("/lookup/reports.json").raise_for_status().json()["reports"]
    assert len(reports) == 9
    for report in reports:
        body = sent(lookup, report, window)
        assert body["rows"], f"{report['id']}: the sample company has rows of every report"
        assert set(report["fields"]) <= set(body["rows"][0]), report["id"]
        sheet = lookup.client.post("/lookup/sheets", json=body).raise_for_status().json()
        assert len(sheet["rows"]) == len(body["rows"])
        assert all(len(row) == len(sheet["columns"]) for row in sheet["rows"])
        assert sheet["chart"] is not None
        drawn = [
            sheet["rows"][line][place]
            for line in range(len(sheet["rows"]))
            for place in sheet["chart"]["series"]
        ]
        assert any(isinstance(value, int | float) for value in drawn), (
            f"{report['id']}: there is something to draw"
        )
        cut = body | {"rows": [{name: row[name] for name in report["fields"]} for row in body["rows"]]}
        assert lookup.client.post("/lookup/sheets", json=cut).json()["rows"] == sheet["rows"]

        page = load_workbook(BytesIO(as_workbook(lookup, body))).worksheets[0]
        (table,) = page.tables.values()
        assert table.name == sheet["table_name"]
        assert len(page[table.ref]) == len(sheet["rows"]) + 1
        text = lookup.client.post("/lookup/sheets", json=body, headers={"Accept": TEXT})
        assert text.headers["Content-Type"] == f"{TEXT}; charset=utf-8"
        assert len(text.text.splitlines()) == len(sheet["rows"]) + 1


def test_totals_are_those_that_the_api_sums_up(lookup: Lookup, window: dict[str, Any]) -> None:
    """Two reports over one time frame agree: the log's pieces are the summary's."""
    reports = {report["id"]: report for report in lookup.client.get("/lookup/reports.json").json()["reports"]}
    sheets = {
        name: lookup.client.post("/lookup/sheets", json=sent(lookup, reports[name], window)).json()
        for name in ("production-log", "production-summary", "scrap-log")
    }
    total = {
        name: {line["label"]: line["value"] for line in sheet["lines"]} for name, sheet in sheets.items()
    }
    assert (
        total["production-log"]["Quantity, in total"]
        == total["production-summary"]["Good, in total"] + total["production-summary"]["Rejected, in total"]
    )
    assert total["scrap-log"]["Scrapped, in total"] == total["production-summary"]["Scrapped, in total"]


def test_demo_mode_reads_and_does_not_write_or_reach_production(lookup: Lookup, demo: Served) -> None:
    client, base = lookup.client, lookup.told["base"]
    assert base == "/test"
    assert client.get("/Workcenter/v1/Workcenters").status_code == 401, "its key opens the test tier alone"
    written = client.post(
        f"{base}/Production/v1/WorkcenterProductionLogs/{PRESS['key']}", json={"quantity": 1}
    )
    assert written.status_code == 403
    assert client.get(f"{base}/JobTracking/v1/DcJobs").status_code == 401, (
        "what the pane does not show is shut"
    )
    with Console(demo) as console:
        adapter = console.row("/console/catalogue/adapter/", "Workcenter Lookup, Demo Mode")
        kinds = [fields for _, fields in forms_of(console.page(adapter)) if "limits-0-kind" in fields]
    assert {kinds[0][f"limits-{place}-kind"][0] for place in (0, 1)} == {"rate", "calls"}, "all share limits"


def test_whoever_signs_in_is_a_known_caller_and_out_is_refused(demo: Served) -> None:
    given = {
        "mode": "own",
        "user_id": demo.env["DEVELOPER_USER_ID"],
        "password": demo.env["DEVELOPER_PASSWORD"],
        "company_code": demo.env["COMPANY_CODE"],
        "subscription_key": demo.env["SUBSCRIPTION_KEY"],
    }
    with httpx.Client(
        base_url=demo.origin, headers={"X-Millgate-Lookup": "1"}, timeout=60, verify=demo.trust
    ) as client:
        session = client.post("/lookup/session", json=given).raise_for_status().json()
        client.headers["Authorization"] = f"Bearer {session['token']}"
        client.headers["Ocp-Apim-Subscription-Key"] = given["subscription_key"]
        called = f"{session['base']}/Workcenter/v1/Workcenters?limit=1"
        assert client.get(called).status_code == 200, "no worker may be behind with the first sign-in"
        assert client.post("/lookup/session/end", json={"refresh": session["refresh"]}).status_code == 204
        refused = [client.get(called).status_code]
        while refused[-1] == 200 and len(refused) < 50:
            time.sleep(0.1)
            refused.append(client.get(called).status_code)
        assert refused[-1] == 401


def test_bodies_and_rows_are_bounded(lookup: Lookup) -> None:
    body = {"report": "production-log", "workcenter": PRESS, "window": {"id": "today"}, "total": 0}
    answer = lookup.client.post("/lookup/sheets", json=body | {"rows": [{}] * 20_001})
    assert (answer.status_code, answer.json()["error"]) == (400, "unreadable")
    answer = lookup.client.post("/lookup/sheets", json=body | {"rows": [{"partNo": "x" * 10_000_001}]})
    assert (answer.status_code, answer.json()["error"]) == (413, "too-large")
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"report": "another"}, "report-unknown"),
        ({"rows": [{"quantity": "many"}]}, "rows-wrong"),
        ({"window": None}, "window-wrong"),
        ({"window": {"id": "custom", "start": "2026-11-01T00:00:00"}}, "window-wrong"),
    )
    for changes, error in wrong:
        answer = lookup.client.post("/lookup/sheets", json=body | {"rows": []} | changes)
        assert (answer.status_code, answer.json()["error"]) == (400, error)
        assert answer.json()["message"]
    nobody = {"Authorization": "Bearer none"}
    answer = lookup.client.post("/lookup/sheets", json=body | {"rows": []}, headers=nobody)
    assert (answer.status_code, answer.json()["error"]) == (401, "session-ended")


def test_libreoffice_opens_the_download_and_draws_its_chart(
    lookup: Lookup, window: dict[str, Any], tmp_path: Path
) -> None:
    """The picture of the chart is kept in `artefacts/lookup`, to be looked at."""
    soffice = shutil.which("soffice")
    if soffice is None:
        if os.environ.get("MILLGATE_REQUIRE_ALL"):
            pytest.fail("there is no LibreOffice")
        pytest.skip("there is no LibreOffice on this machine, and the test is about what it shows")
    reports = lookup.client.get("/lookup/reports.json").json()["reports"]
    report = next(report for report in reports if report["id"] == "daily-performance")
    (tmp_path / "oee.xlsx").write_bytes(as_workbook(lookup, sent(lookup, report, window)))
    subprocess.run(
        [
            soffice,
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            "html",
            "--outdir",
            tmp_path,
            tmp_path / "oee.xlsx",
        ],
        check=True,
        capture_output=True,
        timeout=110,
    )
    (picture,) = tmp_path.glob("oee_html_*.png")
    assert picture.stat().st_size > 5_000, "axes, lines and a legend"
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    shutil.copy(picture, ARTEFACTS / "daily-performance.png")
    shown = (tmp_path / "oee.html").read_text(encoding="utf-8")
    assert "Daily performance (OEE): STP-01" in shown
    assert "Availability" in shown


def test_microsofts_program_reads_the_manifest(demo: Served, tmp_path: Path) -> None:
    require_node()
    manifest = tmp_path / "manifest.xml"
    manifest.write_bytes(httpx.get(f"{demo.origin}/lookup/manifest.xml", verify=demo.trust).content)
    program = NODE_PACKAGES / "node_modules" / "office-addin-manifest" / "cli.js"
    # Whatever it would tell somebody fails: its proxy is not there.
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    told = subprocess.run(
        ["node", program, "info", manifest],
        capture_output=True,
        text=True,
        check=True,
        env=environment(demo.home, **nowhere),
        timeout=60,
    ).stdout
    for line in (
        "Name: Workcenter Lookup",
        "Type: TaskPaneApp",
        "Hosts: Workbook",
        "Permissions: ReadWriteDocument",
        f"Source Location: {demo.origin}/lookup/",
    ):
        assert line in told, told
