"""Applications, secrets and subscriptions: the rules of changing them."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection

from millgate.control.accounts.services import company_create, person_create
from millgate.control.clients import services
from millgate.control.clients.certificates import key_pair_make
from millgate.control.clients.models import ClientSecret, Subscription, SubscriptionState
from millgate.control.clients.vault import digester
from support.sample import sample_make

if TYPE_CHECKING:
    from collections.abc import Callable

    from millgate.control.clients.services import Which

pytestmark = pytest.mark.usefixtures("rows")


def test_a_secret_is_stored_as_a_digest_and_its_last_four_characters() -> None:
    sample = sample_make()
    row, plain = services.application_secret_add(application=sample.application, description="line 2")
    assert digester().matches(plain.reveal(), row.digest)
    assert row.hint == plain.reveal()[-4:]
    assert len(plain.reveal()) == 44


def test_no_table_holds_a_secret_or_a_key_in_the_clear() -> None:
    sample = sample_make()
    keys = services.subscription_keys_reveal(subscription=sample.subscription)
    dump = "\n".join(_dump())
    for plain in (sample.secret, keys.primary.reveal(), keys.secondary.reveal()):
        assert plain not in dump
    assert "PRIVATE KEY" not in dump


def _dump() -> list[str]:
    with connection.cursor() as cursor:
        rows: list[str] = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names from the database itself
            rows.extend(str(row) for row in cursor.fetchall())
    return rows


def test_an_application_acts_only_as_an_account_of_its_company() -> None:
    sample = sample_make()
    other = company_create(pcn=2, code="TWO", name="Two")
    with pytest.raises(ValidationError, match="does not act in the chosen company"):
        services.application_create(display_name="Board", company=other, account=sample.account)
    sample.account.companies.add(other)
    services.application_create(display_name="Board", company=other, account=sample.account)


def test_a_secret_cannot_be_added_that_has_expired_already() -> None:
    sample = sample_make()
    with pytest.raises(ValidationError, match="passed already"):
        services.application_secret_add(
            application=sample.application, expires_at=settings.CLOCK.utc() - timedelta(seconds=1)
        )


def test_expiring_a_secret_twice_keeps_the_first_time() -> None:
    sample_make()
    secret = ClientSecret.objects.get()
    services.secret_expire_now(secret=secret)
    first = secret.revoked_at
    services.secret_expire_now(secret=secret)
    assert secret.revoked_at == first
    assert not secret.live


def test_keys_are_32_hexadecimal_digits_and_regenerating_one_leaves_the_other() -> None:
    sample = sample_make()
    before = services.subscription_keys_reveal(subscription=sample.subscription)
    which: tuple[Which, ...] = ("primary",)
    for name in which:
        services.subscription_key_regenerate(subscription=sample.subscription, which=name)
    after = services.subscription_keys_reveal(subscription=Subscription.objects.get())
    assert before.primary != after.primary
    assert before.secondary == after.secondary
    assert len(bytes.fromhex(after.primary.reveal())) == 16
    assert digester().digest(after.primary.reveal()) == Subscription.objects.get().primary_digest


def test_keys_that_somebody_chose_are_kept() -> None:
    from millgate.core.secrets import Secret  # noqa: PLC0415 - only here

    sample = sample_make()
    keys = services.SubscriptionKeys(Secret("a" * 32), Secret("b" * 32))
    made = services.subscription_create(owner=sample.developer, all_apis=True, approved=True, keys=keys)
    assert services.subscription_keys_reveal(subscription=made) == keys
    assert made.name == "All APIs"


def test_a_subscription_waits_for_approval_and_hides_its_keys_until_then() -> None:
    sample = sample_make()
    adapter = sample.subscription.adapter
    asked = services.subscription_create(owner=sample.developer, adapter=adapter)
    assert (asked.state, asked.started_at) == (SubscriptionState.SUBMITTED, None)
    with pytest.raises(ValidationError, match="is requested"):
        services.subscription_keys_reveal(subscription=asked)
    services.subscription_approve(subscription=asked)
    assert asked.started_at is not None
    services.subscription_keys_reveal(subscription=asked)


def test_an_adapter_without_approval_is_opened_at_once() -> None:
    sample = sample_make()
    adapter = sample.subscription.adapter
    assert adapter is not None
    adapter.approval_required = False
    asked = services.subscription_create(owner=sample.developer, adapter=adapter)
    assert asked.state == SubscriptionState.ACTIVE


def test_the_subscription_limit_counts_active_and_requested_ones_of_one_person() -> None:
    sample = sample_make()
    adapter = sample.subscription.adapter
    assert adapter is not None
    adapter.subscriptions_limit = 2
    asked = services.subscription_create(owner=sample.developer, adapter=adapter)
    with pytest.raises(ValidationError, match="as many subscriptions"):
        services.subscription_create(owner=sample.developer, adapter=adapter)
    services.subscription_reject(subscription=asked, comment="twice")
    services.subscription_create(owner=sample.developer, adapter=adapter)
    services.subscription_create(owner=person_create(email="else@example.com"), adapter=adapter)


def test_a_subscription_opens_exactly_one_thing() -> None:
    sample = sample_make()
    with pytest.raises(ValidationError, match="Choose an adapter"):
        services.subscription_create(owner=sample.developer, approved=True)
    with pytest.raises(ValidationError, match="Choose an adapter"):
        services.subscription_create(
            owner=sample.developer, adapter=sample.subscription.adapter, all_apis=True, approved=True
        )


@pytest.mark.parametrize(
    ("state", "change"),
    [
        (SubscriptionState.ACTIVE, services.subscription_approve),
        (SubscriptionState.ACTIVE, services.subscription_reject),
        (SubscriptionState.ACTIVE, services.subscription_reinstate),
        (SubscriptionState.SUBMITTED, services.subscription_suspend),
        (SubscriptionState.CANCELLED, services.subscription_cancel),
        (SubscriptionState.REJECTED, services.subscription_approve),
    ],
)
def test_a_change_of_state_that_makes_no_sense_is_refused(
    state: SubscriptionState, change: Callable[..., None]
) -> None:
    sample = sample_make()
    sample.subscription.state = state
    with pytest.raises(ValidationError, match="cannot be done"):
        change(subscription=sample.subscription)


def test_suspending_and_reinstating_keeps_the_start_from_which_quotas_count() -> None:
    sample = sample_make()
    started = sample.subscription.started_at
    services.subscription_suspend(subscription=sample.subscription, comment="audit")
    assert sample.subscription.state_comment == "audit"
    services.subscription_reinstate(subscription=sample.subscription)
    assert sample.subscription.started_at == started


def test_a_key_pair_is_what_tokens_need() -> None:
    pair = key_pair_make(now=settings.CLOCK.utc())
    der = base64.b64decode(pair.certificate)
    certificate = x509.load_der_x509_certificate(der)
    private = serialization.load_pem_private_key(pair.private_pem, None)
    public = certificate.public_key()
    assert isinstance(private, rsa.RSAPrivateKey)
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(private.sign(b"x", padding.PKCS1v15(), SHA256()), b"x", padding.PKCS1v15(), SHA256())
    thumbprint = hashlib.sha1(der, usedforsecurity=False).digest()
    assert pair.kid == base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode()
    assert int.from_bytes(base64.urlsafe_b64decode(pair.n + "==")) == public.public_numbers().n
    assert (pair.e, public.key_size) == ("AQAB", 2048)
    assert "PRIVATE" not in repr(pair)
