"""A request of a client to the token service, read from the wire (RFC 6749 section 3.2)."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

import msgspec

from millgate.authority.assertions import Assertion, read_assertion
from millgate.authority.forms import parameters_of
from millgate.core.errors import (
    BODY_TOO_LARGE,
    TOKEN_BASIC_UNREADABLE,
    TOKEN_BODY_UNREADABLE,
    TOKEN_CLIENT_AMBIGUOUS,
    TOKEN_CLIENT_AUTHENTICATION_REPEATED,
    TOKEN_PARAMETER_MISSING,
    Problem,
    Refusal,
    Refused,
)

if TYPE_CHECKING:
    from millgate.wire.messages import Request

LARGEST_BODY: Final = 65_536


class Credentials(msgspec.Struct, frozen=True):
    """What a client says of itself; several readings where the encoding leaves a choice.

    Attributes:
        pairs: client id and secret, in the order in which they are tried; the secret may be None.
        basic: whether they came in the Authorization header.
        assertion: what it signed in place of a secret, or None.
    """

    pairs: tuple[tuple[str, str | None], ...]
    basic: bool
    assertion: Assertion | None = None


class ClientRequest(msgspec.Struct, frozen=True):
    """A readable request of a client: its parameters, and what it says of itself."""

    parameters: dict[str, str]
    credentials: Credentials


async def read(request: Request, needed: str, *, empty: Problem, missing: Problem) -> ClientRequest:
    """Read the form body and the client's credentials. Parameters in the address do not count.

    Args:
        request: as it came.
        needed: the parameter without which nothing is asked for.
        empty: what one is told who sent no parameters.
        missing: what one is told who left that one out.

    Raises:
        Refused: what cannot be read, or is given twice, or is missing.
    """
    parameters = parameters_of(await _body(request), request.header("content-type"))
    if needed not in parameters:
        raise Refused(Refusal(missing if parameters else empty, {"parameter": needed}))
    return ClientRequest(parameters, _credentials(request, parameters))


async def _body(request: Request) -> bytes:
    try:
        return await request.body(LARGEST_BODY)
    except Refused as refused:
        large = refused.refusal.problem is BODY_TOO_LARGE
        reason = f"it is larger than {LARGEST_BODY} bytes" if large else "it was cut short"
        raise Refused(Refusal(TOKEN_BODY_UNREADABLE, {"reason": reason})) from None


def _credentials(request: Request, parameters: dict[str, str]) -> Credentials:
    headers = request.header_values("authorization")
    client_id, assertion = parameters.get("client_id"), parameters.get("client_assertion")
    if len([way for way in (headers, parameters.get("client_secret"), assertion) if way]) > 1:
        raise Refused(Refusal(TOKEN_CLIENT_AUTHENTICATION_REPEATED))
    if assertion is not None:
        return _asserted(assertion, client_id, parameters)
    if not headers:
        if client_id is None:
            raise Refused(Refusal(TOKEN_PARAMETER_MISSING, {"parameter": "client_id"}))
        return Credentials(((client_id, parameters.get("client_secret")),), basic=False)
    pairs = _basic(headers)
    if client_id is not None and client_id not in {given for given, _ in pairs}:
        both = f"{pairs[0][0][:100]}, {client_id[:100]}"
        raise Refused(Refusal(TOKEN_CLIENT_AMBIGUOUS, {"client_ids": both}))
    return Credentials(pairs, basic=True)


def _asserted(text: str, client_id: str | None, parameters: dict[str, str]) -> Credentials:
    """What an assertion names; `client_id` may be left out beside it (RFC 7521 section 4.2)."""
    assertion = read_assertion(text, parameters.get("client_assertion_type"))
    if client_id is not None and client_id.lower() != assertion.client_id.lower():
        both = f"{assertion.client_id[:100]}, {client_id[:100]}"
        raise Refused(Refusal(TOKEN_CLIENT_AMBIGUOUS, {"client_ids": both}))
    return Credentials(((assertion.client_id, None),), basic=False, assertion=assertion)


def _basic(headers: list[str]) -> tuple[tuple[str, str | None], ...]:
    """RFC 7617 credentials, as they stand and form-decoded (RFC 6749 section 2.3.1 asks for the latter)."""
    scheme, _, value = headers[0].partition(" ")
    try:
        text = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        text = ""
    client_id, colon, secret = text.partition(":")
    if len(headers) != 1 or scheme.lower() != "basic" or not colon or not client_id:
        raise Refused(Refusal(TOKEN_BASIC_UNREADABLE))
    plain = (client_id, secret or None)
    decoded = (unquote_plus(client_id), unquote_plus(secret) or None)
    return (plain,) if plain == decoded else (plain, decoded)
