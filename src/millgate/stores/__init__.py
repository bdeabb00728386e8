"""Ports of what machines keep, and their fillings. Only assembly names a filling."""
