"""Where the described service is: the address that an upstream would have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from millgate.describe.reading.nodes import Dialect, Node
from millgate.describe.reading.problems import shown

_VARIABLE: Final = re.compile(r"\{([^{}]{1,100})\}")
_LONGEST: Final = 2000
_WEB: Final = ("https://", "http://")


def base_url_of(root: Node) -> str:
    """The first https address, else the first http one, no slash at its end; empty when there is none."""
    swagger = root.document.dialect is Dialect.SWAGGER_20
    urls = list(_host(root) if swagger else _servers(root))
    secure = [url for url in urls if url.startswith("https://")]
    return next(iter([*secure, *urls]), "")


def _servers(root: Node) -> Iterator[str]:
    for server in root.items("servers"):
        if server.as_table() is None:
            continue
        url = _filled(server).rstrip("/")
        if url.lower().startswith(_WEB) and len(url) <= _LONGEST:
            if not _VARIABLE.search(url):
                yield url
        elif url:
            server.remark(f"{shown(url)} is no http or https address, and is left out")


def _filled(server: Node) -> str:
    """The address of a server, its variables filled with their defaults."""
    variables = server.table("variables")
    found = {item.name: item for item in variables.entries()} if variables is not None else {}

    def default(match: re.Match[str]) -> str:
        variable = found.get(match[1])
        if variable is None or variable.as_table() is None:
            server.remark(f"its variable {shown(match[1])} has no default, and it is left out")
            return match[0]
        return variable.text("default")[:_LONGEST]

    return _VARIABLE.sub(default, server.text("url")[: _LONGEST + 1])


def _host(root: Node) -> Iterator[str]:
    host, base = root.text("host"), root.text("basePath")
    schemes = root.texts("schemes") or ["https"]
    for scheme in schemes:
        if host and scheme in {"https", "http"}:
            yield f"{scheme}://{host}/{base.strip('/')}".rstrip("/")[: _LONGEST + 1]
