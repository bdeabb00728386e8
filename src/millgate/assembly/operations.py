"""`/-/live`, `/-/ready` and `/-/metrics`: what an operator's tools ask."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

import msgspec

from millgate import __version__
from millgate.assembly.metrics import exposition
from millgate.assembly.worker_reports import serving
from millgate.core.errors import NOT_READY, ROUTE_UNKNOWN, Refusal
from millgate.wire.messages import Response
from millgate.wire.refusals import JSON, answer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from ipaddress import IPv4Network, IPv6Network

    from millgate.assembly.reports import Reports
    from millgate.assembly.worker_reports import WorkerReport
    from millgate.wire.messages import Request

FORWARDED: Final = ("forwarded", "x-forwarded-for")
"""Headers that say that a request came through a proxy (RFC 7239, and what was used before)."""


class OperationsPlane:
    """Says whether the process lives, which published version each worker serves, and what was counted."""

    def __init__(self, reports: Reports, networks: Sequence[IPv4Network | IPv6Network] = ()) -> None:
        self._reports = reports
        self._networks = networks

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        if request.method in {"GET", "HEAD"}:
            match request.segments[1:]:
                case ("live",):
                    return _json(200, {"status": "live", "release": __version__})
                case ("ready",):
                    return await asyncio.to_thread(self._ready, self._reports.own(sums=False))
                case ("metrics",) if self._may_measure(request):
                    accept = request.header("accept") or ""
                    return await asyncio.to_thread(self._metrics, self._reports.own(), accept)
        return answer(Refusal(ROUTE_UNKNOWN))

    def drain(self) -> None:
        """From now on this worker is not ready: it finishes what runs, and takes no new work."""
        self._reports.stopping = True

    def _ready(self, own: WorkerReport) -> Response:
        if own.number == 0:
            return answer(Refusal(NOT_READY, headers=(("retry-after", "1"),)))
        there = serving(self._reports.of_all(own))
        newest = max(report.number for report in there)
        on_newest = sum(report.ready and report.number == newest for report in there)
        members = {
            "status": _status(own),
            "number": own.number,
            "version": own.version,
            "summary": f"{on_newest} of {self._reports.workers} workers on version {newest}",
            "workers": [_worker(report) for report in there],
        }
        return _json(200 if own.ready else 503, members)

    def _metrics(self, own: WorkerReport, accept: str) -> Response:
        body, content_type = exposition(self._reports.of_all(own), accept)
        return Response(200, (("content-type", content_type), ("cache-control", "no-store")), body)

    def _may_measure(self, request: Request) -> bool:
        """Whether the peer is this machine or in a network that was named. Nobody is through a proxy."""
        if any(request.header(name) is not None for name in FORWARDED):
            return False
        try:
            peer = ip_address(request.client.strip("[]"))
        except ValueError:
            return False
        peer = getattr(peer, "ipv4_mapped", None) or peer
        return peer.is_loopback or any(peer in network for network in self._networks)


def _status(report: WorkerReport) -> str:
    if report.stopping:
        return "stopping"
    return "ready" if report.ready else "starting"


def _worker(report: WorkerReport) -> dict[str, object]:
    return {
        "worker": report.worker,
        "status": _status(report),
        "number": report.number,
        "version": report.version,
    }


def _json(status: int, members: dict[str, object]) -> Response:
    return Response(status, (JSON, ("cache-control", "no-store")), msgspec.json.encode(members))
