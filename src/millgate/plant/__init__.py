"""Manufacturing resources: declared once, then planned, queried and answered.

`resource` holds the words of a declaration, `resources` the declarations, `registry` the list of them.
A call goes `plan` (may refuse; no I/O) → `sql` → a store → `hal`; `backend` walks that line.
"""
