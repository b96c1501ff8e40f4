"""The schema that migrations make is the one the program works with; odd databases are refused in words."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from core.errors import SetupError
from stores.sql.engine import Database, open_database
from stores.sql.schema import current_revision
from stores.sql.tables import metadata

ROOT = Path(__file__).parents[2]
HEAD = max(path.name[:4] for path in (ROOT / "stores/sql/migrations/versions").glob("[0-9]*.py"))


def test_the_migrated_schema_is_the_one_the_program_works_with(empty: Database) -> None:
    with empty.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_comparison_would_see_a_missing_column_and_index(empty: Database) -> None:
    with empty.write() as connection:
        connection.exec_driver_sql("ALTER TABLE enterprises DROP COLUMN officer")
        connection.exec_driver_sql("DROP INDEX ix_alarms_state")
    with empty.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert {difference[0] for difference in differences} == {"add_column", "add_index"}


def test_opening_again_changes_nothing(empty: Database, url: str) -> None:
    again = open_database(url)
    with again.read() as connection:
        assert current_revision(connection) == HEAD
    again.close()


def test_opening_by_many_at_once_migrates_once(url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        for database in pool.map(open_database, [url] * 4):
            with database.read() as connection:
                assert current_revision(connection) == HEAD
            database.close()


def test_sqlite_is_set_up_to_lose_nothing(sqlite_url: str) -> None:
    empty = open_database(sqlite_url)
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    with empty.read() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
    empty.close()
    assert found == wanted


def test_a_database_of_a_newer_version_is_refused(empty: Database, url: str) -> None:
    with empty.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SetupError, match=r"newer nightwatt \(schema 9999.*restore a backup"):
        open_database(url)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:////no/such/folder/x.db", "check that its folder exists"),
        ("sqlite://", "needs a file"),
        ("not a url", "database address"),
        ("nosuch://somewhere/db", "database address"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_in_one_line(url: str, words: str) -> None:
    with pytest.raises(SetupError, match=words) as raised:
        open_database(url)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Sir or Madam" * 100)
    with pytest.raises(SetupError, match="not a database"):
        open_database(f"sqlite:///{file}")
    assert file.read_text().startswith("Dear Sir")


def test_a_password_in_the_address_is_not_shown() -> None:
    with pytest.raises(SetupError) as raised:
        open_database("nosuch://someone:s3cret@somewhere/db")
    assert "s3cret" not in str(raised.value)


def test_migrations_are_found_wherever_the_package_lies(tmp_path: Path) -> None:
    for room in ("core", "stores"):
        shutil.copytree(ROOT / room, tmp_path / "elsewhere" / room, ignore=shutil.ignore_patterns("__pycache__"))
    program = "import sys; from stores.sql.engine import open_database as o; o(sys.argv[1]).close()"
    address = f"sqlite:///{tmp_path / 'x.db'}"
    subprocess.run([sys.executable, "-c", program, address], check=True, cwd=tmp_path / "elsewhere")
    database = open_database(address)
    with database.read() as connection:
        assert current_revision(connection) == HEAD
    database.close()
