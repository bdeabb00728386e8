"""Looking at a data source's database from a page, with everything that can stand against it in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from django.conf import settings
from django.utils.translation import gettext as _

from millgate.control.catalogue.services import data_source_urls
from millgate.control.clients.vault import sealer
from millgate.plant.sources.address import dialect_of, key_of
from millgate.plant.sources.desk import SourceUnreadable
from millgate.plant.sources.drafting import draft
from millgate.plant.sources.reading import TOML, DeclarationFaulty, read_source
from millgate.snapshot.document import TIERS
from millgate.snapshot.sources import DataSource as Source
from millgate.snapshot.sources import SourceField, SourceResource, pascal
from millgate.stores.sealing import SealBroken

if TYPE_CHECKING:
    from millgate.control.catalogue.models import DataSource
    from millgate.plant.sources.desk import Preview, SourceDesk
    from millgate.plant.sources.schema import Table


def tables_seen(url: str) -> list[Table]:
    """The tables and views of a database, by name.

    Raises:
        SourceUnreadable: tells why not.
    """
    return _desk().tables(url)


def table_seen(url: str, name: str) -> Table:
    """A table or view with its columns; the name may have its schema in front, with a dot.

    Raises:
        SourceUnreadable: tells why not.
    """
    table = _desk().columns(url, [name])[0]
    if not any(column.kind for column in table.columns):
        raise SourceUnreadable(_("%(name)s has no column that can be shown") % {"name": name})
    return table


def preview_seen(url: str, source: Source, resource: str, pcn: int) -> Preview:
    """The first rows of a resource as a company would get them.

    Raises:
        SourceUnreadable: tells why not.
    """
    return _desk().preview(url, source, resource, pcn)


def kept_url(row: DataSource) -> str:
    """The address of one of a source's databases: the test tier's, where there is one.

    Raises:
        SourceUnreadable: it has none, or none that can be opened.
    """
    try:
        urls = data_source_urls(source=row, sealer=sealer())
    except SealBroken:
        raise SourceUnreadable(_("its address was sealed under another master key; give it again")) from None
    found = next((urls[tier] for tier in TIERS if tier in urls), None)
    if found is None:
        raise SourceUnreadable(_("no address is given yet"))
    return found.reveal()


def source_begun(url: str) -> Source:
    """A source without resources, called after its database.

    Raises:
        SourceUnreadable: it is no address of a database.
    """
    try:
        key, dialect = key_of(url), dialect_of(url)
    except ValueError as wrong:
        raise SourceUnreadable(str(wrong)) from None
    return Source(key=key, name=pascal(key) or key, suffix=pascal(key) or "Source", dialect=dialect)


def resource_begun(table: Table, dialect: str) -> SourceResource:
    """A first declaration of a table, as `millgate sources inspect` makes it."""
    # A draft that says nothing of companies is not taken: for the reading alone, it is everybody's.
    text = draft("draft", dialect, [table], TOML)
    owned = "\npcn = " in text
    try:
        source = read_source(text if owned else _everybodys(text), TOML)
    except DeclarationFaulty:
        fields = tuple(
            SourceField(column=column.name, kind=column.kind, stored=column.stored)
            for column in table.columns
            if column.kind
        )
        return SourceResource(
            name=pascal(table.name) or "Rows", table=table.name, schema=table.schema, fields=fields
        )
    made = source.resources[0]
    return made if owned else msgspec.structs.replace(made, every_company=False)


def _everybodys(text: str) -> str:
    return text.replace("[[resources]]\n", "[[resources]]\nevery_company = true\n", 1)


def _desk() -> SourceDesk:
    desk: SourceDesk | None = settings.SOURCE_DESK
    if desk is None:
        raise SourceUnreadable(_("these pages are served apart from the gateway, and look at no database"))
    return desk
