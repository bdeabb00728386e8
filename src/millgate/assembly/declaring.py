"""What commands and their users do with the declarations of data sources: draft them, and put them."""

from __future__ import annotations

import asyncio
import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from millgate.assembly.sources import open_source
from millgate.plant.sources.address import dialect_of, key_of, without_password
from millgate.plant.sources.drafting import draft
from millgate.plant.sources.inspecting import tables_of
from millgate.plant.sources.reading import DeclarationFaulty, lines_of, read_source
from millgate.snapshot.build import SnapshotFaulty
from millgate.stores.ports import ConnectTimedOut, QueryTimedOut, StoreUnreachable
from millgate.stores.sealing import Sealer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from millgate.core.settings import Settings
    from millgate.plant.sources.schema import Table


@dataclass(frozen=True, slots=True)
class Put:
    """What putting a declaration did.

    Attributes:
        key: of the source.
        what: `added`, `changed` or `unchanged`.
        difference: of the lines of a declaration that stood before, as `diff -u` shows it.
        number: the version that is in force now; None when nothing was published.
    """

    key: str
    what: str
    difference: str
    number: int | None


def inspect(url: str, settings: Settings, *, names: Collection[str], form: str) -> str:
    """A first declaration, from the schema of a database.

    Raises:
        ValueError: it is no address of a database, or has no table that can be shown.
        LookupError: one of the names is no table; tells which.
        StoreUnreachable: the database cannot be used; tells why, without the password.
    """

    async def inspected() -> list[Table]:
        store = open_source(url, settings)
        try:
            return await tables_of(store, settings.query_seconds, names)
        except (ConnectTimedOut, QueryTimedOut, StoreUnreachable) as failed:
            raise StoreUnreachable(without_password(str(failed), url)) from None
        finally:
            store.close()

    dialect = dialect_of(url)
    tables = asyncio.run(inspected())
    if not any(column.kind for table in tables for column in table.columns):
        raise ValueError("there is no table or view of which anything can be shown")
    return draft(key_of(url), dialect, tables, form)


def put(
    settings: Settings, declaration: str, form: str, urls: Mapping[str, str], *, by: str, publish: bool
) -> Put:
    """Add a data source to the catalogue, or replace the one of the same key.

    Raises:
        SourceRefused: with every fault; nothing is changed.
    """
    from django.core.exceptions import ValidationError  # noqa: PLC0415 - Django reads the settled environment
    from django.db import transaction  # noqa: PLC0415 - as above

    from millgate.control.site import boot  # noqa: PLC0415 - as above

    boot.setup()
    if boot.pending():
        raise SourceRefused([f"Migrations wait. Run: millgate migrate --home {settings.home}"])
    from millgate.control.catalogue.services import data_source_put  # noqa: PLC0415 - as above
    from millgate.control.publish.services import publication_make  # noqa: PLC0415 - as above

    try:
        with transaction.atomic():
            before = _standing(declaration, form)
            row = data_source_put(
                declaration=declaration,
                form=form,
                urls=urls,
                sealer=Sealer(settings.master()),
                home=settings.home,
            )
            version = publication_make(by=by, note=f"Data source {row.key}") if publish else None
    except ValidationError as refused:
        raise SourceRefused([why for whys in refused.message_dict.values() for why in whys]) from None
    except SnapshotFaulty as faulty:
        raise SourceRefused(lines_of(faulty.faults)) from None
    lines = difflib.unified_diff(before.splitlines(), declaration.splitlines(), "before", "now", lineterm="")
    difference = "\n".join(lines)
    what = "added" if not before else "changed" if difference or urls else "unchanged"
    return Put(row.key, what, difference if before else "", version.number if version else None)


class SourceRefused(Exception):  # noqa: N818 - what happened, as it is told
    """A data source that cannot be taken, with every reason."""

    def __init__(self, whys: list[str]) -> None:
        super().__init__("\n".join(whys))
        self.whys = whys


def _standing(declaration: str, form: str) -> str:
    """The declaration that has stood under the same key; empty when there is none, or this one has faults."""
    from millgate.control.catalogue.models import DataSource  # noqa: PLC0415 - as above

    try:
        key = read_source(declaration, form).key
    except DeclarationFaulty:
        return ""
    return DataSource.objects.filter(key=key).values_list("declaration", flat=True).first() or ""
