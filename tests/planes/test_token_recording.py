"""What is kept of token requests: by which secret, from where, with which library, and why some were refused.

Whatever is found out about a refused secret, the caller reads the same documented bytes.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import msgspec
import pytest
from structlog.testing import capture_logs

from millgate.authority.library import LONGEST_NAME
from millgate.core.hints import CAUSES, SecretHint
from millgate.core.secrets import new_client_secret
from millgate.snapshot.document import ClientSecret, EndedSecret
from millgate.stores.ports import TokenCaller, TokenRefusal
from millgate.stores.token_tally import ISSUED
from support.world import CLIENT, DIGESTER, NOW, OTHER_TENANT, RESOURCE, World, application

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "+1lA/Z0+pXv/3xk+Fq7mWb9cUe2hRtYs5nGdJo4iKz8="
OLD = "Old+/Old+/Old+/Old+/Old+/Old+/Old+/Old+/Old="
GUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f-]{27}")


@dataclass(frozen=True)
class Asked:
    """What came of one request."""

    status: int
    body: bytes
    headers: list[str]
    hint: str
    secret: str
    log: dict[str, Any]


def world(**changes: Any) -> World:
    made = World()
    secrets = (ClientSecret("live", DIGESTER.digest(SECRET)), ClientSecret("next", DIGESTER.digest("next")))
    given = {"secrets": secrets} | changes
    directory = msgspec.structs.replace(made.document.directory, applications=(application(CLIENT, **given),))
    made.publish(msgspec.structs.replace(made.document, directory=directory))
    return made


def form(secret: str) -> bytes:
    """A body whose secret is percent-encoded as it must be."""
    return urlencode(_parameters() | {"client_secret": secret}).encode()


def _parameters() -> dict[str, str]:
    return {"grant_type": "client_credentials", "client_id": CLIENT, "resource": RESOURCE}


def asked(made: World, body: bytes, path: str = "/oauth2/v1/token", **headers: str) -> Asked:
    with capture_logs() as logs:
        answer = asyncio.run(made.post(path, body, **headers))
    refused = [kind for kind, _ in made.token_uses.take().refused]
    hint, secret = (refused[0].hint, refused[0].secret) if refused else ("", "")
    log = dict(logs[0]) if logs else {}
    return Asked(answer.status, answer.body, sorted(answer.headers), hint, secret, log)


# Uses


def test_a_token_is_recorded_as_use_of_the_secret_that_held() -> None:
    made = world()
    for _ in range(2):
        asyncio.run(made.post("/oauth2/v1/token", form(SECRET), user_agent="curl/8"))
    asyncio.run(made.post("/oauth2/v1/token", form("next"), user_agent="curl/8"))

    batch = made.token_uses.take()
    found = {
        secret: (caller.application, caller.library, seen.times)
        for (secret, caller), seen in batch.uses.items()
    }
    assert found == {"live": (CLIENT, "curl/8", 2), "next": (CLIENT, "curl/8", 1)}
    assert all((seen.first, seen.last) == (NOW, NOW) for seen in batch.uses.values())
    assert batch.outcomes == {ISSUED: 3}


def test_a_request_that_authenticated_is_a_use_even_if_it_is_refused_later() -> None:
    made = world()
    body = urlencode(_parameters() | {"client_secret": SECRET, "resource": "http://other/"}).encode()
    asyncio.run(made.post("/oauth2/v1/token", body))

    batch = made.token_uses.take()
    assert [secret for secret, _ in batch.uses] == ["live"]
    assert [(kind.code, kind.secret) for kind, _ in batch.refused] == [("MG708", "live")]
    assert batch.outcomes == {"MG708": 1}


@pytest.mark.parametrize(
    ("query", "body", "headers", "library"),
    [
        ("", "", {"x_client_sku": "MSAL.Python", "x_client_ver": "1.39.0"}, "MSAL.Python 1.39.0"),
        ("", "&x-client-SKU=msal.js.node&x-client-VER=7.2.1", {}, "msal.js.node 7.2.1"),
        ("?api-version=1.0&x-client-SKU=Node&x-client-Ver=0.2.4", "", {"user_agent": "x"}, "Node 0.2.4"),
        ("", "", {"user_agent": "python-httpx/0.28.1"}, "python-httpx/0.28.1"),
        ("", "&x-client-ver=9", {"user_agent": "curl/8"}, "curl/8"),
        ("", "", {}, ""),
        ("", "", {"user_agent": "a\x00\x1b[31m\tb\u202ec"}, "a��[31m b�c"),
        ("", "", {"user_agent": "é\udcff"}, "é�"),
        ("?x-client-sku=%00" + "&a=1" * 900, "", {}, ""),
    ],
)
def test_the_library_is_what_it_says_of_itself_and_printable(
    query: str, body: str, headers: dict[str, str], library: str
) -> None:
    made = world()
    asyncio.run(made.post(f"/oauth2/v1/token{query}", form(SECRET) + body.encode(), **headers))

    assert [caller.library for _, caller in made.token_uses.take().uses] == [library]


def test_what_is_kept_of_a_library_is_short() -> None:
    made = world()
    asyncio.run(made.post("/oauth2/v1/token", form(SECRET), x_client_sku="x" * 9000, x_client_ver="y" * 9000))

    ((_, caller),) = made.token_uses.take().uses
    assert caller.library == "x" * LONGEST_NAME


# Hints


def raw(secret: str) -> bytes:
    """A body into which a secret was written as it is."""
    return urlencode(_parameters()).encode() + b"&client_secret=" + secret.encode()


FAULTS: dict[str, tuple[Callable[[str], bytes], SecretHint]] = {
    "not encoded": (raw, SecretHint.PLUS_AS_SPACE),
    "encoded twice": (lambda secret: form(quote(secret, safe="")), SecretHint.ENCODED_TWICE),
    "its = cut": (lambda secret: form(secret.rstrip("=")), SecretHint.PADDING_CUT),
    "a line break behind": (lambda secret: form(secret + "\r\n"), SecretHint.WHITESPACE),
    "a space before": (lambda secret: form(" " + secret), SecretHint.WHITESPACE),
    "quoted": (lambda secret: form(f'"{secret}"'), SecretHint.QUOTED),
    "base64": (lambda secret: form(base64.b64encode(secret.encode()).decode()), SecretHint.BASE64),
    "base64 of a line": (
        lambda secret: form(base64.b64encode(secret.encode() + b"\n").decode()),
        SecretHint.BASE64,
    ),
    "base64url": (
        lambda secret: form(secret.replace("+", "-").replace("/", "_").rstrip("=")),
        SecretHint.URL_SAFE,
    ),
    "not encoded and its = cut": (lambda secret: raw(secret.rstrip("=")), SecretHint.SEVERAL),
    "encoded twice with a line break": (
        lambda secret: form(quote(secret, safe="") + "\n"),
        SecretHint.SEVERAL,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_secret_that_was_changed_on_its_way_is_refused_and_its_owner_told_how(fault: str) -> None:
    send, hint = FAULTS[fault]
    found = asked(world(), send(SECRET))

    assert found.status == 401
    assert (found.hint, found.secret) == (hint, "live")
    assert (found.log["hint"], found.log["cause"]) == (hint, CAUSES[hint])
    assert found.log["application"] == CLIENT
    assert SECRET[:-1] not in str(found.log)


@pytest.mark.parametrize("fault", ["not encoded", "encoded twice", "its = cut", "base64"])
def test_every_new_secret_shows_the_fault(fault: str) -> None:
    """The first day of a program shows whether it encodes, whichever secret it was given."""
    send, hint = FAULTS[fault]
    for _ in range(50):
        secret = new_client_secret()
        made = world(secrets=(ClientSecret("s", DIGESTER.digest(secret)),))
        assert asked(made, send(secret)).hint == hint


def test_basic_is_read_both_ways_and_a_fault_in_either_is_named() -> None:
    value = base64.b64encode(f"{CLIENT}:{quote(quote(SECRET, safe=''), safe='')}".encode()).decode()
    found = asked(world(), urlencode(_parameters()).encode(), authorization=f"Basic {value}")

    assert (found.status, found.hint) == (401, SecretHint.ENCODED_TWICE)


@pytest.mark.parametrize(
    ("by_hand", "hint"), [(True, SecretHint.EXPIRED_BY_HAND), (False, SecretHint.EXPIRED)]
)
def test_a_secret_that_has_ended_is_recognised_also_when_it_was_changed_on_its_way(
    by_hand: bool, hint: SecretHint
) -> None:
    made = world(ended=(EndedSecret("old", DIGESTER.digest(OLD), by_hand),))

    for body in (form(OLD), raw(OLD)):
        found = asked(made, body)
        assert (found.status, found.hint, found.secret) == (401, hint, "old")


def test_a_secret_that_expired_since_the_last_publication_is_recognised() -> None:
    made = world(secrets=(ClientSecret("s", DIGESTER.digest(SECRET), int(NOW)),))

    assert asked(made, form(SECRET)).hint == SecretHint.EXPIRED


@pytest.mark.parametrize("secret", ["wrong", "a b", "%%%", "=" * 300, "=", " ", "\udcff", "x" * 60_000, OLD])
def test_a_secret_that_is_nothing_of_ours_has_no_hint(secret: str) -> None:
    body = urlencode(_parameters() | {"client_secret": secret}, errors="surrogatepass").encode()
    found = asked(world(), body)

    assert found.status in {400, 401}
    assert found.hint == ""


@pytest.mark.parametrize(
    ("path", "changes", "hint"),
    [
        ("/oauth2/v1/token", {"enabled": False}, SecretHint.DISABLED),
        (f"/{OTHER_TENANT}/oauth2/token", {}, SecretHint.OTHER_TENANT),
    ],
)
def test_an_application_that_is_ours_but_not_found_has_a_hint(
    path: str, changes: dict[str, Any], hint: SecretHint
) -> None:
    found = asked(world(**changes), form(SECRET), path)

    assert (found.status, found.hint) == (400, hint)


def test_a_request_of_nobody_is_counted_and_not_kept() -> None:
    made = world()
    for body in (b"", urlencode(_parameters() | {"client_id": "nobody", "client_secret": "x"}).encode()):
        asyncio.run(made.post("/oauth2/v1/token", body))

    batch = made.token_uses.take()
    assert batch.refused == {}
    assert batch.outcomes == {"MG710": 1, "MG703": 1}


def test_a_refused_request_is_kept_with_who_asked_and_its_trace_id() -> None:
    made = world()
    answer = asyncio.run(made.post("/oauth2/v1/token", form("wrong"), user_agent="curl/8"))

    ((refused, seen),) = made.token_uses.take().refused.items()
    assert refused == (TokenRefusal("MG706", "", ""), TokenCaller(CLIENT, "127.0.0.1", "curl/8"))
    assert (seen.last, seen.times, seen.request_id) == (NOW, 1, answer.json["trace_id"])


# No oracle


def shape(answer: Asked) -> tuple[int, bytes, list[str]]:
    """An answer without the ids that differ every time."""
    return answer.status, GUID.sub(b"", answer.body), answer.headers


def test_strangers_read_the_same_bytes_whatever_was_found_out() -> None:
    made = world(ended=(EndedSecret("old", DIGESTER.digest(OLD)),))
    answers = {
        str(shape(asked(made, body)))
        for body in [form("wrong"), form(OLD), *(send(SECRET) for send, _ in FAULTS.values())]
    }

    assert len(answers) == 1
    assert (
        b"AADSTS70002: Error validating credentials. AADSTS50012: Invalid client secret is provided."
        in asked(made, raw(SECRET)).body
    )


def test_the_same_work_is_done_for_every_wrong_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world(ended=(EndedSecret("old", DIGESTER.digest(OLD)),))
    work: list[str] = []

    def noted(name: str, does: Callable[..., Any]) -> Callable[..., Any]:
        def do(*given: Any) -> Any:
            work.append(name)
            return does(*given)

        return do

    for name in ("digest", "compare_digest"):
        monkeypatch.setattr(f"millgate.core.secrets.hmac.{name}", noted(name, getattr(hmac, name)))
    done = []
    for secret in ("wrong", "x" * 44, "", OLD, SECRET.replace("+", " "), SECRET.rstrip("="), "!" * 5000):
        work.clear()
        asked(made, form(secret or " "))
        done.append(sorted(work))

    assert all(found == done[0] for found in done)
