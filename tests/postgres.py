"""A real PostgreSQL for tests: on a free port of the loopback, which can be stopped, killed and started again."""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from stores.sql.engine import open_database
from tests.mosquitto import free_port

DEADLINE_S = 30
USER = "nightwatt"
MIGRATED = "migrated"

CONFIG = """\
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{folder}'
max_connections = 60
shared_buffers = 16MB
"""
HASTE = "fsync = off\nfull_page_writes = off\n"
"""Safe against whatever the tests do to the server, not against a power cut."""


class Postgres:
    """One server with its files in a folder of its own. Its databases outlive `stop` and `kill`."""

    def __init__(self, binaries: Path, folder: Path, *, config: str = HASTE) -> None:
        self._binaries, self._folder, self._config = binaries, folder, CONFIG + config
        self._process: subprocess.Popen[bytes] | None = None
        self._count = 0
        # PostgreSQL refuses to be run by root; Debian's package brings the user.
        self._user = "postgres" if os.geteuid() == 0 else None
        self.port, self.password = free_port(), secrets.token_hex(8)
        self._make()

    def start(self) -> None:
        """Returns once it takes connections."""
        assert self._process is None, "it runs already"
        with self._log_file.open("ab") as log:
            command = [str(self._binaries / "postgres"), "-D", str(self._folder / "data")]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **self._as_user())
        deadline = time.monotonic() + DEADLINE_S
        while not self._answers():
            assert self._process.poll() is None, f"postgres ended by itself:\n{self.log()}"
            assert time.monotonic() < deadline, f"postgres takes no connections:\n{self.log()}"
            time.sleep(0.05)

    def stop(self) -> None:
        """As a restart of the service does: connections are cut."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """As a power cut does: nothing is written down any more."""
        self._end(signal.SIGQUIT)

    def url(self, database: str = "postgres") -> str:
        """The address as people write it, without a driver."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def new_database(self, *, template: str = "template0") -> str:
        """The address of a new database: an empty one, or a copy of the template."""
        self._count += 1
        name = f"test_{self._count}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Whoever is connected still is cut off."""
        self.run(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    def run(self, statement: str) -> None:
        """One statement by the owner of everything, outside a transaction."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def log(self) -> str:
        return self._log_file.read_text(encoding="utf-8", errors="replace") if self._log_file.exists() else "(no log)"

    @property
    def _log_file(self) -> Path:
        return self._folder / "postgres.log"

    def _make(self) -> None:
        if self._user:
            shutil.chown(self._folder, self._user, self._user)
        password = self._folder / "password"
        password.write_text(self.password)
        password.chmod(0o644)  # the folder is nobody else's
        command = [str(self._binaries / "initdb"), "-D", str(self._folder / "data"), "--no-sync", "--locale=C.UTF-8"]
        command += ["-E", "UTF8", "-U", USER, "-A", "scram-sha-256", f"--pwfile={password}"]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, **self._as_user())
        assert done.returncode == 0, done.stderr
        config = self._config.format(port=self.port, folder=self._folder)
        with (self._folder / "data" / "postgresql.conf").open("a") as file:
            file.write(config)

    def _as_user(self) -> dict[str, Any]:
        if self._user is None:
            return {}
        return {"user": self._user, "group": pwd.getpwnam(self._user).pw_gid, "extra_groups": []}

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.url(), connect_timeout=2):
            return True
        return False

    def _end(self, by: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(by)
        try:
            self._process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


@contextlib.contextmanager
def running_postgres(*, config: str = HASTE) -> Iterator[Postgres]:
    """A started server; the test is skipped where there is no PostgreSQL (which fails it in CI)."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if not any((folder / "initdb").exists() for folder in folders):
        pytest.skip("postgresql is not installed (apt-get install postgresql)")
    # Not in tmp_path, which nobody but this user can enter; short, because the path of a socket has to be.
    with tempfile.TemporaryDirectory(prefix="nightwatt-pg-") as folder:
        server = Postgres(folders[0], Path(folder), config=config)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server that all tests share, with a migrated database to copy. Tests that stop one start their own."""
    with running_postgres() as server:
        server.run(f"CREATE DATABASE {MIGRATED} TEMPLATE template0")
        open_database(server.url(MIGRATED)).close()
        yield server
