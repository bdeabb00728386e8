"""Which errors of the catalogue can be had on demand, where, and what fills their texts.

What cannot be had so is refused before any route is known, or is a page for people; how each of those comes
about is said instead.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from millgate.core.errors import CATALOGUE, Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millgate.core.errors import Problem

FAULT_HEADER: Final = "x-millgate-fault"
"""By which a caller asks for an error, and by which an answer tells that it is one on demand."""

ERRORS_PATH: Final = "/portal/errors/"
"""Where people read of all errors, below the origin."""

ASKED_FOR: Final = "fault asked for by header"
"""What records say of an error that a caller asked for."""

MOST_DELAY_MS: Final = 30_000
"""How long an answer may be held back."""


class Source(StrEnum):
    """Who answers with an error when it comes about by itself."""

    MANAGED = "managed"
    """The managed layer, behind a route."""
    BACKEND = "backend"
    """Whoever answers behind the managed layer."""
    TOKEN = "token"  # noqa: S105 - no secret
    """The token endpoint."""


BY_HAND: Final[Mapping[str, str]] = {
    "MG101": "Call an address with an empty segment, as in /test//v1.",
    "MG105": "Ask for a WebSocket: send Upgrade: websocket.",
    "MG106": "Send a header of 100 kilobytes.",
    "MG108": "Send two Host headers.",
    "MG109": "Send half of a head, and wait.",
    "MG110": "Call a server that speaks TLS by http://.",
    "MG111": "Send X-Millgate-Fault with a code that does not exist.",
    "MG730": "Open the authorization endpoint without client_id.",
    "MG731": "Open the authorization endpoint with a redirect_uri that is not registered.",
    "MG732": "Open the authorization endpoint for an application without a redirect URI.",
    "MG733": "Open the authorization endpoint with a query of 10 000 letters.",
    "MG734": "Sign in at the authorization endpoint of another company.",
    "MG735": "Open the authorization endpoint with response_type=token.",
    "MG736": "Open the authorization endpoint with response_mode=other.",
    "MG737": "Open the authorization endpoint with a code_challenge of three letters.",
    "MG738": "Open the authorization endpoint with code_challenge_method=other.",
    "MG739": "Open the authorization endpoint for a public application without a code_challenge.",
    "MG740": "Decline when the authorization endpoint asks.",
    "MG741": "Open the authorization endpoint with prompt=none while nobody is signed in.",
    "MG742": "Open the authorization endpoint with prompt=none, signed in with an account of elsewhere.",
    "MG743": "Open the authorization endpoint with prompt=none before anybody has consented.",
    "MG744": "Open the authorization endpoint with prompt=other.",
    "MG746": "It is answered when the authorization endpoint itself fails; nothing that a caller sends does.",
    "MG747": "Open the authorization endpoint with a control character in state, as in state=%07.",
    "MG748": "Send the form of the consent page once more after the session has ended.",
    "MG750": "Ask /common/discovery/instance with an authorization_endpoint elsewhere.",
    "MG751": "Ask the introspection or revocation endpoint without a token.",
    "MG752": "Revoke a token that another application was given.",
    "MG753": "Revoke an authorization code.",
    "MG902": "Call /-/ready while the server starts.",
}
"""How the errors come about that cannot be had on demand."""

_SHAPES: Final = {Shape.BACKEND: Source.BACKEND, Shape.OAUTH: Source.TOKEN}


def source_of(problem: Problem) -> Source | None:
    """Who answers with an error on demand; None where it cannot be had so."""
    if problem.code in BY_HAND:
        return None
    return _SHAPES.get(problem.shape, Source.MANAGED)


def on_demand(code: str, *sources: Source) -> Problem | None:
    """The error of a code, where one of these can be asked for it; letters of either case do."""
    problem = CATALOGUE.get(code.strip().upper())
    return problem if problem is not None and source_of(problem) in sources else None


EXAMPLES: Final[Mapping[str, dict[str, object]]] = {
    "MG104": {"reason": "it is not UTF-8"},
    "MG302": {"controller": "Parts"},
    "MG504": {"column": "Part_No"},
    "MG601": {"resource": "Workcenters"},
    "MG602": {"faults": "'X' is not a parameter of this operation."},
    "MG603": {"reason": "it is empty"},
    "MG604": {"media_type": "text/plain"},
    "MG605": {"faults": "note is not a member of this resource."},
    "MG606": {"faults": "the row is there already."},
    "MG701": {"parameter": "grant_type"},
    "MG702": {"grant_type": "password"},
    "MG709": {"method": "GET"},
    "MG711": {"tenant": "00000000-0000-0000-0000-000000000000"},
    "MG712": {"parameter": "grant_type"},
    "MG715": {"reason": "it was cut short"},
    "MG718": {"reason": "Aud is not this token endpoint"},
    "MG725": {"given": "https://elsewhere.example/callback", "asked": "https://app.example/callback"},
}
"""What fills the texts of errors on demand, as far as neither the call nor its answerer says."""
