"""Registration, forgotten passwords, and a user's own account."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from millgate.control.actions.registry import statuses
from millgate.control.actions.registry.common import APPLICATION
from millgate.control.actions.registry.model import Parameter, Role, Route, Type, Verb
from millgate.control.actions.registry.routes.sessions import EMAIL
from millgate.control.actions.registry.services import ACCOUNTS

_FIRST_NAME: Final = Parameter(
    name="first_name",
    type=Type.STRING,
    position=500,
    max_length=100,
    description="The first name.",
    example="Dee",
)
_LAST_NAME: Final = Parameter(
    name="last_name",
    type=Type.STRING,
    position=600,
    max_length=100,
    description="The last name.",
    example="Porter",
)
_COMPANY_NAME: Final = Parameter(
    name="company_name",
    type=Type.STRING,
    position=700,
    max_length=150,
    description="The company, in the client's own words, for whoever approves the account.",
    example="Example Pumps",
)
_COMPANY_ID: Final = Parameter(
    name="company_id",
    type=Type.INTEGER,
    position=700,
    least=1,
    most=2**31 - 1,
    description="The number (PCN) of the company, where it is known; for whoever approves the account.",
)
NEW_PASSWORD: Final = Parameter(
    name="password",
    type=Type.STRING,
    position=800,
    max_length=128,
    sensitive=True,
    description="The new password.",
    example="ten short chimneys",
)
_CLIENT: Final = Parameter(
    name="client", type=Type.PARENT, position=400, required=True, description="Who becomes a client."
)


def _of_client(parameter: Parameter, *, required: bool = False) -> Parameter:
    return replace(parameter, parent="client", required=required)


CLIENTS_REGISTER: Final = Route(
    path="clients/register",
    purpose=(
        "Asks for an account with a record as client. The address gets a mail with a link; there is no "
        "account before it was followed, and an administrator may have to approve it."
    ),
    service=ACCOUNTS.slug,
    sensitive=True,
    mails=True,
    own_parameters=(
        replace(
            APPLICATION, position=300, required=True, description="The application that is registered for."
        ),
        Parameter(
            name="enterprise",
            type=Type.BOOLEAN,
            position=310,
            description="Whether the client asks for a company. Then company_name or company_id is required.",
        ),
        Parameter(
            name="accept_terms",
            type=Type.BOOLEAN,
            position=320,
            description="That the terms of use are accepted, where the installation has them.",
        ),
        _CLIENT,
        _of_client(replace(EMAIL, position=410), required=True),
        _of_client(replace(NEW_PASSWORD, position=420), required=True),
        _of_client(_FIRST_NAME, required=True),
        _of_client(_LAST_NAME, required=True),
        _of_client(_COMPANY_NAME),
        _of_client(_COMPANY_ID),
    ),
    own_statuses=(statuses.EMAIL_REGISTERED, statuses.CLIENT_INVALID),
)
CLIENT_REGISTER: Final = Route(
    path="users/client_register",
    purpose="Gives the user of the session a record as client.",
    service=ACCOUNTS.slug,
    roles=(Role.USER,),
    sensitive=True,
    own_parameters=(
        replace(_CLIENT, required=False, description="What else is known of the client."),
        _of_client(_FIRST_NAME),
        _of_client(_LAST_NAME),
    ),
    own_statuses=(statuses.CLIENT_INVALID,),
)
FORGOT_PASSWORD: Final = Route(
    path="users/forgot_password",
    purpose="Mails a link to choose a new password. The link works once, for four hours.",
    service=ACCOUNTS.slug,
    mails=True,
    own_parameters=(EMAIL,),
    own_statuses=(statuses.EMAIL_NOT_FOUND,),
)
RESET_PASSWORD: Final = Route(
    path="users/reset_password",
    purpose="Sets a new password by what the mailed link holds. All sessions of the user end.",
    service=ACCOUNTS.slug,
    sensitive=True,
    own_parameters=(
        Parameter(
            name="reset_token",
            type=Type.STRING,
            position=100,
            required=True,
            max_length=200,
            sensitive=True,
            description="The last part of the mailed link.",
            example="sample-reset-token",
        ),
        replace(NEW_PASSWORD, position=200, required=True),
    ),
)
READ: Final = Route(
    path="users/read",
    purpose="Answers the user of the session, or another one where the user may see people.",
    service=ACCOUNTS.slug,
    roles=(Role.USER,),
    own_parameters=(
        Parameter(
            name="id",
            type=Type.INTEGER,
            position=400,
            least=1,
            description="Of the user; that of the session unless given.",
        ),
    ),
)
UPDATE: Final = Route(
    path="users/update",
    verb=Verb.PUT,
    purpose=(
        "Changes the user of the session. A new password takes the present one along, and ends the user's "
        "other sessions; its body is text/plain."
    ),
    service=ACCOUNTS.slug,
    roles=(Role.USER,),
    own_parameters=(
        _FIRST_NAME,
        _LAST_NAME,
        Parameter(
            name="time_zone",
            type=Type.STRING,
            position=700,
            max_length=64,
            description="By its name, as in America/Detroit.",
        ),
        NEW_PASSWORD,
        replace(
            NEW_PASSWORD,
            name="current_password",
            position=900,
            description="The present password; required with a new one.",
            example=None,
        ),
    ),
    own_statuses=(statuses.INVALID_PASSWORD,),
)

ROUTES: Final = (CLIENTS_REGISTER, CLIENT_REGISTER, FORGOT_PASSWORD, RESET_PASSWORD, READ, UPDATE)
