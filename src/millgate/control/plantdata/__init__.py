"""The plant's tables: Django owns their shape, the machine side reads and writes their rows by SQL."""
