"""Metrics: what was counted, as Prometheus reads it, of one worker and of several."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from millgate.assembly import totals as totals_module
from millgate.assembly.following import Follower
from millgate.assembly.operations import OperationsPlane
from millgate.assembly.recorder import Recorder
from millgate.assembly.reports import Reports
from millgate.core.clock import StillClock
from millgate.core.settings import Settings
from millgate.gateway.upstreams.address import AddressState
from millgate.gateway.upstreams.breaker import State
from millgate.snapshot.document import encode
from millgate.stores.memory import MemoryVersions
from millgate.stores.ports import CallRecord, TokenCaller, TokenRefusal
from millgate.stores.sqlite.usage import SqliteUsage
from millgate.wire.messages import Request
from support.exchange import Answer, request_of, seen
from support.machine_files import empty_file
from support.world import NOW, document

if TYPE_CHECKING:
    from collections.abc import Iterator

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def call(**changes: Any) -> CallRecord:
    values: dict[str, Any] = {
        "at": NOW,
        "request_id": "r1",
        "tier": "test",
        "api": "parts",
        "operation": "list-parts",
        "subscription": "sub",
        "application": "app",
        "status": 200,
        "micros": 300,
        "upstream_micros": 100_000,
        "bytes_in": 10,
        "bytes_out": 400,
    }
    return CallRecord(**(values | changes))


def follower() -> Follower:
    versions = MemoryVersions()
    versions.add(encode(document()))
    return Follower(versions, {"echo": None})


@pytest.fixture
def usage(tmp_path: Path) -> Iterator[SqliteUsage]:
    with closing(SqliteUsage(empty_file("usage.db", tmp_path))) as filling:
        yield filling


@pytest.fixture
def recorder(usage: SqliteUsage) -> Recorder:
    return Recorder(usage, StillClock(NOW))


def count(recorder: Recorder, *calls: CallRecord) -> None:
    for item in calls:
        recorder.record(item)
    recorder.flush(recorder.gather())


def asked(
    reports: Reports, *networks: str, client: str = "127.0.0.1", headers: dict[str, str] | None = None
) -> Answer:
    plane = OperationsPlane(reports, [ip_network(item) for item in networks])
    request = msgspec.structs.replace(request_of("GET", "/-/metrics", headers=headers), client=client)
    return asyncio.run(_asked(plane, request))


async def _asked(plane: OperationsPlane, request: Request) -> Answer:
    return await seen(await plane(request))


def samples(answer: Answer) -> Samples:
    assert answer.status == 200
    families = read_text(answer.body.decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float:
    return found[(name, tuple(sorted((key.rstrip("_"), text) for key, text in labels.items())))]


def test_calls_are_counted_by_operation_and_class_and_timed_by_api(recorder: Recorder) -> None:
    count(recorder, call(), call(micros=3_000_000), call(status=404), call(api="jobs", status=500))
    found = samples(asked(Reports(follower(), StillClock(NOW), recorder)))

    parts = {"tier": "test", "api": "parts"}
    calls = {**parts, "operation": "list-parts"}
    assert value(found, "millgate_calls_total", **calls, class_="success") == 2
    assert value(found, "millgate_calls_total", **calls, class_="other") == 1
    assert value(found, "millgate_call_duration_seconds_bucket", **parts, le="0.00025") == 0
    assert value(found, "millgate_call_duration_seconds_bucket", **parts, le="0.0005") == 2
    assert value(found, "millgate_call_duration_seconds_bucket", **parts, le="2.5") == 2
    assert value(found, "millgate_call_duration_seconds_bucket", **parts, le="+Inf") == 3
    assert value(found, "millgate_call_duration_seconds_count", **parts) == 3
    assert value(found, "millgate_call_duration_seconds_sum", **parts) == pytest.approx(3.0006)
    assert value(found, "millgate_received_bytes_total", **parts) == 30
    assert value(found, "millgate_sent_bytes_total", **parts) == 1200
    assert value(found, "millgate_upstream_seconds_total", **parts) == pytest.approx(0.3)
    assert value(found, "millgate_sent_bytes_total", tier="test", api="jobs") == 400


def test_every_refusal_is_counted_by_its_code_however_many_come_at_once(recorder: Recorder) -> None:
    count(recorder, *[call(status=429, code="MG401") for _ in range(500)], call(status=401, code="MG201"))
    count(recorder, call(status=429, code="MG401"))
    found = samples(asked(Reports(follower(), StillClock(NOW), recorder)))

    assert value(found, "millgate_refusals_total", code="MG401") == 501
    assert value(found, "millgate_refusals_total", code="MG201") == 1


def test_token_requests_are_counted_by_outcome(recorder: Recorder, usage: SqliteUsage) -> None:
    caller = TokenCaller("app", "10.0.0.7", "curl/8")
    for _ in range(2):
        usage.tokens.used("7", caller, NOW)
        usage.tokens.issued()
        count(recorder)
    usage.tokens.refused(TokenRefusal("MG706"), caller, "r1", NOW)
    usage.tokens.refused(TokenRefusal("MG703"), TokenCaller("", "", ""), "r2", NOW)
    count(recorder)
    found = samples(asked(Reports(follower(), StillClock(NOW), recorder)))

    assert value(found, "millgate_token_requests_total", outcome="issued") == 2
    assert value(found, "millgate_token_requests_total", outcome="MG706") == 1
    assert value(found, "millgate_token_requests_total", outcome="MG703") == 1


def test_it_says_which_version_is_in_force_and_how_the_process_and_upstreams_do(recorder: Recorder) -> None:
    state = AddressState(
        upstream="erp",
        tier="test",
        url="http://10.0.0.1:8000/a",
        state=State.RESTING,
        failures=5,
        busy=3,
        idle=2,
        waiting=1,
    )
    following = follower()
    reports = Reports(following, StillClock(NOW), recorder, unreachable=lambda: 7, upstreams=lambda: [state])
    found = samples(asked(reports))

    version = following.holder.current.version
    assert value(found, "millgate_snapshot_number", worker="1") == 1
    assert value(found, "millgate_snapshot_info", worker="1", version=version) == 1
    assert value(found, "millgate_worker_ready", worker="1") == 1
    assert value(found, "millgate_counters_unreachable_total") == 7
    assert value(found, "millgate_usage_dropped_total") == 0
    assert value(found, "millgate_access_log_dropped_total") == 0
    address = {"worker": "1", "upstream": "erp", "tier": "test", "address": "http://10.0.0.1:8000/a"}
    assert value(found, "millgate_upstream_up", **address) == 0
    assert value(found, "millgate_upstream_connections", **address, state="busy") == 3
    assert value(found, "millgate_upstream_waiting", **address) == 1
    assert value(found, "process_resident_memory_bytes", worker="1") > 1_000_000
    assert value(found, "process_cpu_seconds_total", worker="1") > 0


def test_openmetrics_is_told_to_who_asks_for_it(recorder: Recorder) -> None:
    count(recorder, call(status=429, code="MG401"))
    reports = Reports(follower(), StillClock(NOW), recorder)

    answer = asked(reports, headers={"accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    names = {family.name for family in read_openmetrics(answer.body.decode())}  # type: ignore[no-untyped-call]
    assert {"millgate_calls", "millgate_call_duration_seconds", "process_cpu_seconds"} <= names
    assert asked(reports).headers["content-type"].startswith("text/plain; version=0.0.4")


def test_any_of_several_workers_answers_for_all(usage: SqliteUsage, tmp_path: Path) -> None:
    clock = StillClock(NOW)
    recorders = [Recorder(usage, clock) for _ in range(3)]
    reports = [
        Reports(follower(), clock, recorder, worker=number, workers=3, home=tmp_path)
        for number, recorder in enumerate(recorders, 1)
    ]
    for number, recorder in enumerate(recorders, 1):
        count(recorder, *[call(status=401, code="MG201")] * number)
        reports[number - 1].write(reports[number - 1].own())

    for item in reports:
        found = samples(asked(item))
        assert value(found, "millgate_refusals_total", code="MG201") == 6
        assert value(found, "millgate_call_duration_seconds_count", tier="test", api="parts") == 6
        numbers = [value(found, "millgate_snapshot_number", worker=str(worker)) for worker in (1, 2, 3)]
        assert numbers == [1, 1, 1]


def test_a_worker_in_the_place_of_one_that_died_goes_on_with_its_sums(
    usage: SqliteUsage, tmp_path: Path
) -> None:
    settings, clock = Settings(home=tmp_path, workers=2), StillClock(NOW)
    for expected in (1, 2):
        recorder = Recorder.of(settings, usage, clock, worker=2)
        reports = Reports(follower(), clock, recorder, worker=2, workers=2, home=tmp_path)
        count(recorder, call())
        reports.write(reports.own())
        assert value(samples(asked(reports)), "millgate_sent_bytes_total", tier="test", api="parts") == (
            400 * expected
        )


def test_however_many_operations_are_called_metrics_stay_small(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(totals_module, "MOST_OPERATIONS", 5)
    monkeypatch.setattr(totals_module, "MOST_APIS", 3)
    count(recorder, *(call(api=f"a{number}", operation=f"o{number}") for number in range(50)))
    found = samples(asked(Reports(follower(), StillClock(NOW), recorder)))

    calls = {key: number for key, number in found.items() if key[0] == "millgate_calls_total"}
    sizes = {key: number for key, number in found.items() if key[0] == "millgate_sent_bytes_total"}
    assert (len(calls), sum(calls.values())) == (6, 50)
    assert (len(sizes), sum(sizes.values())) == (4, 50 * 400)


# Who may ask


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "::ffff:127.0.0.1", "10.1.2.3"])
def test_this_machine_and_named_networks_are_answered(client: str, recorder: Recorder) -> None:
    assert asked(Reports(follower(), StillClock(NOW), recorder), "10.0.0.0/8", client=client).status == 200


@pytest.mark.parametrize("client", ["10.1.2.3", "192.168.0.1", "::ffff:10.1.2.3", "2001:db8::1", "", "unix"])
def test_everybody_else_is_told_that_there_is_no_such_address(client: str, recorder: Recorder) -> None:
    answer = asked(Reports(follower(), StillClock(NOW), recorder), "172.16.0.0/12", client=client)

    assert (answer.status, answer.json["message"]) == (404, "Resource not found")


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded"])
def test_nobody_is_answered_through_a_proxy_on_this_machine(header: str, recorder: Recorder) -> None:
    reports = Reports(follower(), StillClock(NOW), recorder)

    assert asked(reports, headers={header: "for=127.0.0.1"}).status == 404


def test_counting_goes_on_while_the_file_takes_nothing(recorder: Recorder, usage: SqliteUsage) -> None:
    usage.close()
    for _ in range(2):
        recorder.record(call())
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            recorder.flush(recorder.gather())

    found = samples(asked(Reports(follower(), StillClock(NOW), recorder)))
    assert value(found, "millgate_sent_bytes_total", tier="test", api="parts") == 800


def test_the_page_for_operators_names_every_metric(recorder: Recorder) -> None:
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "watch.md").read_text()
    answer = asked(Reports(follower(), StillClock(NOW), recorder))
    told = {
        line.split()[2] for line in answer.body.decode().splitlines() if line.startswith("# TYPE millgate_")
    }

    assert told == set(re.findall(r"`(millgate_\w+)`", page.partition("| Metric |")[2].partition("\n\n")[0]))
