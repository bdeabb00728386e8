"""What a gateway must let pass and must refuse, asked before anything is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from itertools import takewhile
from typing import Final

from gateways.rival import Gateway
from gateways.work import (
    ANSWER_BYTES,
    IN_PROCESS,
    KEY_HEADER,
    PRODUCTION,
    PROXIED,
    SMALL_QUOTA,
    SMALL_RATE,
    Caller,
    Work,
)

_UNAUTHORIZED: Final = frozenset({401, 403})
_FORBIDDEN: Final = frozenset({403})
_LIMITED: Final = frozenset({429})
_OUT_OF_QUOTA: Final = frozenset({403, 429})
_FEW: Final = 3
"""How many calls more than allowed are tried."""


@dataclass(frozen=True)
class Seen:
    """An answer, as far as it matters."""

    status: int
    size: int


def failed(gateway: Gateway, work: Work) -> list[str]:
    """The checks that a gateway fails, in words; empty when it does the work."""
    return [why for why in _outcomes(lambda *asked: _seen(gateway, *asked), work) if why]


Ask = Callable[[str, dict[str, str]], Seen]


def _outcomes(ask: Ask, work: Work) -> Iterator[str]:
    caller = work.callers[0]
    yield _passes("in process", ask(IN_PROCESS, caller.headers))
    yield _passes("proxied", ask(PROXIED, caller.headers))
    yield _passes("test only, on the test tier", ask(IN_PROCESS, work.test_only.headers))
    for path in (IN_PROCESS, PROXIED):
        for name, headers in _unauthorized(work, caller).items():
            yield _refuses(f"{name} ({path})", ask(path, headers), _UNAUTHORIZED)
    yield _refuses("test only, on production", ask(PRODUCTION, work.test_only.headers), _FORBIDDEN)
    yield _limits("rate limit", ask, work.limited, SMALL_RATE, _LIMITED)
    yield _limits("quota", ask, work.scant, SMALL_QUOTA, _OUT_OF_QUOTA)


def _unauthorized(work: Work, caller: Caller) -> dict[str, dict[str, str]]:
    headers = caller.headers
    without_key = {name: value for name, value in headers.items() if name != KEY_HEADER}
    without_token = {name: value for name, value in headers.items() if name == KEY_HEADER}
    tokens = {f"token: {why}": headers | bearer(token) for why, token in work.bad_tokens.items()}
    return {
        "no key": without_key,
        "wrong key": headers | {KEY_HEADER: "0" * len(caller.key)},
        "no token": without_token,
        # Once more after a good call: what is remembered must be no other token.
        "token: changed by a letter": headers | bearer(_changed(caller.token)),
        **tokens,
    }


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def _changed(token: str) -> str:
    middle = len(token) - 20
    return token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]


def _limits(name: str, ask: Ask, caller: Caller, amount: int, expected: frozenset[int]) -> str:
    statuses = [ask(IN_PROCESS, caller.headers).status for _ in range(amount + _FEW)]
    passed = sum(1 for _ in takewhile(lambda status: status == HTTPStatus.OK, statuses))
    if passed == amount and expected.issuperset(statuses[passed:]):
        return ""
    return f"{name} of {amount}: it let {passed} of {len(statuses)} calls pass"


def _passes(name: str, seen: Seen) -> str:
    if seen == Seen(200, ANSWER_BYTES):
        return ""
    return f"{name}: status {seen.status} with {seen.size} bytes, not 200 with {ANSWER_BYTES}"


def _refuses(name: str, seen: Seen, expected: frozenset[int]) -> str:
    wanted = " or ".join(str(item) for item in sorted(expected))
    return "" if seen.status in expected else f"{name}: status {seen.status}, not {wanted}"


def _seen(gateway: Gateway, path: str, headers: dict[str, str]) -> Seen:
    """Ask on a connection of its own; status 0 when there is no answer."""
    with closing(HTTPConnection("127.0.0.1", gateway.port, timeout=10)) as connection:
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return Seen(answer.status, len(answer.read()))
        except (OSError, HTTPException):
            return Seen(0, 0)
