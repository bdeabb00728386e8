"""The extensions of our exports: what OpenAPI, Swagger and WADL have no word for.

Whoever reads an export back needs six rules:

1. `x-millgate-own` stands on what we added or changed: a response, a request body, a parameter. Its value is
   what the API itself says in that place, or null where it says nothing.
2. `x-millgate-parameter` on a parameter, or on a header of a response, is the whole `model.Parameter`, or,
   without a `place`, its name alone. In Swagger 2.0 it has no schema, here and in rule 3.
3. `x-millgate-parameter` on a request body lists the parameters of the body as `model.Parameter` has them,
   for they are behind all others; only the internal form has it.
4. `x-millgate-template` on an operation is its own template, where the path above it names a parameter
   otherwise; `x-millgate-key`, `x-millgate-name` and `x-millgate-target` are members of `model.Operation`.
5. `x-millgate-deprecated` on an operation is its own flag, where it is deprecated with its API alone.
6. `x-millgate` at the root has the members of `model.Api`, written like `keyHeader`; `operations` there lists
   the keys in their order, where the paths do not have it.
"""

from __future__ import annotations

from typing import Final

API: Final = "x-millgate"
KEY: Final = "x-millgate-key"
NAME: Final = "x-millgate-name"
TARGET: Final = "x-millgate-target"
DEPRECATED: Final = "x-millgate-deprecated"
TEMPLATE: Final = "x-millgate-template"
PARAMETER: Final = "x-millgate-parameter"
OWN: Final = "x-millgate-own"
