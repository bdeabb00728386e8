"""The applications that calls are made in."""

from __future__ import annotations

from typing import Final

from millgate.control.actions.registry.model import Attribute, Parameter, Role, Route, Type
from millgate.control.actions.registry.services import APPLICATIONS

_ANYBODY: Final = (Role.USER, Role.APPLICATION)

INDEX: Final = Route(
    path="applications/index",
    purpose="Lists the applications, and in which order each of them admits the roles of a user.",
    service=APPLICATIONS.slug,
    roles=_ANYBODY,
    views=("default", "minimal"),
    attributes=(
        Attribute("id", Type.INTEGER),
        Attribute("slug", search=True),
        Attribute("name", search=True),
        Attribute("active", Type.BOOLEAN),
    ),
)
READ: Final = Route(
    path="applications/read",
    purpose="Answers one application, by its id or its slug.",
    service=APPLICATIONS.slug,
    roles=_ANYBODY,
    views=("default", "minimal"),
    own_parameters=(
        Parameter(
            name="id",
            type=Type.INTEGER,
            position=400,
            least=1,
            description="Of the application; or else slug.",
        ),
        Parameter(
            name="slug",
            type=Type.STRING,
            position=410,
            max_length=50,
            description="Of the application; or else id.",
            example="planoorder",
        ),
    ),
)

ROUTES: Final = (INDEX, READ)
