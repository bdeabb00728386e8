"""A call in Java with java.net.http."""

from __future__ import annotations

from typing import Final

from millgate.describe.samples.literals import C_ESCAPES, escaped, fits_block, surrogates
from millgate.describe.samples.model import SampleCall, SampleHeader, Secret

_IMPORTS: Final = (
    "java.net.URI",
    "java.net.http.HttpClient",
    "java.net.http.HttpRequest",
    "java.net.http.HttpRequest.BodyPublishers",
    "java.net.http.HttpResponse.BodyHandlers",
)
_FOR_TOKENS: Final = (
    "java.net.URLEncoder",
    "java.util.Map",
    "java.util.regex.Pattern",
    "java.util.stream.Collectors",
)
_UTF_8: Final = "import static java.nio.charset.StandardCharsets.UTF_8;\n\n"


def write(call: SampleCall) -> tuple[str, ...]:
    """A program of one file for Java 15 or newer."""
    names = sorted([*_IMPORTS, *(_FOR_TOKENS if call.token else ())])
    imports = (_UTF_8 if call.token else "") + "\n".join(f"import {name};" for name in names)
    sections = [_start(call), _token(call), _body(call), _call(call)]
    return (
        f"// Java 15 or newer: java Sample.java\n{imports}\n\n"
        "public class Sample {\n    public static void main(String[] args) throws Exception {\n"
        + "\n\n".join(filter(None, sections))
        + "\n    }\n}",
    )


def literal(text: str) -> str:
    """A text as a string literal."""
    return f'"{escaped(text, C_ESCAPES, surrogates)}"'


def block(text: str) -> str:
    """A text as a text block where it has several lines and none of them would lose spaces."""
    lines = text.split("\n")
    kept = not lines[0].startswith(" ") and not any(line.endswith(" ") for line in lines)
    if not kept or not fits_block(text) or not lines[0]:
        return literal(text)
    inner = text.replace("\\", "\\\\")
    if '"""' in text or text.endswith('"'):
        inner = inner.replace('"', '\\"')
    indent = " " * 12
    return '"""\n' + "\n".join(indent + line if line else "" for line in inner.split("\n")) + '"""'


def _start(call: SampleCall) -> str:
    key = f"        String key = {literal(call.credentials.key)};\n" if call.keyed else ""
    return f"{key}        HttpClient client = HttpClient.newHttpClient();"


def _token(call: SampleCall) -> str:
    if call.token is None:
        return ""
    fields = ",\n".join(f"            {literal(name)}, {literal(value)}" for name, value in call.form())
    return (
        f"        Map<String, String> fields = Map.of(\n{fields});\n"
        "        String form = fields.entrySet().stream()\n"
        '            .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), UTF_8))\n'
        '            .collect(Collectors.joining("&"));\n'
        f"        HttpRequest grant = HttpRequest.newBuilder(URI.create({literal(call.token.url)}))\n"
        '            .header("Content-Type", "application/x-www-form-urlencoded")\n'
        "            .POST(BodyPublishers.ofString(form))\n            .build();\n"
        "        String granted = client.send(grant, BodyHandlers.ofString()).body();\n"
        '        String token = Pattern.compile("\\"access_token\\": *\\"([^\\"]*)\\"").matcher(granted)\n'
        "            .results().findFirst().orElseThrow().group(1);"
    )


def _body(call: SampleCall) -> str:
    return f"        String body = {block(call.body)};" if call.body else ""


def _call(call: SampleCall) -> str:
    headers = "".join(f"            .header({literal(item.name)}, {_value(item)})\n" for item in call.headers)
    sent = "BodyPublishers.ofString(body)" if call.body else "BodyPublishers.noBody()"
    return (
        f"        HttpRequest request = HttpRequest.newBuilder(URI.create({literal(call.url)}))\n{headers}"
        f"            .method({literal(call.method)}, {sent})\n            .build();\n"
        "        var answer = client.send(request, BodyHandlers.ofString());\n"
        "        System.out.println(answer.statusCode());\n"
        "        System.out.println(answer.body());"
    )


def _value(header: SampleHeader) -> str:
    if header.secret is Secret.NONE:
        return literal(header.text)
    return f"{literal(header.text)} + {header.secret}" if header.text else header.secret.value
