"""`millgate export`, `diff` and `apply`, as an operator types them, beside a running server."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from support.served import millgate, running

if TYPE_CHECKING:
    from pathlib import Path

PASSPHRASE = "five kind words for us"
NOT_SECRET = (
    *("ORIGIN", "TENANT", "CLIENT_ID", "RESOURCE", "EMAIL", "CALLS", "REDIRECT_URI"),
    *("USER_ID", "COMPANY_CODE", "ACTION_APPLICATION"),
)


def texts(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_bytes().decode()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def empty(migrated_once: Path, tmp_path: Path) -> Path:
    """Another installation, just migrated."""
    home = tmp_path / "other"
    shutil.copytree(migrated_once, home)
    return home


def test_a_demo_moves_to_another_installation_with_all_its_secrets(home: Path, tmp_path: Path) -> None:
    first, second, empty = tmp_path / "first", tmp_path / "second", tmp_path / "other"
    empty.mkdir()
    shutil.copy(home / "master.key", empty / "master.key")
    millgate(empty, "migrate")
    exported = millgate(home, "export", str(first), "--secrets", "sealed")
    applied = millgate(empty, "apply", str(first), "--yes", "--prune", "--publish")
    millgate(empty, "export", str(second), "--secrets", "sealed")

    assert "secrets sealed under the master key" in exported.stdout
    assert applied.returncode == 0, applied.stderr
    assert texts(second) == texts(first)
    shutil.copy(home / "demo.env", empty / "demo.env")
    for name in ("plant.db", "plant_test.db"):
        shutil.copy(home / name, empty / name)
    with running(empty, command="serve") as server, server.client() as client:
        assert client.get("/test/Platform/v1/CompanyProfile").status_code == 200


def test_no_secret_of_the_demo_stands_in_an_export(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "decided"
    millgate(home, "export", str(folder), "--secrets", "sealed")
    lines = [line.partition("=") for line in (home / "demo.env").read_text().splitlines() if "=" in line]
    secrets = {
        name: value.strip("'\"")
        for name, _, value in lines
        if not name.endswith(NOT_SECRET) and value.strip("'\"")
    }
    text = "".join(texts(folder).values())

    assert len(secrets) >= 5
    assert [name for name, value in secrets.items() if value in text] == []
    assert "PRIVATE KEY" not in text
    assert not re.search(r"pbkdf2_|argon2|scrypt\$", text)


def test_a_passphrase_moves_secrets_to_another_master_key(home: Path, empty: Path, tmp_path: Path) -> None:
    folder = tmp_path / "decided"
    millgate(home, "export", str(folder), "--secrets", "sealed", MILLGATE_EXPORT_PASSPHRASE=PASSPHRASE)
    once = texts(folder)
    millgate(home, "export", str(folder), "--secrets", "sealed", MILLGATE_EXPORT_PASSPHRASE=PASSPHRASE)
    without = millgate(empty, "diff", str(folder))
    wrong = millgate(empty, "apply", str(folder), "--yes", MILLGATE_EXPORT_PASSPHRASE="not five kind words")
    right = millgate(empty, "apply", str(folder), "--yes", MILLGATE_EXPORT_PASSPHRASE=PASSPHRASE)

    assert texts(folder) == once
    assert (without.returncode, "MILLGATE_EXPORT_PASSPHRASE" in without.stderr) == (2, True)
    assert (wrong.returncode, wrong.stderr) == (2, "secrets.yaml:2: it was sealed under another passphrase\n")
    assert right.returncode == 0, right.stderr
    assert "Client secrets were left out" in right.stdout
    assert "person admin@localhost" in right.stdout


def test_blocking_a_person_in_a_file_acts_on_a_running_server(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "decided"
    with running(home) as server, server.client() as client:
        assert client.get("/test/Platform/v1/CompanyProfile").status_code == 200
        millgate(home, "export", str(folder))
        assert millgate(home, "diff", str(folder)).returncode == 0
        people = folder / "people.yaml"
        people.write_text(
            people.read_text().replace("- user_id: developer\n", "- user_id: developer\n  state: blocked\n")
        )
        shown = millgate(home, "diff", str(folder))
        refused = millgate(home, "apply", str(folder))
        applied = millgate(home, "apply", str(folder), "--yes")
        status = 200
        for _ in range(200):
            status = client.get("/test/Platform/v1/CompanyProfile").status_code
            if status != 200:
                break

    assert shown.returncode == 1
    assert shown.stdout.splitlines() == [
        "~ changed person developer",
        '    state: "active" → "blocked"',
    ]
    assert refused.returncode == 1
    assert applied.returncode == 0, applied.stderr
    assert status == 401


def test_faults_are_told_and_nothing_is_changed(empty: Path, tmp_path: Path) -> None:
    folder, again = tmp_path / "decided", tmp_path / "again"
    millgate(empty, "export", str(folder))
    before = texts(folder)
    (folder / "roles.yaml").write_text(before["roles.yaml"].replace("key: quality", "key: Quality!"))
    (folder / "companies.yaml").write_text("- pcn: 1\n")
    told = millgate(empty, "apply", str(folder), "--yes")
    millgate(empty, "export", str(again))
    elsewhere = millgate(empty, "export", str(empty))

    assert told.returncode == 2
    assert told.stderr.splitlines() == [
        "companies.yaml:1: tenant_id is missing",
        "companies.yaml:1: code is missing",
        "companies.yaml:1: name is missing",
    ]
    assert texts(again) == before
    assert (elsewhere.returncode, "--force" in elsewhere.stderr) == (2, True)
