"""Asking people: what programs want to do as them, and what they allowed."""
