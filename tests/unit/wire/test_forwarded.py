"""Who calls, when proxies stand in front: only those that the operator named are believed."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.wire.forwarded import Caller, caller_of
from support.fuzzing import bounded

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
SPOOFED = "203.0.113.66"


def told(peer: str, *chain: str, proto: str = "") -> Caller:
    headers = [("accept", "*/*"), *(("x-forwarded-for", value) for value in chain)]
    if proto:
        headers.append(("x-forwarded-proto", proto))
    return caller_of(peer, "http", tuple(headers), TRUSTED)


def chain_of(caller: Caller) -> str | None:
    return dict(caller.headers).get("x-forwarded-for")


def test_without_trusted_proxies_nothing_is_looked_at() -> None:
    headers = (("x-forwarded-for", SPOOFED), ("x-forwarded-proto", "https"))

    caller = caller_of("192.0.2.1", "http", headers, ())

    assert (caller.client, caller.scheme) == ("192.0.2.1", "http")
    assert caller.headers is headers


@pytest.mark.parametrize("peer", ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "", "unix"])
def test_nobody_else_is_believed(peer: str) -> None:
    """CVE-2026-40575, CVE-2022-24112: and what he said of the way is taken out."""
    caller = told(peer, SPOOFED, proto="https")

    assert (caller.client, caller.scheme, chain_of(caller)) == (peer, "http", None)


@pytest.mark.parametrize(
    ("chain", "client", "verified"),
    [
        (["192.0.2.1"], "192.0.2.1", "192.0.2.1, 10.0.0.1"),
        ([f"{SPOOFED}, 192.0.2.1"], "192.0.2.1", "192.0.2.1, 10.0.0.1"),
        ([SPOOFED, "192.0.2.1,10.0.0.9"], "192.0.2.1", "192.0.2.1, 10.0.0.9, 10.0.0.1"),
        (["192.0.2.1:4711"], "192.0.2.1", "192.0.2.1, 10.0.0.1"),
        (["[2001:db8::1]:4711"], "2001:db8::1", "2001:db8::1, 10.0.0.1"),
        (["2001:DB8::1, fd00::1"], "2001:db8::1", "2001:db8::1, fd00::1, 10.0.0.1"),
        (["10.0.0.8, 10.0.0.9"], "10.0.0.8", "10.0.0.8, 10.0.0.9, 10.0.0.1"),
        ([f"{SPOOFED}, unknown"], "10.0.0.1", "10.0.0.1"),
        ([f"{SPOOFED}, "], "10.0.0.1", "10.0.0.1"),
        ([""], "10.0.0.1", "10.0.0.1"),
        ([], "10.0.0.1", "10.0.0.1"),
    ],
)
def test_the_right_most_address_that_is_no_proxy_is_the_clients(
    chain: list[str], client: str, verified: str
) -> None:
    caller = told("10.0.0.1", *chain)

    assert (caller.client, chain_of(caller)) == (client, verified)
    assert ("accept", "*/*") in caller.headers


@pytest.mark.parametrize(
    ("proto", "scheme"),
    [("https", "https"), ("HTTPS", "https"), ("http, https", "https"), ("gopher", "http"), ("", "http")],
)
def test_the_scheme_is_what_the_nearest_proxy_says(proto: str, scheme: str) -> None:
    assert told("10.0.0.1", "192.0.2.1", proto=proto).scheme == scheme


def test_a_proxy_that_speaks_ipv4_over_ipv6_is_known() -> None:
    assert told("::ffff:10.0.0.1", "192.0.2.1").client == "192.0.2.1"


@given(st.text(max_size=60))
@bounded(300)
def test_whatever_a_client_writes_it_is_itself(written: str) -> None:
    caller = told("10.0.0.1", f"{written}, 192.0.2.1")

    assert caller.client == "192.0.2.1"
    assert chain_of(caller) == "192.0.2.1, 10.0.0.1"
