"""The tables of the token service: what people allowed programs, and what is revoked."""
