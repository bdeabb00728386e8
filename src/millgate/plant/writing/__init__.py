"""What writes into the plant: bodies are read into rows, rows become work, work runs in one transaction.

Nothing here does I/O. `planning.plan_write` says all that is wrong with a request before anything is opened;
the work it plans says all that is wrong with it in view of the data, and then changes rows, the audit trail
and the memory of idempotent requests together, or nothing.
"""
