"""Who really calls, when proxies stand in front.

Only proxies that the operator named are believed, and of them only X-Forwarded-For and X-Forwarded-Proto;
`Forwarded` (RFC 7239) is not, because a proxy that writes one of the two passes the other on as it came
(CVE-2026-40575, CVE-2022-24112).
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from millgate.wire.messages import Header

Networks: TypeAlias = tuple[IPv4Network | IPv6Network, ...]

_FOR: Final = "x-forwarded-for"
_PROTO: Final = "x-forwarded-proto"
_SCHEMES: Final = frozenset({"http", "https"})


class Caller(NamedTuple):
    """What is known of the caller.

    Attributes:
        client: its address.
        scheme: http or https, as it spoke.
        headers: of the request. When proxies are trusted, X-Forwarded-For in it is verified: the client
            and the trusted proxies behind it, the peer last; without a trusted peer there is none.
    """

    client: str
    scheme: str
    headers: tuple[Header, ...]


def caller_of(peer: str, scheme: str, headers: tuple[Header, ...], trusted: Networks) -> Caller:
    """Who calls: the right-most address of X-Forwarded-For that is not a trusted proxy's.

    Args:
        peer: the address of the connection.
        scheme: of the connection.
        headers: of the request, names in lower case.
        trusted: the proxies that are believed.
    """
    if not trusted:
        return Caller(peer, scheme, headers)
    if not _is_trusted(peer, trusted):
        return Caller(peer, scheme, _without_chain(headers))
    chain = _chain(headers, peer, trusted)
    verified = (*_without_chain(headers), (_FOR, ", ".join(chain)))
    return Caller(chain[0], _scheme(headers, scheme), verified)


def _chain(headers: tuple[Header, ...], peer: str, trusted: Networks) -> list[str]:
    """From the client to the peer."""
    said = ",".join(value for name, value in headers if name == _FOR)
    chain = [peer]
    while said:
        said, _, last = said.rpartition(",")
        address = _address(last.strip())
        if not address:
            # Whoever wrote this is the last that can be believed.
            break
        chain.append(address)
        if not _is_trusted(address, trusted):
            break
    chain.reverse()
    return chain


def _scheme(headers: tuple[Header, ...], otherwise: str) -> str:
    """As the nearest proxy says."""
    said = [value for name, value in headers if name == _PROTO]
    last = said[-1].rpartition(",")[2].strip().lower() if said else ""
    return last if last in _SCHEMES else otherwise


def _without_chain(headers: tuple[Header, ...]) -> tuple[Header, ...]:
    return tuple([header for header in headers if header[0] != _FOR])


@lru_cache(maxsize=4096)
def _is_trusted(address: str, trusted: Networks) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found.version == network.version and found in network for network in trusted)


@lru_cache(maxsize=4096)
def _address(said: str) -> str:
    """An address as proxies write it, its port left out; empty when it is none."""
    text = said
    if said.startswith("["):
        text = said[1:].partition("]")[0]
    elif said.count(":") == 1:
        text = said.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return ""
