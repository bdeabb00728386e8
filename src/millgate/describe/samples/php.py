"""A call in PHP with what it holds without extensions."""

from __future__ import annotations

from millgate.describe.samples.literals import braced, escaped, fits_block
from millgate.describe.samples.model import SampleCall, SampleHeader, Secret


def write(call: SampleCall) -> tuple[str, ...]:
    """A program for PHP 7.3 or newer."""
    return ("\n\n".join(filter(None, ["<?php", _key(call), _token(call), _body(call), _call(call)])),)


def literal(text: str) -> str:
    """A text as a string literal: in single quotes unless something cannot be seen."""
    if text.isprintable():
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    known = {"\\": "\\\\", '"': '\\"', "$": "\\$", "\n": "\\n", "\t": "\\t"}
    return '"' + escaped(text, known, braced) + '"'


def block(text: str) -> str:
    """A text as a nowdoc where it has several lines."""
    if not fits_block(text):
        return literal(text)
    mark = "BODY"
    while mark in text:
        mark += "_"
    return f"<<<'{mark}'\n{text}\n{mark}"


def _key(call: SampleCall) -> str:
    return f"$key = {literal(call.credentials.key)};" if call.keyed else ""


def _token(call: SampleCall) -> str:
    if call.token is None:
        return ""
    fields = "".join(f"        {literal(name)} => {literal(value)},\n" for name, value in call.form())
    return (
        "$grant = stream_context_create(['http' => [\n"
        "    'method' => 'POST',\n"
        "    'header' => 'Content-Type: application/x-www-form-urlencoded',\n"
        f"    'content' => http_build_query([\n{fields}    ]),\n]]);\n"
        f"$granted = file_get_contents({literal(call.token.url)}, false, $grant);\n"
        "$token = json_decode($granted)->access_token;"
    )


def _body(call: SampleCall) -> str:
    return f"$body = {block(call.body)};" if call.body else ""


def _call(call: SampleCall) -> str:
    headers = "".join(f"        {_header(item)},\n" for item in call.headers)
    given = f"    'header' => [\n{headers}    ],\n" if headers else ""
    body = "    'content' => $body,\n" if call.body else ""
    return (
        "$request = stream_context_create(['http' => [\n"
        f"    'method' => {literal(call.method)},\n{given}{body}    'ignore_errors' => true,\n]]);\n"
        f"$answer = file_get_contents({literal(call.url)}, false, $request);\n"
        'echo $http_response_header[0], "\\n", $answer, "\\n";'
    )


def _header(header: SampleHeader) -> str:
    told = literal(f"{header.name}: {header.text}")
    return told if header.secret is Secret.NONE else f"{told} . ${header.secret}"
