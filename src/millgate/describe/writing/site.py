"""Where an API is called: the addresses and the texts that depend on the installation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from millgate.describe.model import Api, Parameter, Place, VersionScheme

_TEST: Final = "test"
_TIER_NAMES: Final = {_TEST: "Test", "production": "Production"}


class Site(msgspec.Struct, frozen=True):
    """An installation as its callers see it.

    Attributes:
        origin: scheme, host and port, without a slash at the end.
        token_url: where access tokens are had.
        resource: what a token request sends as `resource`; empty when it is not told.
    """

    origin: str
    token_url: str
    resource: str = ""


def base_of(api: Api, site: Site, tier: str) -> str:
    """The address on a tier to which templates are added."""
    version = f"/{api.version}" if api.version_scheme is VersionScheme.SEGMENT else ""
    revision = "" if api.current else f";rev={api.revision}"
    return f"{site.origin}{'/test' if tier == _TEST else ''}/{api.suffix}{version}{revision}"


def tiers_of(api: Api) -> list[str]:
    """The tiers, that of tests first: a tool that takes the first address must do no harm."""
    return sorted(api.tiers, key=lambda tier: tier != _TEST)


def tier_name(tier: str) -> str:
    """A tier as people call it."""
    return _TIER_NAMES.get(tier, tier)


def version_parameter(api: Api) -> Parameter | None:
    """The parameter that names the version, where the path does not."""
    places = {VersionScheme.QUERY: Place.QUERY, VersionScheme.HEADER: Place.HEADER}
    place = places.get(api.version_scheme)
    if place is None:
        return None
    doc = "The version of the API."
    return Parameter(
        api.version_name, place, description=doc, required=True, values=(api.version,), example=api.version
    )


def version_beside(version: Parameter | None, described: Iterable[Parameter]) -> Parameter | None:
    """The parameter that names the version, where an operation does not describe it itself."""
    if version is None or any((one.place, one.name) == (version.place, version.name) for one in described):
        return None
    return version


def key_text(api: Api) -> str:
    """What to know of the subscription key."""
    return (
        f"The key of a subscription, in the header {api.key_header}, or as {api.key_query} in the query when"
        " the header is absent. The portal shows it."
    )


def token_text(site: Site) -> str:
    """What to know of the access token."""
    resource = f" {site.resource}" if site.resource else ""
    return (
        "An access token of the grant client_credentials. The token request also sends the parameter"
        f" resource:{resource or ' the audience that the portal names'}."
    )
