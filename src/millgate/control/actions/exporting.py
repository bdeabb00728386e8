"""What people decided about the action API, as files of decisions hold it.

Applications, services and routes come with the product, so files name only those that somebody has changed.
What is pruned of them goes back to how every installation begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from millgate.control.accounts.models import Person
from millgate.control.actions.applications import BUILT_IN, application_account_set, application_set
from millgate.control.actions.cancelation_models import ListItem
from millgate.control.actions.deployment import (
    FIRST_STATE,
    registry_ensure,
    route_state_first,
    route_state_set,
    service_state_set,
)
from millgate.control.actions.list_items import list_item_put
from millgate.control.actions.models import Application, DeployState, RouteRecord, ServiceRecord
from millgate.control.publish.exporting import kinds
from millgate.control.publish.exporting.keeping import Keeper

if TYPE_CHECKING:
    from collections.abc import Iterator

_R = TypeVar("_R", Application, ServiceRecord, RouteRecord)


# Applications


def _applications() -> Iterator[kinds.ActionApplication]:
    for row in Application.objects.select_related("account"):
        account = row.account.user_id if row.account else None
        thing = kinds.ActionApplication(row.slug, row.name, tuple(row.roles), row.active, account)
        if thing != _application_first(row.slug):
            yield thing


def _application_first(slug: str) -> kinds.ActionApplication | None:
    built_in = BUILT_IN.get(slug)
    return None if built_in is None else kinds.ActionApplication(slug, *built_in)


def _application_put(thing: kinds.ActionApplication) -> None:
    row = _standing(Application, slug=thing.slug)
    account = Person.objects.filter(user_id=thing.account).first() if thing.account is not None else None
    if thing.account is not None and account is None:
        raise ValidationError({"account": _("There is no person %(key)s.") % {"key": thing.account}})
    application_set(row, name=thing.name, roles=thing.roles, active=thing.active)
    application_account_set(row, account)


def _application_remove(thing: kinds.ActionApplication) -> None:
    first = _application_first(thing.slug)
    if first is None:
        raise ValidationError(_("Sessions refer to it, so it stays. Set `active: false` instead."))
    _application_put(first)


# Services and routes


def _services() -> Iterator[kinds.ActionService]:
    for row in ServiceRecord.objects.all():
        if row.state != FIRST_STATE:
            yield kinds.ActionService(row.slug, row.state)


def _service_put(thing: kinds.ActionService) -> None:
    service_state_set(_standing(ServiceRecord, slug=thing.slug), _state(thing.state))


def _service_remove(thing: kinds.ActionService) -> None:
    service_state_set(_standing(ServiceRecord, slug=thing.slug), FIRST_STATE)


def _routes() -> Iterator[kinds.ActionRoute]:
    for row in RouteRecord.objects.all():
        if row.state != route_state_first(row.path):
            yield kinds.ActionRoute(row.path, row.state)


def _route_put(thing: kinds.ActionRoute) -> None:
    route_state_set(_standing(RouteRecord, path=thing.path), _state(thing.state))


def _route_remove(thing: kinds.ActionRoute) -> None:
    route_state_set(_standing(RouteRecord, path=thing.path), route_state_first(thing.path))


def _state(state: str) -> DeployState:
    if state not in DeployState.values:
        told = _("Say one of %(names)s.") % {"names": ", ".join(DeployState.values)}
        raise ValidationError({"state": told})
    return DeployState(state)


# Items of lists


def _items() -> Iterator[kinds.ListItem]:
    for row in ListItem.objects.all():
        yield kinds.ListItem(**{name: getattr(row, name) for name in kinds.ListItem.__struct_fields__})


def _item_put(thing: kinds.ListItem) -> None:
    list_item_put(msgspec.structs.asdict(thing))


def _item_remove(_thing: kinds.ListItem) -> None:
    raise ValidationError(_("Records refer to it, so it stays. Set `active: false` instead."))


def _standing(model: type[_R], **by: str) -> _R:
    """The row of a name, which is made now if this installation has not yet begun with it."""
    row = model.objects.filter(**by).first()
    if row is None:
        registry_ensure()
        row = model.objects.filter(**by).first()
    if row is None:
        raise ValidationError(_("This release has no %(key)s.") % {"key": next(iter(by.values()))})
    return row


KEEPERS: Final = {
    kinds.ACTION_APPLICATION: Keeper(_applications, _application_put, _application_remove),
    kinds.ACTION_SERVICE: Keeper(_services, _service_put, _service_remove),
    kinds.ACTION_ROUTE: Keeper(_routes, _route_put, _route_remove),
    kinds.LIST_ITEM: Keeper(_items, _item_put, _item_remove),
}
