"""Millgate: an open, self-hosted API platform for manufacturing data."""

from importlib.metadata import version

__version__ = version("millgate")
