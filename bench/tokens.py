"""Measure tokens: what Millgate's cost beside the bare signature in them, and beside npm's oidc-provider's.

    tokens.py [--seconds N] [--rounds N] [--json FILE]

Each gets the same request (client_credentials, the secret in the body, kept connections) and gives a JWT that
is signed by RS256 with a key of 2048 bits. One runs at a time. What counts is CPU for a token, as a ratio
within a round, because machines differ and drift.
"""

from __future__ import annotations

import argparse
import base64
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from rich.console import Console
from rich.table import Table

from load import Load, load_requests
from millgate.assembly.demo_env import read
from processes import free_port, millgate, process

ROOT: Final = Path(__file__).parent.parent
OIDC_PROVIDER: Final = ROOT / ".venv" / "oidc-provider"
SIGNATURE: Final = "signature alone"
PROCESS: Final = "Millgate, in the same process"
MILLGATE: Final = "Millgate, served"
OTHER: Final = "oidc-provider"
MOST_TO_SIGNATURE: Final = 1.25
LEAST_TO_OTHER: Final = 3.0
PATIENCE_SECONDS: Final = 30.0
WARM_SECONDS: Final = 1.0

console = Console()
Measure = Callable[[float], dict[str, Load]]


@dataclass(frozen=True)
class Asked:
    """A token endpoint, and the form that gets a token there."""

    port: int
    path: str
    form: dict[str, str]

    @property
    def body(self) -> bytes:
        """The form, encoded."""
        return urlencode(self.form).encode()

    @property
    def request(self) -> bytes:
        """The whole request."""
        lines = [
            f"POST {self.path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(self.body)}",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + self.body

    def token(self) -> str:
        """One token, waited for until the server is there."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                url = f"http://127.0.0.1:{self.port}{self.path}"
                with urllib.request.urlopen(url, self.body, timeout=10) as answer:
                    return str(json.load(answer)["access_token"])
            except urllib.error.HTTPError:
                raise
            except (urllib.error.URLError, OSError):
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)


def main() -> None:
    """Measure and print."""
    arguments = parse()
    with tempfile.TemporaryDirectory(prefix="millgate-bench-") as made:
        home, port = Path(made), free_port()
        with console.status("Making a demo"), millgate("demo", home, port):
            pass
        apart = home / "apart"  # one home is not for two processes
        shutil.copytree(home, apart)
        with millgate("serve", home, port) as pid, rival(read(home / "demo.env")) as other:
            asked = asked_of_millgate(home, port)
            checked(asked)
            measures: dict[str, Measure] = {
                PROCESS: lambda seconds: in_process(apart, asked, seconds),
                MILLGATE: lambda seconds: {MILLGATE: tokens(pid, asked, seconds)},
            }
            if other is not None:
                measures[OTHER] = lambda seconds: {OTHER: tokens(other[0], other[1], seconds)}
            rounds = measured(measures, arguments.seconds, arguments.rounds)
    report(rounds)
    if arguments.json:
        figures = {name: [vars(item) for item in loads] for name, loads in rounds.items()}
        Path(arguments.json).write_text(json.dumps(figures, indent=1))


def parse() -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of each measurement")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is taken")
    parser.add_argument("--json", default="", help="a file for all figures")
    return parser.parse_args()


def asked_of_millgate(home: Path, port: int) -> Asked:
    """The sample application's request."""
    env = read(home / "demo.env")
    return Asked(
        port,
        "/oauth2/v1/token",
        {
            "grant_type": "client_credentials",
            "client_id": env["MILLGATE_CLIENT_ID"],
            "client_secret": env["MILLGATE_CLIENT_SECRET"],
            "resource": env["MILLGATE_RESOURCE"],
        },
    )


@contextmanager
def rival(env: dict[str, str]) -> Iterator[tuple[int, Asked] | None]:
    """oidc-provider with the same client, its process and its request; None where it is not installed."""
    node = shutil.which("node")
    if node is None or not (OIDC_PROVIDER / "package-lock.json").exists():
        console.print(f"{OTHER} is left out: it is not installed (make bench-tokens does).")
        yield None
        return
    port, client = free_port(), (env["MILLGATE_CLIENT_ID"], env["MILLGATE_CLIENT_SECRET"])
    form = {
        "grant_type": "client_credentials",
        "client_id": client[0],
        "client_secret": client[1],
        "resource": env["MILLGATE_RESOURCE"],
    }
    command = [node, str(OIDC_PROVIDER / "server.js"), str(port), *client, env["MILLGATE_RESOURCE"]]
    with process(command, NODE_ENV="production") as pid:
        asked = Asked(port, "/token", form)
        checked(asked)
        yield pid, asked


def checked(asked: Asked) -> int:
    """See to it that the token is what is measured; how many bytes of it are signed.

    Raises:
        ValueError: it is none by RS256 with 2048 bits, or two of them are one.
    """
    token = asked.token()
    signed, _, signature = token.rpartition(".")
    header = json.loads(_bytes(signed.partition(".")[0]))
    if header["alg"] != "RS256" or len(_bytes(signature)) * 8 != 2048:  # noqa: PLR2004 - the size of a key
        raise ValueError(f"another kind of token: {header}")
    return len(signed)


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def measured(measures: dict[str, Measure], seconds: float, rounds: int) -> dict[str, list[Load]]:
    """Each in turn, again and again; the order turns around with every round."""
    names = list(measures)
    found: dict[str, list[Load]] = {
        name: [] for measure in measures.values() for name in measure(WARM_SECONDS)
    }
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            with console.status(f"Round {number + 1} of {rounds}: {name}"):
                for what, taken in measures[name](seconds).items():
                    found[what].append(taken)
    return found


def in_process(home: Path, asked: Asked, seconds: float) -> dict[str, Load]:
    """Signatures and tokens in turn, in one process; each is told as if it had all of the time."""
    command = [
        *(sys.executable, str(Path(__file__).with_name("token_process.py"))),
        *(str(home), str(seconds), asked.body.decode()),
    ]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - ours
    said = json.loads(printed.splitlines()[-1])
    return {
        name: Load(int(said[kind][0]), 0, said[kind][1], said[kind][1])
        for name, kind in ((SIGNATURE, "signature"), (PROCESS, "token"))
    }


def tokens(pid: int, asked: Asked, seconds: float) -> Load:
    """Tokens of a server that runs."""
    return load_requests(pid=pid, port=asked.port, requests=[asked.request], seconds=seconds)


def report(rounds: dict[str, list[Load]]) -> None:
    """Print medians, and ratios within each round."""
    table = Table("what", "per second", "CPU µs", "CPU to signature", "other answers")
    base = rounds[SIGNATURE]
    for name, loads in rounds.items():
        table.add_row(
            name,
            f"{statistics.median(item.per_second for item in loads):,.0f}",
            f"{statistics.median(item.cpu_micros for item in loads):.0f}",
            f"{ratio(loads, base):.2f}",
            f"{sum(item.others for item in loads):,}",
        )
    console.print(table)
    inside, served = ratio(rounds[PROCESS], base), ratio(rounds[MILLGATE], base)
    console.print(
        f"Millgate's CPU to the signature: {inside:.2f} in the same process "
        f"(aim: at most {MOST_TO_SIGNATURE}), {served:.2f} served"
    )
    if OTHER in rounds:
        cheaper = ratio(rounds[OTHER], rounds[MILLGATE])
        faster = statistics.median(
            ours.per_second / theirs.per_second
            for ours, theirs in zip(rounds[MILLGATE], rounds[OTHER], strict=True)
        )
        console.print(
            f"{OTHER}'s CPU to Millgate's: {cheaper:.2f}; Millgate's tokens each second to its: {faster:.2f} "
            f"(aim: {LEAST_TO_OTHER:g} times as many)"
        )


def ratio(loads: list[Load], base: list[Load]) -> float:
    """The median ratio of CPU within a round."""
    return statistics.median(
        item.cpu_micros / other.cpu_micros for item, other in zip(loads, base, strict=True)
    )


if __name__ == "__main__":
    main()
