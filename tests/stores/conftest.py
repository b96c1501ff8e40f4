"""Fixtures of this folder."""

from tests.contracts.sql import db, empty, url

__all__ = ["db", "empty", "url"]
