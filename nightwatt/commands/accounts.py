"""Commands on the database: registry import, users, tokens. They work beside a running service (SQLite in WAL)."""

import getpass
import json
import sys
import time
from pathlib import Path

from api.passwords import hash_password, hash_secret, new_secret
from core.errors import SetupError
from core.jurisdiction import Role
from nightwatt.books import Books, open_books
from nightwatt.settings import Settings
from registry.read import read_registry

LONGEST_NAME = 64
"""More is cut off where somebody signs in."""


def import_registry(settings: Settings, path: Path) -> int:
    """Read, check and save a registry; RegistryErrors where anything is wrong, and then nothing is saved."""
    found = read_registry(path)
    books = _books(settings)
    try:
        changed = books.registry.save(found, by="import", now=_now())
        books.audit.write(at=_now(), actor=getpass.getuser(), action="import", subject=str(path))
        counts = {
            name: len(getattr(found, name))
            for name in ("enterprises", "lines", "facilities", "meters", "thresholds", "filings", "orders", "presets")
        }
        print(json.dumps(counts | {"changed": changed, "version": books.registry.version()}))
    finally:
        books.database.close()
    return 0


def add_user(
    settings: Settings, username: str, *, role: str, district: str | None, name: str | None, password_file: str | None
) -> int:
    """Add a user; SetupError says what is wrong."""
    try:
        chosen = Role(role)
    except ValueError as error:
        raise SetupError(f"role is one of {', '.join(r.value for r in Role)}, not {role!r}") from error
    if chosen is Role.INSPECTOR and not district:
        raise SetupError("an inspector needs --district, and sees nothing without one")
    if not 0 < len(username) <= LONGEST_NAME or not username.isprintable() or username != username.strip():
        raise SetupError(f"a username has 1 to {LONGEST_NAME} characters, no blanks around them")
    books = _books(settings)
    try:
        password_hash = hash_password(_password(password_file))
        user = books.accounts.add_user(
            username, password_hash, name=name or username, role=chosen, district=district, now=_now()
        )
        books.audit.write(at=_now(), actor=getpass.getuser(), action="user add", subject=username)
        print(json.dumps({"id": user.id, "username": user.username, "role": user.role, "district": user.district}))
    except ValueError as error:
        raise SetupError(str(error)) from error
    finally:
        books.database.close()
    return 0


def add_token(settings: Settings, username: str, *, name: str) -> int:
    """Print a new token, whose hash alone is kept; SetupError for an unknown user."""
    books = _books(settings)
    try:
        if books.accounts.user(username) is None:
            raise SetupError(f"there is no user {username!r}; add one with nightwatt user add")
        secret = new_secret()
        books.accounts.add_token(username, name, hash_secret(secret), now=_now())
        books.audit.write(at=_now(), actor=getpass.getuser(), action="token add", subject=username, detail=name)
        print(secret)
    finally:
        books.database.close()
    return 0


def _now() -> int:
    """Real time in ms UTC; the service's own clock would bring the whole service with it."""
    return time.time_ns() // 1_000_000


def _books(settings: Settings) -> Books:
    """The database of the settings; the folder of an embedded one is made."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(f"can't make the data folder {settings.data}: {error.strerror}; set NIGHTWATT_DATA") from error
    return open_books(settings)


def _password(file: str | None) -> str:
    if file is None:
        if not sys.stdin.isatty():
            raise SetupError("nobody to ask for the password here: give it with --password-file FILE, or - for stdin")
        first = getpass.getpass("password: ")
        if first != getpass.getpass("again: "):
            raise SetupError("the two passwords differ")
        return first
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except OSError as error:
        raise SetupError(f"can't read the password file {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SetupError(f"can't read the password file {file}: not UTF-8") from error
    return text.rstrip("\r\n")
