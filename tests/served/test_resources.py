"""The five resources over HTTP, on the sample company."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

if TYPE_CHECKING:
    from support.served import Served

LISTS = {
    "/Platform/v1/CompanyProfile": 1,
    "/PartList/v1/Parts": 81,
    "/Workcenter/v1/Workcenters": 42,
    "/JobTracking/v1/DcJobs": 1000,
}


def walk(client: httpx.Client, managed: str, query: str = "") -> list[dict[str, Any]]:
    """All rows, page by page: a client puts the query of `next` behind its own address."""
    rows: list[dict[str, Any]] = []
    for _ in range(200):
        page = client.get(f"{managed}?{query}").raise_for_status().json()
        rows += page["embedded"]
        following = {link["rel"]: link["href"] for link in page["links"]}.get("next")
        if following is None:
            assert page["total"] == len(rows)
            return rows
        query = urlsplit(following).query
    raise AssertionError("the walk does not end")


@pytest.mark.parametrize("tier", ["/test", ""])
@pytest.mark.parametrize("path", LISTS)
def test_each_list_answers_on_both_tiers(demo: Served, tier: str, path: str) -> None:
    with demo.client() as client:
        page = client.get(f"{tier}{path}?limit=1").json()

    assert page["count"] == 1
    assert page["total"] == LISTS[path] or (path.endswith("DcJobs") and page["total"] > LISTS[path])


@pytest.mark.parametrize(
    ("path", "query", "key"),
    [
        ("/PartList/v1/Parts", "limit=7", "partKey"),
        ("/Workcenter/v1/Workcenters", "limit=41", "workcenterKey"),
        ("/JobTracking/v1/DcJobs", "limit=250&JobStatus=Completed", "jobKey"),
    ],
)
def test_walking_next_reaches_every_row_once_and_ends(demo: Served, path: str, query: str, key: str) -> None:
    with demo.client() as client:
        keys = [row[key] for row in walk(client, f"/test{path}", query)]

    assert len(keys) == len(set(keys)) > 0


def test_walking_a_month_of_logs_over_the_cap_reaches_every_row_once(demo: Served) -> None:
    end = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    window = f"StartDate={end - timedelta(days=9):%Y-%m-%dT%H:%M:%SZ}&EndDate={end:%Y-%m-%dT%H:%M:%SZ}"
    with demo.client() as client:
        first = client.get(f"/test/Production/v1/WorkcenterProductionLogs?{window}&limit=5000").json()
        rows = walk(client, "/test/Production/v1/WorkcenterProductionLogs", f"{window}&limit=5000")

    keys = [row["productionLogKey"] for row in rows]
    assert first["count"] == 1000 < first["total"] == len(keys) == len(set(keys))


def test_one_row_by_key_and_a_managed_404_beside_a_backend_404(demo: Served) -> None:
    with demo.client() as client:
        part = client.get("/test/PartList/v1/Parts?PartNo=0012-4E5").json()["embedded"][0]
        one = client.get(f"/test/PartList/v1/Parts/{part['partKey']}").json()
        missing = client.get("/test/PartList/v1/Parts/999999999")
        nowhere = client.get("/test/PartList/v1/Part")

    assert one["embedded"] == [part]
    assert missing.json() == {
        "type": None,
        "title": "Resource Not Found",
        "status": 404,
        "detail": "Resource not found. Parts",
        "instance": "/Engineering/PartList/Parts/999999999",
    }
    assert nowhere.text == '{ "statusCode": 404, "message": "Resource not found" }'


def test_wrong_parameters_are_named_all_at_once(demo: Served) -> None:
    with demo.client() as client:
        answer = client.get("/test/PartList/v1/Parts?Partno2=1&limit=-1&offset=x")

    assert answer.status_code == 400
    told = answer.json()
    assert told["title"] == "Bad Request"
    assert all(name in told["detail"] for name in ("Partno2", "limit", "offset", "PartNo"))


def test_the_other_company_is_out_of_reach(demo: Served) -> None:
    with demo.client() as client:
        codes = {
            row["plexusCustomerCode"] for row in client.get("/Platform/v1/CompanyProfile").json()["embedded"]
        }
        workcenters = walk(client, "/Workcenter/v1/Workcenters")

    assert codes == {"Tamarack Auto"}
    assert len(workcenters) == 42


def test_a_service_account_without_the_role_is_kept_from_the_controller(demo: Served) -> None:
    # Everyone opens Parts; nothing in the demo opens the second company, so its tokens cannot be had.
    with demo.client() as client:
        assert client.get("/test/PartList/v1/Parts?limit=1").status_code == 200


def test_all_instants_end_in_z(demo: Served) -> None:
    with demo.client() as client:
        rows = client.get("/test/JobTracking/v1/DcJobs?limit=20").json()["embedded"]

    instants = [value for row in rows for name, value in row.items() if name.endswith("Date") and value]
    assert instants
    assert all(value.endswith("Z") for value in instants)
