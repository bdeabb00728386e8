"""Provokes the refusals and failures of the machine planes with marked secrets, logging as the product does.

Run as a program (`python -m support.provoking text`, or `json`), so that nobody else's logging is touched:
log lines go to standard error; to standard output goes one JSON object with the secrets that were used and
everything that was answered and kept.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import quote

import msgspec

from millgate.assembly import logs
from millgate.core.errors import DATABASE_UNREACHABLE, QUERY_TIMEOUT, Refusal
from millgate.core.settings import Settings
from millgate.snapshot.build import build_serving
from millgate.snapshot.document import Catalogue, ClientSecret, Limit
from millgate.snapshot.upstreams import UpstreamHeader, sealed_for
from millgate.stores.ports import StoreUnreachable
from millgate.wire.refusals import answer
from support.exchange import Answer, ask, request_of
from support.tokens import signed
from support.upstreams import (
    SEALER,
    always,
    backends_of,
    free_port,
    half,
    proxied,
    silence,
    standing,
    upstream,
)
from support.world import (
    CLIENT,
    DIGESTER,
    FREE,
    PARTS,
    PRODUCT,
    TEST_ONLY_CLIENT,
    World,
    application,
    subscription,
)
from support.world import KEY as KEY_OF_THE_WORLD

if TYPE_CHECKING:
    from millgate.describe.calls import BackendCall
    from millgate.wire.messages import Response

KEY: Final = "5ec2e7c0ffee5ec2e7c0ffee5ec2e7c0"
WRONG_KEY: Final = "badc0ffee0badc0ffee0badc0ffee0ba"
SUSPENDED_KEY: Final = "c105edc0ffeec105edc0ffeec105edc0"
SECRET: Final = "M4rkedSecretValue+1234567890abcdefghijklmno="
WRONG_SECRET: Final = "Wr0ngSecretValue+1234567890abcdefghijklmnop="
UPSTREAM_KEY: Final = "0ursAtTheUpstream0ursAtTheUpstream"
TARGET: Final = "/PartList/v1/Parts"
FORM: Final = "application/x-www-form-urlencoded"


class Down:
    """Counters that cannot be reached."""

    async def take(self, subscription: str, *_: object) -> NoReturn:
        """Fail."""
        raise StoreUnreachable(subscription)

    async def add(self, subscription: str, *_: object) -> NoReturn:
        """Fail."""
        raise StoreUnreachable(subscription)


def marked(*limits: Limit, **changes: Any) -> World:
    """A world in which a subscription and an application have the marked secrets."""
    world = World(**changes)
    catalogue = Catalogue((PARTS, FREE), (msgspec.structs.replace(PRODUCT, limits=limits),))
    directory = msgspec.structs.replace(
        world.document.directory,
        applications=(
            application(CLIENT, secrets=(ClientSecret("s", DIGESTER.digest(SECRET)),)),
            application(TEST_ONLY_CLIENT, test_only=True),
        ),
        subscriptions=(
            subscription("marked", (KEY,)),
            subscription("closed", (SUSPENDED_KEY,), active=False),
        ),
    )
    world.publish(msgspec.structs.replace(world.document, catalogue=catalogue, directory=directory))
    return world


class Provocation:
    """What was used, answered and kept."""

    def __init__(self) -> None:
        self.good = signed()
        self.expired = signed(exp=1)
        self.forged = self.good[:-8] + "AAAAAAAA"
        self.unsigned = f"eyJhbGciOiJub25lIiwia2lkIjoia2lkLTEifQ.{self.good.split('.')[1]}."
        self.answers: list[Answer] = []
        self.worlds: list[World] = []

    def secrets(self) -> list[str]:
        """All that must not be seen, with the forms in which it travels."""
        tokens = [self.good, self.expired, self.forged]
        secrets = [SECRET, WRONG_SECRET]
        pairs = [base64.b64encode(f"{CLIENT}:{secret}".encode()).decode() for secret in secrets]
        parts = [token.rpartition(".")[2][:40] for token in tokens]
        keys = [KEY, WRONG_KEY, SUSPENDED_KEY, KEY_OF_THE_WORLD, UPSTREAM_KEY]
        return [*keys, *secrets, *[quote(secret, safe="") for secret in secrets], *pairs, *tokens, *parts]

    async def managed(self, world: World, target: str = TARGET, **headers: str) -> None:
        """One managed call."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append(await ask(world.managed, "GET", target, headers=sent))
        self.worlds.append(world)

    async def keyed(self, world: World, target: str = TARGET, key: str = KEY, token: str = "") -> None:
        """One managed call with a key and a token."""
        bearer = {"authorization": f"Bearer {token}"} if token else {}
        await self.managed(world, target, ocp_apim_subscription_key=key, **bearer)

    async def token(
        self, world: World, method: str = "POST", path: str = "/oauth2/v1/token", **asked: str
    ) -> None:
        """One request to the token service; `authorization` goes into the header."""
        headers = {"content-type": FORM}
        if "authorization" in asked:
            headers["authorization"] = asked.pop("authorization")
        body = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items()).encode()
        self.answers.append(await ask(world.authority, method, path, headers=headers, body=body))

    async def keys(self) -> None:
        """Everything that is wrong with keys and addresses."""
        world = marked()
        await self.keyed(world, "/Nowhere/v1", token=self.good)
        await self.keyed(world, key=WRONG_KEY)
        await self.keyed(world, key=SUSPENDED_KEY)
        await self.keyed(world, "/Free/v1/Ping", key=WRONG_KEY, token=self.good)
        await self.managed(world, f"{TARGET}?subscription-key={WRONG_KEY}")
        await self.managed(world, f"{TARGET}?subscription-key={KEY}&x=%FF")
        await self.managed(world, f"{TARGET}?subscription-key={KEY}")
        await self.managed(world)

    async def tokens(self) -> None:
        """Everything that is wrong with bearer tokens."""
        world = marked()
        for token in (self.expired, self.forged, self.unsigned, self.good + ".x", "x" * 20_000):
            await self.keyed(world, token=token)
        for header in (f"Basic {self.good}", f"Bearer {self.good} {self.good}", self.good):
            await self.managed(world, ocp_apim_subscription_key=KEY, authorization=header)
        await self.keyed(world, token=signed(appid=TEST_ONLY_CLIENT))
        await self.keyed(world, token=self.good)

    async def limits(self) -> None:
        """Each limit, and counters that are down."""
        kinds = [Limit("rate", 1, 60), Limit("calls", 1, 60), Limit("bandwidth", 1, 60)]
        for world in [marked(kind) for kind in kinds] + [marked(*kinds, counters=Down())]:
            for _ in range(40):
                await self.keyed(world, token=self.good)

    async def failures(self) -> None:
        """Backends that fail in every way, and a route that could not be built."""

        async def fail(call: BackendCall) -> Response:
            held = {"headers": call.request.headers}
            raise RuntimeError(f"no {len(held)}")

        async def refuse(_: BackendCall) -> Response:
            return answer(Refusal(QUERY_TIMEOUT, cause="stopped at its deadline"))

        async def unreachable(_: BackendCall) -> Response:
            return answer(Refusal(DATABASE_UNREACHABLE, cause="unable to open database file"))

        for backend in (fail, refuse, unreachable):
            world = marked()
            world.managed._backends = {"echo": backend}
            await self.keyed(world, token=self.good)
        world = marked()
        world.holder.current = build_serving(world.holder.current.document, {})[0]
        await self.keyed(world, token=self.good)

    async def upstreams(self) -> None:
        """HTTP upstreams that fail in every way, and one whose own key cannot be opened."""
        sealed = SEALER.seal(UPSTREAM_KEY.encode(), sealed_for("u", "X-Api-Key")).hex()
        own, broken = UpstreamHeader("X-Api-Key", sealed), UpstreamHeader("X-Api-Key", sealed[:-2])
        nobody = f"http://127.0.0.1:{free_port()}"
        sent = {"ocp_apim_subscription_key": KEY_OF_THE_WORLD, "authorization": f"Bearer {self.good}"}
        target = f"/test{TARGET}"
        async with (
            standing(always(b"no HTTP")) as closing,
            standing(silence) as waiting,
            standing(half) as busy,
        ):
            for url, times, header in (
                (nobody, 1, own),
                (closing.url(), 3, own),
                (waiting.url(), 1, own),
                (busy.url(), 1, own),
                (closing.url(), 1, broken),
            ):
                world = proxied(
                    upstream(
                        url, headers=(header,), total_seconds=0.2, breaker_failures=2, most_connections=1
                    )
                )
                headers = {name.replace("_", "-"): value for name, value in sent.items()}
                taken = url == busy.url()
                unread = await world.managed(request_of("GET", target, headers=headers)) if taken else None
                for _ in range(times):
                    await self.managed(world, target, **sent)
                del unread
                backends_of(world).close()

    async def grants(self) -> None:
        """Everything that is wrong with token requests, and a signing key that cannot be had."""
        world = marked()
        good = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
        resource = {"resource": "http://api.plex.com/"}
        basics = [
            base64.b64encode(f"{CLIENT}:{secret}".encode()).decode() for secret in (SECRET, WRONG_SECRET)
        ]
        await self.token(world, **good | resource | {"client_secret": WRONG_SECRET})
        await self.token(world, **good | resource | {"client_id": "nobody"})
        await self.token(world, **good | {"resource": "wrong"})
        await self.token(world, **good)
        await self.token(world, **good | {"grant_type": "password"})
        await self.token(world, client_secret=SECRET)
        await self.token(world, **good, authorization=f"Basic {basics[0]}")
        await self.token(world, grant_type="client_credentials", authorization=f"Basic {basics[1]}")
        await self.token(world, grant_type="client_credentials", authorization=f"Basic {basics[0]}!")
        await self.token(
            world, grant_type="client_credentials", client_id="x", authorization=f"Basic {basics[0]}"
        )
        await self.token(world, path="/nobody/oauth2/token", **good)
        await self.token(world, "GET", f"/oauth2/v1/token?client_secret={quote(SECRET, safe='')}")
        await self.token(world, **good, filler="x" * 70_000)
        current = world.holder.current.document
        unsigned = msgspec.structs.replace(current.directory, signing_keys=())
        world.publish(msgspec.structs.replace(current, directory=unsigned))
        await self.token(world, **good | resource)


def main() -> None:
    """Provoke, and tell."""
    form = sys.argv[1]
    logs.configure(Settings(log_format=form, log_level="debug"))
    provocation = Provocation()
    for steps in ("keys", "tokens", "limits", "failures", "upstreams", "grants"):
        asyncio.run(getattr(provocation, steps)())
    records = [record for world in provocation.worlds for record in world.usage.calls]
    told = {
        "secrets": provocation.secrets(),
        "statuses": sorted({found.status for found in provocation.answers}),
        "answers": [[found.status, found.headers, found.body.decode()] for found in provocation.answers],
        "codes": sorted({record.code for record in records}),
        "records": msgspec.to_builtins(records),
    }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
