"""The tables of token requests: by which secret and caller, and which were refused and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.stores.retention import (
    CALLER_DAYS,
    CALLERS_KEPT,
    DAY,
    SECRET_USE_DAYS,
    TOKEN_REFUSAL_DAYS,
    TOKEN_REFUSALS_KEPT,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from millgate.stores.ports import TokenCaller
    from millgate.stores.token_tally import Refused, Seen, TokenBatch, Use

MOST_ASKED: Final = 500
"""How many secrets one statement asks for."""

_SEEN_AGAIN: Final = """
  first_at = min(first_at, excluded.first_at),
  last_at = max(last_at, excluded.last_at),
  times = times + excluded.times
"""
_ADD_USE: Final = f"""
INSERT INTO usage_secret_use (secret, application, first_at, last_at, times) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (secret) DO UPDATE SET {_SEEN_AGAIN}
"""  # noqa: S608 - a constant of this module
_ADD_CALLER: Final = f"""
INSERT INTO usage_secret_caller (secret, client, library, first_at, last_at, times) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (secret, client, library) DO UPDATE SET {_SEEN_AGAIN}
"""  # noqa: S608 - as above
_ADD_REFUSAL: Final = f"""
INSERT INTO usage_token_refusal
  (application, code, hint, secret, client, library, first_at, last_at, times, request_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (application, code, hint, secret, client, library) DO UPDATE SET
  request_id = CASE WHEN excluded.last_at >= last_at THEN excluded.request_id ELSE request_id END,
  {_SEEN_AGAIN}
"""  # noqa: S608 - as above
_DROP_CALLERS: Final = """
DELETE FROM usage_secret_caller WHERE secret = :secret AND id NOT IN
  (SELECT id FROM usage_secret_caller WHERE secret = :secret ORDER BY last_at DESC, id DESC LIMIT :most)
"""
_DROP_REFUSALS: Final = """
DELETE FROM usage_token_refusal WHERE application = :application AND hint = :hint AND id NOT IN
  (SELECT id FROM usage_token_refusal WHERE application = :application AND hint = :hint
   ORDER BY last_at DESC, id DESC LIMIT :most)
"""
_DROP_OLD: Final = (
    ("DELETE FROM usage_secret_use WHERE last_at < ?", SECRET_USE_DAYS),
    ("DELETE FROM usage_secret_caller WHERE last_at < ?", CALLER_DAYS),
    ("DELETE FROM usage_token_refusal WHERE last_at < ?", TOKEN_REFUSAL_DAYS),
)


def write_tokens(connection: sqlite3.Connection, batch: TokenBatch) -> None:
    """Add what gathered to the tables, in the caller's transaction; the oldest beyond the bounds go."""
    if batch.uses:
        connection.executemany(_ADD_USE, (_use_row(use, seen) for use, seen in batch.uses.items()))
        told_apart = [(use, seen) for use, seen in batch.uses.items() if _told_apart(use[1])]
        connection.executemany(_ADD_CALLER, (_caller_row(use, seen) for use, seen in told_apart))
        secrets = {secret for (secret, _), _ in told_apart}
        bounds = [{"secret": secret, "most": CALLERS_KEPT} for secret in secrets]
        connection.executemany(_DROP_CALLERS, bounds)
    if batch.refused:
        rows = (_refusal_row(refused, seen) for refused, seen in batch.refused.items())
        connection.executemany(_ADD_REFUSAL, rows)
        of = {(caller.application, refusal.hint) for refusal, caller in batch.refused}
        names = [
            {"application": application, "hint": hint, "most": TOKEN_REFUSALS_KEPT}
            for application, hint in of
        ]
        connection.executemany(_DROP_REFUSALS, names)


def drop_old_tokens(connection: sqlite3.Connection, now: float) -> None:
    """Drop what was not seen for a long time, in the caller's transaction."""
    for statement, days in _DROP_OLD:
        connection.execute(statement, (now - days * DAY,))


def last_uses(connection: sqlite3.Connection, secrets: Iterable[str]) -> dict[str, float]:
    """When each of these secrets was last used, in seconds since the epoch; those never used are left out."""
    keys = list(secrets)
    found: dict[str, float] = {}
    for start in range(0, len(keys), MOST_ASKED):
        some = keys[start : start + MOST_ASKED]
        marks = ", ".join("?" * len(some))
        query = f"SELECT secret, last_at FROM usage_secret_use WHERE secret IN ({marks})"  # noqa: S608 - marks alone
        found.update(connection.execute(query, some).fetchall())
    return found


def _told_apart(caller: TokenCaller) -> bool:
    return bool(caller.client or caller.library)


def _use_row(use: Use, seen: Seen) -> tuple[object, ...]:
    secret, caller = use
    return (secret, caller.application, seen.first, seen.last, seen.times)


def _caller_row(use: Use, seen: Seen) -> tuple[object, ...]:
    secret, caller = use
    return (secret, caller.client, caller.library, seen.first, seen.last, seen.times)


def _refusal_row(refused: Refused, seen: Seen) -> tuple[object, ...]:
    refusal, caller = refused
    return (
        caller.application,
        refusal.code,
        refusal.hint,
        refusal.secret,
        caller.client,
        caller.library,
        seen.first,
        seen.last,
        seen.times,
        seen.request_id,
    )
