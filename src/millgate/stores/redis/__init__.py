"""Fillings on Redis (or Valkey): what several workers and nodes count together."""
