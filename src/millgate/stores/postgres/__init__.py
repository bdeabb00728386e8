"""Fillings of the ports over PostgreSQL databases."""
