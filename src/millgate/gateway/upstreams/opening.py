"""What an upstream needs before it can be called: its secrets opened, its certificates read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from millgate.gateway.upstreams.address import trust
from millgate.snapshot.upstreams import sealed_for
from millgate.stores.sealing import SealBroken

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from millgate.snapshot.upstreams import HttpUpstream
    from millgate.wire.messages import Header


class Opened(msgspec.Struct):
    """What was found.

    Attributes:
        headers: the upstream's own, unsealed.
        tls: how its certificate is verified; None where no address needs it.
        faults: why it cannot be served (CVE-2026-27586: such an upstream is closed, not called without).
    """

    headers: tuple[Header, ...]
    tls: ssl.SSLContext | None
    faults: list[str]


def opened(upstream: HttpUpstream, unseal: Callable[[bytes, str], bytes]) -> Opened:
    """Open all that is sealed, and read the certificates."""
    faults: list[str] = []
    headers: list[Header] = []
    for header in upstream.headers:
        try:
            sealed = bytes.fromhex(header.sealed)
            value = unseal(sealed, sealed_for(upstream.key, header.name)).decode("latin-1")
        except (SealBroken, ValueError):
            faults.append(f"its header {header.name} cannot be unsealed")
            continue
        if any(char in value for char in "\r\n\0"):
            faults.append(f"its header {header.name} holds a control character")
        headers.append((header.name.lower(), value))
    return Opened(tuple(headers), _tls(upstream, faults), faults)


def _tls(upstream: HttpUpstream, faults: list[str]) -> ssl.SSLContext | None:
    urls = (url for address in upstream.addresses for url in address.urls)
    if not any(url.startswith("https:") for url in urls):
        return None
    try:
        return trust(upstream.ca_pem)
    except (OSError, ValueError) as wrong:
        faults.append(f"its certificates to trust cannot be read: {wrong}")
        return None
