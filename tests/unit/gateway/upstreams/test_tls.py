"""TLS to an upstream: verified always."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from millgate.core.errors import MANAGED_FAILURE, UPSTREAM_UNREACHABLE, Refused
from support.exchange import seen
from support.upstream_tls import authority, server_context
from support.upstreams import OK, always, backend, call, standing


def test_a_certificate_by_a_trusted_authority_is_accepted(tmp_path: Path) -> None:
    async def run() -> None:
        by = authority()
        async with (
            standing(always(OK), server_context(by, tmp_path)) as place,
            backend(place.url(scheme="https"), ca_pem=by.pem) as ask,
        ):
            for _ in range(3):
                assert (await seen(await ask(call()))).body == b"hi"
            assert place.connections == 1

    asyncio.run(run())


@pytest.mark.parametrize(
    ("trusted", "name"),
    [("nobody", "127.0.0.1"), ("another", "127.0.0.1"), ("the signer", "other.example")],
)
def test_any_other_certificate_is_not(trusted: str, name: str, tmp_path: Path) -> None:
    async def run() -> None:
        by = authority()
        pem = {"nobody": "", "another": authority().pem, "the signer": by.pem}[trusted]
        async with (
            standing(always(OK), server_context(by, tmp_path, name)) as place,
            backend(place.url(scheme="https"), ca_pem=pem) as ask,
        ):
            with pytest.raises(Refused) as refused:
                await ask(call())
            assert refused.value.refusal.problem is UPSTREAM_UNREACHABLE
            assert "certificate" in refused.value.refusal.cause.lower()
            assert place.heard == []

    asyncio.run(run())


def test_an_upstream_whose_certificates_cannot_be_read_is_closed() -> None:
    async def run() -> None:
        async with backend("https://127.0.0.1:1", ca_pem="no certificate") as ask:
            with pytest.raises(Refused) as refused:
                await ask(call())
            assert refused.value.refusal.problem is MANAGED_FAILURE
            assert "certificates" in refused.value.refusal.cause

    asyncio.run(run())
