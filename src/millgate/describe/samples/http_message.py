"""A call as the message that goes over the wire."""

from __future__ import annotations

from urllib.parse import urlsplit

from millgate.describe.samples.model import SampleCall, SampleHeader, Secret


def write(call: SampleCall) -> tuple[str, ...]:
    """The request; its Content-Length is left to whoever sends it."""
    parts = urlsplit(call.url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = [f"{call.method} {target} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{header.name}: {_value(call, header)}" for header in call.headers]
    return ("\n".join([*lines, "", call.body]) if call.body else "\n".join(lines),)


def _value(call: SampleCall, header: SampleHeader) -> str:
    secrets = {Secret.KEY: call.credentials.key, Secret.TOKEN: call.credentials.token}
    return header.text + secrets.get(header.secret, "")
