"""What the demo promises to a stranger."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import httpx
import pytest

from support.served import Served, running, start

NAMES = {
    "MILLGATE_ORIGIN",
    "MILLGATE_TENANT",
    "MILLGATE_CLIENT_ID",
    "MILLGATE_CLIENT_SECRET",
    "MILLGATE_RESOURCE",
    "MILLGATE_SUBSCRIPTION_KEY",
    "MILLGATE_LIMITED_SUBSCRIPTION_KEY",
    "MILLGATE_LIMITED_CALLS",
    "MILLGATE_TEST_ONLY_CLIENT_ID",
    "MILLGATE_TEST_ONLY_CLIENT_SECRET",
    "MILLGATE_PUBLIC_CLIENT_ID",
    "MILLGATE_REDIRECT_URI",
    "MILLGATE_ADMIN_EMAIL",
    "MILLGATE_ADMIN_PASSWORD",
    "MILLGATE_DEVELOPER_EMAIL",
    "MILLGATE_DEVELOPER_PASSWORD",
    "MILLGATE_ACTION_EMAIL",
    "MILLGATE_ACTION_PASSWORD",
    "MILLGATE_ACTION_APPLICATION",
    "MILLGATE_ACTION_TOKEN",
}


def pasted(script: str) -> str:
    """What a shell prints for commands pasted into it."""
    return subprocess.run(
        ["bash", "-euc", script], capture_output=True, text=True, check=True, timeout=60
    ).stdout


def test_the_printed_sign_in_pasted_as_it_is_answers_a_session_of_the_action_api(demo: Served) -> None:
    line = next(line for line in demo.printed().splitlines() if "/api/v1/sessions/create" in line)
    answer = json.loads(pasted(line))
    assert (answer["status"], answer["session"]["role"]) == ("action-successful", "client")


@pytest.mark.parametrize("tier", ["/test/", "/"])
def test_the_printed_commands_pasted_as_they_are_read_production_logs(demo: Served, tier: str) -> None:
    printed = demo.printed()
    token = next(line for line in printed.splitlines() if line.startswith("TOKEN="))
    calls = [line for line in printed.splitlines() if line.startswith("curl")]
    call = next(
        line for line in calls if f"{demo.origin}{tier}Production/v1/WorkcenterProductionLogs/" in line
    )

    page = json.loads(pasted(f"{token}\n{call}"))

    assert set(page) == {"links", "embedded", "total", "count"}
    assert page["total"] >= page["count"] == len(page["embedded"]) > 0
    assert page["embedded"][0]["workcenterCode"] == "STP-01"


def test_demo_env_holds_the_documented_names_for_its_owner_alone(demo: Served) -> None:
    path = demo.home / "demo.env"
    sourced = pasted(f"set -a; . {path}; env")

    assert {line.partition("=")[0] for line in sourced.splitlines()} >= NAMES
    assert path.stat().st_mode & 0o777 == 0o600
    assert demo.env["ORIGIN"] == demo.origin


def test_the_test_only_application_is_kept_from_production(demo: Served) -> None:
    token = demo.token(
        client_id=demo.env["TEST_ONLY_CLIENT_ID"], client_secret=demo.env["TEST_ONLY_CLIENT_SECRET"]
    )
    headers = demo.headers(token)

    assert httpx.get(f"{demo.origin}/test/Platform/v1/CompanyProfile", headers=headers).status_code == 200
    assert httpx.get(f"{demo.origin}/Platform/v1/CompanyProfile", headers=headers).status_code == 403


def jobs(server: Served) -> list[tuple[int, str]]:
    """Jobs of the sample company, by key and number."""
    with server.client() as client:
        page = client.get("/JobTracking/v1/DcJobs?JobNo=J1045%25").json()
    return [(row["jobKey"], row["jobNo"]) for row in page["embedded"]]


def test_a_second_start_keeps_data_and_credentials_and_takes_another_port(home: Path) -> None:
    with running(home) as first:
        env = first.env
        rows = jobs(first)
    with running(home, cold=True) as second:
        assert second.origin != first.origin
        assert second.env == env | {"ORIGIN": second.origin}
        assert jobs(second) == rows


def test_nothing_is_written_outside_the_home(made: Path) -> None:
    """Neither when it was made for the first time, nor by its pages, nor at its end."""
    place = made.parent
    left = {path.relative_to(place) for path in place.rglob("*") if made not in {path, *path.parents}}
    (output,) = (path for path in left if path.name.startswith("home-output-"))

    assert left - {Path("lock"), Path("done")} == {Path("home-elsewhere"), output}


def test_a_stop_asked_for_is_clean(home: Path) -> None:
    with running(home) as server:
        assert server.stop() == 0
        assert "Traceback" not in server.printed()


def test_a_port_that_is_taken_is_told_in_one_line(demo: Served, home: Path) -> None:
    server = start(home, port=int(demo.origin.rpartition(":")[2]))

    assert server.process.wait(60) == 1
    assert re.search(r"^Cannot listen on 127\.0\.0\.1:\d+: .*--port", server.printed(), re.MULTILINE)
    assert "Traceback" not in server.printed()


def test_a_setting_that_is_wrong_is_told_in_one_line(home: Path) -> None:
    server = start(home, MILLGATE_LINKS="sideways", MILLGATE_ORIGIN="nowhere")

    assert server.process.wait(60) == 1
    assert "links: expected one of backend, managed" in server.printed()
    assert "origin: expected scheme, host and port alone" in server.printed()
    assert "Traceback" not in server.printed()


def test_a_home_that_is_served_already_is_told_in_one_line(demo: Served) -> None:
    second = start(demo.home)

    assert second.process.wait(60) == 1
    assert f"Another process serves {demo.home}." in second.printed()
    assert "Traceback" not in second.printed()


def test_a_home_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    server = start(tmp_path / "file" / "home", output_in=tmp_path)

    assert server.process.wait(60) == 1
    assert "Not a directory" in server.printed()
    assert "Traceback" not in server.printed()
