"""Installations of any size, in this process: a document, the managed plane on it, and calls to it."""

from __future__ import annotations

import hashlib
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import RSAKey

from millgate.authority.clients import Authenticated, Proof, ProofKind
from millgate.authority.signing import Signer
from millgate.authority.tokens import Audience, TokenMaker
from millgate.core.clock import Clock
from millgate.core.secrets import Digester, MasterKey
from millgate.describe.calls import BackendCall
from millgate.describe.model import Api, Operation
from millgate.gateway.bearer import BearerCheck
from millgate.gateway.keys import KeyCheck
from millgate.gateway.limits import LimitCheck
from millgate.gateway.plane import ManagedPlane
from millgate.gateway.revocations import Revocations
from millgate.gateway.striking import Striking
from millgate.snapshot.access_tokens import Issuing
from millgate.snapshot.build import build
from millgate.snapshot.document import (
    Account,
    Adapter,
    Application,
    Catalogue,
    ClientSecret,
    Company,
    Directory,
    Document,
    Limit,
    SigningKey,
    Subscription,
    TokenProfile,
)
from millgate.snapshot.holder import Holder
from millgate.stores.drawing import Draws
from millgate.stores.memory import MemoryCounters, MemoryGrants, MemoryPrivateKeys, MemoryUsage
from millgate.wire.delays import Delays
from millgate.wire.messages import Request, Response

TARGETS: Final = {"constant": None}
CALLERS: Final = 100
OPERATIONS: Final = 4
ACCOUNTS: Final = 100
APIS_IN_ADAPTER: Final = 10
ORIGIN: Final = "http://127.0.0.1:8080"
RESOURCE: Final = "http://api.plex.com/"
TENANT: Final = "7b0c5f3e-94f5-4a3e-9f60-0d6f35a0a001"
ANSWER: Final = Response(200, (("content-type", "application/json"),), b"x" * 400)
UNSIGNED: Final = "a.b.c"
ISSUING: Final = Issuing(ORIGIN, RESOURCE)

_DIGESTER = Digester(MasterKey(bytes(32)))
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_PEM = _KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)


def document(apis: int, people: int) -> Document:
    """A document of so many APIs, and so many subscriptions and applications."""
    adapters = max(apis // APIS_IN_ADAPTER, 1)
    return Document(
        Catalogue(
            apis=tuple(_api(number) for number in range(apis)),
            adapters=(
                *(_adapter(number) for number in range(adapters)),
                Adapter(key="trial", name="Trial", apis=("api-0",), limits=(Limit("rate", 1, 300),)),
            ),
        ),
        Directory(
            companies=(Company(1, TENANT, "bench", "Bench"),),
            accounts=tuple(Account(f"account-{number}", (1,), ("Parts",), ()) for number in range(ACCOUNTS)),
            applications=tuple(_application(number) for number in range(people)),
            subscriptions=tuple(_subscription(number, adapters) for number in range(people)),
            signing_keys=(_signing_key(),),
        ),
    )


def _api(number: int) -> Api:
    operations = [
        Operation(
            f"op-{item}", "GET", f"/Things{item}/{{Key}}", f"Thing {item}", f"Things.{item}", "One thing."
        )
        for item in range(OPERATIONS)
    ]
    key = f"api-{number}"
    return Api(
        key=key,
        name=f"API {number}",
        suffix=f"Suffix{number}",
        version="v1",
        upstream="constant",
        operations=tuple(operations),
    )


def _adapter(number: int) -> Adapter:
    first = number * APIS_IN_ADAPTER
    return Adapter(
        key=f"adapter-{number}",
        name=f"Adapter {number}",
        apis=tuple(f"api-{item}" for item in range(first, first + APIS_IN_ADAPTER)),
        limits=(Limit("rate", 1_000_000, 60), Limit("calls", 10**12, 86_400)),
    )


def _application(number: int) -> Application:
    return Application(
        client_id=f"0d5f8f8a-5a42-4c35-8f43-{number:012x}",
        name=f"Application {number}",
        pcn=1,
        account=f"account-{number % ACCOUNTS}",
        secrets=(ClientSecret(f"secret-{number}", hashlib.sha256(b"%d" % number).hexdigest()),),
        test_only=number == 1,
    )


def _key(number: int) -> str:
    return hashlib.sha256(b"key %d" % number).hexdigest()[:32]


def _subscription(number: int, adapters: int) -> Subscription:
    return Subscription(
        key=f"subscription-{number}",
        name=f"Subscription {number}",
        digests=(_DIGESTER.digest(_key(number)), _DIGESTER.digest(f"second {_key(number)}")),
        started_at=1_700_000_000,
        adapter="trial" if number == 1 else f"adapter-{number % adapters}",
    )


def _signing_key() -> SigningKey:
    public = RSAKey.import_key(_PEM).as_dict(private=False)
    return SigningKey("bench", str(public["n"]), str(public["e"]), "MIIB", signs=True)


class Installation:
    """A document in force, and requests of its callers."""

    def __init__(self, made: Document) -> None:
        snapshot = build(made, TARGETS)
        self._adapters = max(len(made.catalogue.apis) // APIS_IN_ADAPTER, 1)
        self._step = len(made.directory.subscriptions) // CALLERS
        holder, clock, counters = Holder(snapshot), Clock(), MemoryCounters()
        self.plane = ManagedPlane(
            holder=holder,
            keys=KeyCheck(_DIGESTER, ORIGIN),
            limits=LimitCheck(counters, clock),
            bearer=BearerCheck(ISSUING, Revocations(MemoryGrants(), clock)),
            backends={"constant": constant},
            usage=MemoryUsage(most=100),
            clock=clock,
            striking=Striking(Draws(counters), Delays(), clock, origin=ORIGIN, body_limit=1),
        )
        tokens = TokenMaker(Signer(MemoryPrivateKeys({"bench": _PEM})), ISSUING)
        audience = Audience(RESOURCE, TokenProfile.V1)
        now = int(clock.now())
        self._tokens = [
            tokens.for_application(
                snapshot, client, audience, snapshot.tenants[client.application.pcn], now
            ).token
            for client in (
                Authenticated(made.directory.applications[self._person(caller)], Proof(ProofKind.SECRET, ""))
                for caller in range(CALLERS)
            )
        ]

    def requests(self) -> dict[str, list[Request]]:
        """For each kind of answer, a request of each caller."""
        callers = range(2, CALLERS)
        return {
            "admitted": [self._request(caller) for caller in callers],
            "no key": [self._request(caller, key="") for caller in callers],
            "wrong key": [self._request(caller, key="0" * 32) for caller in callers],
            "no token": [self._request(caller, token="") for caller in callers],
            "wrong token": [self._request(caller, token=UNSIGNED) for caller in callers],
            "no such address": [self._request(caller, resource="Nothing") for caller in callers],
            "address nearly right": [self._request(caller, resource="Thing1") for caller in callers],
            "address of a common word": [self._request(caller, suffix="Nowhere") for caller in callers],
            "rate limit": [self._request(1) for _ in callers],
        }

    def _person(self, caller: int) -> int:
        # Callers stand all over the directory; the one whose limit is used up is the same in any.
        return caller if caller <= 1 else caller * self._step

    def _request(
        self,
        caller: int,
        *,
        key: str | None = None,
        token: str | None = None,
        suffix: str | None = None,
        resource: str = "Things1",
    ) -> Request:
        person = self._person(caller)
        api = 0 if person == 1 else person % self._adapters * APIS_IN_ADAPTER + caller % APIS_IN_ADAPTER
        sent = {
            "host": "127.0.0.1:8080",
            "user-agent": "bench",
            "ocp-apim-subscription-key": _key(person) if key is None else key,
            "authorization": f"Bearer {self._tokens[caller]}" if token is None else f"Bearer {token}",
        }
        segments = ("test", suffix or f"Suffix{api}", "v1", resource, "17")
        headers = tuple((name, value) for name, value in sent.items() if value not in {"", "Bearer "})
        return Request(
            method="GET",
            raw_path="/" + "/".join(segments),
            segments=segments,
            headers=headers,
            client="127.0.0.1",
        )


async def constant(call: BackendCall) -> Response:  # noqa: ARG001 - a backend
    """The backend."""
    return ANSWER
