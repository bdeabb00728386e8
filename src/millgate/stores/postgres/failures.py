"""What the driver raises, in the words of the ports."""

from __future__ import annotations

import re
from typing import Final

import asyncpg  # type: ignore[import-untyped] # it ships no types

from millgate.stores.ports import ColumnFailed, QueryTimedOut, RowConflict, StoreUnreachable

CANNOT_CONNECT: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""Raised while connecting: refused, unknown host, wrong password, no such database, too many clients …"""

AGAIN: Final = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
"""The server asks for the transaction to be begun again."""

_LOST: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
)
_OF_A_COLUMN: Final = (
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
    asyncpg.DatatypeMismatchError,
    asyncpg.CannotCoerceError,
    asyncpg.WrongObjectTypeError,
    asyncpg.DataError,
)
_PART: Final = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)'
_NAME: Final = re.compile(rf"{_PART}(?:\s*\.\s*{_PART})*")
_LAST_PART: Final = re.compile(rf"{_PART}$")
_OPERATOR: Final = re.compile(r"(?:AT|BETWEEN|COLLATE|ILIKE|IN|IS|LIKE)\b", re.IGNORECASE)
_COLLATION: Final = re.compile(r'\s+COLLATE\s+"[^"]+"\s*$', re.IGNORECASE)
_ARGUMENT: Final = re.compile(r"query argument \$(\d+)")


def lost(failed: Exception) -> bool:
    """Whether it says that the connection is gone."""
    return isinstance(failed, _LOST)


def told(failed: Exception, sql: str) -> Exception:
    """What a statement's failure is in the words of the ports; the failure itself when they have none."""
    if isinstance(failed, asyncpg.QueryCanceledError):
        return QueryTimedOut(str(failed))
    if isinstance(failed, asyncpg.IntegrityConstraintViolationError):
        return RowConflict(failed.constraint_name or failed.column_name or str(failed))
    if isinstance(failed, asyncpg.UndefinedTableError):
        return StoreUnreachable(str(failed))
    if isinstance(failed, _OF_A_COLUMN) and (column := _column(failed, sql)):
        return ColumnFailed(column)
    return failed


def _column(failed: asyncpg.PostgresError, sql: str) -> str | None:
    """The column that is meant, found in the statement: the server's words may be in any language."""
    if failed.position:
        return _named_at(sql, int(failed.position) - 1)
    # A value of a type that does not fit is refused before it is sent: what it is compared with is not of
    # the type that was declared.
    argument = _ARGUMENT.search(str(failed))
    used = re.search(rf"\${argument[1]}\b", sql) if argument else None
    return _named_before(sql, used.start()) if used else None


def _named_at(sql: str, place: int) -> str | None:
    """The column at a place, or the first argument of the function, or what stands before the operator."""
    found = _NAME.match(sql, place)
    if found is None or _OPERATOR.match(sql, place):
        return _named_before(sql, place)
    opened = re.compile(r"\s*\(\s*").match(sql, found.end())
    return _last_part((opened and _NAME.match(sql, opened.end())) or found)


def _named_before(sql: str, place: int) -> str | None:
    before = list(_NAME.finditer(_COLLATION.sub("", sql[:place])))
    return _last_part(before[-1]) if before else None


def _last_part(name: re.Match[str]) -> str | None:
    last = _LAST_PART.search(name[0])
    if last is None:
        return None
    return last[0][1:-1].replace('""', '"') if last[0].startswith('"') else last[0]
