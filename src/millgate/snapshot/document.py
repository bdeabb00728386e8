"""The document: what people decided, as plain values, in the form in which a version is stored.

It has two halves that change for different reasons. The *catalogue* (APIs, adapters, limits) is
published when somebody says so. The *directory* (companies, accounts, applications, secrets,
subscriptions, keys, fault rules that are on) takes effect with the change itself, because revoking must not
wait for a button. A reference from the directory into the catalogue that does not resolve opens nothing; one
inside the catalogue is a fault.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum

import msgspec

from millgate.describe.model import Api
from millgate.snapshot.fault_rules import FaultRule
from millgate.snapshot.sources import DataSource
from millgate.snapshot.upstreams import HttpUpstream

TEST = "test"
PRODUCTION = "production"
TIERS = (TEST, PRODUCTION)


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much one subscription may call.

    Attributes:
        kind: `rate` (sliding window), `calls` or `bandwidth` (fixed window from the subscription's start).
        amount: calls; kilobytes for `bandwidth`.
        period: seconds; at most 300 for `rate`; 0 is a lifetime quota.
        api: only calls of this API count, or None for all of the adapter.
        operation: only calls of this operation of `api` count, or None for all.
        remaining_header: in which header answers tell how much is left; empty: they do not.
        total_header: in which header answers tell `amount`; empty: they do not.
    """

    kind: str
    amount: int
    period: int
    api: str | None = None
    operation: str | None = None
    remaining_header: str = ""
    total_header: str = ""


class Adapter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A product: the APIs and tiers that one subscription opens, under which limits.

    Attributes:
        key: stable: lower case, digits and dashes.
        apis: keys of its APIs.
        tiers: the tiers on which it opens them.
        all_apis_on_test: the entitlement to every API on the test tier.
        subscription_required: False makes it open: calls without a key run in its context.
        approval_required: whether an administrator approves each subscription.
        subscriptions_limit: how many subscriptions one person may have, or None.
        published: whether the portal shows it; keys work either way.
        ratelimit_fields: whether answers carry RateLimit and RateLimit-Policy
            (draft-ietf-httpapi-ratelimit-headers).
    """

    key: str
    name: str
    apis: tuple[str, ...]
    tiers: tuple[str, ...] = TIERS
    description: str = ""
    terms: str = ""
    all_apis_on_test: bool = False
    subscription_required: bool = True
    approval_required: bool = True
    subscriptions_limit: int | None = None
    published: bool = True
    limits: tuple[Limit, ...] = ()
    ratelimit_fields: bool = False


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The half that waits for somebody to publish it."""

    apis: tuple[Api, ...] = ()
    adapters: tuple[Adapter, ...] = ()
    sources: tuple[DataSource, ...] = ()
    upstreams: tuple[HttpUpstream, ...] = ()


class Company(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A company (PCN), which is also a tenant of the token service.

    Attributes:
        pcn: its number.
        tenant: its tenant id, a GUID.
        code: the company code (plexusCustomerCode).
        name: as shown.
        active: an inactive company gets no tokens.
    """

    pcn: int
    tenant: str
    code: str
    name: str
    active: bool = True


class Account(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """An account (PUN) as which applications act.

    Attributes:
        key: stable.
        pcns: the companies in which it may act.
        reads: controllers that its roles open for reading.
        writes: controllers that its roles open for writing.
        active: an inactive account resolves to nobody.
    """

    key: str
    pcns: tuple[int, ...]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    active: bool = True


class ClientSecret(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One live secret of an application: its keyed digest and its end.

    Attributes:
        key: stable.
        digest: the keyed digest, hexadecimal.
        expires_at: seconds since the epoch, or None.
    """

    key: str
    digest: str
    expires_at: int | None = None


class EndedSecret(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A secret that proves nothing any more, to tell its owner that it still arrives.

    Attributes:
        key: stable.
        digest: the keyed digest, hexadecimal.
        by_hand: whether somebody ended it, before its time or without one.
    """

    key: str
    digest: str
    by_hand: bool = False


class ClientCertificate(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The public key with which an application's assertions are checked (RFC 7523).

    Attributes:
        thumbprint: base64url of the SHA-1 of the certificate (RFC 7515 section 4.1.7), by which assertions
            name it in `x5t` or `kid`.
        n, e: the RSA key, base64url.
        expires_at: seconds since the epoch.
    """

    thumbprint: str
    n: str
    e: str
    expires_at: int


class Application(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """A client application.

    Attributes:
        client_id: a GUID, lower case.
        name: as shown.
        pcn: the company in which it acts.
        account: the account (PUN) that it acts as, or None.
        test_only: whether the production tier is closed to it.
        enabled: a disabled application gets no tokens and its tokens are refused.
        public: whether it runs where it cannot keep a secret (RFC 6749 section 2.1).
        redirect_uris: where codes may be sent.
        certificates: with which it may prove itself in place of a secret.
        ended: a few of its secrets that ended lately.
    """

    client_id: str
    name: str
    pcn: int
    account: str | None
    secrets: tuple[ClientSecret, ...]
    test_only: bool = False
    enabled: bool = True
    public: bool = False
    redirect_uris: tuple[str, ...] = ()
    certificates: tuple[ClientCertificate, ...] = ()
    ended: tuple[EndedSecret, ...] = ()


class Subscription(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, kw_only=True):
    """A subscription and the digests of its two keys.

    Attributes:
        key: stable.
        adapter: the adapter that it opens; or
        api: the one API that it opens; or
        all_apis: whether it opens every API.
        digests: keyed digests of the primary and the secondary key.
        active: only an active subscription of a person in good standing opens anything.
        started_at: seconds since the epoch; the quota's windows count from here.
    """

    key: str
    name: str
    digests: tuple[str, ...]
    started_at: int
    adapter: str | None = None
    api: str | None = None
    all_apis: bool = False
    active: bool = True


class TokenProfile(StrEnum):
    """What access tokens for a resource look like."""

    V1 = "v1"
    """As the 2017 manual has them: `typ` is JWT, no `jti`."""
    AT_JWT = "at+jwt"
    """RFC 9068."""


class ProtectedResource(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """An audience that tokens can be asked for (RFC 8707), besides the one of the settings.

    Attributes:
        identifier: `aud` of its tokens, to the letter.
        name: as shown.
        profile: what its tokens look like; others are refused.
    """

    identifier: str
    name: str
    profile: TokenProfile


SIGNING_ALGORITHM = "RS256"
"""What every signing key signs with, and is accepted for (RFC 7518 section 3.3)."""


class SigningKey(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The public half of a key that signs tokens.

    Attributes:
        kid: the base64url SHA-1 of the certificate (RFC 7515 section 4.1.7), also its `x5t`.
        n: the modulus, base64url.
        e: the exponent, base64url.
        x5c: the certificate, base64 of its DER form.
        signs: whether it signs new tokens; exactly one does.
    """

    kid: str
    n: str
    e: str
    x5c: str
    signs: bool


class Directory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The half that takes effect with each change."""

    companies: tuple[Company, ...] = ()
    accounts: tuple[Account, ...] = ()
    applications: tuple[Application, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    signing_keys: tuple[SigningKey, ...] = ()
    resources: tuple[ProtectedResource, ...] = ()
    fault_rules: tuple[FaultRule, ...] = ()


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that a machine obeys."""

    catalogue: Catalogue = Catalogue()
    directory: Directory = Directory()


class Halves(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The stored form with its halves apart, each to be read only where it is needed."""

    catalogue: msgspec.Raw = msgspec.Raw(msgspec.json.encode(Catalogue()))
    directory: msgspec.Raw = msgspec.Raw(msgspec.json.encode(Directory()))


_decoder = msgspec.json.Decoder(Document)
_halves = msgspec.json.Decoder(Halves)
_catalogues = msgspec.json.Decoder(Catalogue)


def encode(document: Document) -> bytes:
    """The canonical JSON form: equal documents give equal bytes."""
    return msgspec.json.encode(document)


def encode_beside(catalogue: msgspec.Raw, directory: Directory) -> bytes:
    """The stored form of a directory beside a catalogue that stays as it is stored."""
    return msgspec.json.encode(Halves(catalogue, msgspec.Raw(msgspec.json.encode(directory))))


def decode(data: bytes) -> Document:
    """Read the stored form.

    Raises:
        msgspec.ValidationError: it is not a document of this release.
    """
    return _decoder.decode(data)


def decode_catalogue(data: bytes | msgspec.Raw) -> Catalogue:
    """Read the catalogue's half.

    Raises:
        msgspec.ValidationError: it is not a catalogue of this release.
    """
    return _catalogues.decode(data)


def halves(data: bytes) -> Halves:
    """Take the stored form apart.

    Raises:
        msgspec.ValidationError: it is not a document.
    """
    return _halves.decode(data)


def version_of(data: bytes) -> str:
    """The content hash by which a version is known: 16 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()[:16]
