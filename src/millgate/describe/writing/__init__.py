"""Descriptions written for others: OpenAPI 3.1, Swagger 2.0 and WADL, and the first two as JSON and YAML."""

from millgate.describe.writing.openapi import openapi_31
from millgate.describe.writing.swagger import swagger_20
from millgate.describe.writing.texts import json_text, yaml_text
from millgate.describe.writing.wadl import wadl

__all__ = ["json_text", "openapi_31", "swagger_20", "wadl", "yaml_text"]
