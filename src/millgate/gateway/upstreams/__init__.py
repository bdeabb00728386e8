"""Upstreams at work: HTTP services behind pooled connections, and mocks that answer with examples."""
