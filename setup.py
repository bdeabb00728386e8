"""Builds Millgate as pyproject.toml says; with MILLGATE_COMPILE=1, the way of a managed call is compiled.

Nobody needs a compiler: without the variable all stays Python, and what it does is the same. What the
compiled modules bring is measured in `docs/explanation/gateway-performance.md`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from setuptools import setup

if TYPE_CHECKING:
    from setuptools import Extension

HOT: Final = (
    "assembly/front.py",
    "gateway/admissions.py",
    "gateway/limits.py",
    "gateway/matching.py",
    "gateway/plane.py",
    "gateway/upstreams/address.py",
    "gateway/upstreams/attempt.py",
    "gateway/upstreams/breaker.py",
    "gateway/upstreams/connection.py",
    "gateway/upstreams/exchange.py",
    "gateway/upstreams/forwarding.py",
    "gateway/upstreams/http.py",
    "gateway/upstreams/mock.py",
    "gateway/upstreams/names.py",
    "gateway/upstreams/returning.py",
    "gateway/upstreams/targets.py",
    "stores/counting.py",
    "stores/memory.py",
    "stores/sqlite/counters.py",
    "stores/tally.py",
    "wire/head.py",
    "wire/http1/arrivals.py",
    "wire/http1/connection.py",
    "wire/http1/heads.py",
    "wire/http1/outlet.py",
    "wire/http1/sending.py",
    "wire/intake.py",
    "wire/later.py",
    "wire/outbox.py",
)
"""The modules of the way that a managed call takes, in process and to an HTTP upstream."""


def compiled() -> list[Extension]:
    """The hot modules as extensions, if they are asked for."""
    if os.environ.get("MILLGATE_COMPILE") != "1":
        return []
    from mypyc.build import mypycify  # noqa: PLC0415 - only who compiles needs it

    return mypycify([f"src/millgate/{name}" for name in HOT])


setup(ext_modules=compiled())
