"""An installation with the APIs that Workcenter Lookup reads, and a pane that asks it through Django's client."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.test import Client
from msgspec.structs import replace

from millgate.authority.page_tokens import OwnPageTokens
from millgate.authority.signing import Signer
from millgate.authority.tokens import TokenMaker
from millgate.control.accounts.services import company_create, person_create, service_account_create
from millgate.control.catalogue.services import adapter_put
from millgate.control.clients.models import SigningKey
from millgate.control.clients.services import (
    application_create,
    subscription_create,
    subscription_keys_reveal,
)
from millgate.control.clients.vault import sealer
from millgate.control.lookup.selectors import DEMO_ACCOUNT
from millgate.control.publish.installation import installation_ensure
from millgate.control.publish.services import directory_change, publication_make
from millgate.plant import registry
from millgate.snapshot.access_tokens import Issuing
from millgate.snapshot.document import TEST, Adapter
from support.accounts import PASSWORD

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

    from millgate.control.accounts.models import Company, Person
    from millgate.control.clients.models import Subscription
    from millgate.describe.model import Api

APIS: Final = ("workcenter", "production-tracking", "production-reports")
CODE: Final = "GRAND"


@dataclass(frozen=True)
class Plant:
    """A company with a supervisor, who has a key on both tiers, another for the test tier, and one elsewhere."""

    company: Company
    person: Person
    subscription: Subscription
    key: str
    test_key: str
    other_key: str


def plant_make() -> Plant:
    """A company with somebody who looks after a line."""
    installation_ensure(apis=_few_operations())
    everyday = adapter_put(Adapter(key="line", name="Line", apis=APIS))
    test = adapter_put(Adapter(key="trial", name="Trial", apis=(), all_apis_on_test=True))
    other = adapter_put(Adapter(key="company", name="Company", apis=("platform",)))
    with directory_change(by="test"):
        company = company_create(pcn=79870, code=CODE, name="Grand Mills", time_zone="America/Detroit")
        person = person_create(
            email="niamh@example.com",
            user_id="n.obrien",
            password=PASSWORD,
            first_name="Niamh",
            last_name="O'Brien",
            company=company,
            roles=("production-viewer",),
        )
        subscription, *others = (
            subscription_create(owner=person, adapter=adapter, approved=True)
            for adapter in (everyday, test, other)
        )
        publication_make(by="test")
    keys = [subscription_keys_reveal(subscription=row).primary.reveal() for row in (subscription, *others)]
    return Plant(company, person, subscription, *keys)


def _few_operations() -> list[Api]:
    """The APIs with one operation each: these tests call none."""
    wanted = [api for api in registry.apis() if api.key in {*APIS, "platform"}]
    return [replace(api, operations=api.operations[:1], definitions={}) for api in wanted]


def demo_make(company: Company) -> None:
    """The identity of Demo Mode."""
    demo = adapter_put(Adapter(key="lookup-demo", name="Demo Mode", apis=APIS, tiers=(TEST,)))
    publication_make(by="test")
    with directory_change(by="test"):
        account = service_account_create(user_id=DEMO_ACCOUNT, company=company, roles=("production-viewer",))
        application_create(display_name="Demo Mode", company=company, account=account, test_only=True)
        subscription_create(owner=account, adapter=demo, approved=True)


class RowKeys:
    """Private keys as `clients` stored them."""

    def private_pem(self, kid: str) -> bytes:
        """As `ports.PrivateKeys.private_pem`."""
        row = SigningKey.objects.get(kid=kid)
        return sealer().unseal(bytes(row.sealed), f"signing-key:{kid}")


def page_tokens() -> OwnPageTokens:
    """Tokens as the server makes them for pages."""
    issuing = Issuing(settings.MILLGATE.public_origin, settings.MILLGATE.resource)
    return OwnPageTokens(TokenMaker(Signer(RowKeys()), issuing), settings.MILLGATE.resource)


class Pane:
    """The pane: it sends JSON, and says that it is the pane."""

    def __init__(self, **headers: str) -> None:
        self._client = Client(headers={"X-Millgate-Lookup": "1", **headers})

    def post(self, address: str, body: Any, **headers: str) -> Response:
        """What an address answers to a body."""
        return self._client.post(
            f"/lookup/{address}", json.dumps(body), content_type="application/json", headers=headers
        )

    def get(self, address: str, **headers: str) -> Response:
        """What an address answers."""
        return self._client.get(f"/lookup/{address}", headers=headers)

    def sign_in(self, plant: Plant, **changes: str) -> Response:
        """Signing in with all that is right, unless changed."""
        given = {
            "mode": "own",
            "user_id": "n.obrien",
            "password": PASSWORD,
            "company_code": CODE,
            "subscription_key": plant.key,
        }
        return self.post("session", given | changes)


def bearer(session: dict[str, Any]) -> dict[str, str]:
    """The header of a session."""
    return {"Authorization": f"Bearer {session['token']}"}
