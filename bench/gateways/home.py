"""Make the rows of a Millgate home, and print the work for all gateways as JSON.

    MILLGATE_HOME=DIR  python -m gateways.home ORIGIN_PORT

The home has its tables already. Tokens are signed by its signing key, so that Millgate takes them; the others
are given the public half.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
from joserfc import jws
from joserfc.jwk import RSAKey

from gateways.work import (
    ANSWER,
    AUDIENCE,
    CALLERS,
    ISSUER_ORIGIN,
    QUOTA,
    QUOTA_SECONDS,
    RATE,
    RATE_SECONDS,
    SMALL_QUOTA,
    SMALL_RATE,
    Caller,
    Work,
)
from millgate.control.site import boot
from millgate.describe.model import Answer, Api, Operation, Payload
from millgate.snapshot.document import TIERS, Adapter, Limit
from millgate.snapshot.upstreams import MOCK, HttpUpstream, UpstreamAddress

if TYPE_CHECKING:
    from millgate.control.accounts.models import Company, Person

BY: Final = "bench"
EVERYDAY: Final = "bench"
_VALID_SECONDS: Final = 86_400
_RSA_BITS: Final = 2048


@dataclass(frozen=True)
class People:
    """Whose programs call."""

    company: Company
    account: Person
    owner: Person


class Tokens:
    """Signs what the authority would sign, and what it never would."""

    def __init__(self, tenant: str, kid: str, pem: bytes) -> None:
        self.issuer = f"{ISSUER_ORIGIN}/{tenant}/"
        self.kid = kid
        self.key = RSAKey.import_key(pem)
        self._tenant = tenant

    def good(self, application: str) -> str:
        """A token for a day."""
        return self._signed(self._claims(application), self.key)

    def bad(self, application: str) -> dict[str, str]:
        """Tokens that are to be refused, by what is wrong."""
        claims, now = self._claims(application), int(time.time())
        return {
            "wrong signature": self._signed(claims, RSAKey.generate_key(_RSA_BITS)),
            "expired": self._signed(claims | {"exp": now - 600}, self.key),
            "wrong audience": self._signed(claims | {"aud": "http://elsewhere.bench/"}, self.key),
            "wrong issuer": self._signed(claims | {"iss": "http://elsewhere.bench/"}, self.key),
            "HS256 with the public key": self._symmetric(claims),
        }

    def _claims(self, application: str) -> dict[str, str | int]:
        now = int(time.time())
        times = {"iat": now - 300, "nbf": now - 300, "exp": now + _VALID_SECONDS}
        named = {"appid": application, "tid": self._tenant, "sub": application, "appidacr": "1", "ver": "1.0"}
        return {"aud": AUDIENCE, "iss": self.issuer} | times | named

    def _signed(self, claims: dict[str, str | int], key: RSAKey) -> str:
        header = {"typ": "JWT", "alg": "RS256", "x5t": self.kid, "kid": self.kid}
        return jws.serialize_compact(header, json.dumps(claims).encode(), key, algorithms=["RS256"])

    def _symmetric(self, claims: dict[str, str | int]) -> str:
        # By hand: no library signs with a public key taken for a secret (CVE-2022-29217).
        header = {"typ": "JWT", "alg": "HS256", "kid": self.kid}
        signed = ".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
        code = hmac.digest(self.key.as_pem(private=False), signed.encode(), hashlib.sha256)
        return f"{signed}.{_base64(code)}"


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def main(origin_port: int) -> None:
    """Make and print."""
    boot.setup()
    _publish(origin_port)
    sys.stdout.buffer.write(msgspec.json.encode(_work()))


def _publish(origin_port: int) -> None:
    from millgate.control.catalogue import services  # noqa: PLC0415 - Django is ready now
    from millgate.control.publish.services import publication_make  # noqa: PLC0415 - as above

    services.upstream_put(_origin(origin_port))
    for api in _apis():
        services.api_put(api)
    for adapter in _adapters():
        services.adapter_put(adapter)
    publication_make(by=BY)


def _origin(port: int) -> HttpUpstream:
    addresses = tuple(UpstreamAddress(tier, (f"http://127.0.0.1:{port}",)) for tier in TIERS)
    return HttpUpstream(key="origin", name="Origin", addresses=addresses)


def _apis() -> tuple[Api, ...]:
    example = Answer("200", payloads=(Payload("application/json", example=json.loads(ANSWER)),))
    operation = Operation(
        key="answer", method="GET", template="/Answer", name="Answer", target="/Answer", answers=(example,)
    )
    return tuple(
        Api(
            key=key,
            name=key.title(),
            suffix=key.title(),
            version="v1",
            upstream=name,
            operations=(operation,),
        )
        for key, name in (("answers", MOCK), ("origin", "http:origin"))
    )


def _adapters() -> tuple[Adapter, ...]:
    return tuple(
        Adapter(
            key=key,
            name=key.title(),
            apis=tuple(api.key for api in _apis()),
            limits=(Limit("rate", rate, RATE_SECONDS), Limit("calls", quota, QUOTA_SECONDS)),
        )
        for key, rate, quota in (
            (EVERYDAY, RATE, QUOTA),
            ("limited", SMALL_RATE, QUOTA),
            ("scant", RATE, SMALL_QUOTA),
        )
    )


def _work() -> Work:
    from millgate.control.publish.services import directory_change  # noqa: PLC0415 - Django is ready now

    with directory_change(by=BY):
        people = _people()
        tokens = _tokens(str(people.company.tenant_id))
        callers = tuple(_caller(people, tokens, f"caller-{number}") for number in range(CALLERS))
        limited = _caller(people, tokens, "limited", adapter="limited", rate=SMALL_RATE)
        scant = _caller(people, tokens, "scant", adapter="scant", quota=SMALL_QUOTA)
        test_only = _caller(people, tokens, "test-only", test_only=True)
    return Work(
        issuer=tokens.issuer,
        audience=AUDIENCE,
        kid=tokens.kid,
        public_pem=tokens.key.as_pem(private=False).decode(),
        jwks=json.dumps({"keys": [tokens.key.as_dict(private=False) | {"kid": tokens.kid, "alg": "RS256"}]}),
        callers=callers,
        limited=limited,
        scant=scant,
        test_only=test_only,
        bad_tokens=tokens.bad(callers[0].application),
    )


def _people() -> People:
    from millgate.control.accounts import services  # noqa: PLC0415 - Django is ready now

    company = services.company_create(pcn=4711, code="bench", name="Bench")
    account = services.service_account_create(user_id="svc-bench", company=company)
    owner = services.person_create(email="bench@bench.example", company=company)
    return People(company, account, owner)


def _tokens(tenant: str) -> Tokens:
    from millgate.control.clients.models import SigningKey  # noqa: PLC0415 - Django is ready now
    from millgate.control.clients.vault import sealer  # noqa: PLC0415 - as above

    key = SigningKey.objects.get(signs=True)
    return Tokens(tenant, key.kid, sealer().unseal(bytes(key.sealed), f"signing-key:{key.kid}"))


def _caller(
    people: People,
    tokens: Tokens,
    name: str,
    *,
    adapter: str = EVERYDAY,
    test_only: bool = False,
    rate: int = RATE,
    quota: int = QUOTA,
) -> Caller:
    from millgate.control.catalogue import models  # noqa: PLC0415 - Django is ready now
    from millgate.control.clients import services  # noqa: PLC0415 - as above

    application = services.application_create(
        display_name=name, company=people.company, account=people.account, test_only=test_only
    )
    row = models.Adapter.objects.get(key=adapter)
    subscription = services.subscription_create(owner=people.owner, adapter=row, name=name, approved=True)
    key = services.subscription_keys_reveal(subscription=subscription).primary.reveal()
    client_id = str(application.client_id)
    return Caller(name, key, client_id, tokens.good(client_id), rate, quota)


if __name__ == "__main__":
    main(int(sys.argv[1]))
