"""The composition root: settings → stores → holder → planes → one server."""
