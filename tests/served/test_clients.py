"""Client libraries as they come obtain a token, and the gateway accepts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests
from authlib.integrations.httpx_client import OAuth2Client
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from oauthlib.oauth2 import BackendApplicationClient
from requests_oauthlib import OAuth2Session

if TYPE_CHECKING:
    from support.served import Served

PATH = "/test/Platform/v1/CompanyProfile"


def key(demo: Served) -> dict[str, str]:
    return {"Ocp-Apim-Subscription-Key": demo.env["SUBSCRIPTION_KEY"]}


def test_requests(demo: Served) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": demo.env["CLIENT_ID"],
        "client_secret": demo.env["CLIENT_SECRET"],
        "resource": demo.env["RESOURCE"],
    }
    token = requests.post(f"{demo.origin}/oauth2/v1/token", data=form, timeout=30).json()["access_token"]
    headers = key(demo) | {"Authorization": f"Bearer {token}"}

    assert requests.get(f"{demo.origin}{PATH}", headers=headers, timeout=30).status_code == 200


def test_authlib_with_requests_and_its_default_basic(demo: Served) -> None:
    session = AuthlibSession(demo.env["CLIENT_ID"], demo.env["CLIENT_SECRET"])
    session.fetch_token(
        f"{demo.origin}/oauth2/v1/token", grant_type="client_credentials", resource=demo.env["RESOURCE"]
    )

    assert session.get(f"{demo.origin}{PATH}", headers=key(demo)).status_code == 200


def test_authlib_with_httpx_and_the_secret_in_the_body_at_the_tenants_address(demo: Served) -> None:
    with OAuth2Client(
        demo.env["CLIENT_ID"], demo.env["CLIENT_SECRET"], token_endpoint_auth_method="client_secret_post"
    ) as session:
        session.fetch_token(
            f"{demo.origin}/{demo.env['TENANT']}/oauth2/token",
            grant_type="client_credentials",
            resource=demo.env["RESOURCE"],
        )

        assert session.get(f"{demo.origin}{PATH}", headers=key(demo)).status_code == 200


def test_requests_oauthlib_with_its_insecure_switch(demo: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    for include in (None, True):
        session = OAuth2Session(client=BackendApplicationClient(client_id=demo.env["CLIENT_ID"]))
        session.fetch_token(
            f"{demo.origin}/oauth2/v1/token",
            client_id=demo.env["CLIENT_ID"],
            client_secret=demo.env["CLIENT_SECRET"],
            include_client_id=include,
            resource=demo.env["RESOURCE"],
        )

        assert session.get(f"{demo.origin}{PATH}", headers=key(demo)).status_code == 200
