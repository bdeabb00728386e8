"""The signer: what joserfc would make, with each private key fetched once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws
from joserfc.jwk import RSAKey
from structlog.testing import capture_logs

from millgate.authority.signing import NoSigningKey, Signer, SigningKeyUnusable
from millgate.snapshot.build import build
from millgate.snapshot.document import SigningKey
from millgate.stores.sealing import SealBroken
from support.world import SECRET, World, document, pem, private_key, published

if TYPE_CHECKING:
    from collections.abc import Callable

    from millgate.snapshot.model import Snapshot

PAYLOADS: Final = (b"{}", b'{"a":1}', '{"name":"Zoë \u2028"}'.encode(), b'{"a":"' + b"x" * 5000 + b'"}')


class Keys:
    """Private keys, and which of them were fetched."""

    def __init__(self, give: Callable[[str], bytes] | None = None) -> None:
        self.fetched: list[str] = []
        self._give = give or (lambda kid: pem(private_key(int(kid.removeprefix("kid-")))))

    def private_pem(self, kid: str) -> bytes:
        self.fetched.append(kid)
        return self._give(kid)


def snapshot_of(*keys: SigningKey) -> Snapshot:
    whole = document()
    directory = msgspec.structs.replace(whole.directory, signing_keys=keys)
    return build(msgspec.structs.replace(whole, directory=directory), {"echo": None})


FIRST: Final = snapshot_of(published(1, signs=True), published(2, signs=False))
SECOND: Final = snapshot_of(published(1, signs=False), published(2, signs=True))


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize(
    ("typ", "header"),
    [
        ("JWT", {"typ": "JWT", "alg": "RS256", "x5t": "kid-1", "kid": "kid-1"}),
        ("at+jwt", {"typ": "at+jwt", "alg": "RS256", "kid": "kid-1"}),
    ],
)
def test_a_token_is_to_the_byte_what_joserfc_makes(typ: str, header: dict[str, str], payload: bytes) -> None:
    """RS256 is deterministic (RFC 8017 section 8.2.1), so that whole tokens can be compared."""
    key = RSAKey.import_key(pem(private_key(1)))

    assert Signer(Keys()).sign(FIRST, payload, typ=typ) == jws.serialize_compact(header, payload, key)


def test_a_private_key_is_fetched_once_for_all_types_and_forgotten_when_another_signs() -> None:
    keys = Keys()
    signer = Signer(keys)
    for typ in ("JWT", "at+jwt", "JWT", "at+jwt"):
        signer.sign(FIRST, b"{}", typ=typ)
    assert keys.fetched == ["kid-1"]

    signer.sign(SECOND, b"{}")
    signer.sign(SECOND, b"{}")
    assert keys.fetched == ["kid-1", "kid-2"]
    assert list(signer._loaded) == ["JWT"], "nothing of the key before is kept"


def test_without_a_key_that_signs_there_is_no_token() -> None:
    with pytest.raises(NoSigningKey):
        Signer(Keys()).sign(snapshot_of(published(1, signs=False)), b"{}")


def _sealed_elsewhere(kid: str) -> bytes:
    raise SealBroken(kid)


def _gone(kid: str) -> bytes:
    raise LookupError(kid)


def _elliptic(_kid: str) -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


UNUSABLE: Final[dict[str, Callable[[str], bytes]]] = {
    "it was sealed under another master key": _sealed_elsewhere,
    "it is not stored": _gone,
    "it cannot be read": lambda _kid: b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    "it is no RSA key": _elliptic,
}


@pytest.mark.parametrize("why", UNUSABLE)
def test_a_private_key_that_cannot_be_had_is_told_in_the_log_and_tried_again(why: str) -> None:
    keys = Keys(UNUSABLE[why])
    signer = Signer(keys)
    for _ in range(2):
        with capture_logs() as logged, pytest.raises(SigningKeyUnusable, match=why):
            signer.sign(FIRST, b"{}")
        assert [(line["event"], line["kid"], line["why"]) for line in logged] == [
            ("signing_key_unusable", "kid-1", why)
        ]
    assert keys.fetched == ["kid-1", "kid-1"]


def test_the_token_service_answers_500_without_a_detail_and_goes_on() -> None:
    world = World()
    signer = world.signer
    good = signer._private_keys
    signer._private_keys = Keys(_sealed_elsewhere)
    answer = asyncio.run(world.ask_token())

    assert answer.status == 500
    assert set(answer.json) == {"statusCode", "message", "activityId"}
    assert answer.json["message"] == "Internal server error"
    assert SECRET not in answer.body.decode()

    signer._private_keys = good
    assert asyncio.run(world.ask_token()).status == 200
