"""What keys, segments of addresses, parameters and headers may be called."""

from __future__ import annotations

import re
from typing import Final

KEY: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SEGMENT: Final = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9_.~-]*")
"""A fixed segment of a path."""
PARAMETER: Final = re.compile(r"\{([A-Za-z][A-Za-z0-9]*)\}")
"""A segment of a template that a call fills in."""
TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""The name of a header (RFC 9110 section 5.6.2)."""
