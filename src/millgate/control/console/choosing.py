"""One person chosen out of any number of them: from a list of a few, and of many by typing who it is.

A list of ten thousand is a page of a megabyte that nobody reads. What is typed is a user ID or an e-mail,
which works without scripts; with them, a few that fit are offered while somebody types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.forms.widgets import Script
from django.http import JsonResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts.models import Person, PersonState

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    # Only the type checker's Django can be told of which model a field chooses.
    PersonChoice: TypeAlias = forms.ModelChoiceField[Person]
else:
    PersonChoice = forms.ModelChoiceField

MOST_LISTED: Final = 100
"""Up to how many people are listed to be chosen from."""
MOST_OFFERED: Final = 12
SHORTEST: Final = 2
"""How much has to be typed before anybody is offered."""
_LONGEST: Final = 254
RIGHTS: Final = (
    "accounts.view_person",
    "accounts.change_person",
    "clients.add_clientapplication",
    "clients.change_clientapplication",
    "clients.add_subscription",
)
"""Whoever has one of them chooses people, and so is offered some."""


class PersonInput(forms.TextInput):
    """A line for a user ID or an e-mail, with what fits offered below it where scripts run."""

    def __init__(self) -> None:
        super().__init__(
            {
                "data-choose": reverse_lazy("console-people-offered"),
                "autocomplete": "off",
                "spellcheck": "false",
                "size": 50,
                "maxlength": _LONGEST,
            }
        )

    class Media:
        js = (Script("console/choosing.js", type="module"),)


class TypedPerson(PersonChoice):
    """Somebody out of many, named by user ID or e-mail."""

    widget = PersonInput

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 - as Django's own
        """The user ID of who is chosen; what was typed, as it was typed."""
        if isinstance(value, Person):
            return value.user_id
        if isinstance(value, int):
            return Person.objects.filter(pk=value).values_list("user_id", flat=True).first() or ""
        return value

    def to_python(self, value: Any) -> Person | None:  # noqa: ANN401 - as Django's own
        """Who was named.

        Raises:
            ValidationError: it is nobody who can be chosen.
        """
        if isinstance(value, Person):
            return value
        typed = str(value or "").strip()
        if not typed:
            return None
        found = self._named(typed[:_LONGEST])
        if found is None:
            why = _("Nobody who can be chosen has the user ID or e-mail “%(typed)s”. Type all of it.")
            raise ValidationError(why, code="invalid_choice", params={"typed": typed[:_LONGEST]})
        return found

    def _named(self, typed: str) -> Person | None:
        people: QuerySet[Person] | None = self.queryset
        if people is None or "\0" in typed:
            return None
        # Somebody's user ID may be another one's e-mail; the user ID names for good.
        return people.filter(user_id=typed).first() or people.filter(email__iexact=typed).first()


def choose_people(form: forms.BaseForm, *names: str) -> None:
    """Let people be typed in these fields of a form, where there are more than can be listed."""
    for name in names:
        field = form.fields.get(name)
        if isinstance(field, forms.ModelChoiceField) and _many(field.queryset):
            form.fields[name] = TypedPerson(
                field.queryset,
                required=field.required,
                label=field.label,
                help_text=_said(field.help_text),
            )


def _many(people: Any) -> bool:  # noqa: ANN401 - of any model
    return len(people.order_by().values_list("pk", flat=True)[: MOST_LISTED + 1]) > MOST_LISTED


def _said(told: Any) -> str:  # noqa: ANN401 - a text, perhaps a lazy one
    return f"{_('User ID or e-mail.')} {told}".strip()


def people_offered(request: HttpRequest) -> JsonResponse:
    """A few people who fit what was typed so far: user IDs, and who they are."""
    if not any(request.user.has_perm(right) for right in RIGHTS):
        raise PermissionDenied
    found = people_like(request.GET.get("q", ""))
    offered = [{"value": person.user_id, "label": f"{person}, {person.email}"} for person in found]
    return JsonResponse({"people": offered}, headers={"Cache-Control": "no-store"})


def people_like(typed: str) -> list[Person]:
    """Open accounts in whose names, e-mails or user IDs each word is, at most `MOST_OFFERED`."""
    words = typed.replace("\0", "").strip()[:_LONGEST].split()
    if sum(map(len, words)) < SHORTEST:
        return []
    people = Person.objects.exclude(state=PersonState.CLOSED)
    for word in words:
        people = people.filter(
            Q(user_id__icontains=word)
            | Q(email__icontains=word)
            | Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
        )
    return list(people.order_by("user_id")[:MOST_OFFERED])
