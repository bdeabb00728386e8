"""How the rows of a list are written: what a column shows is settled once, and not anew for every cell.

As Django's own lists write them, with the name of the column beside each cell for narrow pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from django.contrib.admin.templatetags.admin_list import _boolean_icon  # type: ignore[attr-defined]
from django.contrib.admin.utils import display_for_field, display_for_value, label_for_field
from django.db import models
from django.utils import dateformat, formats, timezone
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.contrib.admin.views.main import ChangeList

CHECKBOX: Final = "action_checkbox"
_KEPT_TOGETHER: Final = (models.DateField, models.TimeField, models.ForeignKey)
"""Fields whose cells are not broken into lines."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list.

    Attributes:
        label: its name.
        classes: of its cells.
        read: what a row has there.
        shown: the same as text or HTML.
        link: whether it leads to the row's page.
        head: whether it is the head of its row.
    """

    label: str
    classes: str
    read: Callable[[Any], Any]
    shown: Callable[[Any], Any]
    link: bool
    head: bool

    def cell(self, row: Any, address: Callable[[Any], str]) -> str:  # noqa: ANN401 - a row of any list
        """The cell of a row."""
        value = self.read(row)
        whole = isinstance(value, (date, time)) and not self.classes.endswith("nowrap")
        classes = f"{self.classes} nowrap" if whole else self.classes
        shown: str = conditional_escape(self.shown(value))
        if self.link:
            shown = f'<a href="{escape(address(row))}">{shown}</a>'
        tag = "th" if self.head else "td"
        return f'<{tag}{self.label} class="{classes}">{shown}</{tag}>'


def rows_written(listed: ChangeList) -> Iterator[SafeString]:
    """The cells of each row of a list."""
    columns = _columns(listed)
    for row in listed.result_list:
        cells = "".join(column.cell(row, listed.url_for_result) for column in columns)
        yield mark_safe(cells)  # noqa: S308 - each cell is escaped


def _columns(listed: ChangeList) -> list[Column]:
    names = [str(name) for name in listed.list_display]
    links = listed.list_display_links or ()
    head = next((name for name in names if name in links), "")
    return [_column(listed, name, link=name in links, head=name == head) for name in names]


def _column(listed: ChangeList, name: str, *, link: bool, head: bool) -> Column:
    admin = listed.model_admin
    source: Any
    label, source = label_for_field(name, listed.model, model_admin=admin, return_attr=True)
    empty = getattr(source, "empty_value_display", admin.get_empty_value_display())
    if name == CHECKBOX:
        return Column("", "action-checkbox", source, str, link=False, head=False)
    classes = f"field-{name}"
    if source is None:
        field = listed.model._meta.get_field(name)  # noqa: SLF001 - Django's name for a public thing
        read: Callable[[Any], Any] = attrgetter(field.name)
        shown = _of_field(field, empty)
        classes += " nowrap" if isinstance(field, _KEPT_TOGETHER) else ""
    else:
        read, shown = _of_source(name, source, admin), _of_value(source, empty)
    said = escape(f"{str(label)[:1].upper()}{str(label)[1:]}")
    return Column(f' data-label="{said}"', classes, read, shown, link, head)


def _of_source(name: str, source: Any, admin: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - whatever a list shows
    """What a column reads that is no field: a method of the page, or what a row has by this name."""
    if getattr(admin, name, None) == source:
        return source  # type: ignore[no-any-return]
    if source is str:
        return str

    def read(row: Any) -> Any:  # noqa: ANN401 - a row of any list
        value = getattr(row, name)
        return value() if callable(value) else value

    return read


def _of_value(source: Any, empty: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - whatever a list shows
    boolean = getattr(source, "boolean", False)
    return lambda value: display_for_value(value, empty, boolean)


def _of_field(field: Any, empty: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - a field of any model
    if field.flatchoices:
        words = {key: str(word) for key, word in field.flatchoices}
        return lambda value: words.get(value, empty)
    if isinstance(field, models.BooleanField):
        icons = {value: _boolean_icon(value) for value in (True, False, None)}
        return lambda value: icons[value]
    if isinstance(field, models.DateTimeField):
        form = formats.get_format("DATETIME_FORMAT")
        return lambda value: empty if value is None else dateformat.format(timezone.localtime(value), form)
    if isinstance(field, models.ForeignKey):
        return lambda value: empty if value is None else value
    return lambda value: display_for_field(value, field, empty)
