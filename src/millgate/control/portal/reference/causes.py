"""Why each refusal comes, for those whose text does not say it by itself; and where its check stands.

The order is the contract's: of several things that are wrong, the first check that fails decides what is
answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Check:
    """One check that a call goes through.

    Attributes:
        number: its place, from 1.
        name: what is looked at.
        codes: the errors that it answers with.
    """

    number: int
    name: _StrPromise
    codes: tuple[str, ...]


def _checks(*told: tuple[_StrPromise, str]) -> tuple[Check, ...]:
    return tuple(
        Check(number, name, tuple(f"MG{code}" for code in codes.split()))
        for number, (name, codes) in enumerate(told, 1)
    )


CHECKS: Final = _checks(
    (
        _("The request can be read: its head, path, query and length"),
        "101 102 104 105 106 107 108 109 110 902",
    ),
    (_("An API and an operation stand at the address"), "103"),
    (_("The subscription key"), "201 202"),
    (_("The rate limit"), "401"),
    (_("The quotas"), "402 403"),
    (_("An Authorization header is there"), "203"),
    (_("The access token is good"), "204 205"),
    (_("The application may call this tier"), "301"),
    (_("The call is handed to the upstream"), "111 511 512 513 514 515 901"),
    (_("The account's roles open the controller"), "303 302"),
    (_("The parameters and the body"), "602 603 604 605 608"),
    (_("The data"), "601 606 607 501 502 503 504"),
)

CAUSES: Final[dict[str, _StrPromise]] = {
    "MG101": _(
        "The path could be read in more than one way, which would let it pass one check and fail another."
    ),
    "MG102": _("The body is longer than this installation takes."),
    "MG103": _(
        "No published API and operation stand at this address with this method: a wrong suffix, version or"
        " resource, an offline revision, or an API that is not on this tier."
    ),
    "MG104": _("The query holds bytes that are no percent-encoded UTF-8."),
    "MG105": _("The program asked for a WebSocket, and all operations are plain HTTP."),
    "MG106": _("The request line and headers together are longer than this installation takes."),
    "MG107": _("The connection ended before as many bytes came as Content-Length promised."),
    "MG108": _("The head is not what RFC 9112 asks for, so it is not clear where the request ends."),
    "MG109": _("The connection was opened, and the head did not come, or came too slowly."),
    "MG110": _("Plain HTTP was sent to an address that speaks TLS."),
    "MG111": _("The header X-Millgate-Fault asks for an error that nobody can be given at this address."),
    "MG201": _("The API needs a subscription key, and the call has none in its header or query."),
    "MG202": _(
        "The key is unknown, was regenerated, belongs to a subscription that is not active, or to an adapter"
        " that does not open this API on this tier. A wrong key is refused even where none is needed."
    ),
    "MG203": _("The API needs an access token, and the call has no Authorization header."),
    "MG204": _("The Authorization header does not hold the word Bearer and one token behind it."),
    "MG205": _(
        "The token was read and refused: it has expired, is not valid yet, was signed by somebody else, is"
        " meant for another resource, or its application was disabled."
    ),
    "MG301": _("The application is marked Test Only, and the call went to the production tier."),
    "MG302": _(
        "None of the security roles of the application's account opens the controller of this resource."
    ),
    "MG303": _("The application names no account, or one that is not active in its company."),
    "MG401": _("The subscription made more calls within the sliding window than its adapter allows."),
    "MG402": _("The subscription used up the calls of this period; refused calls count, too."),
    "MG403": _("The subscription moved as many kilobytes in this period as its adapter allows."),
    "MG501": _("All connections to the plant database were busy for longer than a call waits."),
    "MG502": _("The plant database does not run, or cannot be reached."),
    "MG503": _("The database worked on the question longer than the deadline of a query."),
    "MG504": _("A stored value is not of the kind that its column promises."),
    "MG511": _("The API's upstream refused the connection, or its name could not be resolved."),
    "MG512": _("The API's upstream took the call and did not answer within the time allowed."),
    "MG513": _(
        "The API's upstream ended the connection in the middle, or answered something else than HTTP."
    ),
    "MG514": _("The upstream failed several times in a row, so it is left alone for a while."),
    "MG515": _("Every connection to the upstream that is allowed was in use."),
    "MG601": _("The key is not in the data of the company, or no row meets the filters."),
    "MG602": _("A parameter is unknown, missing, or not of the form that it must have."),
    "MG603": _("The body is not JSON, or not the object or array that the operation takes."),
    "MG604": _("The Content-Type names something else than JSON."),
    "MG605": _("A member of a row is missing or not of the form that it must have."),
    "MG606": _("What was sent contradicts what is stored: a number that is taken, or a row that is in use."),
    "MG607": _("Somebody changed the row after it was read."),
    "MG608": _("The Idempotency-Key is remembered for a request with another body or address."),
    "MG901": _("The gateway itself failed; the log has the cause under the activityId."),
    "MG902": _("The process has started and has not read its published configuration yet."),
}
"""By code. The token service's texts name their cause themselves."""


def check_of(code: str) -> Check | None:
    """The check that answers with an error; None for the token service's, which come in no fixed order."""
    return next((check for check in CHECKS if code in check.codes), None)
