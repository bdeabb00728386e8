"""Fields of pages about people: roles and rights as grids of check boxes, companies where there are many."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django import forms
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts.models import Company
from millgate.control.accounts.standings import Standing, roles_given

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

    from millgate.control.accounts.models import Role

    # Only the type checker's Django can be told of which model a choice is.
    CompanyChoice: TypeAlias = forms.ModelChoiceField[Company]
    RightsChoice: TypeAlias = forms.ModelMultipleChoiceField[Permission]
else:
    CompanyChoice, RightsChoice = forms.ModelChoiceField, forms.ModelMultipleChoiceField

MOST_IN_A_LIST: Final = 100
"""Up to how many companies are offered as a list; where there are more, one types a PCN."""
MOST_PCNS: Final = 200
_BETWEEN: Final = re.compile(r"[\s,;]+")
_PCN: Final = re.compile(r"[0-9]{1,10}")
LARGEST_PCN: Final = 2**31 - 1
RIGHTS_OF: Final = ("accounts", "clients", "catalogue", "publish", "usage", "mail", "audit")
"""The parts of the console whose pages ask for rights."""


# Roles


class RolesGrid(forms.Widget):
    """A row for each role, with the check boxes Member and Admin."""

    template_name = "console/widgets/roles_grid.html"
    roles: tuple[Role, ...] = ()

    def id_for_label(self, id_: str) -> str:
        """No single element is labelled."""
        del id_
        return ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:  # noqa: ANN401
        """What the template gets: the roles and how somebody stands in each."""
        standings: Mapping[str, Standing] = value or {}
        rows = [(role, standings.get(role.key, Standing())) for role in self.roles]
        return super().get_context(name, None, attrs) | {"name": name, "rows": rows}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, Standing]:  # noqa: ANN401
        """How somebody shall stand in each role that the page showed."""
        del files
        return {
            role.key: Standing(f"{name}-{role.key}-member" in data, f"{name}-{role.key}-admin" in data)
            for role in self.roles
        }

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:  # noqa: ANN401
        """Never: no check is an answer."""
        del data, files, name
        return False


class RolesField(forms.Field):
    """How somebody stands in the roles, by key. `roles_load` reads which there are."""

    widget = RolesGrid

    def __init__(self, **named: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(required=False, **named)

    def roles_load(self) -> None:
        """Offer the roles that there are now."""
        self.widget.roles = tuple(roles_given())


# Rights


@dataclass(frozen=True, slots=True)
class RightsRow:
    """The rights to one kind of thing: by what may be done, whether checked, or None for no such right."""

    name: str
    boxes: list[tuple[str | Promise, str, bool] | None]


@dataclass(frozen=True, slots=True)
class RightsGroup:
    """The rights of one part of the console."""

    name: str
    rows: list[RightsRow] = field(default_factory=list)


_MAY: Final = (("view", _("See")), ("add", _("Add")), ("change", _("Change")), ("delete", _("Delete")))


class RightsGrid(forms.CheckboxSelectMultiple):
    """A row for each kind of thing, with a check box for each right to it."""

    template_name = "console/widgets/rights_grid.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:  # noqa: ANN401
        """What the template gets: the rights by part of the console and kind of thing."""
        chosen = {str(item) for item in value or ()}
        # Not as a list of choices, which would write each right in words.
        context: dict[str, Any] = forms.Widget.get_context(self, name, None, attrs)
        return context | {"name": name, "may": [word for _key, word in _MAY], "groups": self._groups(chosen)}

    def _groups(self, chosen: set[str]) -> list[RightsGroup]:
        by_thing: dict[tuple[str, str], dict[str, Permission]] = {}
        for right in self.choices.queryset:  # type: ignore[attr-defined]
            thing = (right.content_type.app_label, right.content_type.model)
            by_thing.setdefault(thing, {})[right.codename.partition("_")[0]] = right
        groups: dict[str, RightsGroup] = {}
        for (app, _model), rights in sorted(by_thing.items(), key=lambda item: RIGHTS_OF.index(item[0][0])):
            meta = next(iter(rights.values())).content_type.model_class()._meta  # type: ignore[union-attr]  # noqa: SLF001 - Django's name for a public thing
            group = groups.setdefault(app, RightsGroup(str(meta.app_config.verbose_name)))
            boxes = [_box(rights.get(key), word, chosen) for key, word in _MAY]
            group.rows.append(RightsRow(str(meta.verbose_name_plural), boxes))
        return list(groups.values())


def _box(
    right: Permission | None, word: str | Promise, chosen: set[str]
) -> tuple[str | Promise, str, bool] | None:
    return None if right is None else (word, str(right.pk), str(right.pk) in chosen)


class RightsField(RightsChoice):
    """The rights of an administrator in part."""

    widget = RightsGrid

    def __init__(self, **named: Any) -> None:  # noqa: ANN401 - passed on
        rights = Permission.objects.filter(content_type__app_label__in=RIGHTS_OF)
        queryset = rights.select_related("content_type").order_by("content_type__model", "codename")
        super().__init__(queryset=queryset, required=False, **named)


# Companies


class CompanyField(CompanyChoice):
    """A company by its PCN: chosen from a list, or typed where the list would be long."""

    default_error_messages = {"invalid_choice": _("There is no company with this PCN.")}

    def __init__(self, **named: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(queryset=Company.objects.order_by("name", "pcn"), to_field_name="pcn", **named)

    def fit(self) -> None:
        """Become a text to type into where there are many companies."""
        if Company.objects.order_by()[: MOST_IN_A_LIST + 1].count() > MOST_IN_A_LIST:
            self.widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": 12})
            self.help_text = _("The PCN of the company.")

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - as Django's own
        """The company.

        Raises:
            ValidationError: there is none.
        """
        if value not in self.empty_values and not isinstance(value, Company) and not _pcn(str(value).strip()):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().to_python(value.strip() if isinstance(value, str) else value)


class PcnsField(forms.CharField):
    """Companies by their PCNs, with spaces, commas or lines between them."""

    def __init__(self, **named: Any) -> None:  # noqa: ANN401 - passed on
        widget = forms.Textarea(attrs={"rows": 2, "cols": 40, "spellcheck": "false"})
        super().__init__(required=False, max_length=12 * MOST_PCNS, widget=widget, **named)

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 - as Django's own
        """The text of companies."""
        if value is None or isinstance(value, str):
            return value
        return ", ".join(str(company.pcn) for company in value)

    def clean(self, value: Any) -> Any:  # noqa: ANN401 - as Django's own
        """The companies, in the order of their PCNs.

        Raises:
            ValidationError: some are none.
        """
        words = {word for word in _BETWEEN.split(super().clean(value)) if word}
        found = {
            str(company.pcn): company
            for company in Company.objects.filter(pcn__in=[int(word) for word in words if _pcn(word)])
        }
        missing = sorted(word for word in words if word.lstrip("0") not in found)
        if missing:
            raise ValidationError(_now("There is no company %(pcns)s.") % {"pcns": ", ".join(missing)[:200]})
        return list(found.values())


def _pcn(text: str) -> bool:
    return bool(_PCN.fullmatch(text)) and int(text) <= LARGEST_PCN
