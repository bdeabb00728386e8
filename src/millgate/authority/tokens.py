"""Making access tokens: what they claim, in the profile of their resource, and what is said of them."""

from __future__ import annotations

import base64
import uuid
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from millgate.authority.signing import AT_JWT, JWT
from millgate.core.errors import TOKEN_RESOURCE_MISSING, TOKEN_RESOURCE_UNKNOWN, Refusal, Refused
from millgate.core.values import new_id
from millgate.snapshot.access_tokens import token_digest
from millgate.snapshot.document import TokenProfile
from millgate.snapshot.signing import TOKEN_SECONDS

if TYPE_CHECKING:
    from millgate.authority.clients import Authenticated
    from millgate.authority.signing import Signer
    from millgate.snapshot.access_tokens import Issuing
    from millgate.snapshot.document import Application, Company
    from millgate.snapshot.model import Snapshot
    from millgate.stores.grants import Grant

BACKDATED: Final = 300
DEFAULT_SCOPE: Final = "/.default"
_OBJECTS: Final = uuid.UUID("5b5a9b0e-6f0e-4d0c-9a53-0c8a4e4c7b11")


class Audience(msgspec.Struct, frozen=True):
    """For whom a token is.

    Attributes:
        resource: `aud`, to the letter.
        profile: what its tokens look like.
    """

    resource: str
    profile: TokenProfile


class Made(msgspec.Struct, frozen=True):
    """An access token.

    Attributes:
        token: the token itself.
        audience: for whom it is.
        not_before, expires: between which instants it is good, in seconds since the epoch.
    """

    token: str
    audience: Audience
    not_before: int
    expires: int

    def __repr__(self) -> str:
        return f"Made(audience={self.audience.resource!r})"

    @property
    def digest(self) -> str:
        """By which it is revoked."""
        return token_digest(self.token)


class TokenMaker:
    """Makes access tokens, and ID tokens for those who sign people in."""

    def __init__(self, signer: Signer, issuing: Issuing) -> None:
        self._signer = signer
        self._issuing = issuing

    def audience(self, snapshot: Snapshot, parameters: dict[str, str], company: Company) -> Audience:
        """For whom a token is asked: `resource`, or a scope that stands in for it.

        Raises:
            Refused: it is missing or unknown.
        """
        asked = self.asked(snapshot, parameters)
        if not asked:
            raise Refused(Refusal(TOKEN_RESOURCE_MISSING))
        return self.known(snapshot, asked, company)

    def asked(self, snapshot: Snapshot, parameters: dict[str, str]) -> str:
        """The resource that a request names, or the one of a scope `X/.default`; empty when it names none.

        Some libraries send only the scope, and some of them without X's last slash.
        """
        scope = scope_for_resource(parameters)
        if not scope:
            return parameters.get("resource", "")
        bare = scope.removesuffix(DEFAULT_SCOPE)
        known = self._issuing.profile(snapshot, bare + "/") is not None
        return bare + "/" if known and self._issuing.profile(snapshot, bare) is None else bare

    def allowed(self, grant: Grant) -> str:
        """Towards which resource a person let a program act; the settings' one where none was named."""
        return grant.resource or self._issuing.resource

    def known(self, snapshot: Snapshot, resource: str, company: Company) -> Audience:
        """An audience that there is.

        Raises:
            Refused: TOKEN_RESOURCE_UNKNOWN.
        """
        profile = self._issuing.profile(snapshot, resource)
        if profile is None:
            values = {"resource": resource[:200], "tenant": company.tenant}
            raise Refused(Refusal(TOKEN_RESOURCE_UNKNOWN, values))
        return Audience(resource, profile)

    def for_application(
        self,
        snapshot: Snapshot,
        client: Authenticated,
        audience: Audience,
        company: Company,
        now: int,
        *,
        seconds: int = TOKEN_SECONDS,
    ) -> Made:
        """A token with which an application acts for itself, good for so many seconds."""
        own = _object(company, client.application.client_id)
        if audience.profile is TokenProfile.AT_JWT:
            claims = self._strict(client.application, audience, company, now) | {"sub": own}
        else:
            claims = self._v1(client, audience, company, now) | {"oid": own, "sub": own}
            claims |= {"tid": company.tenant, "ver": "1.0"}
        return self._made(snapshot, claims | {"exp": now + seconds}, audience, now)

    def for_person(
        self,
        snapshot: Snapshot,
        client: Authenticated,
        grant: Grant,
        audience: Audience,
        now: int,
        *,
        seconds: int = TOKEN_SECONDS,
    ) -> Made:
        """A token with which an application acts as a person who allowed it, good for so many seconds.

        `pun` is the person's user ID: what else tells of the person may change.
        """
        company = snapshot.tenants[grant.pcn]
        person = {"sub": _person_of(company, grant, client.application.client_id), "pun": grant.account}
        if audience.profile is TokenProfile.AT_JWT:
            claims = self._strict(client.application, audience, company, now) | person
            claims |= {"scope": grant.scope, "auth_time": grant.at}
        else:
            claims = {"acr": "1", "amr": ["pwd"]} | self._v1(client, audience, company, now) | grant.names
            claims |= person | {"oid": _object(company, grant.account), "scp": grant.scope}
            claims |= {
                "tid": company.tenant,
                "unique_name": grant.names["upn"],
                "uti": new_id(),
                "ver": "1.0",
            }
        return self._made(snapshot, claims | {"exp": now + seconds}, audience, now)

    def id_token(self, snapshot: Snapshot, grant: Grant, now: int) -> str:
        """Who signed in, for the program that they signed in to (OpenID Connect Core section 2)."""
        company = snapshot.tenants[grant.pcn]
        claims: dict[str, Any] = {
            "aud": grant.client_id,
            "iss": self._issuing.issuer(company.tenant),
            "iat": now,
            "nbf": now,
            "exp": now + TOKEN_SECONDS,
            "auth_time": grant.at,
            **grant.names,
            "oid": _object(company, grant.account),
            "sub": _person_of(company, grant, grant.client_id),
            "tid": company.tenant,
            "unique_name": grant.names["upn"],
            "ver": "1.0",
        }
        if grant.nonce:
            claims["nonce"] = grant.nonce
        return self._signer.sign(snapshot, msgspec.json.encode(claims))

    def client_info(self, snapshot: Snapshot, grant: Grant) -> str:
        """By what libraries of the documented service know an account: its object and tenant, encoded."""
        company = snapshot.tenants[grant.pcn]
        told = {"uid": _object(company, grant.account), "utid": company.tenant}
        return base64.urlsafe_b64encode(msgspec.json.encode(told)).rstrip(b"=").decode()

    def _v1(self, client: Authenticated, audience: Audience, company: Company, now: int) -> dict[str, Any]:
        """The claims of the 2017 manual, in its order, up to who the token is about."""
        issuer = self._issuing.issuer(company.tenant)
        return {
            "aud": audience.resource,
            "iss": issuer,
            "iat": now - BACKDATED,
            "nbf": now - BACKDATED,
            "exp": now + TOKEN_SECONDS,
            "appid": client.application.client_id,
            "appidacr": client.proof.kind.acr,
            "idp": issuer,
        }

    def _strict(
        self, application: Application, audience: Audience, company: Company, now: int
    ) -> dict[str, Any]:
        """The claims of RFC 9068 section 2.2, up to who the token is about."""
        return {
            "iss": self._issuing.issuer(company.tenant),
            "aud": audience.resource,
            "client_id": application.client_id,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "jti": new_id(),
            "tid": company.tenant,
        }

    def _made(self, snapshot: Snapshot, claims: dict[str, Any], audience: Audience, now: int) -> Made:
        typ = AT_JWT if audience.profile is TokenProfile.AT_JWT else JWT
        token = self._signer.sign(snapshot, msgspec.json.encode(claims), typ=typ)
        return Made(token, audience, claims.get("nbf", now), claims["exp"])


def scope_for_resource(parameters: dict[str, str]) -> str:
    """The scope `X/.default` by which a request asks for a resource that it does not name; or nothing."""
    if parameters.get("resource"):
        return ""
    scopes = parameters.get("scope", "").split(" ")
    return next((scope for scope in scopes if scope.endswith(DEFAULT_SCOPE)), "")


def answered(made: Made) -> dict[str, Any]:
    """What an answer tells of a token: all strings in the profile of the manual, RFC 6749's own otherwise."""
    if made.audience.profile is TokenProfile.AT_JWT:
        return {"token_type": "Bearer", "expires_in": TOKEN_SECONDS, "access_token": made.token}
    return {
        "token_type": "Bearer",
        "expires_in": str(TOKEN_SECONDS),
        "ext_expires_in": str(TOKEN_SECONDS),
        "expires_on": str(made.expires),
        "not_before": str(made.not_before),
        "resource": made.audience.resource,
        "access_token": made.token,
    }


def _object(company: Company, name: str) -> str:
    """The object of an application or a person in its tenant, the same for ever."""
    return _object_of(f"{company.tenant}/{name}")


@lru_cache(maxsize=4096)
def _object_of(named: str) -> str:
    return str(uuid.uuid5(_OBJECTS, named))


def _person_of(company: Company, grant: Grant, client_id: str) -> str:
    """What one program knows a person by; another knows them by another name ("pairwise")."""
    return str(uuid.uuid5(_OBJECTS, f"{company.tenant}/{client_id}/{grant.account}"))
