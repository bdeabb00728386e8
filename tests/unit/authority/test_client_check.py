"""Authentication says by which secret an application proved to be itself."""

from __future__ import annotations

import pytest

from millgate.authority.assertions import AssertionCheck
from millgate.authority.clients import ClientCheck, ProofKind
from millgate.authority.requests import Credentials
from millgate.snapshot.access_tokens import Issuing
from millgate.snapshot.build import build
from millgate.snapshot.document import ClientSecret, Directory, Document
from support.world import CLIENT, DIGESTER, NOW, ORIGIN, RESOURCE, application, document


@pytest.mark.parametrize(("secret", "key"), [("first", "1"), ("second", "2")])
def test_the_proof_names_the_secret_that_held(secret: str, key: str) -> None:
    secrets = tuple(
        ClientSecret(number, DIGESTER.digest(value)) for number, value in [("1", "first"), ("2", "second")]
    )
    directory = Directory(
        companies=document().directory.companies, applications=(application(CLIENT, secrets=secrets),)
    )
    snapshot = build(Document(directory=directory), {})

    client = ClientCheck(DIGESTER, AssertionCheck(Issuing(ORIGIN, RESOURCE))).authenticate(
        snapshot, Credentials(((CLIENT, secret),), basic=False), None, NOW
    )

    assert client.application.client_id == CLIENT
    assert (client.proof.kind, client.proof.key) == (ProofKind.SECRET, key)
    assert secret not in repr(client.proof)
