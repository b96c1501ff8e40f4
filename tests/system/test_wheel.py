"""The wheel is all of nightwatt and nothing but nightwatt: it runs from anywhere."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.test_import_rules import ROOMS
from tests.system.service import ROOT, environment, running_service

OFFLINE = ("NewConnectionError", "NameResolutionError", "No matching distribution found for setuptools")


def pip(*arguments: str | Path, cwd: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    told = done.stdout + done.stderr
    if done.returncode and any(word in told for word in OFFLINE) and not os.environ.get("CI"):
        pytest.skip("no package index to take setuptools from: the wheel is not tested")
    assert done.returncode == 0, told


def files_of_the_tree() -> list[str]:
    """What belongs to the project, also what is not committed yet, but nothing that was built."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def tree() -> list[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: what belongs to the project is not known")
    return files_of_the_tree()


@pytest.fixture(scope="module")
def wheel(tree: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    for name in tree:
        (folder / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / "tree" / name)
    # A setuptools that is new enough spares the look at the package index.
    here = int(importlib.metadata.version("setuptools").partition(".")[0]) >= 77
    isolation = ["--no-build-isolation"] if here else []
    pip("wheel", ".", "--no-deps", *isolation, "--wheel-dir", folder, cwd=folder / "tree")
    (built,) = folder.glob("nightwatt-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's packages and scripts; what they need is in the environment of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    pip("install", "--no-deps", "--no-index", "--target", folder, wheel, cwd=folder)
    return folder


def run(installed: Path, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = environment(cwd / "data") | {"PYTHONPATH": str(installed)}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env=env,
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_the_wheel_holds_every_file_of_every_room(wheel: Path, tree: list[str]) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {name for name in tree if name.partition("/")[0] in ROOMS}
    assert {name.partition("/")[0] for name in wanted} == set(ROOMS)
    assert sorted(wanted - held) == []


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    held = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    (about,) = {name for name in held if name.endswith(".dist-info")}
    assert held == {*ROOMS, about}
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith((".pyc", ".db", ".duckdb"))]


def test_the_licences_come_with_it(wheel: Path) -> None:
    held = " ".join(zipfile.ZipFile(wheel).namelist())
    assert "licenses/LICENSE" in held
    assert "licenses/api/web/static/vendor/LICENSES.md" in held


@pytest.mark.parametrize("program", [["-m", "nightwatt"], ["bin/nightwatt"]], ids=" ".join)
def test_the_installed_program_explains_itself(installed: Path, tmp_path: Path, program: list[str]) -> None:
    started = [installed / part if part.startswith("bin/") else part for part in program]
    done = run(installed, *started, "--help", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "imbalance" in done.stdout


def test_the_installed_program_makes_its_database(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    program = """
import nightwatt.books, nightwatt.settings
books = nightwatt.books.open_books(nightwatt.settings.load_settings())
print(nightwatt.books.__file__, books.registry.version(), len(books.accounts.users()))
"""
    done = run(installed, "-c", program, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    where, version, users = done.stdout.split()
    assert Path(where).is_relative_to(installed)
    assert (version, users) == ("0", "0")


def test_the_installed_program_serves_its_pages(installed: Path, tmp_path: Path) -> None:
    with running_service(tmp_path, env={"PYTHONPATH": str(installed)}) as service:
        status, page = service.get("/login")
        assert status == 200
        assert b"<html" in page
        for name in ("base.css", "charts.js", "icons.svg"):
            assert service.get(f"/static/{name}")[0] == 200, name
        assert service.get("/openapi.json")[0] == 200
