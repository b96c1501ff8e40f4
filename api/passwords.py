"""Passwords (argon2id) and random secrets, which are kept as hashes only."""

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LONGEST_PASSWORD = 1024

STAND_IN = "$argon2id$v=19$m=65536,t=3,p=4$/c1ULBy6kjUIjZuTYaTMCw$CCPlrgsAhzjR/1UW018aDI3DVFxf4DDwFUFhImQPAl4"
"""A hash at the hasher's own cost, verified for unknown names so that they take as long as known ones."""

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """The argon2id hash to store; ValueError for one that is empty or longer than 1024 characters."""
    if not 0 < len(password) <= LONGEST_PASSWORD:
        raise ValueError(f"a password has 1 to {LONGEST_PASSWORD} characters")
    return _hasher.hash(password)


def verify(password_hash: str | None, password: str) -> bool:
    """Whether the password is right; None stands for an unknown name and takes the same time."""
    try:
        right = _hasher.verify(password_hash or STAND_IN, password)
    except (VerificationError, InvalidHashError):
        return False
    return right and password_hash is not None


def new_secret() -> str:
    """256 random bits as text, for a session or a token."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """What is stored of a session's or token's secret: SHA-256, enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()
