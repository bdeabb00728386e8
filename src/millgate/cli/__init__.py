"""The command line: arguments in, assembly called."""

from millgate.cli.app import main

__all__ = ["main"]
