"""The API reference: APIs, operations, schemas, errors, and finding them.

Everything is read from the snapshot in force, so a page says what a call meets.
"""
