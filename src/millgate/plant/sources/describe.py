"""The API of a data source, described from its declaration."""

from __future__ import annotations

from millgate.describe.model import Api
from millgate.plant.registry import operation_of, schemas_of
from millgate.plant.sources.resources import resources_of
from millgate.snapshot.sources import DataSource


def api_of(source: DataSource) -> Api:
    """The API of a source, which must be without faults."""
    resources = resources_of(source)
    return Api(
        key=source.key,
        name=source.name,
        suffix=source.suffix,
        version=source.version,
        upstream=source.upstream,
        description=source.description,
        tiers=source.tiers,
        operations=tuple(
            operation_of(resource, operation) for resource in resources for operation in resource.operations
        ),
        definitions=schemas_of(resources),
    )
