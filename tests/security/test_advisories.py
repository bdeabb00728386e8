"""Regression tests for advisories of systems like this one. Each docstring names the advisory and its lesson."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from functools import cache, partial
from ipaddress import IPv4Network
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe, jws
from joserfc.jwk import RSAKey

from millgate.assembly.front import FrontDoor
from millgate.authority import clients as clients_module
from millgate.core.secrets import MasterKey
from millgate.core.settings import load
from millgate.describe.model import Operation
from millgate.snapshot.build import build, build_serving
from millgate.snapshot.document import Account, Adapter, Catalogue, Limit, Subscription, encode
from millgate.snapshot.policies import CallQuota, KilobyteQuota, LimitPolicy, RateLimit
from millgate.stores.memory import MemoryCounters
from millgate.wire.asgi import AsgiFace
from millgate.wire.messages import Request, Response
from millgate.wire.wsgi import WsgiPlane
from support.exchange import Answer, ask, request_of, seen
from support.fuzzing import bounded
from support.provoking import Down
from support.tokens import claims_of, signed
from support.world import (
    ALL_KEY,
    CLIENT,
    DIGESTER,
    FREE,
    KEY,
    NOW,
    ORIGIN,
    OTHER_TENANT,
    PARTS,
    PRODUCT,
    SECRET,
    TENANT,
    TEST_ONLY_CLIENT,
    TEST_TIER_KEY,
    World,
    application,
    pem,
    private_key,
)

if TYPE_CHECKING:
    from millgate.snapshot.document import Directory, Document
    from millgate.wire.asgi import Message
    from millgate.wire.forwarded import Networks

TARGET: Final = "/PartList/v1/Parts"
TESTS: Final = Path(__file__).parent.parent


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


async def elsewhere(_: Request) -> Response:
    """Stands for pages and operations."""
    return Response(204)


@cache
def shared_world() -> World:
    """One world for many examples: it remembers nothing that they ask for."""
    return World()


@cache
def shared_token() -> str:
    """One good token for all that do not look at it."""
    return signed()


def at_the_edge(
    world: World,
    raw_path: bytes,
    *headers: tuple[bytes, bytes],
    token: str | None = None,
    peer: str = "192.0.2.1",
    trusted: Networks = (),
) -> Answer:
    """A GET with a key that opens everything, put to the whole front door with its raw bytes."""
    door = FrontDoor(managed=world.managed, authority=world.authority, pages=elsewhere, operations=elsewhere)
    sent: list[Message] = []
    scope = {
        "type": "http",
        "method": "GET",
        "raw_path": raw_path,
        "path": "/",
        "query_string": b"",
        "headers": [
            (b"ocp-apim-subscription-key", ALL_KEY.encode()),
            (b"authorization", f"Bearer {token or shared_token()}".encode()),
            *headers,
        ],
        "scheme": "http",
        "client": (peer, 1),
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    run(AsgiFace(door, trusted)(scope, receive, send))
    start, body = sent
    headers_seen = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], headers_seen, body["body"])


def many(method: str, target: str, *headers: tuple[str, str]) -> Request:
    """A request whose headers may stand more than once."""
    return msgspec.structs.replace(request_of(method, target), headers=headers)


def managed(world: World, *headers: tuple[str, str], target: str = TARGET) -> Answer:
    found: Answer = run(_asked(world, many("GET", target, *headers)))
    return found


async def _asked(world: World, request: Request) -> Answer:
    return await seen(await world.managed(request))


def changed(world: World, **directory: Any) -> Document:
    """The world's document with parts of its directory changed."""
    return msgspec.structs.replace(
        world.document, directory=msgspec.structs.replace(world.document.directory, **directory)
    )


# 1 to 4: one path, one reading


@pytest.mark.parametrize(
    "path",
    [
        b"//PartList/v1/Parts",
        b"/PartList//v1/Parts",
        b"/PartList/v1//Parts",
        b"/PartList/v1/Parts//",
        b"/./PartList/v1/Parts",
        b"/test/../PartList/v1/Parts",
        b"/Free/v1/../../PartList/v1/Parts",
        b"/PartList/v1/Parts/.",
        b"/PartList/v1/Parts/..",
        b"/PartList/v1/%50arts/%2e%2e/Parts",
        b"/PartList/v1/Parts/%2e",
        b"/PartList%2fv1/Parts",
        b"/PartList%2Fv1%2FParts",
        b"/PartList%5cv1/Parts",
        b"\\PartList/v1/Parts",
        b"/PartList\\v1\\Parts",
        b"/PartList/v1/Parts%00",
        b"/PartList/v1/Parts\x00.json",
        b"/PartList/v1/Parts%0a",
        b"/PartList/v1/%c0%ae%c0%ae/Parts",
        b"/PartList/v1/Parts#",
        b"PartList/v1/Parts",
        b"http://127.0.0.1/PartList/v1/Parts",
        b"*",
    ],
)
def test_a_path_with_two_readings_is_refused_before_any_rule_looks_at_it(path: bytes) -> None:
    """CVE-2021-43557 (APISIX uri-blocker).

    `//internal/` passed a rule on the raw URI. One normalisation, and what it cannot say with certainty is
    400.
    """
    world = World()
    answer = at_the_edge(world, path)

    assert answer.status == 400
    assert answer.json["statusCode"] == 400
    assert world.calls == []


SEGMENT: Final = st.one_of(
    st.sampled_from([b"1", b"%31", b"a%20b", b"%25", b"%252e%252e", b"..;", b"%3B", b"a+b", b"%E2%80%A8"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=6).map(
        lambda text: quote(text, safe="").encode()
    ),
    st.binary(min_size=1, max_size=6),
)


@bounded(250)
@given(SEGMENT)
def test_router_and_upstream_never_read_one_path_differently(segment: bytes) -> None:
    """CVE-2026-33494 (Oathkeeper).

    Rules and upstream split a path differently. What the router captured is what an upstream makes of the
    raw path that is handed on.
    """
    world, token = shared_world(), shared_token()
    world.calls.clear()
    at_the_edge(world, TARGET.encode() + b"/" + segment, token=token)

    for call in world.calls:
        if call.target == "Parts.one":
            upstream = [unquote(part, errors="strict") for part in call.request.raw_path.split("/")]
            assert upstream == ["", "PartList", "v1", "Parts", call.parameters["PartKey"]]
            assert call.request.raw_path.isascii()
            assert call.parameters["PartKey"] not in {"", ".", ".."}


@pytest.mark.parametrize("sent", ["/PartList/v1/Parts/é".encode(), b"/PartList/v1/Parts/%C3%A9"])
def test_the_raw_path_and_the_decoded_one_say_the_same(sent: bytes) -> None:
    """CVE-2026-40912 (Traefik StripPrefixRegex): Path and RawPath went apart."""
    world = World()

    assert at_the_edge(world, sent).status == 200
    (call,) = world.calls
    assert call.parameters == {"PartKey": "é"}
    assert call.request.raw_path == call.managed_path == "/PartList/v1/Parts/%C3%A9"


def test_what_stands_in_the_query_opens_nothing() -> None:
    """CVE-2025-54576 and CVE-2026-41059 (oauth2-proxy skip_auth): an allow-list saw the query string."""
    world = World()

    for target in (f"{TARGET}?/Free/v1/Ping", f"{TARGET}?x=/Free/v1/Ping", f"{TARGET}?%2FFree%2Fv1%2FPing"):
        assert managed(world, target=target).status == 401
    assert at_the_edge(world, b"/Free/v1/Ping?/PartList/v1/Parts").status == 404
    assert at_the_edge(world, b"/PartList/v1/Parts%3F/Free/v1/Ping").status == 404
    assert at_the_edge(world, b"/PartList/v1/Parts%23/Free/v1/Ping").status == 404
    assert world.calls == []


def test_a_fragment_is_refused() -> None:
    """CVE-2023-47106 (Traefik): a fragment in the target was read as part of the path by some."""
    assert at_the_edge(World(), b"/Free/v1/Ping#/../PartList/v1/Parts").status == 400


# 5, 6, 7, 8, 11: headers that pretend


def test_a_header_with_an_underscore_is_no_identity() -> None:
    """CVE-2025-64484 (oauth2-proxy): `X_Forwarded_User` was smuggled beside `X-Forwarded-User`."""
    world = World()

    assert (
        managed(world, ("ocp_apim_subscription_key", KEY))
        .json["message"]
        .startswith("Access denied due to miss")
    )
    kept: list[dict[str, Any]] = []

    def application_(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        kept.append(environ)
        start_response("204 No Content", [])
        return []

    plane = WsgiPlane(application_, threads=1, body_limit=0, origin_host="mill.example")
    run(plane(many("GET", "/", ("x_forwarded_user", "admin"), ("remote_user", "admin"), ("x-ok", "1"))))
    plane.close()
    assert kept[0]["HTTP_X_OK"] == "1"
    assert "admin" not in [value for value in kept[0].values() if isinstance(value, str)]


def test_a_header_listed_as_hop_by_hop_still_counts() -> None:
    """CVE-2024-45410, CVE-2026-29054 (Traefik): a client had trusted headers deleted through `Connection`."""
    listed = ("connection", "close, Ocp-Apim-Subscription-Key, Authorization")
    wrong = managed(World(), listed, ("ocp-apim-subscription-key", "wrong"), target="/Free/v1/Ping")

    assert wrong.status == 401
    assert (
        managed(World(), listed, ("ocp-apim-subscription-key", KEY))
        .json["message"]
        .startswith("Not authorized")
    )


SPOOFED: Final = {
    "host": "evil.example",
    "forwarded": "for=10.0.0.1;host=evil.example;proto=https",
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "https",
    "x-forwarded-port": "443",
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-prefix": "/evil",
    "x-forwarded-uri": "/Free/v1/Ping",
    "x-forwarded-user": "admin",
    "x-original-url": "/Free/v1/Ping",
    "x-rewrite-url": "/Free/v1/Ping",
    "x-original-uri": "/Free/v1/Ping",
    "x-http-method-override": "DELETE",
    "x-real-ip": "127.0.0.1",
    "x-ms-client-principal": "admin",
}


def without_ids(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    """An answer without what is new in each."""
    headers = {
        name: value
        for name, value in answer.headers.items()
        if name not in {"x-request-id", "x-ms-request-id"}
    }
    return answer.status, headers, answer.body


@pytest.mark.parametrize(
    "target", [TARGET, "/test" + TARGET, "/Free/v1/Ping", "/Nowhere", f"/{TENANT}/discovery/keys"]
)
def test_forwarding_headers_and_host_change_no_answer(target: str) -> None:
    """CVE-2026-40575, CVE-2026-39858 (oauth2-proxy, Traefik).

    A spoofed `X-Forwarded-Uri` or alias decided. Challenges, routes and checks are the same with and
    without them.
    """

    def asked(**headers: str) -> tuple[int, dict[str, str], bytes]:
        world = World()
        plane = world.authority if target.endswith("keys") else world.managed
        return without_ids(run(ask(plane, "GET", target, headers=headers)))

    assert asked(**SPOOFED) == asked(host="127.0.0.1:8080")
    assert b"evil" not in asked(**SPOOFED)[2]


def test_the_host_never_stands_in_challenges_issuers_or_links() -> None:
    """The portal sign-up bypass of Azure API Management (CWE-284, 2025): the Host header chose the tenant."""
    world = World()
    found = run(
        ask(world.authority, "GET", f"/{TENANT}/.well-known/openid-configuration", headers=SPOOFED)
    ).json
    challenge = managed(world, *SPOOFED.items()).headers["www-authenticate"]
    spoofed = {name.replace("-", "_"): value for name, value in SPOOFED.items()} | {
        "host": f"{OTHER_TENANT}.example"
    }
    body = f"grant_type=client_credentials&client_id={CLIENT}&client_secret={quote(SECRET, safe='')}"
    token = run(world.post("/oauth2/v1/token", f"{body}&resource=http://api.plex.com/".encode(), **spoofed))

    assert found["issuer"] == f"{ORIGIN}/{TENANT}/"
    assert all(
        value.startswith(ORIGIN) for name, value in found.items() if name.endswith(("_endpoint", "_uri"))
    )
    assert f'realm="{ORIGIN}/PartList/v1"' in challenge
    claims = json.loads(base64.urlsafe_b64decode(token.json["access_token"].split(".")[1] + "=="))
    assert (claims["iss"], claims["tid"]) == (f"{ORIGIN}/{TENANT}/", TENANT)
    assert "strict-transport-security" not in token.headers, "the scheme is the connection's own"


def test_the_peers_address_is_the_sockets() -> None:
    """CVE-2022-24112 (APISIX batch-requests): a forged X-REAL-IP passed the rule for administrators."""
    world = World()
    at_the_edge(world, b"/Free/v1/Ping", (b"x-real-ip", b"127.0.0.1"), (b"x-forwarded-for", b"127.0.0.1"))

    assert [call.request.client for call in world.calls] == ["192.0.2.1"]


@pytest.mark.parametrize(
    ("peer", "said", "client"),
    [
        ("192.0.2.1", b"127.0.0.1", "192.0.2.1"),
        ("10.0.0.7", b"203.0.113.9", "203.0.113.9"),
        ("10.0.0.7", b"127.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.7", b"203.0.113.9, 10.0.0.8", "203.0.113.9"),
        ("10.0.0.7", b"127.0.0.1, nonsense", "10.0.0.7"),
    ],
)
def test_only_a_proxy_that_was_named_says_who_calls(peer: str, said: bytes, client: str) -> None:
    """CVE-2022-24112 (APISIX), CVE-2026-40575 (oauth2-proxy): what a caller writes itself names nobody."""
    world = World()
    trusted = (IPv4Network("10.0.0.0/8"),)
    spoofed = ((b"x-real-ip", b"127.0.0.1"), (b"forwarded", b"for=127.0.0.1"))
    at_the_edge(world, b"/Free/v1/Ping", (b"x-forwarded-for", said), *spoofed, peer=peer, trusted=trusted)

    assert [call.request.client for call in world.calls] == [client]
    assert [record.client for record in world.usage.calls] == [client]


def test_there_is_no_default_secret(tmp_path: Path) -> None:
    """CVE-2020-13945 (APISIX): the default admin token. What is secret is made at the first start."""
    assert load({"MILLGATE_HOME": str(tmp_path)}).master_key is None
    one, two = MasterKey.keep(tmp_path / "1" / "key"), MasterKey.keep(tmp_path / "2" / "key")
    assert one.derive("x") != two.derive("x")


# 18, 19: tokens that pretend


def public_forms() -> dict[str, bytes]:
    """Every form of the published key that could be taken for an HMAC secret."""
    key = private_key(1).public_key()
    encoding, form = serialization.Encoding, serialization.PublicFormat
    numbers = key.public_numbers()
    modulus = numbers.n.to_bytes(256, "big")
    return {
        "PEM": key.public_bytes(encoding.PEM, form.SubjectPublicKeyInfo),
        "PEM without its last line end": key.public_bytes(encoding.PEM, form.SubjectPublicKeyInfo).strip(),
        "DER": key.public_bytes(encoding.DER, form.SubjectPublicKeyInfo),
        "PKCS#1 PEM": key.public_bytes(encoding.PEM, form.PKCS1),
        "PKCS#1 DER": key.public_bytes(encoding.DER, form.PKCS1),
        "OpenSSH": key.public_bytes(encoding.OpenSSH, form.OpenSSH),
        "modulus": modulus,
        "modulus as published": base64.urlsafe_b64encode(modulus).rstrip(b"="),
        "JWK": json.dumps(RSAKey.import_key(pem(private_key(1))).as_dict(private=False)).encode(),
    }


def b64(value: object) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw_token(header: object, *, claims: object = None, signature: bytes = b"") -> str:
    """A token put together by hand."""
    return f"{b64(header)}.{b64(claims_of() if claims is None else claims)}.{b64(signature)}"


def hmac_token(algorithm: str, secret: bytes) -> str:
    head = f"{b64({'alg': algorithm, 'kid': 'kid-1', 'typ': 'JWT'})}.{b64(claims_of())}"
    digest = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}[algorithm]
    return f"{head}.{b64(hmac.digest(secret, head.encode(), digest))}"


def hmac_with(algorithm: str, form: str) -> str:
    """CVE-2022-29217, CVE-2024-33663: the published key used as the secret of an HMAC."""
    return hmac_token(algorithm, public_forms()[form])


def attackers() -> RSAKey:
    """A key that nobody published."""
    return RSAKey.import_key(pem(private_key(99)))


def by_attacker(**header: Any) -> str:
    """A token signed by the attacker, whose header says where the key is."""
    protected = {"alg": "RS256", "kid": "kid-1"} | header
    registry = jws.JWSRegistry(strict_check_header=False)
    return jws.serialize_compact(protected, json.dumps(claims_of()).encode(), attackers(), registry=registry)


def encrypted() -> str:
    """A JWE to the published key: encrypted is not signed (CVE-2026-49230)."""
    key = RSAKey.import_key(pem(private_key(1)))
    protected = {"alg": "RSA-OAEP-256", "enc": "A128GCM", "kid": "kid-1"}
    return jwe.encrypt_compact(
        protected, json.dumps(claims_of()).encode(), key, algorithms=["RSA-OAEP-256", "A128GCM"]
    )


def resigned(**header: Any) -> str:
    """Signed by the right key, with a header that must not be obeyed."""
    return signed(header=header)


def by_hand(header: object) -> str:
    """Signed by the right key with RS256, whatever the header says."""
    head = f"{b64(header)}.{b64(claims_of())}"
    return f"{head}.{b64(private_key(1).sign(head.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def tampered(**changes: Any) -> str:
    """The claims changed after signing."""
    head, _, signature = signed().split(".")
    return f"{head}.{b64(claims_of(**changes))}.{signature}"


NO_ALGORITHMS: Final = ("none", "None", "NONE", "nOnE", "", "HS256")
FORGED: Final[dict[str, Callable[[], str]]] = {
    **{f"alg {name}": partial(raw_token, {"alg": name, "kid": "kid-1"}) for name in NO_ALGORITHMS},
    **{
        f"{algorithm} with the public key as {form}": partial(hmac_with, algorithm, form)
        for algorithm, form in product(("HS256", "HS384", "HS512"), public_forms())
    },
    "HS256 with an empty secret": lambda: hmac_token("HS256", b""),
    "alg none, and rightly signed": lambda: by_hand({"alg": "none", "kid": "kid-1"}),
    "alg missing, and rightly signed": lambda: by_hand({"kid": "kid-1"}),
    "header a list, and rightly signed": lambda: by_hand(["alg", "kid-1"]),
    "RS384 by the right key": lambda: resigned(alg="RS384"),
    "RS512 by the right key": lambda: resigned(alg="RS512"),
    "PS256 by the right key": lambda: resigned(alg="PS256"),
    "alg is a list": lambda: raw_token({"alg": ["RS256"], "kid": "kid-1"}, signature=b"x" * 256),
    "alg is null": lambda: raw_token({"alg": None, "kid": "kid-1"}),
    "alg is missing": lambda: raw_token({"kid": "kid-1"}),
    "alg twice": lambda: raw_token(b'{"alg":"RS256","alg":"none","kid":"kid-1"}'),
    "header is a list": lambda: raw_token(["alg"]),
    "header is a text": lambda: raw_token("alg"),
    "header is a number": lambda: raw_token(5),
    "header is null": lambda: raw_token(None),
    "header is no JSON": lambda: raw_token(b"{"),
    "header is no UTF-8": lambda: raw_token(b"\xff"),
    "header is deep": lambda: raw_token(b"[" * 380),
    "header is large": lambda: raw_token({"alg": "RS256", "kid": "kid-1", "x": "y" * 5000}),
    "jwk in the header": lambda: by_attacker(jwk=attackers().as_dict(private=False)),
    "jwk in the header, kid of its own": lambda: by_attacker(
        jwk=attackers().as_dict(private=False), kid="kid-99"
    ),
    "jku in the header": lambda: by_attacker(jku="https://evil.example/keys"),
    "x5u in the header": lambda: by_attacker(x5u="https://evil.example/chain.pem"),
    "x5c in the header": lambda: by_attacker(x5c=["MIIB"]),
    "x5t in the header": lambda: by_attacker(x5t="kid-1", kid="kid-99"),
    "kid of nobody": lambda: by_attacker(kid="kid-99"),
    "kid missing": lambda: raw_token({"alg": "RS256"}, signature=b"x" * 256),
    "kid empty": lambda: by_attacker(kid=""),
    "kid is a path": lambda: by_attacker(kid="../../../../dev/null"),
    "kid is SQL": lambda: by_attacker(kid="' UNION SELECT 'x' --"),
    "kid is a list": lambda: raw_token({"alg": "RS256", "kid": ["kid-1"]}, signature=b"x" * 256),
    "kid is an object": lambda: raw_token({"alg": "RS256", "kid": {"kid-1": 1}}, signature=b"x" * 256),
    "kid is null": lambda: raw_token({"alg": "RS256", "kid": None}, signature=b"x" * 256),
    "kid of the other key": lambda: signed(number=2, header={"kid": "kid-1"}),
    "kid in another case": lambda: resigned(kid="KID-1"),
    "crit unknown": lambda: by_hand({"alg": "RS256", "kid": "kid-1", "crit": ["exp"], "exp": 1}),
    "crit is a number": lambda: raw_token({"alg": "RS256", "kid": "kid-1", "crit": 5}),
    "crit is null": lambda: raw_token({"alg": "RS256", "kid": "kid-1", "crit": None}),
    "crit names what is missing": lambda: raw_token({"alg": "RS256", "kid": "kid-1", "crit": ["b64"]}),
    "payload not encoded": lambda: raw_token({"alg": "RS256", "kid": "kid-1", "crit": ["b64"], "b64": False}),
    "claims changed after signing": lambda: tampered(appid=TEST_ONLY_CLIENT),
    "expiry changed after signing": lambda: tampered(exp=int(NOW) + 10**9),
    "signature left out": lambda: signed().rpartition(".")[0] + ".",
    "signature of another token": lambda: (
        signed().rpartition(".")[0] + "." + signed(nbf=1).rpartition(".")[2]
    ),
    "signature cut short": lambda: signed()[:-4],
    "payload left out": lambda: "..".join(signed().split(".")[::2]),
    "four parts": lambda: signed() + ".x",
    "two parts": lambda: signed().rpartition(".")[0],
    "encrypted to the public key": encrypted,
    "claims are a list": lambda: _signed_payload(b"[]"),
    "claims are no JSON": lambda: _signed_payload(b"{"),
    "claims are missing": lambda: _signed_payload(b"{}"),
    "audience is a list": lambda: signed(aud=["http://api.plex.com/"]),
    "expiry is a text": lambda: signed(exp=str(int(NOW) + 3600)),
    "expiry is not a number": lambda: _signed_payload(json.dumps(claims_of(exp=float("nan"))).encode()),
    "expiry is true": lambda: signed(exp=True),
    "expiry is null": lambda: signed(exp=None),
    "issuer without its tenant": lambda: signed(iss=ORIGIN + "/"),
    "issuer of another tenant": lambda: signed(iss=f"{ORIGIN}/{OTHER_TENANT}/"),
    "tenant that walks": lambda: signed(tid=f"{TENANT}/../{OTHER_TENANT}", iss=f"{ORIGIN}/{TENANT}/"),
}


def _signed_payload(payload: bytes) -> str:
    return jws.serialize_compact(
        {"alg": "RS256", "kid": "kid-1"}, payload, RSAKey.import_key(pem(private_key(1)))
    )


def test_the_helpers_make_good_tokens_when_nothing_is_changed() -> None:
    """Else the next test would pass for the wrong reason."""
    good = by_hand({"alg": "RS256", "kid": "kid-1"}), _signed_payload(json.dumps(claims_of()).encode())
    for token in (signed(), signed(number=2), resigned(typ="JWT"), *good):
        assert run(World().get(TARGET, token=token)).status == 200


@pytest.mark.parametrize("name", FORGED)
def test_a_token_that_pretends_is_refused(name: str) -> None:
    """The PyJWT, python-jose and APISIX advisories: the key decides the algorithm, the header nothing.

    CVE-2022-29217, CVE-2026-48523, CVE-2026-102273; CVE-2024-33663, CVE-2026-85394; CVE-2026-39999,
    CVE-2026-49230.
    """
    world = World()
    answer = run(world.get(TARGET, token=FORGED[name]()))

    assert answer.status == 401
    assert answer.json["status"] == 401, "a bearer token that was read and refused"
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert world.calls == []


def test_nothing_of_an_unsigned_token_comes_into_the_record() -> None:
    """What was not verified must not name an application in the log of refused calls."""
    world = World()
    run(world.get(TARGET, token=tampered(appid="smuggled")))

    assert "smuggled" not in msgspec.json.encode(list(world.usage.calls)).decode()


# Duplicate headers


@pytest.mark.parametrize(
    "keys", [(KEY, KEY), (KEY, "wrong"), ("wrong", KEY), (KEY, ""), ("", KEY), (TEST_TIER_KEY, KEY)]
)
def test_two_key_headers_open_nothing(keys: tuple[str, str]) -> None:
    """Two readers of a repeated header may take different ones (the class of CVE-2025-64484)."""
    sent = [("ocp-apim-subscription-key", key) for key in keys]
    answer = managed(World(), *sent, ("authorization", f"Bearer {signed()}"))

    assert answer.status == 401
    assert "invalid subscription key" in answer.json["message"]


def test_two_keys_in_the_query_open_nothing_and_the_header_wins_over_the_query() -> None:
    """As before, for the query."""
    bearer = ("authorization", f"Bearer {signed()}")
    header = ("ocp-apim-subscription-key", "wrong")

    assert (
        managed(World(), bearer, target=f"{TARGET}?subscription-key={KEY}&subscription-key={KEY}").status
        == 401
    )
    assert managed(World(), bearer, header, target=f"{TARGET}?subscription-key={KEY}").status == 401
    assert managed(World(), bearer, target=f"{TARGET}?subscription-key={KEY}").status == 200


def test_two_authorization_headers_are_refused_by_gateway_and_token_service() -> None:
    """As before, for credentials."""
    world = World()
    good = f"Bearer {signed()}"
    for values in ((good, good), (good, "Bearer x"), ("Basic x", good), ("", good)):
        sent = [("authorization", value) for value in values]
        assert managed(world, ("ocp-apim-subscription-key", KEY), *sent).status == 401
    assert world.calls == []

    pair = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
    request = many(
        "POST", "/oauth2/v1/token", ("authorization", pair), ("authorization", pair), ("content-type", FORM)
    )
    answer = run(
        _token_answer(
            world, msgspec.structs.replace(request, reader=reader_of(b"grant_type=client_credentials"))
        )
    )
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


FORM: Final = "application/x-www-form-urlencoded"


def reader_of(body: bytes) -> Any:
    async def read() -> AsyncIterator[bytes]:
        yield body

    return read


async def _token_answer(world: World, request: Request) -> Answer:
    return await seen(await world.authority(request))


# 20, 21: what is remembered


def test_a_remembered_token_never_answers_for_another_tier_key_or_state() -> None:
    """CVE-2026-33496, CVE-2021-32701, GHSA-qvp4-rpmr-xwrr (Oathkeeper): a cached decision left out what decided."""
    world = World()
    token, test_only = signed(), signed(appid=TEST_ONLY_CLIENT)

    assert run(world.get("/test" + TARGET, token=test_only)).status == 200
    assert run(world.get(TARGET, token=test_only)).status == 403, "good for the test tier alone"
    assert run(world.get(TARGET, token=token)).status == 200
    assert run(world.get(TARGET, key=TEST_TIER_KEY, token=token)).status == 401, (
        "another key, another decision"
    )
    assert run(world.get(TARGET, key=None, token=token)).status == 401


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda _: {"applications": (application(CLIENT, test_only=True),)}, 403),
        (lambda _: {"applications": (application(CLIENT, enabled=False),)}, 401),
        (lambda _: {"applications": (application(CLIENT, pcn=2),)}, 401),
        (lambda _: {"applications": ()}, 401),
        (lambda _: {"companies": ()}, 401),
        (
            lambda d: {"companies": tuple(msgspec.structs.replace(one, active=False) for one in d.companies)},
            401,
        ),
        (lambda d: {"signing_keys": d.signing_keys[1:]}, 401),
        (lambda _: {"signing_keys": ()}, 401),
        (lambda _: {"subscriptions": ()}, 401),
        (lambda _: {"accounts": (Account("svc", (1,), ("Parts",), (), active=False),)}, 200),
    ],
    ids=[
        "test only",
        "disabled",
        "moved",
        "gone",
        "no company",
        "company inactive",
        "key rolled",
        "no keys",
        "no sub",
        "account",
    ],
)
def test_a_remembered_token_is_judged_anew_when_anything_is_published(
    change: Callable[[Directory], dict[str, Any]], status: int
) -> None:
    """The same advisories: what decided must be part of what is remembered."""
    world = World()
    token = signed()
    assert run(world.get(TARGET, token=token)).status == 200

    world.publish(changed(world, **change(world.document.directory)))

    assert run(world.get(TARGET, token=token)).status == status
    if status == 200:
        assert world.calls[-1].principal is None, "the account resolves to nobody from now on"


def test_a_key_id_that_was_given_to_another_key_does_not_keep_old_tokens_alive() -> None:
    """The same advisories: remembered by the token alone, an old signature would go on."""
    world = World()
    token = signed()
    assert run(world.get(TARGET, token=token)).status == 200
    first, second = world.document.directory.signing_keys

    taken_over = msgspec.structs.replace(second, kid=first.kid, signs=True)
    world.publish(changed(world, signing_keys=(taken_over,)))

    assert run(world.get(TARGET, token=token)).status == 401


SUBSCRIPTIONS: Final = ("1", "1:a", "1:a/*/*/1/60", "a", "a:", ":a", "r:a", "1/rate", "rate/a/*/*/60", "")


def test_counters_of_different_limits_never_share_a_key() -> None:
    """CVE-2026-71326 (Traefik BasicAuth).

    Keys of a singleflight collided. Keys must be injective, whatever stands in a subscription's name: a
    counter that two limits share would say 2 after each was met once.
    """
    limits = (
        Limit("rate", 9, 60),
        Limit("rate", 9, 1),
        Limit("calls", 9, 60),
        Limit("calls", 9, 0),
        Limit("rate", 9, 60, "parts"),
        Limit("rate", 9, 60, "parts", "list-parts"),
        Limit("bandwidth", 9, 60),
        Limit("bandwidth", 9, 0),
    )
    adapters = tuple(Adapter(key=key, name=key, apis=("parts",), limits=limits) for key in ("a", "a-1", "b"))
    snapshot = build(
        msgspec.structs.replace(World().document, catalogue=Catalogue((PARTS, FREE), adapters)),
        {"echo": None},
    )
    counters = MemoryCounters()

    async def use() -> list[list[int]]:
        met = []
        for name, found in product(SUBSCRIPTIONS, snapshot.adapters.values()):
            limits_met = found.policies["parts", "list-parts"]
            await counters.add(name, 0, limits_met.charged, 1, NOW)
            met.append([used for used, _ in await counters.take(name, 0, limits_met.takes, NOW)])
        return met

    assert run(use()) == [[1] * len(limits)] * (len(SUBSCRIPTIONS) * len(adapters))


# 22: finding by digest, comparing in constant time


@pytest.mark.parametrize(
    "wrong",
    [
        KEY[:-1],
        KEY + "1",
        KEY + " ",
        " " + KEY,
        KEY + "\x00",
        KEY.upper() + "x",
        DIGESTER.digest(KEY),
        "%31" + KEY[1:],
        "1'--",
    ],
)
def test_a_key_that_is_nearly_right_is_as_wrong_as_any(wrong: str) -> None:
    """CVE-2025-59425, CVE-2026-23996 (vLLM, fastapi-api-key).

    Compared letter by letter, a key could be guessed. It is looked up by keyed digest, and so is nearly
    right nowhere.
    """
    answers = [run(World().get(TARGET, key=key, token=signed())) for key in (wrong, "wrong")]

    assert answers[0].status == 401
    assert answers[0].body == answers[1].body


def test_no_key_and_no_secret_stands_in_a_published_document() -> None:
    """The same advisories: what is looked up is a digest, so a stolen document opens nothing."""
    document = encode(World().document).decode()

    assert DIGESTER.digest(KEY) in document
    assert KEY not in document
    assert SECRET not in document


def test_every_live_secret_is_compared_whichever_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """CVE-2026-32595, CVE-2026-41263, CVE-2016-7036 (Traefik, python-jose): time told what was right."""
    compared: list[str] = []
    matches = clients_module.ClientCheck._held.__globals__  # the module's own names
    assert "hmac" not in matches, "comparing is the digester's"
    plain = hmac.compare_digest

    def compare(one: str, other: str) -> bool:
        compared.append(other)
        return plain(one, other)

    monkeypatch.setattr("millgate.core.secrets.hmac.compare_digest", compare)
    world = World()
    secrets = tuple(
        msgspec.structs.replace(
            world.document.directory.applications[0].secrets[0], key=str(at), digest=digest
        )
        for at, digest in enumerate([DIGESTER.digest(SECRET), DIGESTER.digest("b"), DIGESTER.digest("c")])
    )
    world.publish(changed(world, applications=(application(CLIENT, secrets=secrets),)))

    for secret in (SECRET, "b", "wrong"):
        compared.clear()
        run(world.ask_token(client_secret=secret))
        assert compared[:3] == [item.digest for item in secrets]
        assert all(compared.count(item.digest) == len(compared) / 3 for item in secrets)


# 25: closed when in doubt


def test_what_cannot_be_resolved_is_refused_and_never_served_without_its_check() -> None:
    """CVE-2026-27586 (Caddy), CVE-2026-54762 (Traefik): a check that could not be set up was left out."""
    world = World()
    token = signed()
    broken_limit = msgspec.structs.replace(PRODUCT, limits=(Limit("rate", 0, 60),))
    document = msgspec.structs.replace(world.document, catalogue=Catalogue((PARTS, FREE), (broken_limit,)))
    world.holder.swap(build_serving(document, {"echo": None})[0])

    assert run(world.get(TARGET, token=token)).status == 401, (
        "an adapter whose limit cannot be counted opens nothing"
    )
    world.holder.current = build_serving(document, {})[0]
    assert run(world.get(TARGET, key=ALL_KEY, token=token)).status == 500, "an upstream that is not there"
    assert world.calls == []


def test_an_api_that_needs_no_key_is_not_opened_by_being_faulty() -> None:
    """The same advisories: the narrow route is broken, and the wide one beside it does not take its calls."""
    world = World()
    wide = Operation("wide", "GET", "/{Any}", "Wide", "Any")
    narrow = Operation("narrow", "GET", "/Narrow", "Narrow", "Gone")
    api = msgspec.structs.replace(FREE, operations=(wide, narrow))
    document = msgspec.structs.replace(world.document, catalogue=Catalogue((PARTS, api), ()))
    world.holder.swap(build_serving(document, {"echo": frozenset({"Any", "Parts.list", "Parts.one"})})[0])

    assert run(world.get("/Free/v1/Narrow", key=None, token=signed())).status == 500
    assert run(ask(world.managed, "HEAD", "/Free/v1/Narrow")).status == 500
    assert world.calls == []


@pytest.mark.parametrize(
    "reference",
    [
        {"adapter": "gone"},
        {"adapter": None, "api": "gone"},
        {"adapter": None},
        {"adapter": ""},
        {"adapter": None, "api": ""},
    ],
)
def test_a_subscription_to_what_is_gone_opens_nothing(reference: dict[str, Any]) -> None:
    """The same advisories, for a reference that resolves to nothing."""
    world = World()
    lost = Subscription(key="lost", name="lost", digests=(DIGESTER.digest("k"),), started_at=0, **reference)
    world.publish(changed(world, subscriptions=(lost,)))

    assert run(world.get(TARGET, key="k", token=signed())).status == 401


def test_without_a_signing_key_no_token_is_issued() -> None:
    """The same advisories: an unsigned token would be worse than none."""
    world = World()
    world.publish(changed(world, signing_keys=()))
    answer = run(world.ask_token())

    assert answer.status == 500
    assert "access_token" not in answer.json


def down(*limits: Limit) -> World:
    world = World(counters=Down())
    limited = msgspec.structs.replace(PRODUCT, limits=limits)
    world.publish(msgspec.structs.replace(world.document, catalogue=Catalogue((PARTS, FREE), (limited,))))
    return world


@pytest.mark.parametrize("kind", ["rate", "calls", "bandwidth"])
def test_a_limit_that_cannot_be_counted_fails_as_its_policy_says(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same advisories: failing open is a decision that stands in the policy, and not what happens by itself."""
    policies: dict[str, type[LimitPolicy]] = {
        "rate": RateLimit,
        "calls": CallQuota,
        "bandwidth": KilobyteQuota,
    }
    policy = policies[kind]
    token = signed()

    assert policy.fails == "open"
    assert run(down(Limit(kind, 1, 60)).get(TARGET, token=token)).status == 200
    monkeypatch.setattr(policy, "fails", "closed")
    closed = down(Limit(kind, 1, 60))
    assert run(closed.get(TARGET, token=token)).status == 500
    assert closed.calls == []


# 28: what is logged and kept


@pytest.mark.parametrize(
    "form",
    [
        "json",
        "text",
    ],
)
def test_no_log_line_record_or_answer_holds_a_secret(form: str) -> None:
    """CVE-2022-23469, CVE-2026-41181 (Traefik), GHSA-3278-c88v-xrh4 (Kong), CVE-2025-25294 (Envoy Gateway).

    Secrets in debug logs, error pages and diagnostics.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MILLGATE_")}
    ran = subprocess.run(
        [sys.executable, "-m", "support.provoking", form],
        cwd=TESTS,
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    )
    told = json.loads(ran.stdout)
    kept = json.dumps([told["answers"], told["records"]])

    assert {"MG103", "MG104", "MG201", "MG202", "MG203", "MG204", "MG205", "MG301"} <= set(told["codes"])
    assert {"MG401", "MG402", "MG403", "MG502", "MG503", "MG901"} <= set(told["codes"])
    assert told["statuses"] == [200, 400, 401, 403, 404, 405, 429, 500]
    for event in ("managed_failure", "broken_route", "limit_not_counted", "token_refused", "token_failure"):
        assert event in ran.stderr
    assert [secret for secret in told["secrets"] if secret in kept] == []
    assert [secret for secret in told["secrets"] if secret in ran.stderr] == []


def test_a_log_line_cannot_be_forged() -> None:
    """CVE-2025-69230 (aiohttp) and its like.

    Log injection and log storms. Each call writes few lines, and none holds a line of the caller's making.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MILLGATE_")}
    ran = subprocess.run(
        [sys.executable, "-m", "support.provoking", "json"],
        cwd=TESTS,
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    )
    lines = [json.loads(line) for line in ran.stderr.splitlines()]

    assert all({"event", "level", "timestamp"} <= set(line) for line in lines)
    assert len(lines) <= 3 * len(json.loads(ran.stdout)["answers"])
