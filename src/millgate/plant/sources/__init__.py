"""Somebody's own tables and views as resources: declarations read, drafted, described and answered."""
