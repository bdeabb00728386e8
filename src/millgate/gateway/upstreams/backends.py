"""The HTTP upstreams in force: made when a version brings them, kept while they do not change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from millgate.gateway.upstreams.forwarding import KeyNames
from millgate.gateway.upstreams.http import DEFAULT_BODY_LIMIT, HttpBackend
from millgate.snapshot.upstreams import HTTP_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from millgate.describe.calls import Backend
    from millgate.describe.model import Api
    from millgate.gateway.upstreams.address import AddressState
    from millgate.snapshot.holder import Holder
    from millgate.snapshot.model import Snapshot
    from millgate.snapshot.upstreams import HttpUpstream

_USUAL = KeyNames()


class HttpBackends(Mapping[str, "Backend"]):
    """The backends that there are besides, and one for each HTTP upstream in force.

    An upstream that a newer version leaves as it is keeps its connections and what is known of its
    health; another one's connections close behind the calls that they carry. To be used on one event loop.

    Args:
        always: the backends that are no HTTP upstream, by name.
        holder: what is in force.
        unseal: opens a sealed value that is bound to a text; raises SealBroken.
        body_limit: the largest request body in bytes.
        behind_proxies: whether an X-Forwarded-For in a request is one that our own face has verified.
    """

    def __init__(
        self,
        always: Mapping[str, Backend],
        *,
        holder: Holder,
        unseal: Callable[[bytes, str], bytes],
        body_limit: int = DEFAULT_BODY_LIMIT,
        behind_proxies: bool = False,
    ) -> None:
        self._always = always
        self._holder = holder
        self._unseal = unseal
        self._body_limit = body_limit
        self._behind_proxies = behind_proxies
        self._followed: Snapshot | None = None
        self._backends: dict[str, HttpBackend] = {}
        self._retired: set[HttpBackend] = set()
        self._key_names: dict[str, KeyNames] = {}
        self._key_names_before: dict[str, KeyNames] = {}

    def __getitem__(self, upstream: str) -> Backend:
        """The backend of this name.

        Raises:
            KeyError: there is none in force.
        """
        if not upstream.startswith(HTTP_PREFIX):
            return self._always[upstream]
        self.follow()
        return self._backends[upstream]

    def __iter__(self) -> Iterator[str]:
        """The names of all backends."""
        self.follow()
        return iter((*self._always, *self._backends))

    def __len__(self) -> int:
        """How many there are."""
        self.follow()
        return len(self._always) + len(self._backends)

    def states(self) -> list[AddressState]:
        """How the addresses of all upstreams in force are doing, for people and metrics."""
        self.follow()
        return [state for backend in self._backends.values() for state in backend.states()]

    def follow(self) -> None:
        """Have the backends of what is in force. Every look-up does; at start it begins the health checks."""
        current = self._holder.current
        if current is self._followed:
            return
        self._followed = current
        catalogue = current.document.catalogue
        # A call that was admitted by the version before may be on its way here still.
        self._key_names_before, self._key_names = self._key_names, _key_names(catalogue.apis)
        before, self._backends = self._backends, {}
        for upstream in catalogue.upstreams:
            known = before.get(upstream.upstream)
            if known is not None and known.upstream == upstream:
                self._backends[upstream.upstream] = before.pop(upstream.upstream)
            else:
                self._backends[upstream.upstream] = self._made(upstream)
        for backend in before.values():
            backend.retire()
            self._retired.add(backend)
        self._retired = {backend for backend in self._retired if backend.busy}

    def close(self) -> None:
        """End all connections, and the calls on them. Called on the loop, before it ends."""
        for backend in (*self._backends.values(), *self._retired):
            backend.close()
        self._backends.clear()
        self._retired.clear()

    def _made(self, upstream: HttpUpstream) -> HttpBackend:
        return HttpBackend(
            upstream,
            self._unseal,
            key_names=self._names_of,
            body_limit=self._body_limit,
            behind_proxies=self._behind_proxies,
        )

    def _names_of(self, api: str) -> KeyNames:
        names = self._key_names.get(api, _USUAL)
        before = self._key_names_before.get(api, names)
        if before is names or before == names:
            return names
        return KeyNames(names.headers | before.headers, names.query | before.query)


def _key_names(apis: Iterable[Api]) -> dict[str, KeyNames]:
    """Where keys are sent, by API; the revisions of one together."""
    found: dict[str, KeyNames] = {}
    for api in apis:
        names = found.get(api.key, _USUAL)
        if api.key_header.lower() in names.headers and api.key_query in names.query:
            continue
        found[api.key] = KeyNames(names.headers | {api.key_header.lower()}, names.query | {api.key_query})
    return found
