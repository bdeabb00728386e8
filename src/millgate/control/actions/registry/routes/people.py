"""Records of people: who is client, employee or liaison. The three collections have the same routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.control.actions.registry.common import ID
from millgate.control.actions.registry.model import Attribute, Parameter, Role, Route, Type, Verb
from millgate.control.actions.registry.services import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterator

COLLECTIONS: Final = {"clients": "client", "employees": "employee", "liaisons": "liaison"}
"""The role that each collection holds the records of."""
CHANGE: Final = "accounts.change_person"
_READERS: Final = (Role.EMPLOYEE, Role.APPLICATION)
_ATTRIBUTES: Final = (
    Attribute("id", Type.INTEGER),
    Attribute("user_id", search=True),
    Attribute("email", search=True),
    Attribute("first_name", search=True),
    Attribute("last_name", search=True),
    Attribute("company", Type.INTEGER),
    Attribute("active", Type.BOOLEAN, sort=False),
)
_USER: Final = Parameter(
    name="user_id",
    type=Type.STRING,
    position=400,
    max_length=100,
    description="The user ID (PUN) of whoever gets the record; or else email.",
)
_EMAIL: Final = Parameter(
    name="email",
    type=Type.STRING,
    position=410,
    max_length=254,
    description="The e-mail address of whoever gets the record; or else user_id.",
    example="user@example.com",
)


def _details() -> tuple[Parameter, ...]:
    words = {"first_name": "The first name.", "last_name": "The last name."}
    words |= {"position": "What they do.", "department": "Where they do it."}
    return tuple(
        Parameter(name=name, type=Type.STRING, position=500 + 100 * place, max_length=100, description=text)
        for place, (name, text) in enumerate(words.items())
    )


def _routes(collection: str, word: str) -> Iterator[Route]:
    views = ("default", "minimal")
    yield Route(
        path=f"{collection}/index",
        purpose=f"Lists those who have a record as {word}, of one's own company unless one may see all.",
        service=PEOPLE.slug,
        roles=_READERS,
        attributes=_ATTRIBUTES,
        views=views,
    )
    yield Route(
        path=f"{collection}/read",
        purpose=f"Answers one record as {word}.",
        service=PEOPLE.slug,
        roles=_READERS,
        own_parameters=(ID,),
        views=views,
    )
    yield Route(
        path=f"{collection}/create",
        purpose=f"Gives a user a record as {word}. Only who administers people may.",
        service=PEOPLE.slug,
        roles=(Role.EMPLOYEE,),
        right=CHANGE,
        own_parameters=(_USER, _EMAIL),
    )
    yield Route(
        path=f"{collection}/update",
        verb=Verb.PUT,
        purpose=f"Changes details of a {word}, or takes the record away. Only who administers people may.",
        service=PEOPLE.slug,
        roles=(Role.EMPLOYEE,),
        right=CHANGE,
        own_parameters=(
            ID,
            *_details(),
            Parameter(
                name="active",
                type=Type.BOOLEAN,
                position=900,
                description="False takes the record away; the user stays.",
            ),
        ),
    )


ROUTES: Final = tuple(
    route for collection, word in COLLECTIONS.items() for route in _routes(collection, word)
)
