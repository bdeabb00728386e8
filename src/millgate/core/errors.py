"""The error catalogue: every refusal that Millgate can answer, with its code, status, text and remedy.

    MG1xx  the request itself        MG2xx  credentials        MG3xx  permission
    MG4xx  limits                    MG5xx  upstream           MG6xx  data
    MG7xx  the token service         MG9xx  ours

A `Problem` is a catalogue entry and never changes. A `Refusal` is one use of it: the values that fill
its text, headers that go with it, and a cause that is logged and never shown. `Refused` carries a
refusal up a call stack where returning one would bury the code.

Codes are never reused. Texts of the managed, backend and token shapes are literals that client
programs match on (the 2017 manual); remedies are ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Shape(StrEnum):
    """The form in which a refusal is written on the wire."""

    MANAGED = "managed"
    """`{ "statusCode": …, "message": … }`: the managed layer."""
    BEARER = "bearer"
    """`{ "status": …, "Message": … }`: a bearer token that was read and refused."""
    BACKEND = "backend"
    """`{"type": null, "title": …, "status": …, "detail": …, "instance": …}`: the plant."""
    OAUTH = "oauth"
    """`{"error": …, "error_description": …, …}`: the token service."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One entry of the catalogue. There is one of each, so it is equal to itself alone.

    Attributes:
        code: `MGnnn`, stable for ever.
        status: the HTTP status code.
        shape: how it is written on the wire.
        message: the text shown, with `{names}` for the values of a refusal.
        remedy: what the reader should do next.
        title: the backend's title, or the `error` of RFC 6749 section 5.2 for the token service.
        numbers: the numbers of the token service, outermost first.
    """

    code: str
    status: int
    shape: Shape
    message: str
    remedy: str
    title: str = ""
    numbers: tuple[int, ...] = ()


@dataclass(slots=True)
class Refusal:
    """One use of a problem: what the caller sees, and what only the log sees. Nobody changes one.

    It is not frozen, because making a frozen one takes three times as long and refusing must be cheap.

    Attributes:
        problem: the catalogue entry.
        values: fill the message's names.
        headers: go out with the answer.
        cause: for the log alone; never part of an answer.
        members: extension members of RFC 9457 (section 3.2), written behind the others in the backend's shape
            and in no other.
        limit: the limit that was used up, in words, for records; empty when it was none.
        wait: the seconds after which that limit lets a call pass.
    """

    problem: Problem
    values: Mapping[str, object] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()
    cause: str = ""
    members: Mapping[str, object] = field(default_factory=dict)
    limit: str = ""
    wait: int = 0
    _text: str = field(default="", init=False, repr=False, compare=False)

    @property
    def message(self) -> str:
        """The text for the caller."""
        if not self._text:
            text = self.problem.message
            self._text = text.format_map(self.values) if self.values else text
        return self._text


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """Carries a refusal to the place that answers the request."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.problem.code)
        self.refusal = refusal

    def __str__(self) -> str:
        return f"{self.refusal.problem.code} {self.refusal.message}"


CATALOGUE: Final[dict[str, Problem]] = {}
"""Every problem by its code."""


def _problem(
    code: str,
    status: int,
    shape: Shape,
    message: str,
    remedy: str,
    *,
    title: str = "",
    numbers: tuple[int, ...] = (),
) -> Problem:
    if code in CATALOGUE:
        msg = f"{code} stands twice in the catalogue"
        raise TypeError(msg)
    entry = Problem(code, status, shape, message, remedy, title, numbers)
    CATALOGUE[code] = entry
    return entry


def _managed(code: str, status: int, message: str, remedy: str) -> Problem:
    return _problem(code, status, Shape.MANAGED, message, remedy)


def _backend(code: str, status: int, title: str, message: str, remedy: str) -> Problem:
    return _problem(code, status, Shape.BACKEND, message, remedy, title=title)


def _oauth(code: str, status: int, error: str, message: str, remedy: str, *numbers: int) -> Problem:
    return _problem(code, status, Shape.OAUTH, message, remedy, title=error, numbers=numbers)


# 1xx: the request itself

PATH_NOT_SANE = _managed(
    "MG101",
    400,
    "The request path is not valid: {reason}.",
    "Send one plain path: no empty, '.' or '..' segment, no encoded slash or dot, no backslash, no control character.",
)
BODY_TOO_LARGE = _managed(
    "MG102",
    413,
    "The request body is larger than {limit} bytes.",
    "Send less in one request.",
)
ROUTE_UNKNOWN = _managed(
    "MG103",
    404,
    "Resource not found",
    "Compare tier, suffix, version and resource with the API's page; X-Millgate-Hint names a near address.",
)
QUERY_NOT_SANE = _managed(
    "MG104",
    400,
    "The query string is not valid: {reason}.",
    "Percent-encode the query as UTF-8.",
)
UPGRADE_UNSUPPORTED = _managed(
    "MG105",
    501,
    "WebSocket connections are not supported.",
    "Call the operation with plain HTTP.",
)
HEAD_TOO_LARGE = _managed(
    "MG106",
    431,
    "The request head is larger than {limit} bytes.",
    "Send fewer or shorter headers.",
)
BODY_CUT_SHORT = _managed(
    "MG107",
    400,
    "The request body was cut short.",
    "Send the whole body; nothing was done with the part that arrived.",
)
HEAD_NOT_SANE = _managed(
    "MG108",
    400,
    "The request head is not valid: {reason}.",
    "Send plain HTTP/1.1; say once how long the body is, and which host is meant.",
)
HEAD_TOO_SLOW = _managed(
    "MG109",
    408,
    "The request head did not arrive in time.",
    "Send the whole head at once.",
)
TLS_NEEDED = _managed(
    "MG110",
    400,
    "This address speaks TLS alone.",
    "Begin the address with https://.",
)

FAULT_UNKNOWN = _managed(
    "MG111",
    400,
    "X-Millgate-Fault names no error that this address can be asked for: {code}. The list is at {address}.",
    "Send the code of an error that the list says can be produced by this header, as in X-Millgate-Fault: MG401.",
)

# 2xx: credentials

KEY_MISSING = _managed(
    "MG201",
    401,
    "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.",
    "Send your key in the header Ocp-Apim-Subscription-Key; it stands in your profile on the portal.",
)
KEY_INVALID = _managed(
    "MG202",
    401,
    "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.",
    "Check that the key is whole, that its subscription is active, and that its adapter covers this API and tier.",
)
AUTHORIZATION_MISSING = _managed(
    "MG203",
    401,
    "Not authorized: Authorization header value not present.",
    "Get a token and send it as 'Authorization: Bearer <token>'.",
)
_BEARER_TEXT = (
    "Unauthorized. Access token is missing or invalid. Verify the token is in the Authorization Header with the token "
    "type 'Bearer'. Make certain the token is not expired. Use an inspection tool such as https://jwt.io/ and verify "
    "all expected claims are present, including exp, iat, nbf, etc. Make sure the token was requested from the Plex "
    "token endpoint with resource http://api.plex.com/."
)
BEARER_UNREADABLE = _managed(
    "MG204",
    401,
    _BEARER_TEXT,
    "Send exactly 'Bearer', one space and the access_token of the token answer.",
)
BEARER_REFUSED = _problem(
    "MG205",
    401,
    Shape.BEARER,
    _BEARER_TEXT,
    "Get a new token from this installation's token endpoint, for the documented resource.",
)

# 3xx: permission

TIER_REFUSED = _managed(
    "MG301",
    403,
    "Application is not allowed to access production resources.",
    "Call the test tier, or ask an administrator to lift Test Only from the application.",
)
CONTROLLER_REFUSED = _backend(
    "MG302",
    403,
    "Access Restricted Resource",
    "PCN does not have access to Controller '{controller}'",
    "Give the application's account a security role that opens this controller.",
)
ACCOUNT_UNRESOLVED = _backend(
    "MG303",
    403,
    "Access Restricted Resource",
    "Failed to get authorization token",
    "Check that the application names a PUN, and that this account is active in the application's PCN.",
)

# 4xx: limits

RATE_EXCEEDED = _managed(
    "MG401",
    429,
    "Rate limit is exceeded. Try again in {seconds} seconds.",
    "Wait as long as Retry-After says; spread the calls, or ask for a higher limit.",
)
CALL_QUOTA_EXCEEDED = _managed(
    "MG402",
    403,
    "Out of call volume quota. Quota will be replenished in {span}.",
    "Wait for the quota's next period, or ask for a larger quota.",
)
BANDWIDTH_QUOTA_EXCEEDED = _managed(
    "MG403",
    403,
    "Out of bandwidth quota. Quota will be replenished in {span}.",
    "Wait for the quota's next period, or ask for a larger quota.",
)

# 5xx: upstream

DATABASE_CONNECT_TIMEOUT = _backend(
    "MG501",
    500,
    "Unknown Error",
    "An attempt to establish a SQL connection has timed out.  Connection Timeout Expired.",
    "Try again; an operator should look at the load of the plant database.",
)
DATABASE_UNREACHABLE = _backend(
    "MG502",
    500,
    "Unknown Error",
    "An attempt to use the SQL data store has failed.  A network-related or instance-specific error occurred while "
    "establishing a connection to SQL Server. The server was not found or was not accessible.",
    "An operator should check that the plant database runs and can be reached.",
)
QUERY_TIMEOUT = _backend(
    "MG503",
    500,
    "Unknown Error",
    "Timeout expired.  The timeout period elapsed prior to completion of the operation or the server is not responding.",
    "Ask for less at once: a shorter window, a smaller limit, more filters.",
)
PROPERTY_FAILED = _backend(
    "MG504",
    500,
    "Unknown Error",
    "{column}",
    "One returned value could not be read; an operator should look at the named column.",
)

UPSTREAM_UNREACHABLE = _managed(
    "MG511",
    500,
    "Internal server error",
    "An operator should check that the API's upstream runs and can be reached; the reason names its address.",
)
UPSTREAM_TIMED_OUT = _managed(
    "MG512",
    500,
    "Internal server error",
    "The API's upstream did not answer in time: ask for less at once, or let an operator allow it more seconds.",
)
UPSTREAM_BROKE_OFF = _managed(
    "MG513",
    500,
    "Internal server error",
    "The API's upstream closed the connection or answered what is no HTTP; an operator should look at its log.",
)
UPSTREAM_RESTING = _managed(
    "MG514",
    500,
    "Internal server error",
    "The API's upstream failed several times in a row and is left alone for some seconds; try again later.",
)
UPSTREAM_BUSY = _managed(
    "MG515",
    500,
    "Internal server error",
    "All connections to the API's upstream were taken for too long; try again later, or allow more of them.",
)

# 6xx: data

DATA_NOT_FOUND = _backend(
    "MG601",
    404,
    "Resource Not Found",
    "Resource not found. {resource}",
    "There is no row for this key and these filters; an empty list is answered so, too.",
)
PARAMETER_WRONG = _backend(
    "MG602",
    400,
    "Bad Request",
    "{faults}",
    "Correct the named parameters; the text lists the accepted names and forms.",
)
BODY_UNREADABLE = _backend(
    "MG603",
    400,
    "Bad Request",
    "The request body cannot be read: {reason}.",
    "Send one JSON object in UTF-8, or, to make several rows, an array of 1 to 1000 objects.",
)
MEDIA_TYPE_UNSUPPORTED = _backend(
    "MG604",
    415,
    "Unsupported Media Type",
    "The request body must be application/json in UTF-8, not {media_type}.",
    "Send Content-Type: application/json.",
)
ROWS_WRONG = _backend(
    "MG605",
    400,
    "Bad Request",
    "{faults}",
    "Correct the named members and send all rows again: nothing was written.",
)
ROWS_CONFLICT = _backend(
    "MG606",
    409,
    "Conflict",
    "{faults}",
    "Read the named rows again and decide anew: nothing was written.",
)
ROW_CHANGED = _backend(
    "MG607",
    412,
    "Precondition Failed",
    "The row is no longer what If-Match says.",
    "Read the row again, look at what has changed, and send the change with the new ETag.",
)
IDEMPOTENCY_KEY_REUSED = _backend(
    "MG608",
    422,
    "Unprocessable Content",
    "This Idempotency-Key was sent with another request.",
    "Make a new key for each request; use one again only to repeat the same request.",
)

# 7xx: the token service (RFC 6749 section 5.2; texts of the manual's time)

TOKEN_PARAMETER_MISSING = _oauth(
    "MG701",
    400,
    "invalid_request",
    "AADSTS90014: The request body must contain the following parameter: '{parameter}'.",
    "Send the parameter in the form body, not in the address.",
    90014,
)
TOKEN_GRANT_UNSUPPORTED = _oauth(
    "MG702",
    400,
    "unsupported_grant_type",
    "AADSTS70003: The access grant '{grant_type}' is not supported.",
    "Use client_credentials, authorization_code or refresh_token.",
    70003,
)
TOKEN_CLIENT_UNKNOWN = _oauth(
    "MG703",
    400,
    "unauthorized_client",
    "AADSTS70001: Application with identifier {client_id} was not found in the directory {tenant}",
    "Check the client ID, the tenant in the address, and that the application is enabled.",
    70001,
)
TOKEN_CLIENT_AMBIGUOUS = _oauth(
    "MG704",
    400,
    "invalid_request",
    "AADSTS90011: Request is ambiguous, multiple application identifiers found. Application identifiers: '{client_ids}'.",
    "Identify the application once: in the header or in the body.",
    90011,
)
TOKEN_SECRET_MISSING = _oauth(
    "MG705",
    401,
    "invalid_client",
    "AADSTS90014: The request body must contain the following parameter: 'client_secret or client_assertion'.",
    "Send the application's secret.",
    90014,
)
TOKEN_SECRET_WRONG = _oauth(
    "MG706",
    401,
    "invalid_client",
    "AADSTS70002: Error validating credentials. AADSTS50012: Invalid client secret is provided.",
    "Check that the secret is current, and that + / = in it are percent-encoded in a form body.",
    70002,
    50012,
)
TOKEN_RESOURCE_MISSING = _oauth(
    "MG707",
    400,
    "invalid_resource",
    "AADSTS50001: Resource identifier is not provided.",
    "Send resource=, the audience that the portal's quick start shows.",
    50001,
)
TOKEN_RESOURCE_UNKNOWN = _oauth(
    "MG708",
    400,
    "invalid_resource",
    "AADSTS50001: The application named {resource} was not found in the tenant named {tenant}. This can happen if the "
    "application has not been installed by the administrator of the tenant or consented to by any user in the tenant. "
    "You might have sent your authentication request to the wrong tenant.",
    "Send the resource exactly as documented, its slash at the end included.",
    50001,
)
TOKEN_METHOD_WRONG = _oauth(
    "MG709",
    405,
    "invalid_request",
    "AADSTS900561: The endpoint only accepts POST requests. Received a {method} request.",
    "Use POST with a form body.",
    900561,
)
TOKEN_BODY_EMPTY = _oauth(
    "MG710",
    400,
    "invalid_request",
    "AADSTS90014: The request body must contain the following parameter: 'grant_type'.",
    "Send the parameters as application/x-www-form-urlencoded in the body.",
    90014,
)
TOKEN_TENANT_UNKNOWN = _oauth(
    "MG711",
    400,
    "invalid_request",
    "AADSTS90002: Requested tenant identifier '{tenant}' was not found.",
    "Use the tenant id that the console shows for the company, or the address without a tenant.",
    90002,
)
TOKEN_PARAMETER_REPEATED = _oauth(
    "MG712",
    400,
    "invalid_request",
    "AADSTS90023: The parameter '{parameter}' is given more than once.",
    "Send each parameter once (RFC 6749 section 3.2).",
    90023,
)
TOKEN_CLIENT_AUTHENTICATION_REPEATED = _oauth(
    "MG713",
    400,
    "invalid_request",
    "AADSTS90023: The client authenticates in more than one way.",
    "Use one way of client authentication in a request (RFC 6749 section 2.3).",
    90023,
)
TOKEN_BASIC_UNREADABLE = _oauth(
    "MG714",
    401,
    "invalid_client",
    "AADSTS70002: Error validating credentials. The Authorization header cannot be read.",
    "Send 'Basic' and the base64 of client_id:client_secret (RFC 7617), or both in the body.",
    70002,
)
TOKEN_BODY_UNREADABLE = _oauth(
    "MG715",
    400,
    "invalid_request",
    "AADSTS90023: The request body cannot be read: {reason}.",
    "Send application/x-www-form-urlencoded as UTF-8, at most 64 KiB.",
    90023,
)

TOKEN_ASSERTION_TYPE_WRONG = _oauth(
    "MG716",
    400,
    "invalid_request",
    "AADSTS90023: The 'client_assertion_type' must be 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'.",
    "Send that type with the assertion (RFC 7523 section 2.2).",
    90023,
)
TOKEN_ASSERTION_WRONG = _oauth(
    "MG717",
    401,
    "invalid_client",
    "AADSTS70002: Error validating credentials. AADSTS50012: Client assertion contains an invalid signature.",
    "Sign with RS256 or PS256 and the private key of a certificate that the console lists for the application.",
    70002,
    50012,
)
TOKEN_ASSERTION_UNREADABLE = _oauth(
    "MG718",
    401,
    "invalid_client",
    "AADSTS70002: Error validating credentials. AADSTS50027: Invalid JWT token. {reason}.",
    "Make iss and sub the client ID, aud the token endpoint, exp at most a day ahead (RFC 7523 section 3).",
    70002,
    50027,
)
TOKEN_ASSERTION_TIME_WRONG = _oauth(
    "MG719",
    401,
    "invalid_client",
    "AADSTS70002: Error validating credentials. AADSTS50012: Client assertion is not within its valid time range.",
    "Make a new assertion for each request, and set the machine's clock.",
    70002,
    50012,
)
TOKEN_PUBLIC_CLIENT = _oauth(
    "MG720",
    401,
    "invalid_client",
    "AADSTS70002: Error validating credentials. AADSTS90023: Public clients can't send a client secret.",
    "Leave secret and assertion out, or make the application a confidential one.",
    70002,
    90023,
)
TOKEN_GRANT_MALFORMED = _oauth(
    "MG721",
    400,
    "invalid_grant",
    "AADSTS70002: Error validating credentials. AADSTS70000: The provided access grant is invalid or malformed.",
    "Send the code or refresh token as it came, to the application that it came for.",
    70002,
    70000,
)
TOKEN_GRANT_EXPIRED = _oauth(
    "MG722",
    400,
    "invalid_grant",
    "AADSTS70002: Error validating credentials. AADSTS70008: The provided authorization code or refresh token is "
    "expired. Send a new interactive authorization request for this user and resource.",
    "Send the person to the authorization endpoint again.",
    70002,
    70008,
)
TOKEN_CODE_REUSED = _oauth(
    "MG723",
    400,
    "invalid_grant",
    "AADSTS70002: Error validating credentials. AADSTS54005: OAuth2 Authorization code was already redeemed, please "
    "retry with a new valid code or use an existing refresh token.",
    "Redeem each code once. What the code gave has been revoked, because somebody may have stolen it.",
    70002,
    54005,
)
TOKEN_GRANT_REVOKED = _oauth(
    "MG724",
    400,
    "invalid_grant",
    "AADSTS70002: Error validating credentials. AADSTS50173: The provided grant has expired due to it being revoked.",
    "Keep the newest refresh token and use each once; send the person to the authorization endpoint again.",
    70002,
    50173,
)
TOKEN_REDIRECT_DIFFERS = _oauth(
    "MG725",
    400,
    "invalid_grant",
    "AADSTS70002: Error validating credentials. AADSTS50011: The reply address '{given}' does not match the reply "
    "address '{asked}' provided when requesting Authorization code.",
    "Send the redirect_uri of the authorization request, to the letter.",
    70002,
    50011,
)
TOKEN_VERIFIER_WRONG = _oauth(
    "MG726",
    400,
    "invalid_grant",
    "AADSTS50148: The code_verifier does not match the code_challenge supplied in the authorization request for PKCE.",
    "Send the code_verifier whose challenge went with the authorization request; 43 to 128 characters.",
    50148,
)
TOKEN_RESOURCE_DIFFERS = _oauth(
    "MG727",
    400,
    "invalid_resource",
    "AADSTS50001: The resource '{asked}' does not match the resource '{allowed}' for which the person was asked.",
    "Ask for the resource of the authorization request, or send the person there again.",
    50001,
)
TOKEN_CONSENT_MISSING = _oauth(
    "MG728",
    400,
    "invalid_grant",
    "AADSTS65001: The user or administrator has not consented to use the application with ID '{client_id}'. Send an "
    "interactive authorization request for this user and resource.",
    "Send the person to the authorization endpoint with that resource.",
    65001,
)
TOKEN_ACCOUNT_DISABLED = _oauth(
    "MG729",
    400,
    "invalid_grant",
    "AADSTS70002: Error validating credentials. AADSTS50057: The user account is disabled.",
    "Ask an administrator whether the account is active and acts in the application's company.",
    70002,
    50057,
)
# 73x and 74x: asking people (RFC 6749 section 4.1.2.1). Those without a redirect are pages.

AUTHORIZE_PARAMETER_MISSING = _oauth(
    "MG730",
    400,
    "invalid_request",
    "AADSTS90014: The request body must contain the following parameter: '{parameter}'.",
    "Put the parameter into the address of the request, or into the form when it is posted.",
    90014,
)
REPLY_ADDRESS_UNKNOWN = _oauth(
    "MG731",
    400,
    "invalid_request",
    "AADSTS50011: The reply address '{redirect_uri}' does not match the reply addresses configured for the application: '{client_id}'. More details: not specified",
    "Register this redirect URI with the application in the console, to the letter, or let the program send one that is registered.",
    50011,
)
REPLY_ADDRESS_MISSING = _oauth(
    "MG732",
    400,
    "invalid_request",
    "AADSTS500113: No reply address is registered for the application.",
    "Register the program's redirect URI with the application in the console.",
    500113,
)
AUTHORIZE_UNREADABLE = _oauth(
    "MG733",
    400,
    "invalid_request",
    "AADSTS90023: The authorization request cannot be read: {reason}.",
    "Send the parameters percent-encoded as UTF-8, each once, in the address or as application/x-www-form-urlencoded.",
    90023,
)
PERSON_ELSEWHERE = _oauth(
    "MG734",
    403,
    "access_denied",
    "AADSTS50020: User account '{email}' does not exist in tenant '{tenant}' and cannot access the application '{client_id}' in that tenant.",
    "Use an account of the application's company, or ask an administrator to add the company to this account.",
    50020,
)
RESPONSE_TYPE_UNSUPPORTED = _oauth(
    "MG735",
    400,
    "unsupported_response_type",
    "AADSTS70005: The response type '{response_type}' is not supported.",
    "Send response_type=code; there is no implicit grant.",
    70005,
)
RESPONSE_MODE_UNSUPPORTED = _oauth(
    "MG736",
    400,
    "invalid_request",
    "AADSTS70007: '{response_mode}' is not a supported value of 'response_mode' when requesting a code.",
    "Send query, fragment or form_post, or leave response_mode out; form_post needs a web address.",
    70007,
)
CHALLENGE_SIZE_WRONG = _oauth(
    "MG737",
    400,
    "invalid_request",
    "AADSTS50147: The size of the code challenge parameter is not valid.",
    "Send 43 to 128 letters, digits and -._~ as code_challenge (RFC 7636 section 4.2).",
    50147,
)
CHALLENGE_METHOD_WRONG = _oauth(
    "MG738",
    400,
    "invalid_request",
    "AADSTS50149: Invalid Code_Challenge_method parameter.",
    "Send code_challenge_method=S256, beside a code_challenge.",
    50149,
)
CHALLENGE_MISSING = _oauth(
    "MG739",
    400,
    "invalid_request",
    "AADSTS9002325: Proof Key for Code Exchange is required for public clients.",
    "Send code_challenge and code_challenge_method=S256 (RFC 7636); any OAuth library does.",
    9002325,
)
CONSENT_DECLINED = _oauth(
    "MG740",
    400,
    "access_denied",
    "AADSTS65004: User declined to consent to access the app.",
    "Ask again when the person wants what the program does.",
    65004,
)
LOGIN_REQUIRED = _oauth(
    "MG741",
    400,
    "login_required",
    "AADSTS50058: A silent sign-in request was sent but no user is signed in.",
    "Send the request without prompt=none, in a window that the person sees.",
    50058,
)
INTERACTION_REQUIRED = _oauth(
    "MG742",
    400,
    "interaction_required",
    "AADSTS16000: The account that is signed in is not supported for the scenario.",
    "Send the request without prompt=none, so that the person can choose another account.",
    16000,
)
CONSENT_REQUIRED = _oauth(
    "MG743",
    400,
    "consent_required",
    "AADSTS65001: The user or administrator has not consented to use the application with ID '{client_id}'. Send an interactive authorization request for this user and resource.",
    "Send the request without prompt=none, so that the person can be asked.",
    65001,
)
PROMPT_UNSUPPORTED = _oauth(
    "MG744",
    400,
    "invalid_request",
    "AADSTS90023: Unsupported 'prompt' value.",
    "Send login, select_account, consent or admin_consent; or none, alone.",
    90023,
)
GRANTS_UNREACHABLE = _oauth(
    "MG745",
    503,
    "temporarily_unavailable",
    "AADSTS90033: A transient error has occurred. Please try again.",
    "Try again in a moment; the operator's log says which store could not be reached.",
    90033,
)
AUTHORIZE_FAILURE = _oauth(
    "MG746",
    500,
    "server_error",
    "AADSTS50000: There was an error issuing a code.",
    "Quote the trace ID to the operator: the same id stands in the log.",
    50000,
)
AUTHORIZE_VALUE_WRONG = _oauth(
    "MG747",
    400,
    "invalid_request",
    "AADSTS90023: The value of the parameter '{parameter}' is not valid: {reason}.",
    "Send a shorter value, without control characters.",
    90023,
)
DECISION_UNREADABLE = _oauth(
    "MG748",
    400,
    "invalid_request",
    "AADSTS90023: What was decided does not belong to a request that was shown here.",
    "Go back to the program and begin again.",
    90023,
)
TOKEN_INSTANCE_UNKNOWN = _oauth(
    "MG750",
    400,
    "invalid_instance",
    "AADSTS50049: Unknown or invalid instance.",
    "Ask with an authorization_endpoint of this origin; nobody else's is vouched for.",
    50049,
)
TOKEN_MISSING = _oauth(
    "MG751",
    400,
    "invalid_request",
    "AADSTS90014: The request body must contain the following parameter: 'token'.",
    "Send the token in the form body (RFC 7662 section 2.1, RFC 7009 section 2.1).",
    90014,
)
TOKEN_OF_ANOTHER = _oauth(
    "MG752",
    400,
    "invalid_grant",
    "AADSTS70002: Error validating credentials. AADSTS70000: The token was not issued to this application.",
    "Revoke a token as the application that it was issued to.",
    70002,
    70000,
)
TOKEN_TYPE_UNSUPPORTED = _oauth(
    "MG753",
    400,
    "unsupported_token_type",
    "AADSTS90023: Only access tokens and refresh tokens can be revoked.",
    "Send an access token or a refresh token; a code ends by itself.",
    90023,
)

# 9xx: ours

MANAGED_FAILURE = _managed(
    "MG901",
    500,
    "Internal server error",
    "Quote the activityId to the operator: the same id stands in the log.",
)
NOT_READY = _managed(
    "MG902",
    503,
    "The service is starting and has no published configuration yet.",
    "Try again in a moment; /-/ready says when.",
)
