"""The routes, a file for each collection or two."""
