"""Exported definitions are what tools for Node.js take them for, and a client made from one calls the gateway."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import httpx

from millgate.describe.reading import read_description
from millgate.describe.writing import json_text, openapi_31, swagger_20
from support.foreign_apis import HOSTILE_API, imported_apis
from support.libraries import node_command
from support.made_up import SITE
from support.served import environment

if TYPE_CHECKING:
    from pathlib import Path

    from support.served import Served

FORMS = ("openapi.json", "swagger.json")


def ran(server: Served, node: Path, *program: str) -> dict[str, Any]:
    """What a program for Node.js prints that knows `demo.env`."""
    variables = {f"MILLGATE_{name}": value for name, value in server.env.items()}
    done = subprocess.run(
        node_command(node, [*program]),
        capture_output=True,
        text=True,
        check=False,
        cwd=node,
        timeout=100,
        env=environment(server.home, **variables),
    )
    assert done.returncode == 0, done.stderr
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return printed


def exported(server: Served) -> dict[str, bytes]:
    """All definitions of the demo's portal, by the name of a file."""
    with httpx.Client(base_url=f"{server.origin}/portal/", timeout=30) as client:
        found = client.get("search/index.json").json()["entries"]
        keys = [address.split("/")[3] for kind, _, _, address, *_ in found if kind == "api"]
        assert len(keys) > 5
        files = {f"{key}.{form}": client.get(f"apis/{key}/{form}").content for key in keys for form in FORMS}
        actions = f"{server.origin}/documentation"
        direct = {f"direct.{form}": client.get(f"{actions}/{form}").content for form in FORMS}
        return files | direct


def written() -> dict[str, bytes]:
    """What we write of APIs that others described, by the name of a file."""
    hostile = read_description(json_text(openapi_31(HOSTILE_API, **SITE))).api
    assert hostile is not None
    files = {}
    for name, api in (imported_apis() | {"hostile": HOSTILE_API, "hostile-read-in": hostile}).items():
        files[f"{name}.openapi.json"] = json_text(openapi_31(api, **SITE))
        files[f"{name}.swagger.json"] = json_text(swagger_20(api, **SITE))
    return files


def test_swagger_parser_finds_every_definition_valid(demo: Served, node: Path, tmp_path: Path) -> None:
    files = exported(demo) | written()
    spoilt = json.loads(files["part-list.swagger.json"])
    spoilt["info"].pop("title")
    files["spoilt.json"] = json.dumps(spoilt).encode()
    for name, text in files.items():
        (tmp_path / name).write_bytes(text)
    printed = ran(demo, node, "definitions.mjs", str(tmp_path))

    assert printed["checked"] == len(files)
    assert list(printed["wrong"]) == ["spoilt.json"], printed["wrong"]


def test_a_client_that_was_generated_from_a_definition_calls_the_gateway(demo: Served, node: Path) -> None:
    """openapi-typescript and openapi-fetch, compiled by tsc: typed rows, and a refusal with its words."""
    printed = ran(demo, node, "generated-client.mjs")

    assert (printed["status"], printed["count"], len(printed["quantities"])) == (200, 2, 2)
    assert all(isinstance(quantity, int | float) for quantity in printed["quantities"])
    assert printed["refused"] == 404
    assert printed["detail"].startswith("Resource not found.")
