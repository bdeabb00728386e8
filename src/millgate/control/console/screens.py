"""The console's pages about people that are no model's, and the names under which people know its lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts.standings import CHANGES_PEOPLE, roles_giveable

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.utils.functional import Promise

CHANGES_SUBSCRIPTIONS: Final = "clients.change_subscription"
CHANGES_SERVICE_REQUESTS: Final = "accounts.change_servicerequest"
DECIDES: Final = (CHANGES_PEOPLE, CHANGES_SUBSCRIPTIONS, CHANGES_SERVICE_REQUESTS)
"""The rights of whoever approves something."""

NAMES: Final[dict[str, str | Promise]] = {
    "Person": _("User Manager"),
    "ServiceRequest": _("Service Requests"),
    "ClientApplication": _("Client Applications"),
}
"""What lists are called, by the model of their rows, where that is not its name."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A page in a group of the console.

    Attributes:
        group: the app in whose group it stands.
        name: as shown.
        key: names it among the pages.
        view: names its address.
        open_to: whether somebody sees it.
    """

    group: str
    name: str | Promise
    key: str
    view: str
    open_to: Callable[[HttpRequest], bool]


def may_decide(request: HttpRequest) -> bool:
    """Whether somebody may approve anything."""
    return any(request.user.has_perm(right) for right in DECIDES)


def may_give_roles(request: HttpRequest) -> bool:
    """Whether there is a role that somebody may give to others."""
    return request.user.is_authenticated and roles_giveable(request.user).exists()


def may_set_access(request: HttpRequest) -> bool:
    """Whether somebody may say in which companies people act."""
    return request.user.has_perm(CHANGES_PEOPLE)


SCREENS: Final = (
    Screen("accounts", _("Approvals"), "Approvals", "console-approvals", may_decide),
    Screen("accounts", _("Cloud Access"), "CloudAccess", "console-cloud-access", may_set_access),
    Screen("accounts", _("Roles to give"), "RolesToGive", "console-roles", may_give_roles),
)


def with_screens(request: HttpRequest, groups: list[Any]) -> list[Any]:
    """The groups of the console under the names that people know, with the screens that are open to them."""
    for group in groups:
        for model in group["models"]:
            model["name"] = NAMES.get(model["object_name"], model["name"])
    for screen in SCREENS:
        if screen.open_to(request):
            _group(groups, screen)["models"].append(_entry(screen))
    return groups


def _group(groups: list[Any], screen: Screen) -> dict[str, Any]:
    """The group of a screen; it is made for who sees nothing else of it."""
    found = next((group for group in groups if group["app_label"] == screen.group), None)
    if found is None:
        found = {
            "name": _("People and access"),
            "app_label": screen.group,
            "app_url": reverse(screen.view),
            "has_module_perms": True,
            "models": [],
        }
        groups.append(found)
    return found


def _entry(screen: Screen) -> dict[str, Any]:
    return {
        "name": screen.name,
        "object_name": screen.key,
        "admin_url": reverse(screen.view),
        "add_url": None,
        "view_only": True,
        "perms": {"view": True},
    }
