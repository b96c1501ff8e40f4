"""Fixtures of this folder."""

from tests.contracts.sql import db, empty, new_url, sqlite_url, url

__all__ = ["db", "empty", "new_url", "sqlite_url", "url"]
