"""A call in PowerShell."""

from __future__ import annotations

import re
from typing import Final

from millgate.describe.samples.literals import fits_block
from millgate.describe.samples.model import SampleCall, SampleHeader, Secret

_QUOTES: Final = "'\u2018\u2019\u201a\u201b"
"""All of these begin and end a string in single quotes (PowerShell, about_Quoting_Rules)."""

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "OPTIONS", "PATCH"})
_ENDING: Final = re.compile(rf"^[{_QUOTES}]@", re.MULTILINE)


def write(call: SampleCall) -> tuple[str, ...]:
    """A script for Windows PowerShell 5.1 and PowerShell 7."""
    return ("\n\n".join(filter(None, [_key(call), _token(call), _headers(call), _body(call), _call(call)])),)


def literal(text: str) -> str:
    """A text as an expression: in single quotes; what cannot be seen stands by its number."""
    parts: list[str] = []
    run = ""
    for char in text:
        if char.isprintable():
            run += char * 2 if char in _QUOTES else char
            continue
        parts += [f"'{run}'"] if run or not parts else []
        parts.append(f"[char]::ConvertFromUtf32({ord(char)})")
        run = ""
    parts += [f"'{run}'"] if run or not parts else []
    return parts[0] if len(parts) == 1 else f"({' + '.join(parts)})"


def block(text: str) -> str:
    """A text as a here-string where it has several lines."""
    if not fits_block(text) or _ENDING.search(text):
        return literal(text)
    return f"@'\n{text}\n'@"


def _key(call: SampleCall) -> str:
    return f"$key = {literal(call.credentials.key)}" if call.keyed else ""


def _token(call: SampleCall) -> str:
    if call.token is None:
        return ""
    fields = "".join(f"    {name} = {literal(value)}\n" for name, value in call.form())
    url = literal(call.token.url)
    return f"$grant = Invoke-RestMethod -Method Post -Uri {url} -Body @{{\n{fields}}}"


def _headers(call: SampleCall) -> str:
    sent = [item for item in call.headers if item.name != "Content-Type"]
    lines = "".join(f"    {literal(item.name)} = {_value(item)}\n" for item in sent)
    return f"$headers = @{{\n{lines}}}" if lines else ""


def _body(call: SampleCall) -> str:
    return f"$body = {block(call.body)}" if call.body else ""


def _call(call: SampleCall) -> str:
    named = "-Method" if call.method in _METHODS else "-CustomMethod"
    parts = [f"$answer = Invoke-WebRequest -UseBasicParsing {named} {literal(call.method)}"]
    parts.append(f"-Uri {literal(call.url)}")
    parts += ["-Headers $headers"] if _headers(call) else []
    if call.body:
        parts.append(f"-ContentType {literal(call.content_type)}")
        parts.append("-Body ([Text.Encoding]::UTF8.GetBytes($body))")
    return " `\n    ".join(parts) + "\n$answer.StatusCode\n$answer.Content"


def _value(header: SampleHeader) -> str:
    if header.secret is Secret.NONE:
        return literal(header.text)
    variable = "$grant.access_token" if header.secret is Secret.TOKEN else "$key"
    return f"{literal(header.text)} + {variable}" if header.text else variable
