"""A call in JavaScript with fetch."""

from __future__ import annotations

from millgate.describe.samples.literals import C_ESCAPES, escaped, fits_block, surrogates
from millgate.describe.samples.model import SampleCall, SampleHeader, Secret


def write(call: SampleCall) -> tuple[str, ...]:
    """A module for Node.js 18 or newer."""
    sections = ["// Node.js 18 or newer; save it as sample.mjs", _key(call), _token(call), _body(call)]
    return ("\n\n".join(filter(None, [*sections, _call(call)])),)


def literal(text: str) -> str:
    """A text as a string literal."""
    return f'"{escaped(text, C_ESCAPES, surrogates)}"'


def block(text: str) -> str:
    """A text as a literal of several lines where it has them."""
    if not fits_block(text):
        return literal(text)
    inner = text.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
    return f"`{inner}`"


def _key(call: SampleCall) -> str:
    return f"const key = {literal(call.credentials.key)};" if call.keyed else ""


def _token(call: SampleCall) -> str:
    if call.token is None:
        return ""
    fields = "".join(f"  {name}: {literal(value)},\n" for name, value in call.form())
    return (
        f"const form = new URLSearchParams({{\n{fields}}});\n"
        f'const granted = await fetch({literal(call.token.url)}, {{ method: "POST", body: form }});\n'
        "const token = (await granted.json()).access_token;"
    )


def _body(call: SampleCall) -> str:
    return f"const body = {block(call.body)};" if call.body else ""


def _call(call: SampleCall) -> str:
    headers = "".join(f"    {_name(item.name)}: {_value(item)},\n" for item in call.headers)
    given = f"  headers: {{\n{headers}  }},\n" if headers else ""
    body = "  body,\n" if call.body else ""
    return (
        f"const answer = await fetch({literal(call.url)}, {{\n"
        f"  method: {literal(call.method)},\n{given}{body}}});\n"
        "console.log(answer.status, await answer.text());"
    )


def _name(name: str) -> str:
    """A member of an object; `__proto__` would be its prototype."""
    return f"[{literal(name)}]" if name == "__proto__" else literal(name)


def _value(header: SampleHeader) -> str:
    if header.secret is Secret.NONE:
        return literal(header.text)
    return f"{literal(header.text)} + {header.secret}" if header.text else header.secret.value
