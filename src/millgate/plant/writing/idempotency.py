"""A request sent twice under one Idempotency-Key writes once, and is answered twice alike.

The key is claimed before anything else, in the transaction that writes: of two requests at the same time
the second waits for the first. A request that is refused leaves no memory, so that it can be mended and sent
again under the same key.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

import msgspec

from millgate.core.errors import IDEMPOTENCY_KEY_REUSED, PARAMETER_WRONG, Refusal, Refused
from millgate.plant.writing.tables import IDEMPOTENCY
from millgate.plant.writing.work import WriteContext
from millgate.plant.writing.written import Written
from millgate.stores.ports import Statement, Work

REMEMBERED: Final = timedelta(hours=24)
_KEY: Final = re.compile(r"[!-~]{1,200}")
_OF_KEY: Final = "pcn = :pcn AND application = :application AND idempotency_key = :idempotency_key"


class Claim(msgspec.Struct, frozen=True):
    """A request's key, with what tells it from other requests."""

    key: str
    target: str
    fingerprint: str


def claim_of(key: str, target: str, path_key: str, body: bytes) -> Claim | Refusal:
    """The claim of a request, or what is wrong with its key."""
    if not _KEY.fullmatch(key):
        fault = "Idempotency-Key must be 1 to 200 visible ASCII characters without blanks."
        return Refusal(PARAMETER_WRONG, {"faults": fault})
    # Neither a target nor a path holds a zero byte, so the parts cannot run into each other.
    told = b"\0".join((target.encode(), path_key.encode("utf-8", "surrogatepass"), body))
    return Claim(key, target, sha256(told).hexdigest())


def claim(context: WriteContext, wanted: Claim) -> Work[Written | None]:
    """Claim the key; answers what the same request wrote before, if it did.

    Raises:
        Refused: the key was used for another request.
    """
    forgotten = f"DELETE FROM {IDEMPOTENCY.name} WHERE pcn = :pcn AND made_at < :before"  # noqa: S608 - ours
    yield Statement(forgotten, {"pcn": context.pcn, "before": context.now - REMEMBERED})
    values: dict[str, object] = {
        "pcn": context.pcn,
        "application": context.application,
        "idempotency_key": wanted.key,
        "target": wanted.target,
        "fingerprint": wanted.fingerprint,
        "status": 0,
        "body": "",
        "headers": "",
        "made_at": context.now,
    }
    marks = ", ".join(f":{column}" for column in values)
    claimed = yield Statement(
        f"INSERT INTO {IDEMPOTENCY.name} ({', '.join(values)}) VALUES ({marks})"  # noqa: S608 - ours
        " ON CONFLICT (pcn, application, idempotency_key) DO NOTHING RETURNING idempotency_id",
        values,
    )
    return None if claimed else (yield from _remembered(context, wanted))


def _remembered(context: WriteContext, wanted: Claim) -> Work[Written]:
    columns = "fingerprint, status, body, headers"
    ((fingerprint, status, body, headers),) = yield Statement(
        f"SELECT {columns} FROM {IDEMPOTENCY.name} WHERE {_OF_KEY}",  # noqa: S608 - ours
        _named(context, wanted),
    )
    if fingerprint != wanted.fingerprint:
        raise Refused(Refusal(IDEMPOTENCY_KEY_REUSED))
    told: dict[str, Any] = json.loads(headers)
    rows = tuple(body.split("\n")) if body else ()
    return Written(status=status, rows=rows, replayed=True, **told)


def remember(context: WriteContext, wanted: Claim, written: Written) -> Work[None]:
    """Keep the answer under the claimed key."""
    headers = json.dumps({"location": written.location, "bulk": written.bulk})
    yield Statement(
        f"UPDATE {IDEMPOTENCY.name} SET status = :status, body = :body, headers = :headers WHERE {_OF_KEY}",  # noqa: S608 - ours
        {
            **_named(context, wanted),
            "status": written.status,
            "body": "\n".join(written.rows),
            "headers": headers,
        },
    )


def _named(context: WriteContext, wanted: Claim) -> dict[str, object]:
    return {"pcn": context.pcn, "application": context.application, "idempotency_key": wanted.key}
