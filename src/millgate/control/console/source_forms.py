"""The forms with which a table or view is declared as a resource, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts.models import Company
from millgate.control.catalogue.models import DataSource
from millgate.control.catalogue.names import key_validator
from millgate.control.console.fields import Unrepeated
from millgate.control.console.source_editing import BETWEEN, KEPT, MOST_COLUMNS, SORTS
from millgate.plant.sources.desk import PREVIEW_ROWS
from millgate.snapshot.document import PRODUCTION, TEST
from millgate.snapshot.sources import KINDS, MOST_FIELDS, MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.functional import Promise

_TIERS: Final = ((TEST, _("Test")), (PRODUCTION, _("Production")))
_KIND_WORDS: Final = {
    "integer": _("Whole number"),
    "number": _("Number"),
    "text": _("Text"),
    "boolean": _("Yes or no"),
    "instant": _("Instant"),
    "date": _("Date"),
    "time of day": _("Time of day"),
}
_STORED: Final = (
    ("", _("As it is")),
    ("text", _("2026-01-31 06:00:00, in UTC")),
    ("iso", _("2026-01-31T06:00:00, with zone or offset")),
    ("epoch", _("Seconds since 1970")),
    ("any", _("Anything, shown as a text")),
)
_FILTERS: Final = (
    ("", _("None")),
    ("equal", _("Equal")),
    ("like", _("Like, with % for anything")),
    ("any of", _("Any of several")),
    (BETWEEN, _("Between two times")),
    (KEPT, _("As declared")),
)
_OWNERS: Final = (
    ("column", _("Each company the rows with its number in a column")),
    ("company", _("One company all rows")),
    ("every", _("Every company all rows")),
)
MOST_TABLES: Final = 2000


class AddressForm(forms.Form):
    """Where the database is, and for which tiers it answers."""

    address = forms.CharField(
        label=_("Address of the database"),
        max_length=2000,
        widget=Unrepeated(attrs={"size": 80, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("As in sqlite:///srv/erp.db or postgresql://user:password@host/erp. It is kept sealed."),
    )
    tiers = forms.MultipleChoiceField(
        label=_("Answers on"), choices=_TIERS, initial=[TEST], widget=forms.CheckboxSelectMultiple
    )


class SourceForm(forms.Form):
    """How a new source is called."""

    key = forms.CharField(
        label=_("Key"),
        max_length=76,
        validators=[key_validator],
        help_text=_("Names the source and its API for good, as in order-book."),
    )
    name = forms.CharField(label=_("Name"), max_length=200)
    suffix = forms.CharField(
        label=_("Suffix"),
        max_length=100,
        help_text=_("The first segment of its addresses behind the tier, as in OrderBook."),
    )
    tiers = forms.MultipleChoiceField(
        label=_("Answers on"), choices=_TIERS, widget=forms.CheckboxSelectMultiple
    )

    def clean_key(self) -> str:
        """A key that no other source has: saving a new source replaces none."""
        key: str = self.cleaned_data["key"]
        if DataSource.objects.filter(key=key).exists():
            raise forms.ValidationError(_("There is a data source of this key; change that one."))
        return key


class ResourceForm(forms.Form):
    """What is said of a resource besides its columns.

    Args:
        columns: of the table, in its order.
        sorted_by: how it is declared to be sorted, which may be by several columns.
    """

    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("PascalCase, the last part of its address, as in Orders.")
    )
    description = forms.CharField(
        label=_("Description"), max_length=500, required=False, widget=forms.TextInput(attrs={"size": 80})
    )
    controller = forms.CharField(
        label=_("Controller"),
        max_length=60,
        required=False,
        help_text=_("What a security role must open to read it. Empty: its name."),
    )
    owner = forms.ChoiceField(label=_("Who reads what"), choices=_OWNERS, widget=forms.RadioSelect)
    pcn_column = forms.ChoiceField(label=_("Column with the company's number"), required=False)
    pcn = forms.TypedChoiceField(label=_("The company"), required=False, coerce=int, empty_value=None)
    key = forms.ChoiceField(
        label=_("Key"),
        required=False,
        help_text=_(
            "The column that tells rows apart: a whole number or a text. Without, rows are only listed."
        ),
    )
    sort = forms.ChoiceField(
        label=_("Sorted by"), required=False, help_text=_("The key follows. Choose a column with an index.")
    )
    row_cap = forms.IntegerField(
        label=_("Rows of a page at most"), min_value=1, max_value=MOST_ROWS, required=False, initial=MOST_ROWS
    )

    def __init__(self, *args: Any, columns: Sequence[str], sorted_by: str = "", **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*args, **kwargs)
        all_columns: list[tuple[str, str | Promise]] = [(column, column) for column in columns]
        none = [("", _("None"))]
        self._choices("key", [*none, *all_columns])
        self._choices("pcn_column", [*none, *all_columns])
        several = [(sorted_by, sorted_by)] if SORTS in sorted_by else []
        self._choices("sort", [("", _("The key alone")), *several, *all_columns])
        companies = [(pcn, f"{name} ({pcn})") for pcn, name in Company.objects.values_list("pcn", "name")]
        self._choices("pcn", [("", _("None")), *companies])

    def _choices(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Whose rows these are is said in one way."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("owner") == "column" and not cleaned.get("pcn_column"):
            self.add_error("pcn_column", _("Choose the column that holds the number of the company."))
        if cleaned.get("owner") == "company" and not cleaned.get("pcn"):
            self.add_error("pcn", _("Choose the company that may read all rows."))
        return cleaned


class ColumnForm(forms.Form):
    """One column, and how it is shown."""

    column = forms.CharField(max_length=128, strip=False, widget=forms.HiddenInput)
    type = forms.CharField(max_length=200, required=False, widget=forms.HiddenInput)
    shown = forms.BooleanField(label=_("Shown"), required=False)
    name = forms.CharField(
        label=_("Name"), max_length=60, required=False, widget=forms.TextInput(attrs={"size": 14})
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=[(kind, _KIND_WORDS[kind]) for kind in KINDS])
    stored = forms.ChoiceField(label=_("Stored"), choices=_STORED, required=False)
    present = forms.BooleanField(label=_("Never empty"), required=False)
    filter = forms.ChoiceField(label=_("Filter"), choices=_FILTERS, required=False)
    doc = forms.CharField(
        label=_("What it means"),
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"size": 24, "aria-label": _("What it means")}),
    )


ColumnFormSet = forms.formset_factory(
    ColumnForm, extra=0, max_num=MOST_COLUMNS, absolute_max=MOST_FIELDS, validate_max=True
)


class PreviewForm(forms.Form):
    """As whom the first rows are looked at."""

    company = forms.TypedChoiceField(label=_("As company"), coerce=int, required=False, empty_value=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*args, **kwargs)
        field = self.fields["company"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(pcn, f"{name} ({pcn})") for pcn, name in Company.objects.values_list("pcn", "name")]
        field.help_text = _("The first %(rows)s rows that it would get.") % {"rows": PREVIEW_ROWS}
