"""A call in Go with net/http."""

from __future__ import annotations

from typing import Final

from millgate.describe.samples.literals import C_ESCAPES, escaped, fits_block, hexadecimal
from millgate.describe.samples.model import SampleCall, SampleHeader, Secret

_CHECK: Final = "\tif err != nil {\n\t\tpanic(err)\n\t}\n"
_GRANT: Final = '\tvar grant struct {\n\t\tToken string `json:"access_token"`\n\t}\n'


def write(call: SampleCall) -> tuple[str, ...]:
    """A main package, formatted as gofmt does."""
    names = ["fmt", "io", "net/http"]
    names += ["encoding/json", "net/url"] if call.token else []
    names += ["strings"] if call.body else []
    imports = "".join(f'\t"{name}"\n' for name in sorted(names))
    sections = [_key(call), _token(call), _body(call), _call(call)]
    return (
        f"package main\n\nimport (\n{imports})\n\nfunc main() {{\n" + "\n".join(filter(None, sections)) + "}",
    )


def literal(text: str) -> str:
    """A text as a string literal."""
    return f'"{escaped(text, C_ESCAPES, hexadecimal)}"'


def block(text: str) -> str:
    """A text as a raw string where it has several lines."""
    return f"`{text}`" if fits_block(text) and "`" not in text else literal(text)


def _key(call: SampleCall) -> str:
    return f"\tkey := {literal(call.credentials.key)}\n" if call.keyed else ""


def _token(call: SampleCall) -> str:
    if call.token is None:
        return ""
    width = max(len(literal(name)) for name, _ in call.form()) + 1
    fields = "".join(
        f"\t\t{literal(name) + ':':<{width}} {{{literal(value)}}},\n" for name, value in call.form()
    )
    return (
        f"\tgranted, err := http.PostForm({literal(call.token.url)}, url.Values{{\n{fields}\t}})\n{_CHECK}"
        f"\tdefer granted.Body.Close()\n{_GRANT}"
        f"\terr = json.NewDecoder(granted.Body).Decode(&grant)\n{_CHECK}"
    )


def _body(call: SampleCall) -> str:
    return f"\tbody := strings.NewReader({block(call.body)})\n" if call.body else ""


def _call(call: SampleCall) -> str:
    body = "body" if call.body else "nil"
    headers = "".join(
        f"\trequest.Header.Set({literal(item.name)}, {_value(item)})\n" for item in call.headers
    )
    return (
        f"\trequest, err := http.NewRequest({literal(call.method)}, {literal(call.url)}, {body})\n"
        f"{_CHECK}{headers}"
        f"\tanswer, err := http.DefaultClient.Do(request)\n{_CHECK}"
        f"\tdefer answer.Body.Close()\n\ttext, err := io.ReadAll(answer.Body)\n{_CHECK}"
        "\tfmt.Println(answer.Status)\n\tfmt.Println(string(text))\n"
    )


def _value(header: SampleHeader) -> str:
    if header.secret is Secret.NONE:
        return literal(header.text)
    variable = "grant.Token" if header.secret is Secret.TOKEN else "key"
    return f"{literal(header.text)}+{variable}" if header.text else variable
