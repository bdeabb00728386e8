"""Token requests that say something twice, or not readably: each is told so, and none gets a token."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import quote

import msgspec
import pytest

from millgate.core.errors import (
    BODY_CUT_SHORT,
    TOKEN_BASIC_UNREADABLE,
    TOKEN_BODY_UNREADABLE,
    TOKEN_CLIENT_AUTHENTICATION_REPEATED,
    TOKEN_PARAMETER_REPEATED,
    Problem,
    Refusal,
    Refused,
)
from support.exchange import Answer, request_of, seen
from support.world import CLIENT, RESOURCE, SECRET, World

GRANT: Final = f"grant_type=client_credentials&resource={quote(RESOURCE, safe='')}"
CLIENT_BODY: Final = f"{GRANT}&client_id={CLIENT}&client_secret={quote(SECRET, safe='')}"
BASIC: Final = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


CASES: Final[dict[str, tuple[str, dict[str, str], Problem, dict[str, object]]]] = {
    "a parameter twice": (
        f"{CLIENT_BODY}&resource=x",
        {},
        TOKEN_PARAMETER_REPEATED,
        {"parameter": "resource"},
    ),
    "a parameter twice, once empty": (
        f"{CLIENT_BODY}&client_id=",
        {},
        TOKEN_PARAMETER_REPEATED,
        {"parameter": "client_id"},
    ),
    "a secret in header and body": (
        CLIENT_BODY,
        {"authorization": BASIC},
        TOKEN_CLIENT_AUTHENTICATION_REPEATED,
        {},
    ),
    "a header that is no Basic": (GRANT, {"authorization": "Bearer x"}, TOKEN_BASIC_UNREADABLE, {}),
    "a header that is no base64": (GRANT, {"authorization": BASIC + "!"}, TOKEN_BASIC_UNREADABLE, {}),
    "a body that is no UTF-8": (
        f"{CLIENT_BODY}&x=%FF",
        {},
        TOKEN_BODY_UNREADABLE,
        {"reason": "it is not UTF-8"},
    ),
    "a body of too many parameters": (
        CLIENT_BODY + "&a=1" * 100,
        {},
        TOKEN_BODY_UNREADABLE,
        {"reason": "it has more than 100 parameters"},
    ),
    "a body that is too large": (
        CLIENT_BODY + "&x=" + "y" * 65_536,
        {},
        TOKEN_BODY_UNREADABLE,
        {"reason": "it is larger than 65536 bytes"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_request_that_says_it_twice_or_not_readably_is_refused(case: str) -> None:
    body, headers, problem, values = CASES[case]
    answer = run(World().post("/oauth2/v1/token", body.encode(), **headers))

    assert answer.status == problem.status
    assert answer.json["error"] == problem.title
    assert answer.json["error_codes"] == list(problem.numbers)
    assert answer.json["error_description"].startswith(Refusal(problem, values).message + "\r\n")


def test_half_a_body_gets_no_token() -> None:
    """The part that arrived may be a whole request by chance; nothing is done with it."""

    async def cut_short() -> AsyncIterator[bytes]:
        yield b"grant_type="
        raise Refused(Refusal(BODY_CUT_SHORT))

    async def asked(world: World) -> Answer:
        request = msgspec.structs.replace(request_of("POST", "/oauth2/v1/token"), reader=cut_short)
        return await seen(await world.authority(request))

    answer = run(asked(World()))

    assert answer.status == 400
    assert answer.json["error_description"].startswith(
        "AADSTS90023: The request body cannot be read: it was cut short.\r\n"
    )
