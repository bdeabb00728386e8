"""The registry itself: which services and routes there are, and which of them answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.control.actions.registry.model import Attribute, Parameter, Role, Route, State, Type, Verb
from millgate.control.actions.registry.services import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANYBODY: Final = (Role.USER, Role.APPLICATION)
_STATES: Final = tuple(state.value for state in State)
_RIGHTS: Final = {"routes": "actions.change_routerecord", "services": "actions.change_servicerecord"}
_NAMES: Final = {"routes": "path", "services": "slug"}
_EXAMPLES: Final = {"routes": "cancelations/update", "services": "cancelations"}
_ATTRIBUTES: Final = {
    "routes": (Attribute("path", search=True), Attribute("service")),
    "services": (Attribute("slug", search=True), Attribute("owner", search=True), Attribute("version")),
}


def _one(collection: str) -> tuple[Parameter, ...]:
    name, word = _NAMES[collection], collection[:-1]
    return (
        Parameter(
            name="id",
            type=Type.INTEGER,
            position=400,
            least=1,
            description=f"Of the {word}; or else {name}.",
        ),
        Parameter(
            name=name,
            type=Type.STRING,
            position=410,
            max_length=100,
            description=f"Of the {word}; or else id.",
            example=_EXAMPLES[collection],
        ),
    )


def _routes(collection: str) -> Iterator[Route]:
    word, views = collection[:-1], ("default", "minimal")
    yield Route(
        path=f"{collection}/index",
        purpose=f"Lists the {collection} of the registry with the state of each.",
        service=REGISTRY.slug,
        roles=_ANYBODY,
        views=views,
        attributes=(
            Attribute("id", Type.INTEGER),
            *_ATTRIBUTES[collection],
            Attribute("state"),
            Attribute("deployed_at", instant=True),
        ),
    )
    yield Route(
        path=f"{collection}/read",
        purpose=f"Answers one {word} of the registry.",
        service=REGISTRY.slug,
        roles=_ANYBODY,
        views=views,
        own_parameters=_one(collection),
    )
    yield Route(
        path=f"{collection}/update",
        verb=Verb.PUT,
        purpose=f"Plans, deploys or retires a {word}, at once. Only who administers the registry may.",
        service=REGISTRY.slug,
        roles=(Role.USER,),
        right=_RIGHTS[collection],
        own_parameters=(
            *_one(collection),
            Parameter(
                name="state",
                type=Type.STRING,
                position=500,
                required=True,
                possible_values=_STATES,
                description="Only what is deployed answers.",
                example="deployed",
            ),
        ),
    )


ROUTES: Final = (*_routes("routes"), *_routes("services"))
