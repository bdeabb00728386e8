"""Which plane an address belongs to."""

from __future__ import annotations

import asyncio

import pytest

from millgate.assembly.front import FrontDoor
from millgate.wire.messages import Plane, Request, Response
from support.exchange import ask

TENANT = "7b0c5f3e-94f5-4a3e-9f60-0d6f35a0a001"


def plane(name: str) -> Plane:
    async def told(_: Request) -> Response:
        return Response(200, (), name.encode())

    return told


def reached(target: str) -> str:
    door = FrontDoor(**{name: plane(name) for name in ("managed", "authority", "pages", "operations")})
    return asyncio.run(ask(door, "GET", target)).body.decode()


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("/portal/consent/", "pages"),
        ("/oauth2/v1/authorize?client_id=x", "pages"),
        (f"/{TENANT}/oauth2/authorize", "pages"),
        ("/common/oauth2/authorize", "pages"),
        ("/oauth2/v1/token", "authority"),
        (f"/{TENANT}/oauth2/token", "authority"),
        ("/oauth2/v1/authorize/", "authority"),
        ("/oauth2/authorize", "authority"),
        (f"/{TENANT}/oauth2/v1/authorize", "managed"),
        ("/oauth2/v1/authorizes", "authority"),
        ("/test/PartList/v1/Parts", "managed"),
        ("/-/live", "operations"),
    ],
)
def test_an_address_belongs_to_one_plane(target: str, name: str) -> None:
    assert reached(target) == name
