"""Lists of rows that stay quick with ten thousand of them.

Django's own list sorts and skips whole rows, with all that they refer to; here a page is found by its keys
alone, and its rows are read for these. Its date hierarchy calls back into Python for every row.
"""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote as url_quote

from django.contrib.admin.templatetags.admin_list import date_hierarchy
from django.contrib.admin.utils import quote
from django.contrib.admin.views.main import ChangeList
from django.db.models import TextField
from django.db.models.functions import Cast, Substr
from django.urls import reverse
from django.utils.functional import cached_property

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

_LENGTHS: Final = {"year": 4, "month": 7, "day": 10}
_ANY_MOMENT: Final = "0001-01-01"
_PLACE: Final = "0"


class ConsoleList(ChangeList):
    """The rows of a page of a list, and the addresses of their pages."""

    def get_results(self, request: HttpRequest) -> None:
        """Find the rows of the page: of many, by their keys."""
        super().get_results(request)
        # What is distinct is sorted with the columns that it is sorted by, which are no keys.
        if self.multi_page and not self.queryset.query.distinct:
            rows = self.apply_select_related(self.root_queryset)
            found = rows.filter(pk__in=self.result_list.values("pk"))
            self.result_list = found.order_by(*self.queryset.query.order_by)

    def url_for_result(self, result: Model) -> str:
        """The address of a row's page, which leads back to the list as it is narrowed down now."""
        before, behind = self._address
        return f"{before}{url_quote(str(quote(result.pk)))}{behind}"

    @cached_property
    def _address(self) -> tuple[str, str]:
        page = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        before, _, behind = reverse(page, args=(_PLACE,)).rpartition(_PLACE)
        return before, f"{behind}?{self.preserved_filters}" if self.preserved_filters else behind


def dates_of(listed: ChangeList) -> dict[str, Any] | None:
    """What Django's date hierarchy shows of a list; None where it shows nothing."""
    dated = copy.copy(listed)
    dated.queryset = _Moments(listed.queryset)
    return date_hierarchy(dated)


class _Moments:
    """The rows of a list as Django's date hierarchy asks for them."""

    def __init__(self, rows: QuerySet[Model]) -> None:
        self._rows = rows.order_by()

    def aggregate(self, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - as Django's own
        """The first and the last moment."""
        return self._rows.aggregate(**asked)

    def datetimes(self, field: str, kind: str) -> list[datetime]:
        """The years, months or days of which there are rows. SQLite keeps moments as text, in UTC."""
        length = _LENGTHS[kind]
        cut = Substr(Cast(field, TextField()), 1, length)
        found = self._rows.annotate(cut=cut).order_by("cut").values_list("cut", flat=True).distinct()
        return [
            datetime.fromisoformat(text + _ANY_MOMENT[length:]).replace(tzinfo=UTC) for text in found if text
        ]
