"""Descriptions of large APIs, as others would write them."""

from __future__ import annotations

import json
from typing import Any, Final

METHODS: Final = ("get", "post", "put", "delete")


def description(operations: int) -> str:
    """OpenAPI 3.0 with four operations on each path, which take and give a row of a schema of its own."""
    paths, schemas = dict[str, Any](), dict[str, Any]()
    for number in range(operations):
        resource, method = divmod(number, 4)
        name = f"Thing{resource}"
        schemas[name] = _row_schema(resource)
        row = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
        paths.setdefault(f"/things{resource // 5}/kind{resource % 5}/{{key}}", {})[METHODS[method]] = {
            "operationId": f"act-{number}",
            "summary": f"Does number {number} of them.",
            "description": "It says **more**, in a sentence or two, as descriptions do. " * 3,
            "tags": [f"things{resource // 5}"],
            "parameters": [
                {"name": "key", "in": "path", "required": True, "schema": {"type": "integer"}, "example": 7},
                {"name": "limit", "in": "query", "schema": {"type": "integer"}, "description": "How many."},
            ],
            **({"requestBody": {"content": row}} if METHODS[method] in {"post", "put"} else {}),
            "responses": {"200": {"description": "A row.", "content": row}},
        }
    head = {"openapi": "3.0.3", "info": {"title": "Large", "version": "v1"}}
    return json.dumps(head | {"paths": paths, "components": {"schemas": schemas}})


def _row_schema(number: int) -> dict[str, Any]:
    members = {
        f"member{place}": {"type": "string", "description": f"Number {place} of {number}."}
        for place in range(12)
    }
    return {"type": "object", "required": ["member0"], "properties": members}
