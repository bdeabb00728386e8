"""What a database says of its tables, as values."""

from __future__ import annotations

import msgspec


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column.

    Attributes:
        name: as the database calls it.
        type: as declared; may be empty.
        kind: what it seems to hold, one of `snapshot.sources.KINDS`; empty when no field can show it.
        stored: how, as a field says it.
        nullable: whether a row may lack it.
        doubt: why the kind is a guess; empty when it is none.
    """

    name: str
    type: str
    kind: str
    stored: str = ""
    nullable: bool = True
    doubt: str = ""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One table or view.

    Attributes:
        name: as the database calls it.
        schema: where it is; empty in SQLite.
        view: whether it is a view.
        columns: in their order.
        unique: columns by which rows are told apart alone: the primary key first.
        indexed: columns that an index begins with, or continues with behind the company.
    """

    name: str
    schema: str = ""
    view: bool = False
    columns: tuple[Column, ...] = ()
    unique: tuple[str, ...] = ()
    indexed: tuple[str, ...] = ()
