"""`read_description(text) -> Imported`: a description by others, read as far as it goes."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from millgate.describe.model import Api, VersionScheme
from millgate.describe.reading.bounds import Unreadable
from millgate.describe.reading.extensions import said_of_api
from millgate.describe.reading.lines import lines_of
from millgate.describe.reading.naming import LONGEST_API_NAME, key_of, suffix_of, version_of
from millgate.describe.reading.nodes import Dialect, Document, Node
from millgate.describe.reading.operations import operations_of
from millgate.describe.reading.problems import Problem, Problems, shown
from millgate.describe.reading.schemas import Schemas
from millgate.describe.reading.servers import base_url_of
from millgate.describe.reading.text import decoded, tree_of

MOCK: Final = "mock"
"""The upstream of an API as long as nobody says who answers: the examples of the operations."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What was read.

    Attributes:
        api: the API as it would be, with the operations that can be imported; None when there is none at all.
            Its upstream is `mock`, unless an export of Millgate says another.
        said: the members of `api` that an export of Millgate says; the others are proposals.
        paths: by the key of an operation, its path at the upstream, with `{Name}` for parameters.
        base_url: where the described service is; empty when the description does not say it.
        form: the format, such as `OpenAPI 3.1`; empty when it is none that is known.
        problems: all that is wrong, errors first.
    """

    api: Api | None = None
    said: frozenset[str] = frozenset()
    paths: dict[str, str] = {}
    base_url: str = ""
    form: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What cannot be imported."""
        return tuple(problem for problem in self.problems if problem.error)

    @property
    def remarks(self) -> tuple[Problem, ...]:
        """What was left out or changed."""
        return tuple(problem for problem in self.problems if not problem.error)


def read_description(text: bytes | str) -> Imported:
    """Read OpenAPI 3.0 or 3.1 or Swagger 2.0, as JSON or YAML.

    It answers for every text, and tells by place what is wrong. Time and memory are bounded, whatever the
    text says: see `bounds`.
    """
    problems = Problems()
    try:
        plain = decoded(text)
        found = _read(tree_of(plain, problems), problems)
    except Unreadable as wrong:
        return Imported(problems=(Problem("", wrong.why, error=True, line=wrong.line),))
    listed = problems.listed(lines_of(plain, problems.paths()))
    return msgspec.structs.replace(found, problems=listed)


def _read(tree: Any, problems: Problems) -> Imported:  # noqa: ANN401 - whatever the text holds
    dialect = _dialect(tree, problems)
    if dialect is None:
        return Imported()
    root = Document(tree, dialect, problems).root
    schemas = Schemas(root.document)
    read = operations_of(root, schemas)
    _tell_left_out(root)
    said = said_of_api(root)
    info = root.table("info") or root.at_same_place({})
    if not root.has("info"):
        root.error("info is missing")
    proposed = _proposed(info) | said
    if not read:
        root.error("it has no operation that can be imported")
    api = Api(
        **proposed,
        operations=tuple(item.operation for item in read),
        definitions=schemas.definitions(),
    )
    return Imported(
        api=_version_named(api),
        said=frozenset(said),
        paths={item.operation.key: item.path for item in read},
        base_url=base_url_of(root),
        form=dialect.value,
    )


def _dialect(tree: Any, problems: Problems) -> Dialect | None:  # noqa: ANN401 - whatever the text holds
    if not isinstance(tree, dict):
        problems.error((), "it is not a mapping of names and values")
        return None
    version = tree.get("openapi", tree.get("swagger"))
    told = str(version) if isinstance(version, str | float) else ""
    for dialect, begins in _BEGINS.items():
        if told == begins or told.startswith(f"{begins}."):
            return dialect
    name = "openapi" if "openapi" in tree else "swagger"
    if name not in tree:
        problems.error((), "it says neither openapi nor swagger, with a version")
    else:
        problems.error((name,), f"version {shown(told)} is not read; 2.0, 3.0 and 3.1 are")
    return None


_BEGINS: Final = {Dialect.SWAGGER_20: "2.0", Dialect.OPENAPI_30: "3.0", Dialect.OPENAPI_31: "3.1"}


def _proposed(info: Node) -> dict[str, Any]:
    title = info.line("title", LONGEST_API_NAME)
    return {
        "key": key_of(title) or "api",
        "name": title or "API",
        "suffix": suffix_of(title),
        "version": version_of(info.text("version")),
        "upstream": MOCK,
        "description": info.text("description"),
    }


def _version_named(api: Api) -> Api:
    """The API, its version told by the path where what an export says of it is not whole."""
    named = api.version_scheme in {VersionScheme.QUERY, VersionScheme.HEADER}
    if not named or api.version_name:
        return api
    return msgspec.structs.replace(api, version_scheme=VersionScheme.SEGMENT)


def _tell_left_out(root: Node) -> None:
    """Tell of what a description may say and an API of ours has no place for."""
    for hook in root.tables("webhooks"):
        hook.remark("webhooks are left out")
    if root.has("x-millgate"):
        return
    components = root.table("components") if root.has("components") else root
    if components is None:
        return
    name = "securityDefinitions" if root.document.dialect is Dialect.SWAGGER_20 else "securitySchemes"
    for scheme in components.tables(name):
        scheme.remark(_scheme(scheme))


def _scheme(scheme: Node) -> str:
    kind = scheme.text("type")
    if kind == "apiKey":
        place = f"{scheme.line('in', 20)} {shown(scheme.text('name'))}"
        return (
            f"an API key in {place}: callers send a subscription key of ours instead;"
            " the upstream's own key can be one of its headers"
        )
    if kind in {"oauth2", "openIdConnect", "http", "basic"}:
        return f"{kind}: callers send an access token of ours instead"
    return "this way to sign in is left out; callers send a subscription key and an access token of ours"
