"""Secrets are strong, hide themselves wherever they are printed, and the master key is made once."""

from __future__ import annotations

import base64
import copy
import hmac
import io
import json
import logging
import os
import re
import stat
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Final, NoReturn

import msgspec
import pytest
import structlog
from rich.console import Console
from rich.pretty import pretty_repr

from millgate.core.secrets import (
    Digester,
    MasterKey,
    Secret,
    new_client_secret,
    new_password,
    new_subscription_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable

MARK: Final = "k3epM3Hidden"
KEY: Final = base64.b64encode(MARK.encode() * 4).decode()


def logged(value: object) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.Logger("secrets-test")  # noqa: LOG001 - one that no handler of the run listens to
    logger.addHandler(handler)
    logger.warning("%s %r", value, value)
    logger.warning(value)
    return stream.getvalue()


def structured(value: object, renderer: Callable[..., str | bytes]) -> str:
    stream = io.StringIO()
    logger = structlog.wrap_logger(structlog.PrintLogger(stream), processors=[renderer])
    logger.warning("event", value=value, nested={"values": [value]})
    return stream.getvalue()


def json_with_repr(value: object) -> str:
    return json.dumps({"value": value}, default=repr)


def fail(value: object) -> NoReturn:
    raise RuntimeError(value)


def traced(value: object) -> str:
    try:
        fail(value)
    except RuntimeError:
        return traceback.format_exc()


def traced_with_locals(value: object) -> str:
    """As rich shows it, which is the most talkative of all."""
    held = {"value": [value]}
    console = Console(file=io.StringIO(), width=200)
    try:
        fail(held)
    except RuntimeError:
        console.print_exception(show_locals=True)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


WAYS: Final[dict[str, Callable[[object], str]]] = {
    "str": str,
    "repr": repr,
    "format": lambda value: f"{value} {value!s} {value!r} {value!a}",
    "percent": lambda value: "%s %r" % (value, value),  # noqa: UP031 - as others write
    "in a container": lambda value: str([value, {"x": (value,)}]),
    "logging": logged,
    "structlog as text": lambda value: structured(value, structlog.dev.ConsoleRenderer(colors=False)),
    "structlog as JSON": lambda value: structured(value, structlog.processors.JSONRenderer(default=repr)),
    "JSON": json_with_repr,
    "traceback": traced,
    "traceback with locals": traced_with_locals,
    "rich": pretty_repr,
    "copy": lambda value: repr(copy.deepcopy(value)),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("value", [Secret(MARK), MasterKey(MARK.encode() * 4)], ids=["secret", "master key"])
def test_it_never_shows(value: object, way: str) -> None:
    shown = WAYS[way](value)

    assert MARK not in shown
    assert KEY not in shown
    assert "secret" in shown or "MasterKey(…)" in shown or "MasterKey(\\u2026)" in shown


def test_it_is_no_json() -> None:
    with pytest.raises(TypeError):
        json.dumps(Secret(MARK))
    with pytest.raises(TypeError):
        msgspec.json.encode(Secret(MARK))


def test_it_can_be_revealed_and_compared() -> None:
    assert Secret(MARK).reveal() == MARK
    assert Secret(MARK) == Secret(MARK)
    assert Secret(MARK) != Secret(MARK + "x")
    assert Secret(MARK) != MARK
    assert len({Secret(MARK), Secret(MARK)}) == 1


# The master key


@pytest.mark.parametrize(
    "text", ["", "short", "not base64 ☃", base64.b64encode(b"x" * 31).decode(), KEY + "!"]
)
def test_what_is_no_key_of_32_bytes_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        MasterKey.parse(text)

    assert text == "" or text not in str(refused.value)


def test_purposes_share_nothing() -> None:
    master = MasterKey.parse(KEY)

    assert master.derive("seal") == MasterKey.parse(KEY).derive("seal")
    assert master.derive("seal") != master.derive("digest")
    assert len(master.derive("seal")) == 32
    assert master.derive("seal") != MasterKey(bytes(32)).derive("seal")


def test_a_key_is_made_for_its_owner_alone_and_survives(tmp_path: Path) -> None:
    path = tmp_path / "new" / "home" / "master.key"
    old = os.umask(0)
    try:
        made = MasterKey.keep(path)
    finally:
        os.umask(old)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(base64.b64decode(path.read_bytes())) == 32
    assert MasterKey.keep(path).derive("x") == made.derive("x")
    assert MasterKey.keep(tmp_path / "other").derive("x") != made.derive("x")
    assert [file.name for file in path.parent.iterdir()] == ["master.key"]


def test_a_file_that_holds_no_key_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    path.write_text("not a key\n")

    with pytest.raises(ValueError, match=r"."):
        MasterKey.keep(path)

    assert path.read_text() == "not a key\n"


def test_threads_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    for turn in range(20):
        path = tmp_path / str(turn) / "master.key"
        together = Barrier(8)

        def start(path: Path = path, together: Barrier = together) -> bytes:
            together.wait()
            return MasterKey.keep(path).derive("x")

        with ThreadPoolExecutor(8) as pool:
            keys = {future.result() for future in [pool.submit(start) for _ in range(8)]}

        assert keys == {MasterKey.keep(path).derive("x")}
        assert [file.name for file in path.parent.iterdir()] == ["master.key"]


_STARTS: Final = """
import pathlib, sys, time
from millgate.core.secrets import MasterKey
homes = pathlib.Path(sys.argv[1])
print("ready", flush=True)
while not (homes / "go").exists():
    time.sleep(0.001)
for turn in range(40):
    print(MasterKey.keep(homes / str(turn) / "master.key").derive("x").hex())
"""


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    starts = [
        subprocess.Popen([sys.executable, "-c", _STARTS, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for start in starts:
        assert start.stdout is not None
        assert start.stdout.readline() == "ready\n"
    (tmp_path / "go").touch()
    told = [start.communicate()[0].split() for start in starts]

    kept = [MasterKey.keep(tmp_path / str(turn) / "master.key").derive("x").hex() for turn in range(40)]
    assert told == [kept] * 4
    assert {len(list((tmp_path / str(turn)).iterdir())) for turn in range(40)} == {1}


def test_a_draft_that_a_killed_start_left_is_no_hindrance(tmp_path: Path) -> None:
    """A kill between writing the draft and linking it leaves a draft, and no key."""
    (tmp_path / "master.key.0123456789abcdef").write_text("half")
    (tmp_path / f"master.key.{os.getpid()}").write_text("half")

    made = MasterKey.keep(tmp_path / "master.key")

    assert MasterKey.keep(tmp_path / "master.key").derive("x") == made.derive("x")


# Digests and new secrets


def test_a_digest_is_keyed_and_compared_whole() -> None:
    digester = Digester(MasterKey(bytes(32)))
    digest = digester.digest(MARK)

    assert re.fullmatch(r"[0-9a-f]{64}", digest)
    assert MARK.encode().hex() not in digest
    assert digester.matches(MARK, digest)
    assert not digester.matches(MARK + "x", digest)
    assert not digester.matches(MARK, digest[:-1])
    assert not Digester(MasterKey(b"x" * 32)).matches(MARK, digest)


@pytest.mark.parametrize("value", ["", MARK, "x" * 63, "x" * 64, "x" * 1000])
def test_a_digest_is_the_hmac_under_which_keys_are_stored(value: str) -> None:
    master = MasterKey(b"m" * 32)

    assert (
        Digester(master).digest(value) == hmac.digest(master.derive("digest"), value.encode(), "sha256").hex()
    )


@pytest.mark.parametrize("value", ["", "é", "\x00", "\udcff", "𐍈", "x" * 100_000])
def test_whatever_a_header_can_hold_has_a_digest(value: str) -> None:
    digester = Digester(MasterKey(bytes(32)))

    assert digester.matches(value, digester.digest(value))


@pytest.mark.parametrize(
    ("make", "form", "bits"),
    [
        (new_subscription_key, r"[0-9a-f]{32}", 128),
        (new_client_secret, r"(?=.*\+)(?=.*/)[A-Za-z0-9+/]{43}=", 253),
        (new_password, r"[A-Za-z0-9_-]{24}", 144),
    ],
)
def test_a_new_secret_has_its_form_and_is_new(make: Callable[[], str], form: str, bits: int) -> None:
    made = {make() for _ in range(500)}

    assert len(made) == 500
    assert all(re.fullmatch(form, value) for value in made)
    assert bits >= 128
