"""The history of the audit log's table."""
