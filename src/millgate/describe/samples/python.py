"""A call in Python with what its standard library holds."""

from __future__ import annotations

from millgate.describe.samples.literals import C_ESCAPES, escaped, fits_block, hexadecimal
from millgate.describe.samples.model import SampleCall, SampleHeader, Secret


def write(call: SampleCall) -> tuple[str, ...]:
    """A program for Python 3.6 or newer."""
    sections = [_imports(call), _key(call), _token(call), _body(call), _call(call)]
    return ("\n\n".join(filter(None, sections)),)


def literal(text: str) -> str:
    """A text as a string literal."""
    return f'"{escaped(text, C_ESCAPES, hexadecimal)}"'


def block(text: str) -> str:
    """A text as a string literal of several lines where it has them."""
    if not fits_block(text):
        return literal(text)
    inner = text.replace("\\", "\\\\")
    if '"""' in text or text.endswith('"'):
        inner = inner.replace('"', '\\"')
    return f'"""{inner}"""'


def _imports(call: SampleCall) -> str:
    names = ["urllib.error", "urllib.request"]
    names += ["json", "urllib.parse"] if call.token else []
    return "\n".join(f"import {name}" for name in sorted(names))


def _key(call: SampleCall) -> str:
    return f"key = {literal(call.credentials.key)}" if call.keyed else ""


def _token(call: SampleCall) -> str:
    if call.token is None:
        return ""
    fields = "".join(f"    {literal(name)}: {literal(value)},\n" for name, value in call.form())
    return (
        f"form = urllib.parse.urlencode({{\n{fields}}})\n"
        f"with urllib.request.urlopen({literal(call.token.url)}, form.encode()) as answer:\n"
        '    token = json.load(answer)["access_token"]'
    )


def _body(call: SampleCall) -> str:
    return f"body = {block(call.body)}" if call.body else ""


def _call(call: SampleCall) -> str:
    headers = "".join(f"        {literal(item.name)}: {_value(item)},\n" for item in call.headers)
    data = "    data=body.encode(),\n" if call.body else ""
    given = f"    headers={{\n{headers}    }},\n" if headers else ""
    return (
        "request = urllib.request.Request(\n"
        f"    {literal(call.url)},\n{given}{data}    method={literal(call.method)},\n)\n"
        "try:\n    answer = urllib.request.urlopen(request)\n"
        "except urllib.error.HTTPError as refused:\n    answer = refused\n"
        "print(answer.status, answer.read().decode())"
    )


def _value(header: SampleHeader) -> str:
    if header.secret is Secret.NONE:
        return literal(header.text)
    return f"{literal(header.text)} + {header.secret}" if header.text else header.secret.value
