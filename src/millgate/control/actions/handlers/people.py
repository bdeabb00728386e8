"""Records of people: the same actions for clients, employees and liaisons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, ExpressionWrapper, Q

from millgate.control.accounts.models import Hat, HatKind, Person, PersonState
from millgate.control.accounts.services import hat_give
from millgate.control.actions.handlers.users import SEE_PEOPLE
from millgate.control.actions.pipeline.calls import Outcome
from millgate.control.actions.pipeline.listing import index as listed
from millgate.control.actions.pipeline.refusals import invalid, missing, not_found
from millgate.control.actions.registry.routes.people import COLLECTIONS
from millgate.control.actions.shown import user_shown
from millgate.control.audit.collecting import recorded

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from millgate.control.actions.pipeline.calls import ActionCall

_DETAILS: Final = ("first_name", "last_name", "position", "department")
_WAYS: Final = {name: f"person__{name}" for name in ("user_id", "email", "first_name", "last_name")}


def index(call: ActionCall) -> Outcome:
    """`…/index`."""
    active = ExpressionWrapper(Q(person__state=PersonState.ACTIVE), output_field=BooleanField())
    rows = _visible(call).annotate(active=active)
    return listed(call, rows, lambda hat: _shown(hat, call.view), _WAYS | {"company": "person__company__pcn"})


def read(call: ActionCall) -> Outcome:
    """`…/read`."""
    return Outcome(data=_shown(_one(call), call.view))


def create(call: ActionCall) -> Outcome:
    """`…/create`."""
    person = _person(call)
    hat, made = hat_give(person=person, hat=_kind(call))
    if not made:
        raise invalid("user_id" if "user_id" in call.params else "email", "The user has this record already.")
    return Outcome(data=_shown(hat, "default"), record=(hat.kind, str(hat.pk)))


def update(call: ActionCall) -> Outcome:
    """`…/update`."""
    hat = _one(call)
    data = _shown(hat, "default")
    with recorded():
        _details_set(hat.person, {name: call.params[name] for name in _DETAILS if name in call.params})
        if call.params.get("active") is False:
            data = _shown(hat, "default") | {"active": False}
            hat.delete()
            return Outcome(data=data, message="The record is taken away.", record=(hat.kind, str(data["id"])))
    return Outcome(data=_shown(hat, "default"), record=(hat.kind, str(hat.pk)))


def _kind(call: ActionCall) -> HatKind:
    return HatKind(COLLECTIONS[call.route.collection])


def _visible(call: ActionCall) -> QuerySet[Hat]:
    """The records that the caller may see: of their own company, unless they may see all people."""
    rows = Hat.objects.select_related("person__company").filter(kind=_kind(call))
    if call.user.has_perm(SEE_PEOPLE):
        return rows
    return rows.filter(person__company__isnull=False, person__company=call.user.company_id)


def _one(call: ActionCall) -> Hat:
    hat = _visible(call).filter(pk=call.params["id"]).first()
    if hat is None:
        raise not_found("id", COLLECTIONS[call.route.collection])
    return hat


def _person(call: ActionCall) -> Person:
    user_id, email = call.params.get("user_id"), call.params.get("email")
    if user_id is None and email is None:
        raise missing("user_id", "Name the user by user_id or by email.")
    people = Person.objects.filter(is_service_account=False)
    by_id = people if user_id is None else people.filter(user_id=user_id)
    person = (by_id if email is None else by_id.filter(email__iexact=email)).first()
    if person is None:
        raise not_found("user_id" if user_id is not None else "email", "user")
    return person


def _details_set(person: Person, given: dict[str, str]) -> None:
    for name, value in given.items():
        setattr(person, name, value)
    others = {field.name for field in Person._meta.get_fields()} - given.keys()  # noqa: SLF001 - Django's name for a public thing
    try:
        person.clean_fields(exclude=others)
    except ValidationError as refused:
        raise invalid(next(iter(refused.message_dict)), " ".join(refused.messages)) from None
    if given:
        person.save(update_fields=list(given))


def _shown(hat: Hat, view: str) -> dict[str, Any]:
    person = hat.person
    return {"id": hat.pk, "role": hat.kind, "user": user_shown(person, view), "active": person.is_active}
