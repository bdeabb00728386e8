"""A page without gateway, HTTP and threads: the same plan, SQL, check and encoding, one after the other.

    bare.py FILE ROWS SECONDS

Prints what it cost as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from time import monotonic, process_time
from typing import Any, Final

from filling import PCN
from millgate.core.values import Principal
from millgate.describe.calls import BackendCall
from millgate.describe.model import Operation
from millgate.plant.answers import page_answer
from millgate.plant.hal import JSON
from millgate.plant.plan import Plan, plan
from millgate.plant.reading import PageReader
from millgate.plant.resource import Action
from millgate.plant.resources.workcenter_production_logs import WORKCENTER_PRODUCTION_LOGS
from millgate.stores.ports import Page, Select
from millgate.stores.sqlite.connection import connect_reading
from millgate.stores.sqlite.pages import bound, page_of
from millgate.stores.sqlite.threads import Keeper
from millgate.wire.messages import Request
from questions import PAGE, Question, questions

RESOURCE: Final = WORKCENTER_PRODUCTION_LOGS
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
BASE: Final = RESOURCE.path
_LEAST_PAGES: Final = 42


class Direct:
    """The store's page function and nothing around it; fills `ports.PlantReader`."""

    dialect = "sqlite"

    def __init__(self, file: Path) -> None:
        self.session = Keeper(file, connect_reading, lambda: False).session()

    async def select(self, select: Select, seconds: float) -> Page:  # noqa: ARG002 - as the port has it
        """A page, without waiting for anything."""
        return page_of(self.session, select, bound(select.parameters))


def call_of(question: Question) -> BackendCall:
    """What the gateway hands to the plant."""
    path = f"/Production/v1/{RESOURCE.name}/{question.workcenter}"
    query = f"StartDate={question.start_text}&EndDate={question.end_text}&limit={PAGE}"
    return BackendCall(
        request=Request(method="GET", raw_path=path, segments=tuple(path[1:].split("/")), query=query),
        tier="test",
        operation=Operation(key="asked", method="GET", template="/", name="", target=f"{RESOURCE.name}.list"),
        parameters={"WorkcenterKey": str(question.workcenter)},
        principal=Principal("bench", "bench", PCN, frozenset({RESOURCE.controller}), frozenset()),
        managed_path=path,
    )


def plan_of(call: BackendCall) -> Plan:
    """The plan of a call that is in order."""
    made = plan(RESOURCE, Action.LIST, call)
    if not isinstance(made, Plan):
        raise TypeError(made)
    return made


def cost(make: Callable[[BackendCall], bytes], calls: Sequence[BackendCall], seconds: float) -> float:
    """CPU for a page in microseconds, over all of the calls at least once, in turn."""
    return _cost(make, cycle(calls), max(len(calls), _LEAST_PAGES), seconds)


def _cost(
    make: Callable[[BackendCall], bytes], calls: Iterable[BackendCall], least: int, seconds: float
) -> float:
    until, began = monotonic() + seconds, process_time()
    for done, call in enumerate(calls):
        if done >= least and monotonic() > until:
            return (process_time() - began) / done * 1e6
        make(call)
    raise AssertionError("calls without an end ended")


def at_once(work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever it comes to
    """What a coroutine that waits for nothing comes to."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits for something")


def product(store: Direct) -> Callable[[BackendCall], bytes]:
    """A page as the product makes it."""
    reader = PageReader(RESOURCE)

    def make(call: BackendCall) -> bytes:
        planned = plan_of(call)
        found = at_once(reader.page(planned, store, NOW, 60))
        body = page_answer(planned, found, BASE, JSON).body
        if not isinstance(body, bytes):
            raise TypeError(body)
        return body

    return make


def main(file: str, rows: str, seconds: str) -> None:
    """Measure and print."""
    calls = [call_of(question) for question in questions(int(rows))]
    print(json.dumps({"cpu_micros": cost(product(Direct(Path(file))), calls, float(seconds))}))


if __name__ == "__main__":
    main(*sys.argv[1:])
