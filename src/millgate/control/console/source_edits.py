"""One edit of a resource: its forms, what they mean, and what the database says of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from millgate.control.catalogue.services import data_source_check
from millgate.control.clients.vault import sealer
from millgate.control.console.source_desk import preview_seen, resource_begun
from millgate.control.console.source_editing import (
    MOST_COLUMNS,
    resource_initial,
    resource_made,
    resource_put,
    rows_initial,
)
from millgate.control.console.source_forms import ColumnFormSet, PreviewForm, ResourceForm, SourceForm
from millgate.plant.sources.desk import SourceUnreadable
from millgate.plant.sources.reading import TOML
from millgate.plant.sources.writing import declaration_of
from millgate.snapshot.sources import SourceResource
from millgate.stores.sealing import SealBroken

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.http import HttpRequest

    from millgate.control.catalogue.models import DataSource
    from millgate.plant.sources.desk import Preview
    from millgate.plant.sources.schema import Table
    from millgate.snapshot.sources import DataSource as Source

_SALT = "declaration of a resource"


@dataclass(frozen=True, slots=True)
class Begun:
    """What an edit begins with.

    Attributes:
        resource: as it is declared, or as a first draft has it.
        table: as the database says; None when it was not looked at.
        trouble: why it could not be looked at.
    """

    resource: SourceResource
    table: Table | None = None
    trouble: str = ""

    @classmethod
    def of(cls, table: Table, dialect: str) -> Begun:
        """The beginning for a table that is not declared yet."""
        return cls(resource_begun(table, dialect), table)

    @classmethod
    def sent(cls, request: HttpRequest) -> Begun | None:
        """What a page of ours sends back; None when it sends nothing, or not ours."""
        try:
            found = signing.loads(request.POST["begun"], salt=_SALT)
            return cls(msgspec.convert(found, SourceResource))
        except (KeyError, signing.BadSignature, msgspec.ValidationError):
            return None

    def signed(self) -> str:
        """To be sent back by the page."""
        return signing.dumps(msgspec.to_builtins(self.resource), salt=_SALT, compress=True)


class Edit:
    """An edit as a page shows it, and as it came back.

    Args:
        request: what came.
        source: as declared.
        begun: the resource.
        row: the source's; None of one that is new.
        instead_of: the name of the resource that is replaced; empty for one that is added.
        new_source: whether the source is named in the same step.
        tiers: on which a new source answers.
        look_at: gives the address of the database.

    Attributes:
        made: the resource as filled in; None while it has faults, or is taken away.
        faults: what stands against it, in lines.
        preview: the first rows, where they were asked for.
        trouble: why there is no preview.
    """

    def __init__(
        self,
        request: HttpRequest,
        source: Source,
        begun: Begun,
        *,
        look_at: Callable[[], str],
        row: DataSource | None = None,
        instead_of: str = "",
        new_source: bool = False,
        tiers: list[str] | None = None,
    ) -> None:
        self._request, self._source, self._row, self._look_at = request, source, row, look_at
        self.begun, self.instead_of, self.tiers = begun, instead_of, tiers or []
        self.made: SourceResource | None = None
        self.faults: list[str] = []
        self.preview: Preview | None = None
        self.trouble = begun.trouble
        # The page that chooses a table posts, too, and holds no columns yet.
        self._data = request.POST if "columns-TOTAL_FORMS" in request.POST else None
        self.columns = ColumnFormSet(
            self._data, initial=rows_initial(begun.resource, begun.table), prefix="columns"
        )
        initial = resource_initial(begun.resource)
        self.resource = ResourceForm(
            self._data,
            initial=initial,
            prefix="resource",
            columns=self._names(),
            sorted_by=initial["sort"],
        )
        named = {"key": source.key, "name": source.name, "suffix": source.suffix, "tiers": self.tiers}
        self.source = SourceForm(self._data, initial=named, prefix="source") if new_source else None
        self.company = PreviewForm(self._data)
        self.left_out = len(begun.table.columns) > MOST_COLUMNS if begun.table else False
        if self._data is not None:
            self._fill()

    @property
    def home(self) -> Path:
        """Where relative files lie."""
        home: Path = settings.MILLGATE.home
        return home

    @property
    def remarks_lost(self) -> bool:
        """Whether saving loses remarks that somebody wrote into the declaration."""
        return self._row is not None and "#" in self._row.declaration

    @property
    def alone(self) -> bool:
        """Whether the source has no other resource, and cannot be without this one."""
        return len(self._source.resources) == 1

    def wants_saving(self) -> bool:
        """Whether it is to be saved, and nothing stands against it."""
        return self.made is not None and "_save" in self._request.POST and not self.faults

    def declaration(self, form: str) -> str:
        """The declaration with the change."""
        return declaration_of(self._changed(), form)

    def remove(self) -> None:
        """Take the resource away."""
        kept = tuple(item for item in self._source.resources if item.name != self.instead_of)
        self._source, self.made = msgspec.structs.replace(self._source, resources=kept), None

    def hidden(self) -> dict[str, str]:
        """What the page sends back besides what is filled in."""
        return {"seen": self._mark()} | ({} if self.instead_of else {"begun": self.begun.signed()})

    def _names(self) -> list[str]:
        """The columns that can be chosen."""
        if self._data is not None:
            found = [str(form["column"].value() or "") for form in self.columns]
        else:
            found = [str(row["column"]) for row in self.columns.initial or []]
        pcn = self.begun.resource.pcn
        return list(dict.fromkeys([*found, *([pcn] if isinstance(pcn, str) else [])]))

    def _fill(self) -> None:
        forms = [form for form in (self.source, self.resource, self.columns) if form is not None]
        if not all([form.is_valid() for form in forms]):  # noqa: C419 - each tells its own faults
            return
        if self.source is not None:
            given = self.source.cleaned_data
            self.tiers = given["tiers"]
            self._source = msgspec.structs.replace(
                self._source, key=given["key"], name=given["name"], suffix=given["suffix"]
            )
        rows = [form.cleaned_data for form in self.columns]
        self.made = resource_made(self.resource.cleaned_data, rows, self.begun.resource)
        whys = self._whys()
        self.faults = [*self._meanwhile(), *whys]
        if "_preview" in self._request.POST and not whys:
            self._look()

    def _whys(self) -> list[str]:
        """What is wrong with the declaration and the database, by its place."""
        url = self._look_at() if self.source is not None else ""
        try:
            data_source_check(
                declaration=self.declaration(TOML),
                form=TOML,
                urls=dict.fromkeys(self.tiers, url) if url else {},
                sealer=sealer(),
                home=self.home,
            )
        except ValidationError as refused:
            prefix = f"source {self._source.key}, "
            return [line.removeprefix(prefix) for whys in refused.message_dict.values() for line in whys]
        except SealBroken:
            return [_("Its address was sealed under another master key. Give it again on the source's page.")]
        return []

    def _look(self) -> None:
        pcn = self.company.cleaned_data.get("company") if self.company.is_valid() else None
        assert self.made is not None  # noqa: S101 - it has no faults
        try:
            found = preview_seen(self._look_at(), self._changed(), self.made.name, pcn or 0)
        except SourceUnreadable as why:
            self.trouble = str(why)
        else:
            rows = tuple(tuple(map(_as_json, row)) for row in found.rows)
            self.preview = msgspec.structs.replace(found, rows=rows)

    def _changed(self) -> Source:
        if self.made is None:
            return self._source
        return resource_put(self._source, self.made, instead_of=self.instead_of)

    def _mark(self) -> str:
        text = self._row.declaration if self._row is not None else ""
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _meanwhile(self) -> list[str]:
        seen: Any = self._request.POST.get("seen", "")
        if self._row is None or seen == self._mark():
            return []
        return [
            _("Somebody else has changed the declaration meanwhile. Open this page again, and repeat it.")
        ]


def _as_json(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """A value as people know it from answers: truth values in lower case."""
    return str(value).lower() if isinstance(value, bool) else value
