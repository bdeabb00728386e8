"""Which column is to blame when an engine stops at a value and does not say of which column.

PostgreSQL names no column when a cast fails on a stored value. So the failed page is asked for again, with
one column at a time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from millgate.core.errors import Refusal
from millgate.describe.calls import BackendCall
from millgate.plant.dialects import DIALECTS
from millgate.plant.kinds import INTEGER
from millgate.plant.plan import Plan, plan
from millgate.plant.resource import Action, Field, Resource
from millgate.plant.sql import select_of
from millgate.stores.ports import ConnectTimedOut, PlantReader, QueryTimedOut, StoreUnreachable

_GIVEN_UP: Final = (QueryTimedOut, ConnectTimedOut, StoreUnreachable)
_NONE: Final = Field("one", INTEGER, "t.one", "", expression="1")


class Blame:
    """Finds the column of one resource, and looks first at the one that it found last.

    Args:
        resource: of which rows cannot be read.
    """

    def __init__(self, resource: Resource) -> None:
        self._none = _alone(resource, _NONE)
        self._resource = resource
        self._suspects = [_alone(resource, field) for field in resource.fields]

    async def column(
        self, action: Action, call: BackendCall, store: PlantReader, now: datetime, seconds: float
    ) -> str | None:
        """The alias of the column; None when it is none of them, or cannot be found in time."""
        planned = plan(self._resource, action, call)
        if isinstance(planned, Refusal):
            return None
        whole = msgspec.structs.replace(planned, after=None)
        try:
            for at, alone in enumerate(self._suspects):
                if not await _reads(whole, alone, store, now, seconds):
                    if not await _reads(whole, self._none, store, now, seconds):
                        return None
                    self._suspects.insert(0, self._suspects.pop(at))
                    return alone.fields[0].alias
        except _GIVEN_UP:
            return None
        return None


def _alone(resource: Resource, field: Field) -> Resource:
    return msgspec.structs.replace(resource, fields=(field,))


async def _reads(whole: Plan, alone: Resource, store: PlantReader, now: datetime, seconds: float) -> bool:
    select = select_of(msgspec.structs.replace(whole, resource=alone), DIALECTS[store.dialect], now)
    try:
        await store.select(select, seconds)
    except _GIVEN_UP:
        raise
    except Exception:  # noqa: BLE001 - whatever it is, this column alone provokes it
        return False
    return True
