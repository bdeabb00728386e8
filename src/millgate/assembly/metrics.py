"""What `/-/metrics` tells, in the text form of Prometheus or in OpenMetrics.

The families are made from sums when somebody asks; nothing of this runs while a call is answered.
"""

from __future__ import annotations

from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from millgate import __version__
from millgate.assembly.totals import Totals
from millgate.assembly.worker_reports import serving
from millgate.gateway.upstreams.breaker import State
from millgate.stores.latency import BOUNDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prometheus_client import Metric

    from millgate.assembly.totals import Counted
    from millgate.assembly.worker_reports import WorkerReport
    from millgate.stores.tally import CallSum

_SECOND: Final = 1_000_000
"""Microseconds."""


def exposition(reports: list[WorkerReport], accept: str) -> tuple[bytes, str]:
    """The metrics of all workers and their media type, in the form that an Accept header asks for.

    What dead workers counted is part of the sums.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(reports))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class _Families(Collector):
    def __init__(self, reports: list[WorkerReport]) -> None:
        self._counting = reports
        self._serving = serving(reports)

    def collect(self) -> Iterator[Metric]:
        counted = Totals(report.counted for report in self._counting).counted()
        yield _calls(counted)
        yield _durations(counted)
        yield from _by_api(counted)
        yield _refusals(counted)
        yield _token_requests(counted)
        yield from self._losses()
        yield from self._workers()
        yield from _processes(self._serving)

    def _losses(self) -> Iterator[Metric]:
        yield CounterMetricFamily(
            "millgate_usage_dropped",
            "Calls that usage.db did not take in time and that are nowhere counted.",
            value=sum(report.usage_dropped for report in self._counting),
        )
        yield CounterMetricFamily(
            "millgate_access_log_dropped",
            "Calls that the access log did not take in time.",
            value=sum(report.log_dropped for report in self._counting),
        )
        yield CounterMetricFamily(
            "millgate_counters_unreachable",
            "Times that the store of limits could not be asked, and a call was let pass.",
            value=sum(report.counters_unreachable for report in self._counting),
        )

    def _workers(self) -> Iterator[Metric]:
        info = GaugeMetricFamily("millgate_build_info", "The release; always 1.", labels=["release"])
        info.add_metric([__version__], 1)
        yield info
        ready = GaugeMetricFamily("millgate_worker_ready", "Whether a worker takes calls.", labels=["worker"])
        number = GaugeMetricFamily(
            "millgate_snapshot_number", "The published version that a worker serves.", labels=["worker"]
        )
        content = GaugeMetricFamily(
            "millgate_snapshot_info", "That version's content; always 1.", labels=["worker", "version"]
        )
        for report in self._serving:
            worker = str(report.worker)
            ready.add_metric([worker], report.ready)
            number.add_metric([worker], report.number)
            content.add_metric([worker, report.version], 1)
        yield from (ready, number, content)
        yield from _upstreams(self._serving)


def _calls(counted: Counted) -> Metric:
    family = CounterMetricFamily(
        "millgate_calls", "Managed calls.", labels=["tier", "api", "operation", "class"]
    )
    for labels, calls in counted.operations:
        family.add_metric(labels, calls)
    return family


def _durations(counted: Counted) -> Metric:
    family = HistogramMetricFamily(
        "millgate_call_duration_seconds",
        "How long managed calls took, streamed answers to their end.",
        labels=["tier", "api"],
    )
    for labels, found in counted.apis:
        family.add_metric(labels, _buckets(found), found.micros_total / _SECOND)
    return family


def _buckets(found: CallSum) -> list[tuple[str, float]]:
    bounds = [*(str(bound / _SECOND) for bound in BOUNDS), "+Inf"]
    return list(zip(bounds, accumulate(found.took), strict=True))


def _by_api(counted: Counted) -> Iterator[Metric]:
    received = CounterMetricFamily(
        "millgate_received_bytes", "Bytes of request bodies.", labels=["tier", "api"]
    )
    sent = CounterMetricFamily("millgate_sent_bytes", "Bytes of answers' bodies.", labels=["tier", "api"])
    upstream = CounterMetricFamily(
        "millgate_upstream_seconds", "How long backends took to begin their answers.", labels=["tier", "api"]
    )
    for labels, found in counted.apis:
        received.add_metric(labels, found.bytes_in)
        sent.add_metric(labels, found.bytes_out)
        upstream.add_metric(labels, found.upstream_micros / _SECOND)
    yield from (received, sent, upstream)


def _refusals(counted: Counted) -> Metric:
    family = CounterMetricFamily(
        "millgate_refusals", "Managed calls that were refused, by the catalogue's code.", labels=["code"]
    )
    for code, count in counted.codes.items():
        family.add_metric([code], count)
    return family


def _token_requests(counted: Counted) -> Metric:
    family = CounterMetricFamily(
        "millgate_token_requests",
        "Requests for tokens: issued, or refused with the catalogue's code.",
        labels=["outcome"],
    )
    for outcome, count in counted.tokens.items():
        family.add_metric([outcome], count)
    return family


def _upstreams(there: Sequence[WorkerReport]) -> Iterator[Metric]:
    labels = ["worker", "upstream", "tier", "address"]
    up = GaugeMetricFamily("millgate_upstream_up", "Whether calls are sent to an address.", labels=labels)
    connections = GaugeMetricFamily(
        "millgate_upstream_connections", "Connections to an address.", labels=[*labels, "state"]
    )
    waiting = GaugeMetricFamily(
        "millgate_upstream_waiting", "Calls that wait for a connection to an address.", labels=labels
    )
    for report in there:
        for found in report.upstreams:
            of = [str(report.worker), found.upstream, found.tier, found.url]
            up.add_metric(of, found.state == State.READY)
            connections.add_metric([*of, "busy"], found.busy)
            connections.add_metric([*of, "idle"], found.idle)
            waiting.add_metric(of, found.waiting)
    yield from (up, connections, waiting)


def _processes(there: Sequence[WorkerReport]) -> Iterator[Metric]:
    """The processes' own figures, with the worker as a label."""
    families: dict[str, Metric] = {}
    for report in there:
        for metric in ProcessCollector(pid=partial(str, report.pid), registry=None).collect():
            family = families.setdefault(metric.name, metric)
            samples = [sample._replace(labels={"worker": str(report.worker)}) for sample in metric.samples]
            family.samples = [*family.samples, *samples] if family is not metric else samples
    yield from families.values()
