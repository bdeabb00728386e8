"""Descriptions by others read in: OpenAPI 3.0 and 3.1 and Swagger 2.0."""

from millgate.describe.reading.description import MOCK, Imported, read_description
from millgate.describe.reading.problems import Problem

__all__ = ["MOCK", "Imported", "Problem", "read_description"]
