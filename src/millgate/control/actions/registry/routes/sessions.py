"""Signing in, and what becomes of a session."""

from __future__ import annotations

from typing import Final

from millgate.control.actions.registry import statuses
from millgate.control.actions.registry.common import APPLICATION_VIEW, APPLICATIONS, ID, SESSION_VIEW
from millgate.control.actions.registry.model import Attribute, Parameter, Role, Route, Type, Verb
from millgate.control.actions.registry.services import SESSIONS

EMAIL: Final = Parameter(
    name="email",
    type=Type.STRING,
    position=1,
    required=True,
    max_length=254,
    description="The e-mail address of the user.",
    example="user@example.com",
)
PASSWORD: Final = Parameter(
    name="password",
    type=Type.STRING,
    position=2,
    required=True,
    max_length=128,
    sensitive=True,
    description="The password of the user.",
    example="nine tall mills",
)
REMEMBER_ME: Final = Parameter(
    name="remember_me",
    type=Type.BOOLEAN,
    position=6,
    description="Saved for the user: whether their sessions stay however old and unused they are.",
    example=False,
)

CREATE: Final = Route(
    path="sessions/create",
    purpose="Signs a user in to an application. The token of the new session is shown only here.",
    service=SESSIONS.slug,
    sensitive=True,
    views=(),
    own_parameters=(
        EMAIL,
        PASSWORD,
        Parameter(
            name="application",
            type=Type.STRING,
            position=3,
            required=True,
            possible_values=APPLICATIONS,
            description="The application that the user signs in to.",
            example="planoorder",
        ),
        Parameter(
            name="redirect_url",
            type=Type.STRING,
            position=3,
            max_length=1000,
            description="Where the user goes on to, in this installation. It is answered as it was given.",
        ),
        Parameter(
            name="view",
            type=Type.STRING,
            position=4,
            possible_values=("default", "minimal"),
            description="How much of the user is answered.",
        ),
        Parameter(
            name="otp",
            type=Type.STRING,
            position=5,
            max_length=32,
            sensitive=True,
            also_integer=True,
            description="The code of the second factor, or a recovery code, where the account has one.",
        ),
        REMEMBER_ME,
        Parameter(
            name="application_view",
            type=Type.STRING,
            position=110,
            possible_values=APPLICATION_VIEW.possible_values,
            description=APPLICATION_VIEW.description,
        ),
        SESSION_VIEW,
    ),
    own_statuses=(
        statuses.EMAIL_NOT_FOUND,
        statuses.INVALID_PASSWORD,
        statuses.NO_PASSWORD,
        statuses.USER_REQUIRES_ROLE,
        statuses.SECOND_FACTOR,
    ),
)
READ: Final = Route(
    path="sessions/read",
    purpose="Answers the session of the token, as a check that it still holds. The check counts as use.",
    service=SESSIONS.slug,
    roles=(Role.USER,),
    own_parameters=(APPLICATION_VIEW,),
)
UPDATE: Final = Route(
    path="sessions/update",
    verb=Verb.PUT,
    purpose=(
        "Saves for the user whether their sessions are remembered. Without it a session ends seven days "
        "after it was made, or when it was not used for 72 hours; what has ended does not come back."
    ),
    service=SESSIONS.slug,
    roles=(Role.USER,),
    own_parameters=(
        Parameter(
            name="remember_me",
            type=Type.BOOLEAN,
            position=400,
            required=True,
            description=REMEMBER_ME.description,
            example=True,
        ),
    ),
)
DESTROY: Final = Route(
    path="sessions/destroy",
    verb=Verb.DELETE,
    purpose="Ends a session: that of the token, or another one of the same user.",
    service=SESSIONS.slug,
    roles=(Role.USER,),
    own_parameters=(
        Parameter(
            name="id",
            type=Type.INTEGER,
            position=ID.position,
            least=1,
            description="Of the session; that of the token unless given.",
        ),
    ),
)
INDEX: Final = Route(
    path="sessions/index",
    purpose="Lists the sessions of the user, the newest first.",
    service=SESSIONS.slug,
    roles=(Role.USER,),
    views=("default", "minimal"),
    attributes=(
        Attribute("id", Type.INTEGER),
        Attribute("application", search=True),
        Attribute("created_at", instant=True),
        Attribute("last_used_at", instant=True),
    ),
)

ROUTES: Final = (CREATE, READ, UPDATE, DESTROY, INDEX)
