"""A call in C# with HttpClient."""

from __future__ import annotations

import re

from millgate.describe.samples.literals import C_ESCAPES, escaped, fits_block, hexadecimal
from millgate.describe.samples.model import SampleCall, SampleHeader, Secret


def write(call: SampleCall) -> tuple[str, ...]:
    """The Program.cs of a console project for .NET 7 or newer."""
    head = "// .NET 7 or newer: the Program.cs of a console project"
    return ("\n\n".join(filter(None, [head + _usings(call), _start(call), _token(call), _call(call)])),)


def literal(text: str) -> str:
    """A text as a string literal."""
    return f'"{escaped(text, C_ESCAPES, hexadecimal)}"'


def block(text: str) -> str:
    """A text as a raw string literal where it has several lines."""
    if not fits_block(text):
        return literal(text)
    longest = max((len(run) for run in re.findall('"+', text)), default=0)
    quotes = '"' * max(3, longest + 1)
    return f"{quotes}\n{text}\n{quotes}"


def _usings(call: SampleCall) -> str:
    names = ["System.Net.Http.Headers"] if call.body else []
    names += ["System.Text.Json"] if call.token else []
    return "".join(f"\nusing {name};" for name in names)


def _start(call: SampleCall) -> str:
    key = f"var key = {literal(call.credentials.key)};\n" if call.keyed else ""
    return f"{key}using var client = new HttpClient();"


def _token(call: SampleCall) -> str:
    if call.token is None:
        return ""
    fields = "".join(f"    [{literal(name)}] = {literal(value)},\n" for name, value in call.form())
    return (
        f"var form = new FormUrlEncodedContent(new Dictionary<string, string>\n{{\n{fields}}});\n"
        f"var granted = await client.PostAsync({literal(call.token.url)}, form);\n"
        "var token = JsonDocument.Parse(await granted.Content.ReadAsStringAsync())\n"
        '    .RootElement.GetProperty("access_token").GetString();'
    )


def _call(call: SampleCall) -> str:
    lines = [
        f"var request = new HttpRequestMessage(new HttpMethod({literal(call.method)}), {literal(call.url)});"
    ]
    lines += [
        f"request.Headers.TryAddWithoutValidation({literal(item.name)}, {_value(item)});"
        for item in call.headers
        if item.name != "Content-Type"
    ]
    if call.body:
        lines += [
            f"request.Content = new StringContent({block(call.body)});",
            f"request.Content.Headers.ContentType = {_media_type(call)};",
        ]
    lines += [
        "var answer = await client.SendAsync(request);",
        "Console.WriteLine((int)answer.StatusCode);",
        "Console.WriteLine(await answer.Content.ReadAsStringAsync());",
    ]
    return "\n".join(lines)


def _media_type(call: SampleCall) -> str:
    return f"MediaTypeHeaderValue.Parse({literal(call.content_type)})"


def _value(header: SampleHeader) -> str:
    if header.secret is Secret.NONE:
        return literal(header.text)
    return f"{literal(header.text)} + {header.secret}" if header.text else header.secret.value
