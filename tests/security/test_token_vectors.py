"""Vectors of PyJWT, joserfc, jose and their advisories, put to the gateway: each is refused as documented.

`test_advisories.py` has those of the first release. Here everything that could be signed is *rightly* signed
wherever the matter is not the signature itself, so that a refusal is for the reason that the vector names.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc import jwe
from joserfc.jwk import RSAKey

from millgate.core.errors import BEARER_REFUSED, BEARER_UNREADABLE, Refusal
from support.exchange import Answer, ask
from support.tokens import claims_of, signed
from support.world import KEY, NOW, ORIGIN, TENANT, World, document, pem, private_key, published

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET: Final = "/PartList/v1/Parts"
GOOD: Final = {"typ": "JWT", "alg": "RS256", "x5t": "kid-1", "kid": "kid-1"}
BASE64URL: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


def b64(value: object) -> str:
    """Base64url of bytes, or of the JSON of anything else."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def rightly(header: object, payload: object = None, *, number: int = 1) -> str:
    """Signed with RS256 by a key of the world, whatever header and payload say."""
    text = f"{b64(header)}.{b64(claims_of() if payload is None else payload)}"
    signature = private_key(number).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{b64(signature)}"


def with_header(**changes: Any) -> str:
    return rightly(GOOD | changes)


def with_claims(**changes: Any) -> str:
    return rightly(GOOD, claims_of(**changes))


def with_raw(member: str, literal: str) -> str:
    """A claim whose JSON stands as it is given."""
    return rightly(GOOD, json.dumps(claims_of(**{member: "@@"})).replace('"@@"', literal).encode())


def refused(token: str) -> Answer:
    """The answer to a call with a token; the backend must not have heard of it."""
    world = World()
    answer: Answer = run(world.get(TARGET, token=token))
    assert world.calls == []
    return answer


def test_the_helpers_make_good_tokens_when_nothing_is_changed() -> None:
    """Else the vectors would be refused for another reason."""
    for token in (rightly(GOOD), with_header(), with_claims(), with_raw("jti", '"x"')):
        assert run(World().get(TARGET, token=token)).status == 200


# Algorithms


def public_forms() -> dict[str, bytes]:
    """The published key in the forms in which libraries have taken it for an HMAC secret."""
    key = private_key(1).public_key()
    encoding, form = serialization.Encoding, serialization.PublicFormat
    jwk = RSAKey.import_key(pem(private_key(1))).as_dict(private=False)
    return {
        "PEM": key.public_bytes(encoding.PEM, form.SubjectPublicKeyInfo),
        "PEM with CRLF": key.public_bytes(encoding.PEM, form.SubjectPublicKeyInfo).replace(b"\n", b"\r\n"),
        "PEM on one line": b"".join(key.public_bytes(encoding.PEM, form.SubjectPublicKeyInfo).splitlines()),
        "DER": key.public_bytes(encoding.DER, form.SubjectPublicKeyInfo),
        "DER of PKCS#1": key.public_bytes(encoding.DER, form.PKCS1),
        "JWK": json.dumps(jwk).encode(),
        "JWK, compact": json.dumps(jwk, separators=(",", ":"), sort_keys=True).encode(),
        "JWKS": json.dumps({"keys": [jwk]}).encode(),
        "kid": b"kid-1",
        "nothing": b"",
    }


def by_hmac(secret: str, algorithm: str) -> str:
    text = f"{b64(GOOD | {'alg': algorithm})}.{b64(claims_of())}"
    digest = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}[algorithm]
    return f"{text}.{b64(hmac.digest(public_forms()[secret], text.encode(), digest))}"


def unsigned(algorithm: object, signature: str) -> str:
    return f"{b64(GOOD | {'alg': algorithm})}.{b64(claims_of())}.{signature}"


NONES: Final[tuple[object, ...]] = (
    "none",
    "None",
    "NONE",
    "nOnE",
    "NoNe",
    "none ",
    " none",
    "none\x00",
    "n\u043ene",
    "",
    None,
    [],
    0,
)
OTHERS: Final = (
    "RS384",
    "RS512",
    "PS256",
    "ES256",
    "EdDSA",
    "HS256",
    "rs256",
    "RS256 ",
    ["RS256"],
    {"a": 1},
    True,
)

ALGORITHMS: Final[dict[str, Callable[[], str]]] = {
    **{f"alg {name!r}, no signature": partial(unsigned, name, "") for name in NONES},
    **{f"alg {name!r}, some signature": partial(unsigned, name, b64(b"x" * 256)) for name in NONES},
    **{f"alg {name!r}, rightly signed": partial(with_header, alg=name) for name in (*NONES, *OTHERS)},
    **{
        f"{algorithm} with {form} as its secret": partial(by_hmac, form, algorithm)
        for form, algorithm in product(public_forms(), ("HS256", "HS384", "HS512"))
    },
    "RS256, no signature": lambda: unsigned("RS256", ""),
    "RS256, a signature of zeros": lambda: unsigned("RS256", b64(bytes(256))),
    "RS256, a signature of one": lambda: unsigned("RS256", b64(bytes(255) + b"\x01")),
    "RS256, a signature larger than the modulus": lambda: unsigned("RS256", b64(b"\xff" * 256)),
    "RS256, a signature that is too long": lambda: unsigned("RS256", b64(b"\x01" * 512)),
}


# Whose key it is


def attackers_certificate() -> str:
    name = x509.Name([])
    moment = World().clock.utc()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private_key(99).public_key())
        .serial_number(1)
        .not_valid_before(moment)
        .not_valid_after(moment)
        .sign(private_key(99), hashes.SHA256())
    )
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


def by_attacker(**header: Any) -> str:
    return rightly({"typ": "JWT", "alg": "RS256", "kid": "kid-1"} | header, number=99)


def attackers_jwk(**changes: Any) -> dict[str, Any]:
    return RSAKey.import_key(pem(private_key(99))).as_dict(private=False) | changes


KIDS: Final = (
    "../../../../../../dev/null",
    "/proc/sys/kernel/randomize_va_space",
    "..%2f..%2fdev%2fnull",
    "file:///dev/null",
    "http://127.0.0.1:1/keys",
    "' OR '1'='1",
    "x' UNION SELECT sealed FROM clients_signing_key --",
    "kid-1'--",
    "kid-1\x00",
    "kid-1 ",
    "KID-1",
    "kid-3",
    "$(touch x)",
    "{{7*7}}",
    "\ud800",
    "k" * 3000,
    "",
    None,
    1,
    1.5,
    True,
    ["kid-1"],
    {"kid-1": "kid-1"},
)

KEYS: Final[dict[str, Callable[[], str]]] = {
    **{f"kid {str(kid)[:60]!r}": partial(by_attacker, kid=kid) for kid in KIDS},
    "jwk of the attacker": lambda: by_attacker(jwk=attackers_jwk()),
    "jwk of the attacker under our kid": lambda: by_attacker(jwk=attackers_jwk(kid="kid-1")),
    "jwk of the attacker, which is symmetric": lambda: by_attacker(jwk={"kty": "oct", "k": b64(b"k")}),
    "jku of the attacker": lambda: by_attacker(jku="http://127.0.0.1:1/keys"),
    "jku that begins like ours": lambda: by_attacker(jku=f"{ORIGIN}@evil.example/{TENANT}/discovery/keys"),
    "x5u of the attacker": lambda: by_attacker(x5u="http://127.0.0.1:1/chain.pem"),
    "x5c of the attacker": lambda: by_attacker(x5c=[attackers_certificate()]),
    "x5t of ours, kid of nobody": lambda: by_attacker(kid="nobody", x5t="kid-1"),
    "the other published key's signature": lambda: rightly(GOOD, number=2),
    "x5t and kid of two keys": lambda: with_header(x5t="kid-2"),
    "x5t is a list": lambda: with_header(x5t=["kid-1"]),
    "jwk, rightly signed": lambda: with_header(jwk=attackers_jwk()),
    "jku, rightly signed": lambda: with_header(jku=f"{ORIGIN}/{TENANT}/discovery/keys"),
    "x5u, rightly signed": lambda: with_header(x5u="https://evil.example/chain.pem"),
    "x5c, rightly signed": lambda: with_header(x5c=[attackers_certificate()]),
}


# What a header may ask for


def _not_encoded() -> str:
    """RFC 7797: signed as it stands, without base64url."""
    head = b64({"alg": "RS256", "kid": "kid-1", "b64": False, "crit": ["b64"]})
    payload = "unencoded"
    signature = private_key(1).sign(f"{head}.{payload}".encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{head}.{payload}.{b64(signature)}"


HEADERS: Final[dict[str, Callable[[], str]]] = {
    "crit of what nobody knows": lambda: with_header(
        crit=["http://example.com/x"], **{"http://example.com/x": 1}
    ),
    "crit of what everybody knows": lambda: with_header(crit=["alg"]),
    "crit is empty": lambda: with_header(crit=[]),
    "crit is a text": lambda: with_header(crit="exp"),
    "crit is null": lambda: with_header(crit=None),
    "b64 is false": lambda: with_header(b64=False, crit=["b64"]),
    "b64 is false, and crit does not say so": lambda: with_header(b64=False),
    "payload as it stands": _not_encoded,
    "zip": lambda: with_header(zip="DEF"),
    "enc": lambda: with_header(enc="A128GCM"),
    "a nested token is announced": lambda: with_header(cty="JWT"),
    "alg stands twice": lambda: rightly(b'{"typ":"JWT","alg":"none","alg":"RS256","kid":"kid-1"}'),
    "kid stands twice": lambda: rightly(b'{"typ":"JWT","alg":"RS256","kid":"kid-2","kid":"kid-1"}'),
    "a name stands twice, once escaped": lambda: rightly(b'{"alg":"none","\\u0061lg":"RS256","kid":"kid-1"}'),
    "a byte order mark": lambda: rightly(b"\xef\xbb\xbf" + json.dumps(GOOD).encode()),
    "UTF-16": lambda: rightly(json.dumps(GOOD).encode("utf-16")),
    "no UTF-8": lambda: rightly(b'{"alg":"RS256","kid":"kid-1","typ":"\xff"}'),
    "rests behind it": lambda: rightly(json.dumps(GOOD).encode() + b"{}"),
    "a list": lambda: rightly([GOOD]),
    "a text": lambda: rightly("RS256"),
    "null": lambda: rightly(b"null"),
    "nothing": lambda: rightly(b""),
    "deeper than any stack": lambda: rightly(b'{"typ":' + b"[" * 3000 + b"]" * 3000 + b"}"),
    "a number of many digits": lambda: rightly(b'{"alg":"RS256","kid":"kid-1","typ":' + b"9" * 5000 + b"}"),
}


# Claims


MOMENTS: Final = (
    '"1700003600"',
    "1700003600.5",
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "-Infinity",
    "-1",
    "-0.5",
    "true",
    "null",
    "[1700003600]",
    "{}",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "1" + "0" * 400,
    "9" * 5000,
)
TEXTS: Final = ("1", "null", "true", "[]", "{}", '["a"]', "NaN", '"\\u0000"', '"\\ud800"', '""', '" "')

CLAIMS: Final[dict[str, Callable[[], str]]] = {
    **{f"exp {text[:30]}": partial(with_raw, "exp", text) for text in MOMENTS},
    **{f"nbf {text[:30]}": partial(with_raw, "nbf", text) for text in MOMENTS},
    **{
        f"{name} {text}": partial(with_raw, name, text)
        for name, text in product(("aud", "iss", "appid", "tid"), TEXTS)
    },
    "exp is this very second": lambda: with_claims(exp=int(NOW)),
    "nbf is the next second": lambda: with_claims(nbf=int(NOW) + 1),
    "aud among others": lambda: with_claims(aud=[claims_of()["aud"], "x"]),
    "aud without its last slash": lambda: with_claims(aud=claims_of()["aud"].rstrip("/")),
    "aud with a NUL": lambda: with_claims(aud=claims_of()["aud"] + "\x00"),
    "aud with a blank": lambda: with_claims(aud=" " + claims_of()["aud"]),
    "appid with a NUL": lambda: with_claims(appid=claims_of()["appid"] + "\x00"),
    "appid in capitals": lambda: with_claims(appid=claims_of()["appid"].upper()),
    "tid with a line end": lambda: with_claims(tid=TENANT + "\n", iss=f"{ORIGIN}/{TENANT}\n/"),
    "exp stands twice": lambda: _twice("exp", 1, int(NOW) + 3600),
    "appid stands twice": lambda: _twice("appid", "nobody", claims_of()["appid"]),
    "a claim that nobody reads stands twice": lambda: _twice("note", 1, 2),
    "a nested member stands twice": lambda: with_raw("note", '{"a":1,"a":2}'),
    "a number of many digits": lambda: with_raw("note", "9" * 5000),
    "deeper than any stack": lambda: with_raw("note", "[" * 2500 + "]" * 2500),
    "a list": lambda: rightly(GOOD, [claims_of()]),
    "a text": lambda: rightly(GOOD, json.dumps(json.dumps(claims_of())).encode()),
    "a token in the token": lambda: rightly(GOOD, rightly(GOOD).encode()),
    "nothing": lambda: rightly(GOOD, b""),
    "a byte order mark": lambda: rightly(GOOD, b"\xef\xbb\xbf" + json.dumps(claims_of()).encode()),
    "no UTF-8": lambda: rightly(GOOD, json.dumps(claims_of(note="@")).encode().replace(b"@", b"\xff")),
    "rests behind them": lambda: rightly(GOOD, json.dumps(claims_of()).encode() + b" {}"),
    "NUL behind them": lambda: rightly(GOOD, json.dumps(claims_of()).encode() + b"\x00"),
}


def _twice(name: str, first: object, second: object) -> str:
    """The claim that would be good stands last, as most readers take it."""
    rest = {key: value for key, value in claims_of().items() if key != name}
    both = f'{{"{name}":{json.dumps(first)},"{name}":{json.dumps(second)},'
    return rightly(GOOD, (both + json.dumps(rest)[1:]).encode())


# The text of a token


def _spare_bits(part: int) -> str:
    """The same bytes in another text: bits of the last character that stand for nothing are set.

    Header and payload are signed as they are written then, so that the signature holds.
    """
    head, payload, signature = rightly(GOOD, json.dumps(claims_of(note="")).encode()).split(".")
    parts = [head, payload, signature]
    assert len(parts[part]) % 4 in {2, 3}, "there are spare bits"
    last = BASE64URL.index(parts[part][-1])
    parts[part] = parts[part][:-1] + BASE64URL[last + 1]
    if part < 2:
        text = ".".join(parts[:2]).encode()
        parts[2] = b64(private_key(1).sign(text, padding.PKCS1v15(), hashes.SHA256()))
    return ".".join(parts)


def _signature_as(change: Callable[[str], str]) -> str:
    text, _, signature = rightly(GOOD).rpartition(".")
    return f"{text}.{change(signature)}"


def _by_the_other_alphabet() -> str:
    """A rightly signed token whose signature holds a dash, written with a plus."""
    for number in range(1000):
        text, _, signature = with_claims(note=number).rpartition(".")
        if "-" in signature:
            return f"{text}.{signature.replace('-', '+')}"
    raise AssertionError("no signature with a dash")


def encrypted(payload: bytes) -> str:
    """A JWE to the published key (RFC 7516): who encrypted it is not known."""
    protected = {"alg": "RSA-OAEP-256", "enc": "A128GCM", "kid": "kid-1", "cty": "JWT"}
    return jwe.encrypt_compact(
        protected, payload, RSAKey.import_key(pem(private_key(1))), algorithms=["RSA-OAEP-256", "A128GCM"]
    )


FORMS: Final[dict[str, Callable[[], str]]] = {
    "spare bits of the signature": lambda: _spare_bits(2),
    "a tilde in the signature": lambda: _signature_as(lambda part: part[:9] + "~" + part[9:]),
    "a slash in the signature": lambda: _signature_as(lambda part: part[:9] + "/" + part[9:]),
    "the other alphabet": _by_the_other_alphabet,
    "padding": lambda: _signature_as(lambda part: part + "=="),
    "padding that is too long": lambda: _signature_as(lambda part: part + "===="),
    "one character is missing": lambda: _signature_as(lambda part: part[:-1]),
    "two characters are missing": lambda: _signature_as(lambda part: part[:-2]),
    "one character more": lambda: _signature_as(lambda part: part + "A"),
    "zeros behind the signature": lambda: _signature_as(lambda part: part + "AAAA"),
    "zeros before the signature": lambda: _signature_as(lambda part: "AAAA" + part),
    "only dots": lambda: "..",
    "dots and a letter": lambda: "a..",
    "one part": lambda: "a",
    "two parts": lambda: rightly(GOOD).rpartition(".")[0],
    "a fourth part": lambda: rightly(GOOD) + ".",
    "two signatures": lambda: f"{rightly(GOOD)}.{rightly(GOOD, number=2).rpartition('.')[2]}",
    "a dot before it": lambda: "." + rightly(GOOD),
    "an encrypted token": lambda: encrypted(json.dumps(claims_of()).encode()),
    "a signed token, encrypted": lambda: encrypted(rightly(GOOD).encode()),
    "larger than any that is issued": lambda: with_claims(note="x" * 8000),
    "larger than any header": lambda: with_claims(note="x" * 60_000),
    "a part that is a single letter": lambda: "A." + rightly(GOOD).partition(".")[2],
}


VECTORS: Final = {
    f"{family}: {name}": vector
    for family, vectors in (
        ("algorithm", ALGORITHMS),
        ("key", KEYS),
        ("header", HEADERS),
        ("claims", CLAIMS),
        ("form", FORMS),
    )
    for name, vector in vectors.items()
}


@pytest.mark.parametrize("name", VECTORS)
def test_a_vector_is_refused_as_documented(name: str) -> None:
    """RFC 8725 sections 3.1 to 3.10, and the advisories of libraries that were more forgiving.

    CVE-2022-29217, CVE-2026-48523, CVE-2026-102273 (PyJWT); CVE-2024-33663, CVE-2026-85394 (python-jose);
    CVE-2026-39999, CVE-2026-49230 (APISIX).
    """
    answer = refused(VECTORS[name]())

    assert answer.status == 401
    assert answer.json == {"status": 401, "Message": Refusal(BEARER_REFUSED).message}
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


UNREADABLE: Final[dict[str, Callable[[], str]]] = {
    "JSON serialisation": lambda: json.dumps(_json_serialisation()),
    "JSON serialisation with two signatures": lambda: json.dumps(_general()),
    "a blank in it": lambda: rightly(GOOD).replace(".", ". "),
    "a tab in it": lambda: rightly(GOOD).replace(".", ".\t"),
    "a NUL in it": lambda: rightly(GOOD).replace(".", ".\x00"),
    "a NUL behind it": lambda: rightly(GOOD) + "\x00",
    "a no-break space behind it": lambda: rightly(GOOD) + "\xa0x",
    "padding in the middle": lambda: rightly(GOOD).replace(".", "=."),
    "two tokens": lambda: f"{rightly(GOOD)} {rightly(GOOD)}",
    "two tokens with a comma": lambda: f"{rightly(GOOD)}, Bearer {rightly(GOOD)}",
    "in quotes": lambda: f'"{rightly(GOOD)}"',
    "encoded for an address": lambda: rightly(GOOD).replace(".", "%2E"),
    "wide letters": lambda: rightly(GOOD).replace("e", "\uff45", 1),
    "nothing": lambda: "",
}


def _json_serialisation() -> dict[str, object]:
    head, payload, signature = rightly(GOOD).split(".")
    return {"protected": head, "payload": payload, "signature": signature}


def _general() -> dict[str, object]:
    head, payload, signature = rightly(GOOD).split(".")
    other = rightly(GOOD | {"kid": "kid-2", "x5t": "kid-2"}, number=2).split(".")
    signatures = [{"protected": head, "signature": signature}, {"protected": other[0], "signature": other[2]}]
    return {"payload": payload, "signatures": signatures}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_token_is_refused_as_documented(name: str) -> None:
    answer = refused(UNREADABLE[name]())

    assert answer.status == 401
    assert answer.json == {"statusCode": 401, "message": Refusal(BEARER_UNREADABLE).message}
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_one_signature_has_one_text() -> None:
    """Whoever lists a token as revoked, or remembers it, must not meet the same token in another text."""
    text, _, signature = rightly(GOOD).rpartition(".")
    last = BASE64URL.index(signature[-1])
    same = [f"{text}.{signature[:-1]}{BASE64URL[last + spare]}" for spare in range(16)]
    decoded = {base64.urlsafe_b64decode(one.rpartition(".")[2] + "==") for one in same}
    statuses = [run(World().get(TARGET, token=one)).status for one in same]

    assert len(decoded) == 1
    assert statuses == [200] + [401] * 15


def test_a_token_of_a_retired_key_is_refused_though_it_was_good_a_moment_ago() -> None:
    world = World()
    token = rightly(GOOD)
    assert run(world.get(TARGET, token=token)).status == 200

    directory = msgspec.structs.replace(
        document().directory, signing_keys=(published(2, signs=True), published(3, signs=False))
    )
    world.publish(msgspec.structs.replace(document(), directory=directory))

    assert run(world.get(TARGET, token=token)).status == 401
    assert run(world.get(TARGET, token=signed(number=2))).status == 200


def test_a_refusal_says_nothing_of_the_token() -> None:
    """Its text is the same for every vector; only the record of the refused call tells the check."""
    world = World()
    for vector in (
        CLAIMS["exp is this very second"],
        ALGORITHMS["alg 'none', no signature"],
        FORMS["padding"],
    ):
        headers = {"ocp-apim-subscription-key": KEY, "authorization": f"Bearer {vector()}"}
        answer = run(ask(world.managed, "GET", TARGET, headers=headers))
        assert answer.json["Message"] == Refusal(BEARER_REFUSED).message

    assert len({record.reason for record in world.usage.calls}) == 3
