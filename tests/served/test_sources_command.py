"""`millgate sources`: from somebody's database to a published API, by commands alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.own_database import changed, order_book
from support.served import millgate, running

if TYPE_CHECKING:
    from pathlib import Path

COMPANY = 100_137
"""The sample company, in which the demo's application acts."""
PASSWORD = "s3cret-word"


@pytest.fixture
def erp(tmp_path: Path) -> Path:
    return order_book(tmp_path / "erp.db")


def test_inspect_check_put_and_publish(migrated: Path, erp: Path, tmp_path: Path) -> None:
    file = tmp_path / "erp.toml"
    inspected = millgate(migrated, "sources", "inspect", f"sqlite://{erp}", "--output", str(file))
    checked = millgate(migrated, "sources", "check", str(file))
    added = millgate(migrated, "sources", "put", str(file), "--url", f"sqlite://{erp}")
    file.write_text(file.read_text().replace('name = "Erp"', 'name = "ERP orders"'))
    published = millgate(migrated, "sources", "put", str(file), "--publish")
    again = millgate(migrated, "sources", "put", str(file))

    assert inspected.returncode == 0, inspected.stderr
    assert (checked.returncode, checked.stdout) == (0, f"{file}: erp, 1 resources, no fault.\n")
    assert added.stdout.splitlines() == [
        "Data source erp: added.",
        "It takes effect when the catalogue is published.",
    ]
    assert '-name = "Erp"' in published.stdout
    assert '+name = "ERP orders"' in published.stdout
    assert "Data source erp: changed." in published.stdout
    assert "is in force." in published.stdout
    assert "Data source erp: unchanged." in again.stdout


def test_inspect_writes_yaml_when_the_file_says_so(migrated: Path, erp: Path, tmp_path: Path) -> None:
    file = tmp_path / "erp.yaml"
    millgate(migrated, "sources", "inspect", f"sqlite://{erp}", "--output", str(file))

    assert file.read_text().splitlines()[1] == "key: erp"
    assert millgate(migrated, "sources", "check", str(file)).returncode == 0


def test_check_tells_every_fault_and_fails(migrated: Path, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text('key = "erp"\nname = "ERP"\nsuffix = "portal"\nseconds = 900\n')
    done = millgate(migrated, "sources", "check", str(file))

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 3


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("inspect", "sqlite:nowhere.db"), "No such file or directory"),
        (("inspect", "oracle://x"), "expected sqlite:///absolute/path.db"),
        (("inspect", "sqlite:control.db"), "Millgate's own"),
        (("inspect", f"postgresql://u:{PASSWORD}@127.0.0.1:1/x"), ""),
        (("inspect", "sqlite:erp.db", "--table", "nothing"), "There is no table or view nothing."),
        (("inspect", "sqlite:erp.db", "--format", "xml"), "There is no format xml; choose toml or yaml."),
        (("check", "nowhere.toml"), "nowhere.toml: No such file or directory"),
        (("put", "nowhere.toml"), "nowhere.toml: No such file or directory"),
    ],
)
def test_what_cannot_be_done_is_one_line_without_a_password(
    migrated: Path, arguments: tuple[str, ...], why: str
) -> None:
    if not (migrated / "erp.db").exists():
        order_book(migrated / "erp.db")
    done = millgate(migrated, "sources", *arguments)

    assert done.returncode == 1
    assert why in done.stderr
    assert "Traceback" not in done.stderr
    assert PASSWORD not in done.stderr + done.stdout


def test_put_refuses_with_every_fault_and_changes_nothing(migrated: Path, erp: Path, tmp_path: Path) -> None:
    file = tmp_path / "erp.toml"
    millgate(migrated, "sources", "inspect", f"sqlite://{erp}", "--output", str(file))
    file.write_text(file.read_text().replace('key = "erp"', 'key = "other"', 1))
    wrong = f"postgresql://u:{PASSWORD}@127.0.0.1/x"
    done = millgate(migrated, "sources", "put", str(file), MILLGATE_SOURCE_URL=wrong)
    taken = millgate(
        migrated, "sources", "put", str(file), "--url", f"sqlite://{erp}", "--test-url", "sqlite:usage.db"
    )

    assert (done.returncode, done.stderr) == (1, "The declaration is for sqlite.\n")
    assert (taken.returncode, taken.stderr) == (1, "usage.db is Millgate's own, and no data source\n")


def test_put_into_a_home_without_tables_says_what_to_do(tmp_path: Path, erp: Path) -> None:
    home, file = tmp_path / "bare", tmp_path / "erp.toml"
    millgate(home, "sources", "inspect", f"sqlite://{erp}", "--output", str(file))
    done = millgate(home, "sources", "put", str(file), "--url", f"sqlite://{erp}")

    assert done.returncode == 1
    assert "millgate migrate" in done.stderr


def test_a_table_is_served_and_a_changed_column_is_noticed(home: Path, erp: Path, tmp_path: Path) -> None:
    """The whole way, in a running server: put, publish, grant by the role of everyone, call, break, mend."""
    changed(erp, f"UPDATE order_book SET company = {COMPANY}")  # noqa: S608 - a number of ours
    file = tmp_path / "erp.toml"
    millgate(home, "sources", "inspect", f"sqlite://{erp}", "--output", str(file))
    # Everyone reads Parts in a new installation, so that no role needs to be changed here.
    file.write_text(file.read_text().replace('key = "order_id"', 'key = "order_id"\ncontroller = "Parts"', 1))
    with running(home) as server:
        put = millgate(home, "sources", "put", str(file), "--test-url", f"sqlite://{erp}", "--publish")
        assert put.returncode == 0, put.stderr
        with server.client() as client:
            answer = client.get("/test/Erp/v1/OrderBook?limit=1")
            for _ in range(200):
                if answer.status_code != 404:
                    break
                answer = client.get("/test/Erp/v1/OrderBook?limit=1")
            assert answer.json()["total"] == 120, answer.text
            changed(erp, "ALTER TABLE order_book DROP COLUMN quantity")
            assert client.get("/test/Erp/v1/OrderBook").json()["detail"] == "quantity"
            changed(erp, "ALTER TABLE order_book ADD COLUMN quantity REAL")
            assert client.get("/test/Erp/v1/OrderBook").status_code == 200
