"""A small published world: two companies, an API on an echoing backend, adapters, keys, applications.

Everything in it is what the product runs with, except the backend, which answers what it was called with.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from millgate.authority.assertions import AssertionCheck
from millgate.authority.attempts import Attempts
from millgate.authority.authorization_code import AuthorizationCode
from millgate.authority.client_credentials import ClientCredentials
from millgate.authority.clients import ClientCheck
from millgate.authority.exchange import Exchange
from millgate.authority.hints import SecretHints
from millgate.authority.inspection import Inspection
from millgate.authority.plane import AuthorityPlane
from millgate.authority.refresh_token import RefreshToken
from millgate.authority.signing import Signer
from millgate.authority.striking import TokenStriking
from millgate.authority.tokens import TokenMaker
from millgate.core.clock import StillClock
from millgate.core.secrets import Digester, MasterKey
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
    ProtectedResource,
    SigningKey,
    Subscription,
    TokenProfile,
)
from millgate.snapshot.holder import Holder
from millgate.stores.drawing import Draws
from millgate.stores.grants import Grant
from millgate.stores.memory import (
    MemoryCounters,
    MemoryGrants,
    MemoryPrivateKeys,
    MemoryUsage,
)
from millgate.stores.token_tally import TokenTally
from millgate.wire.delays import Delays
from millgate.wire.messages import Memory, Response
from support.exchange import Answer, ask, request_of, seen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from millgate.describe.calls import BackendCall
    from millgate.stores.grants import Grants
    from millgate.stores.ports import Counters
    from millgate.wire.messages import Header

NOW = 1_700_000_000.0
ORIGIN = "http://127.0.0.1:8080"
RESOURCE = "http://api.plex.com/"
TENANT = "7b0c5f3e-94f5-4a3e-9f60-0d6f35a0a001"
OTHER_TENANT = "7b0c5f3e-94f5-4a3e-9f60-0d6f35a0a002"
CLIENT = "0d5f8f8a-5a42-4c35-8f43-6c7d3b0e1111"
TEST_ONLY_CLIENT = "0d5f8f8a-5a42-4c35-8f43-6c7d3b0e2222"
TOKEN_PATH = "/oauth2/v1/token"
PUBLIC_CLIENT = "0d5f8f8a-5a42-4c35-8f43-6c7d3b0e3333"
REDIRECT = "https://mes.example/cb"
STRICT_RESOURCE = "https://mes.example/api"
SECRET = "abc+def/ghi=jkl+mno/pqr="
KEY = "11111111111111111111111111111111"
SECOND_KEY = "22222222222222222222222222222222"
SUSPENDED_KEY = "33333333333333333333333333333333"
TEST_TIER_KEY = "44444444444444444444444444444444"
API_KEY = "55555555555555555555555555555555"
ALL_KEY = "66666666666666666666666666666666"

PARTS = Api(
    key="parts",
    name="Parts",
    suffix="PartList",
    version="v1",
    upstream="echo",
    operations=(
        Operation("list-parts", "GET", "/Parts", "List parts", "Parts.list"),
        Operation("get-part", "GET", "/Parts/{PartKey}", "One part", "Parts.one"),
    ),
)
FREE = Api(
    key="free",
    name="Free",
    suffix="Free",
    version="v1",
    upstream="echo",
    operations=(Operation("ping", "GET", "/Ping", "Ping", "Ping"),),
    subscription_required=False,
)
PRODUCT = Adapter(key="product", name="Product", apis=("parts",))
TEST_TIER = Adapter(key="test-tier", name="Test tier", apis=(), all_apis_on_test=True)


@cache
def private_key(number: int) -> rsa.RSAPrivateKey:
    """A signing key, made once a run."""
    del number
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey) -> bytes:
    """The private half."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def published(number: int, *, signs: bool) -> SigningKey:
    """The public half, as it stands in a directory."""
    numbers = private_key(number).public_key().public_numbers()
    return SigningKey(f"kid-{number}", _number(numbers.n), _number(numbers.e), "MIIB", signs)


def _number(value: int) -> str:
    data = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


MASTER = MasterKey(bytes(32))
DIGESTER = Digester(MASTER)
ALLOWED = Grant(
    client_id=CLIENT,
    pcn=1,
    account="mia",
    resource=RESOURCE,
    scope="user_impersonation",
    names={"upn": "mia@example.com", "name": "Mia Müller", "given_name": "Mia", "family_name": "Müller"},
    at=int(NOW),
)
"""What a person allowed the client, without a code yet."""


def subscription(key: str, digests: tuple[str, ...], **changes: Any) -> Subscription:
    """A subscription to the product that holds these keys."""
    given: dict[str, Any] = {"adapter": "product", "started_at": int(NOW) - 1000} | changes
    return Subscription(
        key=key, name=key, digests=tuple(DIGESTER.digest(value) for value in digests), **given
    )


def application(client_id: str, **changes: Any) -> Application:
    """An application of the first company, whose secret is SECRET."""
    secrets = (ClientSecret("s1", DIGESTER.digest(SECRET)),)
    given: dict[str, Any] = {"pcn": 1, "account": "svc", "secrets": secrets} | changes
    return Application(client_id=client_id, name="App", **given)


def document() -> Document:
    """What is published."""
    return Document(
        Catalogue((PARTS, FREE), (PRODUCT, TEST_TIER)),
        Directory(
            companies=(Company(1, TENANT, "One", "One"), Company(2, OTHER_TENANT, "Two", "Two")),
            accounts=(
                Account("svc", (1,), ("Parts",), ()),
                Account("mia", (1, 2), ("Parts", "Jobs"), ("Jobs",)),
            ),
            applications=(
                application(CLIENT, redirect_uris=(REDIRECT,)),
                application(TEST_ONLY_CLIENT, test_only=True),
                application(PUBLIC_CLIENT, public=True, secrets=(), redirect_uris=(REDIRECT,)),
            ),
            resources=(ProtectedResource(STRICT_RESOURCE, "MES", TokenProfile.AT_JWT),),
            subscriptions=(
                subscription("sub", (KEY, SECOND_KEY)),
                subscription("suspended", (SUSPENDED_KEY,), active=False),
                subscription("tester", (TEST_TIER_KEY,), adapter="test-tier"),
                subscription("one-api", (API_KEY,), adapter=None, api="parts"),
                subscription("everything", (ALL_KEY,), adapter=None, all_apis=True),
            ),
            signing_keys=(published(1, signs=True), published(2, signs=False)),
        ),
    )


@dataclass
class World:
    """The planes on a published document, with a clock that stands still.

    The backend echoes its calls, or answers with a stream where one is given.
    """

    document: Document = field(default_factory=document)
    counters: Counters = field(default_factory=MemoryCounters)
    clock: StillClock = field(default_factory=lambda: StillClock(NOW))
    usage: MemoryUsage = field(default_factory=MemoryUsage)
    grants: Grants = field(default_factory=MemoryGrants)
    token_uses: TokenTally = field(default_factory=TokenTally)
    calls: list[BackendCall] = field(default_factory=list)
    stream: Callable[[], AsyncIterator[bytes]] | None = None
    fault_header: bool = False
    production_faults: bool = False

    def __post_init__(self) -> None:
        self._came: dict[tuple[str, tuple[Header, ...]], Memory] = {}
        self.holder = Holder(build(self.document, {"echo": None}))
        keys = MemoryPrivateKeys({f"kid-{number}": pem(private_key(number)) for number in (1, 2)})
        issuing = Issuing(ORIGIN, RESOURCE)
        self.signer = Signer(keys)
        tokens = TokenMaker(self.signer, issuing)
        exchange = Exchange(self.grants, DIGESTER, tokens)
        self.revocations = Revocations(self.grants, self.clock)
        self.delays = Delays()
        draws = Draws(self.counters)
        self.authority = AuthorityPlane(
            holder=self.holder,
            clients=ClientCheck(DIGESTER, AssertionCheck(issuing)),
            grants={
                "client_credentials": ClientCredentials(tokens),
                "authorization_code": AuthorizationCode(exchange, tokens),
                "refresh_token": RefreshToken(exchange, tokens),
            },
            inspection=Inspection(self.grants, DIGESTER, issuing),
            attempts=Attempts(SecretHints(DIGESTER), self.token_uses),
            clock=self.clock,
            issuing=issuing,
            striking=TokenStriking(
                draws,
                self.delays,
                self.clock,
                origin=ORIGIN,
                resource=RESOURCE,
                by_header=self.fault_header,
                in_production=self.production_faults,
            ),
        )
        self.managed = ManagedPlane(
            holder=self.holder,
            keys=KeyCheck(DIGESTER, ORIGIN),
            limits=LimitCheck(self.counters, self.clock),
            bearer=BearerCheck(issuing, self.revocations),
            backends={"echo": self.echo},
            usage=self.usage,
            clock=self.clock,
            striking=Striking(
                draws,
                self.delays,
                self.clock,
                origin=ORIGIN,
                body_limit=1_048_576,
                by_header=self.fault_header,
                in_production=self.production_faults,
            ),
        )

    async def echo(self, call: BackendCall) -> Response:
        """The backend: what it was called with."""
        self.calls.append(call)
        if self.stream is not None:
            return Response(200, (("content-type", "text/csv"),), self.stream())
        told = {"target": call.target, "tier": call.tier, "parameters": call.parameters}
        return Response(200, (("content-type", "application/json"),), msgspec.json.encode(told))

    def publish(self, newer: Document) -> None:
        """Put another document in force."""
        self.holder.swap(build(newer, {"echo": None}))

    async def token(self, client_id: str = CLIENT, **parameters: str) -> str:
        """An access token."""
        answer = await self.ask_token(client_id=client_id, **parameters)
        assert answer.status == 200, answer.body
        return str(answer.json["access_token"])

    async def ask_token(self, path: str = TOKEN_PATH, **changes: str | None) -> Answer:
        """A token request with a complete body; a parameter given as None is left out."""
        parameters = {
            "grant_type": "client_credentials",
            "client_id": CLIENT,
            "client_secret": SECRET,
            "resource": RESOURCE,
        } | changes
        body = urlencode({name: value for name, value in parameters.items() if value is not None})
        return await self.post(path, body.encode())

    def code(self, text: str = "code", **changes: Any) -> Grant:
        """Somebody allows the client something, and a code is on its way."""
        given: dict[str, Any] = {"redirect_uri": REDIRECT, "at": int(self.clock.now())} | changes
        grant = msgspec.structs.replace(ALLOWED, **given)
        self.grants.offer(DIGESTER.digest(text), grant, grant.at + 600)
        return grant

    async def redeem(self, code: str = "code", **changes: str | None) -> Answer:
        """The token request of a client that was brought a code."""
        given: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
        }
        return await self.ask_token(TOKEN_PATH, **given | changes)

    async def refresh(self, token: str, **changes: str | None) -> Answer:
        """The token request of a client that has a refresh token."""
        given: dict[str, str | None] = {
            "grant_type": "refresh_token",
            "refresh_token": token,
            "resource": None,
        }
        return await self.ask_token(TOKEN_PATH, **given | changes)

    async def post(self, path: str, body: bytes, **headers: str) -> Answer:
        """A form post to the token service."""
        sent = {"content-type": "application/x-www-form-urlencoded"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return await ask(self.authority, "POST", path, headers=sent, body=body)

    async def get(
        self, target: str, *, key: str | None = KEY, token: str | None = None, **headers: str
    ) -> Answer:
        """A managed call. The very same one again is as of a connection on which nothing else comes."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            sent["Ocp-Apim-Subscription-Key"] = key
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        request = request_of("GET", target, headers=sent)
        came = (target, request.headers)
        again = self._came.get(came)
        self._came.setdefault(came, Memory())
        return await seen(await self.managed(msgspec.structs.replace(request, again=again)))
