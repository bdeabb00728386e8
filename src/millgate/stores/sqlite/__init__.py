"""Fillings of the ports over SQLite files."""
