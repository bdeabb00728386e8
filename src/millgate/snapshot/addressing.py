"""Every operation at its address, on each tier; the faulty ones stay there as broken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from millgate.describe.model import Api, Operation, VersionScheme
from millgate.describe.names import PARAMETER, SEGMENT, TOKEN
from millgate.snapshot.answering import Tell, Upstreams
from millgate.snapshot.document import TIERS
from millgate.snapshot.names import address_faults, key_faults
from millgate.snapshot.routes import Broken, Route, RouteTree, VersionSet, below_version

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_TARGET: Final = re.compile(
    r"(?:/(?:[A-Za-z0-9_.~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2}|\{[A-Za-z][A-Za-z0-9]*\})*)+"
)
_NAMED: Final = frozenset({VersionScheme.QUERY, VersionScheme.HEADER})
_SHARED: Final = (
    "name",
    "suffix",
    "version",
    "version_scheme",
    "version_name",
    "tiers",
    "subscription_required",
    "bearer_required",
    "key_header",
    "key_query",
)
"""What all revisions of an API have in common; only the current one's can be changed."""


def trees(apis: tuple[Api, ...], upstreams: Upstreams, tell: Tell) -> dict[str, RouteTree]:
    """The routes of each tier. Faults are told; their addresses answer the managed 500."""
    made = {tier: RouteTree() for tier in TIERS}
    for where, why in (*_revision_faults(apis), *_version_faults(apis)):
        tell(where, why)
    for api in apis:
        if api.version_scheme in _NAMED:
            for tier in made.keys() & set(api.tiers):
                made[tier].version_sets[api.suffix] = VersionSet(api.version_scheme, api.version_name)
        _add_api(api, upstreams, made, tell)
    return made


def place_of(api: Api) -> str:
    """How faults of an API call it."""
    return f"api {api.key}" if api.current else f"api {api.key} revision {api.revision}"


def _add_api(api: Api, upstreams: Upstreams, made: Mapping[str, RouteTree], tell: Tell) -> None:
    """Put the operations of a revision at their addresses; an offline one has none, but may be faulty."""
    where, whys = place_of(api), _api_faults(api, upstreams)
    for why in whys:
        tell(where, why)
    seen: set[str] = set()
    for operation in api.operations:
        own = _operation_faults(api, operation, upstreams)
        if operation.key in seen:
            own.append("it stands twice")
        seen.add(operation.key)
        if api.online:
            broken = [*whys, *own, *upstreams.why_broken(api.upstream)]
            own.extend(_add_operation(api, operation, broken, made))
        for why in own:
            tell(f"{where}, operation {operation.key}", why)


# Revisions and versions


def _revision_faults(apis: Iterable[Api]) -> Iterator[tuple[str, str]]:
    revisions: dict[str, list[Api]] = {}
    for api in apis:
        revisions.setdefault(api.key, []).append(api)
    for key, found in revisions.items():
        numbers, current = [api.revision for api in found], [api for api in found if api.current]
        if len(set(numbers)) < len(numbers) or min(numbers) < 1:
            yield f"api {key}", "it stands twice, or has a revision below 1"
        elif len(current) != 1:
            yield f"api {key}", f"{len(current)} of its revisions are current, not one"
        else:
            for api in found:
                for name in _differing(api, current[0]):
                    yield place_of(api), f"its {name} is not that of the current revision"


def _differing(api: Api, current: Api) -> list[str]:
    return [name for name in _SHARED if getattr(api, name) != getattr(current, name)]


def _version_faults(apis: Iterable[Api]) -> Iterator[tuple[str, str]]:
    """All versions below one suffix are named in the same way, but for the original."""
    schemes: dict[str, tuple[VersionScheme, str]] = {}
    for api in apis:
        if api.version_scheme is not VersionScheme.ORIGINAL:
            mine = (api.version_scheme, api.version_name)
            other = schemes.setdefault(api.suffix, mine)
            if mine != other:
                yield place_of(api), f"another API below {api.suffix!r} names its version otherwise"


# Faults


def _api_faults(api: Api, upstreams: Upstreams) -> list[str]:
    beyond = upstreams.beyond(api)
    checks = (
        (api.upstream in upstreams, f"there is no upstream {api.upstream!r}"),
        (set(api.tiers) <= set(TIERS), f"the tiers are not among {', '.join(TIERS)}"),
        (not beyond, f"its upstream does not answer on the tier {', '.join(beyond)}"),
        (TOKEN.fullmatch(api.key_header), f"the key's header {api.key_header!r} is not a header name"),
        (api.key_query, "the key's query name is empty"),
        (
            api.version_scheme is not VersionScheme.HEADER or TOKEN.fullmatch(api.version_name),
            f"the version's header {api.version_name!r} is not a header name",
        ),
        (
            api.version_scheme is not VersionScheme.QUERY or api.version_name,
            "the version's query name is empty",
        ),
    )
    own = [why for fine, why in checks if not fine]
    if not api.operations:
        own.append("it has no operation")
    return [*key_faults(api.key), *address_faults(api.suffix, api.version), *own]


def _operation_faults(api: Api, operation: Operation, upstreams: Upstreams) -> list[str]:
    segments = operation.template.split("/")[1:]
    names = PARAMETER.findall(operation.template)
    checks = (
        (operation.method in METHODS, f"{operation.method!r} is not a method that can be published"),
        (operation.template.startswith("/"), "the template does not start with a slash"),
        (
            all(PARAMETER.fullmatch(item) or SEGMENT.fullmatch(item) for item in segments)
            or operation.template == "/",
            f"the template {operation.template!r} has a segment that is neither fixed nor one {{Parameter}}",
        ),
        (len(set(names)) == len(names), "the template names a parameter twice"),
        (
            upstreams.answers(api.upstream, operation.target),
            f"the upstream {api.upstream!r} has no operation {operation.target!r}",
        ),
    )
    own = [why for fine, why in checks if not fine]
    forwarded = _target_faults(operation.target, names) if upstreams.forwards(api.upstream) else []
    return [*key_faults(operation.key), *own, *forwarded]


def _target_faults(target: str, names: list[str]) -> list[str]:
    if not _TARGET.fullmatch(target) or "//" in target or re.search(r"/\.{1,2}(?:/|$)", target):
        return [f"the target {target!r} is not a plain path, as in /parts/{{PartKey}}"]
    unknown = sorted(set(PARAMETER.findall(target)) - set(names))
    return [f"the target names {{{name}}}, which the template does not" for name in unknown]


# Addresses


def _add_operation(
    api: Api, operation: Operation, whys: list[str], made: Mapping[str, RouteTree]
) -> Iterator[str]:
    """Put an operation at its addresses on each tier, broken when there is a reason to."""
    for tier in api.tiers:
        if tier in made:
            route = _route(api, operation, tier)
            leaf = Broken(route.path, "; ".join(whys)) if whys else route
            if not _add(made[tier], api, operation, leaf):
                yield f"another operation has the address {operation.method} {route.path}"


def _add(tree: RouteTree, api: Api, operation: Operation, leaf: Route | Broken) -> bool:
    base = _base(api)
    bases = [(*base[:-1], f"{base[-1]};rev={api.revision}")]
    if api.current:
        bases.append(base)
    free = [
        tree.add(operation.method, _versioned(api, (*start, *below)), leaf, hinted=start is base)
        for start in bases
        for below in _below(operation.template)
    ]
    return all(free)


def _below(template: str) -> list[tuple[str, ...]]:
    """The segments of a template. The API's own path is meant with a slash at its end and without."""
    segments = tuple(template[1:].split("/"))
    return [(), segments] if template == "/" else [segments]


def _base(api: Api) -> tuple[str, ...]:
    """The segments of an API's path."""
    segment = api.version_scheme is VersionScheme.SEGMENT
    return (api.suffix, api.version) if segment else (api.suffix,)


def _versioned(api: Api, segments: tuple[str, ...]) -> tuple[str, ...]:
    named = api.version_scheme in _NAMED
    return below_version(segments, api.version) if named else segments


def _route(api: Api, operation: Operation, tier: str) -> Route:
    realm = "/".join(("/test" if tier == "test" else "", *_base(api)))
    revised = realm if api.current else f"{realm};rev={api.revision}"
    return Route(
        tier=tier,
        api=api,
        operation=operation,
        names=tuple(PARAMETER.findall(operation.template)),
        path=revised + operation.template,
        realm=realm,
        key_header=api.key_header.lower(),
    )
