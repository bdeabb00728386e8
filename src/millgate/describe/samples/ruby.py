"""A call in Ruby with Net::HTTP."""

from __future__ import annotations

from typing import Final

from millgate.describe.samples.literals import braced, escaped, fits_block
from millgate.describe.samples.model import SampleCall, SampleHeader, Secret

_CLASSES: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})


def write(call: SampleCall) -> tuple[str, ...]:
    """A program for Ruby 2.5 or newer."""
    requires = ["json", "net/http", "uri"] if call.token else ["net/http", "uri"]
    sections = ["\n".join(f"require '{name}'" for name in requires)]
    return ("\n\n".join(filter(None, [*sections, _key(call), _token(call), _request(call), _send()])),)


def literal(text: str) -> str:
    """A text as a string literal: in single quotes unless something cannot be seen."""
    if text.isprintable():
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    known = {"\\": "\\\\", '"': '\\"', "#": "\\#", "\n": "\\n", "\t": "\\t"}
    return '"' + escaped(text, known, braced) + '"'


def _key(call: SampleCall) -> str:
    return f"key = {literal(call.credentials.key)}" if call.keyed else ""


def _token(call: SampleCall) -> str:
    if call.token is None:
        return ""
    fields = ",\n".join(f"  {literal(name)} => {literal(value)}" for name, value in call.form())
    return (
        f"granted = Net::HTTP.post_form(\n  URI({literal(call.token.url)}),\n{fields}\n)\n"
        "token = JSON.parse(granted.body).fetch('access_token')"
    )


def _request(call: SampleCall) -> str:
    made = f"Net::HTTPGenericRequest.new({literal(call.method)}, true, true, uri)"
    if call.method in _CLASSES:
        made = f"Net::HTTP::{call.method.capitalize()}.new(uri)"
    lines = [f"uri = URI({literal(call.url)})", f"request = {made}"]
    lines += [f"request[{literal(item.name)}] = {_value(item)}" for item in call.headers]
    return "\n".join([*lines, *_body(call)])


def _body(call: SampleCall) -> list[str]:
    if not call.body:
        return []
    if not fits_block(call.body):
        return [f"request.body = {literal(call.body)}"]
    mark = "BODY"
    while mark in call.body:
        mark += "_"
    return [f"request.body = <<'{mark}'.chomp\n{call.body}\n{mark}"]


def _send() -> str:
    return (
        "answer = Net::HTTP.start(uri.hostname, uri.port, use_ssl: uri.scheme == 'https') do |http|\n"
        "  http.request(request)\nend\nputs answer.code, answer.body"
    )


def _value(header: SampleHeader) -> str:
    if header.secret is Secret.NONE:
        return literal(header.text)
    return f"{literal(header.text)} + {header.secret}" if header.text else header.secret.value
