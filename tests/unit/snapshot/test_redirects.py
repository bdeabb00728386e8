"""Where codes may be sent, and which address of a request is one of them."""

from __future__ import annotations

import pytest

from millgate.snapshot.redirects import LONGEST_REDIRECT, MOST_REDIRECTS, redirect_faults, redirect_known


@pytest.mark.parametrize(
    "uri",
    [
        "https://mes.example/cb",
        "https://mes.example:8443/cb?tenant=1",
        "http://127.0.0.1/cb",
        "http://[::1]:5000/cb",
        "http://localhost",
        "com.example.mes:/cb",
        "com.example.mes://cb",
    ],
)
def test_a_code_may_be_sent_over_https_to_the_machine_itself_and_to_a_program_by_its_domain(uri: str) -> None:
    assert redirect_faults([uri]) == []
    assert redirect_known(uri, [uri])


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/cb",
        "//mes.example/cb",
        "http://mes.example/cb",
        "http://127.0.0.1.mes.example/cb",
        "https://mes.example/cb#part",
        "https://mes.example/cb#",
        "https://*.mes.example/cb",
        "https://user@mes.example/cb",
        "https:///cb",
        "https://mes.example\\@other.example/cb",
        "https://mes.example/c b",
        "https://mes.example/c\nb",
        "https://mes.example/é",
        "https://mes.example:port/cb",
        "https://[::1/cb",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "mes:/cb",
        "https://mes.example/" + "a" * LONGEST_REDIRECT,
    ],
)
def test_an_address_from_which_a_code_could_be_lost_is_refused(uri: str) -> None:
    assert len(redirect_faults([uri])) == 1
    assert not redirect_known(uri, ["https://mes.example/cb", "http://127.0.0.1/cb"])


def test_too_many_addresses_and_the_same_one_twice_are_told() -> None:
    many = [f"https://mes.example/{number}" for number in range(MOST_REDIRECTS + 1)]
    assert redirect_faults(many) == [f"there are more than {MOST_REDIRECTS} redirect URIs"]
    assert redirect_faults(["https://mes.example/"] * 2) == ["a redirect URI stands twice"]


@pytest.mark.parametrize(
    "asked",
    [
        "https://mes.example/cb/",
        "https://mes.example/CB",
        "https://MES.example/cb",
        "https://mes.example:443/cb",
        "https://mes.example/cb?x=1",
        "https://mes.example.other.example/cb",
        "http://mes.example/cb",
    ],
)
def test_addresses_are_compared_to_the_letter(asked: str) -> None:
    assert not redirect_known(asked, ["https://mes.example/cb"])


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ("http://127.0.0.1:51004/cb", True),
        ("http://127.0.0.1/cb", True),
        ("http://127.0.0.1:51004/other", False),
        ("http://127.0.0.1:51004/cb?x=1", False),
        ("http://localhost:51004/cb", False),
        ("https://127.0.0.1:51004/cb", False),
        ("http://127.0.0.1:51004@mes.example/cb", False),
        ("http://127.0.0.1:99999/cb", False),
    ],
)
def test_only_the_port_of_a_loopback_address_is_left_open(asked: str, known: bool) -> None:
    assert redirect_known(asked, ["http://127.0.0.1:8400/cb"]) is known
