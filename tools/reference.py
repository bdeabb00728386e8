"""Write the generated pages of docs/reference, or check that they are fresh.

reference.py           write them
reference.py --check   fail, naming the pages that differ from what the code says
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from millgate.cli.app import app
from millgate.core import errors, settings
from millgate.core.errors import Problem, Shape
from millgate.core.on_demand import BY_HAND, Source, source_of
from millgate.describe.model import Api, Operation
from millgate.plant import registry
from millgate.plant.resource import Field, Resource

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"
MADE = "<!-- Made from the code by `make docs`; change the code, not this page. -->\n"

STAGES = {
    "1": "The request itself",
    "2": "Credentials",
    "3": "Permission",
    "4": "Limits",
    "5": "Upstream",
    "6": "Data",
    "7": "The token service",
    "9": "Ours",
}
SHAPES = {
    Shape.MANAGED: '`{ "statusCode": …, "message": … }`',
    Shape.BEARER: '`{ "status": …, "Message": … }`',
    Shape.BACKEND: '`{"type": null, "title": …, "status": …, "detail": …, "instance": …}`',
    Shape.OAUTH: '`{"error": …, "error_description": …, "error_codes": […], …}`',
}


def main() -> int:
    """Do what the arguments say; 0 when all is well."""
    pages = {
        "settings.md": settings_page(),
        "errors.md": errors_page(),
        "cli.md": cli_page(),
        "resources.md": resources_page(),
    }
    if "--check" in sys.argv[1:]:
        return check(pages)
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (REFERENCE / name).write_text(text)
    return 0


def check(pages: dict[str, str]) -> int:
    """Name the pages that differ."""
    stale = [
        name
        for name, text in pages.items()
        if not (REFERENCE / name).exists() or (REFERENCE / name).read_text() != text
    ]
    print(
        "\n".join(f"docs/reference/{name} is out of date: make docs" for name in stale) or "Pages are fresh."
    )
    return 1 if stale else 0


def settings_page() -> str:
    """Every setting."""
    head = (
        f"# Settings\n\n{MADE}\nThe environment wins over the file, the file over the default. The file is"
        " `millgate.toml` in the home, or the one that `MILLGATE_CONFIG` names; there, names are short."
        " A setting that is wrong, or unknown, stops the start, and every fault is told at once.\n"
    )
    rows = [
        f"## `{item.variable}`\n\nIn the file: `{item.name}`. "
        + (f"Default: `{item.default}`." if item.default else "No default.")
        + f"\n\n{item.help}\n"
        for item in settings.reference()
    ]
    return "\n".join([head, *rows])


def errors_page() -> str:
    """Every error, by stage."""
    head = "Every refusal that Millgate answers. The code stands in logs and in the record of refused calls;"
    more = "How to have them on demand: [Have calls fail, and let time pass](../how-to/faults-and-clock.md)."
    parts = [f"# Errors\n\n{MADE}\n{head} clients see the status and the text. {more}\n"]
    for digit, title in STAGES.items():
        entries = [item for code, item in errors.CATALOGUE.items() if code[2] == digit]
        if entries:
            parts.append(f"## {title}\n")
            parts.extend(entry(item) for item in entries)
    return "\n".join(parts)


def entry(problem: Problem) -> str:
    """One error."""
    name = f" `{problem.title}`" if problem.title else ""
    return (
        f"### {problem.code}\n\nStatus {problem.status}{name}, as {SHAPES[problem.shape]}.\n\n"
        f"> {problem.message}\n\n{problem.remedy}\n\n{produced(problem)}\n"
    )


def produced(problem: Problem) -> str:
    """How an error comes about when somebody wants it to."""
    source = source_of(problem)
    if source is None:
        return f"To see it: {BY_HAND[problem.code]}"
    where = "a token request" if source is Source.TOKEN else "a call on the test tier"
    return f"To see it: send {where} with `X-Millgate-Fault: {problem.code}`, where that is allowed."


def resources_page() -> str:
    """Every managed operation of the built-in APIs, with its parameters."""
    head = "The built-in APIs, their operations and parameters, made from the declarations of the resources."
    rules = (
        "Each answers on the test tier as written and on the production tier without `/test`. Names of"
        " parameters are matched without regard to case; text filters take `%`; windows are half open;"
        " times need a zone."
    )
    parts = [f"# Resources\n\n{MADE}\n{head}\n{rules}\n"]
    for api in registry.apis():
        parts.append(f"## {api.name}\n\n{api.description}\n")
        parts.extend(operation(api, item) for item in api.operations)
        parts.extend(rows(item) for item in registry.RESOURCES if item.module.key == api.key)
    return "\n".join(parts)


def rows(resource: Resource) -> str:
    """The members of a resource's rows."""
    described = list(members(resource.fields))
    for item in resource.dimensions:
        fields = ", ".join(f"`{name}`" for name in item.fields)
        described.append(f"| GroupBy={item.name} | | A row for {item.doc}: {fields}. |")
    table = "\n".join(["| member | type | |", "|---|---|---|", *described])
    return f"### Rows of {resource.name}\n\nController `{resource.controller}`.\n\n{table}\n"


def members(fields: Sequence[Field], inside: str = "") -> Iterator[str]:
    """One line for each member, and for each of the rows inside it."""
    for field in fields:
        name = f"{inside}{field.name}"
        yield f"| `{name}` | {field.kind.wire_type} | {field.doc} |"
        if field.rows is not None:
            yield from members(field.rows.fields, f"{name}[].")


def operation(api: Api, item: Operation) -> str:
    """One operation."""
    rows = [
        f"| `{parameter.name}` | {parameter.place} | {parameter.type}{' *' if parameter.required else ''} "
        f"| {parameter.description} |"
        for parameter in item.parameters
    ]
    table = "\n".join(["| name | in | type (* required) | |", "|---|---|---|---|", *rows]) if rows else ""
    address = f"{item.method} /test/{api.suffix}/{api.version}{item.template}"
    return f"### {item.name}\n\n`{address}`\n\n{item.summary}\n\n{table}\n"


def cli_page() -> str:
    """Every command with its options."""
    group = cast("TyperGroup", typer.main.get_command(app))
    parts = [f"# Command line\n\n{MADE}\n{group.help}\n", *commands("millgate", group)]
    return "\n".join(parts)


def commands(path: str, group: TyperGroup) -> Iterator[str]:
    """Every command of a group, and of the groups in it."""
    for name, item in group.commands.items():
        if isinstance(item, TyperGroup):
            yield from commands(f"{path} {name}", item)
        else:
            yield command(f"{path} {name}", cast("TyperCommand", item))


def command(path: str, item: TyperCommand) -> str:
    """One command."""
    arguments = [parameter for parameter in item.params if isinstance(parameter, TyperArgument)]
    options = [option(parameter) for parameter in item.params if isinstance(parameter, TyperOption)]
    named = [f"- `{argument.name}`: {argument.help}" for argument in arguments]
    usage = " ".join([path, *(argument.name for argument in arguments)])
    return f"## `{usage}`\n\n{item.help}\n\n" + "\n".join([*named, *options]) + "\n"


def option(parameter: TyperOption) -> str:
    """One option."""
    variable = f" Variable: `{parameter.envvar}`." if parameter.envvar else ""
    return f"- `{parameter.opts[0]}`: {parameter.help}{variable}"


if __name__ == "__main__":
    sys.exit(main())
