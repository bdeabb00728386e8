"""What is kept of requests to the token service: by which secret, and why refused. Never what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import structlog

from millgate.authority import hints
from millgate.authority.clients import ProofKind
from millgate.authority.hints import Hint
from millgate.authority.library import library_of
from millgate.authority.requests import Credentials
from millgate.core.errors import TOKEN_CLIENT_UNKNOWN, TOKEN_SECRET_WRONG
from millgate.core.hints import CAUSES, SecretHint
from millgate.core.on_demand import FAULT_HEADER
from millgate.snapshot.document import Company
from millgate.stores.ports import TokenCaller, TokenRefusal

if TYPE_CHECKING:
    from millgate.authority.clients import Authenticated
    from millgate.authority.hints import SecretHints
    from millgate.authority.requests import ClientRequest
    from millgate.core.errors import Refusal
    from millgate.snapshot.model import Snapshot
    from millgate.stores.ports import TokenUses
    from millgate.wire.messages import Request

_log = structlog.get_logger("millgate.authority")


class Attempt(msgspec.Struct, gc=False):
    """What is known of a request so far.

    Attributes:
        tenant: the company that the address names, if it names one.
        credentials: as sent; None while they could not be read.
        library: the program that asks.
        secret: the key of the secret that held.
        held_by: the fault rules that held the answer back, by name.
    """

    tenant: Company | None = None
    credentials: Credentials | None = None
    library: str = ""
    secret: str = ""
    held_by: str = ""

    def read(self, request: Request, asked: ClientRequest) -> None:
        """Take what the request says of who asks."""
        self.credentials, self.library = asked.credentials, library_of(request, asked.parameters)


class Attempts:
    """Keeps attempts for the owners of applications, with the likely cause of a refused one."""

    def __init__(self, secret_hints: SecretHints, uses: TokenUses) -> None:
        self._secret_hints = secret_hints
        self._uses = uses

    def authenticated(self, attempt: Attempt, client: Authenticated, address: str, now: float) -> None:
        """An application proved to be itself."""
        if client.proof.kind is not ProofKind.SECRET:
            return
        attempt.secret = client.proof.key
        self._uses.used(
            client.proof.key, TokenCaller(client.application.client_id, address, attempt.library), now
        )

    def issued(self) -> None:
        """It was given tokens."""
        self._uses.issued()

    def refused(
        self,
        attempt: Attempt,
        snapshot: Snapshot,
        refusal: Refusal,
        address: str,
        *,
        trace_id: str,
        now: float,
    ) -> None:
        """It was refused: the log and the owner are told the likely cause."""
        code = refusal.problem.code
        application = hints.named(snapshot, attempt.credentials) if attempt.credentials else ""
        hint = self._hint(snapshot, refusal, attempt, now)
        told = {"hint": str(hint.cause), "cause": CAUSES[hint.cause]} if hint else {}
        if refusal.cause and hint is not None and hint.cause is SecretHint.ON_DEMAND:
            told["cause"] = refusal.cause
        elif refusal.cause:
            told = {"cause": refusal.cause} | told
        _log.info("token_refused", trace_id=trace_id, code=code, application=application, **told)
        cause, secret = (str(hint.cause), hint.secret) if hint else ("", attempt.secret)
        caller = TokenCaller(application, address, attempt.library)
        self._uses.refused(TokenRefusal(code, cause, secret), caller, trace_id, now)

    def _hint(self, snapshot: Snapshot, refusal: Refusal, attempt: Attempt, now: float) -> Hint | None:
        if attempt.credentials is None:
            return None
        if any(name == FAULT_HEADER for name, _ in refusal.headers):
            return Hint(SecretHint.ON_DEMAND, attempt.secret)
        if refusal.problem is TOKEN_SECRET_WRONG:
            return self._secret_hints.of_secret(snapshot, attempt.credentials, now)
        if refusal.problem is TOKEN_CLIENT_UNKNOWN:
            return hints.of_application(snapshot, attempt.credentials, attempt.tenant)
        return None
