"""What calls come to: every status slug with its HTTP code. Routes add only what is theirs alone."""

from __future__ import annotations

from typing import Final

from millgate.control.actions.registry.model import Status

SUCCESSFUL: Final = Status(slug="action-successful", code=200, description="The action was done.")
INVALID_TOKEN: Final = Status(
    slug="invalid-token", code=401, description="The token is unknown, has ended, or its user is not active."
)
SESSION_EXPIRED: Final = Status(
    slug="session-expired",
    code=401,
    description=(
        "The session is older than seven days or unused for 72 hours, and its user saved no remember_me."
    ),
)
CLIENT_REQUIRED: Final = Status(
    slug="client-required",
    code=401,
    description=(
        "The user has no record as client, employee or liaison. The session is answered along, so that the "
        "caller can go on to users/client_register."
    ),
)
MISSING_PARAM: Final = Status(slug="missing-param", code=400, description="A required parameter is missing.")
INVALID_PARAM: Final = Status(
    slug="invalid-param", code=400, description="A parameter is not what it must be; the message says which."
)
INVALID_CONTENT_TYPE: Final = Status(
    slug="invalid-content-type",
    code=400,
    description="The Content-Type is not that of the body that the route takes.",
)
APPLICATION_CRASH: Final = Status(
    slug="application-crash",
    code=500,
    description="The action failed; an operator finds the cause by the request ID.",
)
MAIL_FAILED: Final = Status(
    slug="mandrill-email-failed",
    code=500,
    description=(
        "The action was done and its record is in data, but its mail was not taken. An operator is notified."
    ),
)
ROUTE_NON_EXISTENT: Final = Status(
    slug="route-non-existent", code=500, description="There is no route of this verb and path."
)
PERMISSION_DENIED: Final = Status(
    slug="permission-denied",
    code=403,
    description="The caller's role may not do this, or the application admits none of their roles.",
    own=True,
)
RATE_LIMIT: Final = Status(
    slug="rate-limit-exceeded",
    code=429,
    description="Too many calls or tries. Retry-After says after how many seconds to go on.",
    own=True,
)
NO_PARAMS: Final = Status(
    slug="no-params-decoded",
    code=400,
    description="The body could be read and holds no parameter.",
    uncommon=True,
)
INVALID_ENCODED: Final = Status(
    slug="invalid-encoded-params",
    code=400,
    description="The body is not a JSON object, or not the base64 of one.",
    uncommon=True,
)
ROUTE_NOT_FOUND: Final = Status(
    slug="route-not-found", code=500, description="The route is planned or retired.", uncommon=True
)
IDENTIFY_ERROR: Final = Status(
    slug="identify-request-error",
    code=500,
    description="The server could not find out which route was asked for.",
    uncommon=True,
)
SERVICE_NOT_FOUND: Final = Status(
    slug="service-not-found",
    code=500,
    description="The service of the route is planned or retired.",
    uncommon=True,
)

WITH_TOKEN: Final = (INVALID_TOKEN, SESSION_EXPIRED, CLIENT_REQUIRED)
"""What only routes answer that take a token."""
COMMON: Final = (
    SUCCESSFUL,
    *WITH_TOKEN,
    MISSING_PARAM,
    INVALID_PARAM,
    INVALID_CONTENT_TYPE,
    APPLICATION_CRASH,
    MAIL_FAILED,
    ROUTE_NON_EXISTENT,
    PERMISSION_DENIED,
    RATE_LIMIT,
)
"""What every route may answer, in the order of its page."""
UNCOMMON: Final = (NO_PARAMS, INVALID_ENCODED, ROUTE_NOT_FOUND, IDENTIFY_ERROR, SERVICE_NOT_FOUND)
"""Likewise, of what stands apart."""

EMAIL_NOT_FOUND: Final = Status(
    slug="email-not-found", code=400, description="No account has this e-mail address."
)
INVALID_PASSWORD: Final = Status(
    slug="invalid-password",
    code=400,
    description="The password is not that of the account, or the account is not active.",
)
NO_PASSWORD: Final = Status(
    slug="user-has-no-password",
    code=400,
    description="The account has no password yet. users/forgot_password mails a link to choose one.",
)
USER_REQUIRES_ROLE: Final = Status(
    slug="user-requires-role",
    code=400,
    description="The user has records, and the application admits none of them.",
)
SECOND_FACTOR: Final = Status(
    slug="second-factor-required",
    code=400,
    description="The account has a second factor: otp is missing, wrong, or was used already.",
    own=True,
)
EMAIL_REGISTERED: Final = Status(
    slug="email-already-registered", code=400, description="Another account has this e-mail address."
)
CLIENT_INVALID: Final = Status(
    slug="client-validation-failed",
    code=400,
    description="The client's details cannot be accepted; the message says why.",
)
