"""Mixed traffic does not fill a server's memory: a short run of what `bench/soak.py` does for an hour."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from support.served import environment

SOAK = Path(__file__).parents[2] / "bench" / "soak.py"
ROUNDS = 4
CALLS = 1_500
MOST_GROWTH_MEGABYTES = 5.3
"""Less than two kilobytes for each call after the second round: nothing is kept of a call. Before, caches fill."""


def test_memory_does_not_grow_with_calls_and_publications(home: Path, tmp_path: Path) -> None:
    numbers = tmp_path / "numbers.json"
    arguments = ["--rounds", str(ROUNDS), "--calls", str(CALLS), "--home", str(home), "--json", str(numbers)]
    subprocess.run([sys.executable, SOAK, *arguments], env=environment(home), check=True, timeout=300)

    soaked = json.loads(numbers.read_text())
    assert soaked["calls"] >= ROUNDS * CALLS * 0.99
    assert {"200", "400", "401", "403", "404", "429"} <= set(soaked["answers"])
    assert "500" not in soaked["answers"]
    assert soaked["memory"][-1] - soaked["memory"][1] < MOST_GROWTH_MEGABYTES
