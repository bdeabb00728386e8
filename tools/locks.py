"""Resolve the lock files, or check them.

A lock file is a hashed requirements file: names, versions and hashes, and no registry's address.

    locks.py           resolve all files again, keeping versions that still satisfy pyproject.toml
    locks.py --check   every requirement of pyproject.toml is locked, satisfied and hashed
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
LOCKS = {"run": ("build",), "dev": ("build", "dev"), "bench": ("build", "bench")}
ENTRY = re.compile(
    r"^([A-Za-z0-9_.-]+)==(\S+)((?:.*\\\n)(?:\s+--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)?", re.MULTILINE
)


def main() -> int:
    """Do what the arguments say; 0 when all is well."""
    if "--check" in sys.argv[1:]:
        faults = [fault for name, groups in LOCKS.items() for fault in check(name, groups)]
        print("\n".join(faults) or "The lock files fit pyproject.toml.")
        return 1 if faults else 0
    for name, groups in LOCKS.items():
        resolve(name, groups)
    return 0


def resolve(name: str, groups: tuple[str, ...]) -> None:
    """Write one lock file."""
    chosen = [argument for group in groups for argument in ("--group", group)]
    command = [
        str(Path(sys.executable).with_name("uv")),
        *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"),
        *("--custom-compile-command", "make lock", "pyproject.toml", *chosen),
        *("-o", f"requirements/{name}.txt"),
    ]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - our own arguments


def check(name: str, groups: tuple[str, ...]) -> list[str]:
    """The faults of one lock file."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    locked = {normal(found[1]): (found[2], found[3]) for found in ENTRY.finditer(text)}
    faults = [
        f"{name}.txt names an address" for line in text.splitlines() if "://" in line or "index-url" in line
    ]
    faults += [f"{name}.txt: {package} has no hash" for package, (_, hashes) in locked.items() if not hashes]
    for requirement in wanted(groups):
        version = locked.get(normal(requirement.name), ("", ""))[0]
        if not version or not requirement.specifier.contains(version, prereleases=True):
            faults.append(
                f"{name}.txt has {requirement.name} {version or 'not at all'}, wanted {requirement}"
            )
    return faults


def wanted(groups: tuple[str, ...]) -> list[Requirement]:
    """What pyproject.toml asks for."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lists = [project["project"]["dependencies"], *(project["dependency-groups"][group] for group in groups)]
    return [Requirement(text) for items in lists for text in items]


def normal(name: str) -> str:
    """A package's name in its normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
