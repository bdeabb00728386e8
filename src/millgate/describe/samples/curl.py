"""A call with curl, for a POSIX shell; for bash where something cannot be seen."""

from __future__ import annotations

import re
import shlex
from typing import Final

from millgate.describe.samples.literals import escaped, hexadecimal
from millgate.describe.samples.model import SampleCall, SampleHeader, Secret

_PLAIN: Final = re.compile(r"[A-Za-z0-9 ,./:;=@_+-]*")
"""What means only itself between double quotes."""


def write(call: SampleCall) -> tuple[str, ...]:
    """The commands: the variables, the token, the call."""
    return (*variables(call), *token(call), request(call))


def variables(call: SampleCall) -> tuple[str, ...]:
    """The command that names the key, where one is sent."""
    return (f"KEY={word(call.credentials.key)}",) if call.keyed else ()


def token(call: SampleCall) -> tuple[str, ...]:
    """The command that gets a token, where one is needed."""
    if call.token is None:
        return ()
    fields = [f"--data-urlencode {word(f'{name}={value}')}" for name, value in call.form()]
    answer = """| sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')"""
    return (_lines(f"TOKEN=$(curl --silent {word(call.token.url)}", *fields, answer),)


def request(call: SampleCall) -> str:
    """The command that calls, with $KEY and $TOKEN."""
    method = "" if call.method == "GET" else f"--request {word(call.method)} "
    if call.method == "HEAD":  # --request HEAD would wait for a body
        method = "--head "
    headers = [f"--header {_header(item)}" for item in call.headers]
    body = [f"--data-raw {word(call.body)}"] if call.body else []
    return _lines(f"curl {method}{word(call.url)}", *headers, *body)


def word(text: str) -> str:
    """A text as one word of the shell."""
    if all(char.isprintable() or char == "\n" for char in text):
        return shlex.quote(text)
    known = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t"}
    return f"$'{escaped(text, known, hexadecimal)}'"


def _lines(*parts: str) -> str:
    return " \\\n  ".join(parts)


def _header(header: SampleHeader) -> str:
    told = f"{header.name}: {header.text}"
    if header.secret is Secret.NONE:
        return word(told)
    variable = header.secret.upper()
    return f'"{told}${variable}"' if _PLAIN.fullmatch(told) else f'{word(told)}"${variable}"'
