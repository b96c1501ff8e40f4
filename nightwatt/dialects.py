"""Which dialects this installation speaks: those of the program and the mappings of its settings."""

from dataclasses import replace

from core.errors import SetupError
from ingest.decoders import DECODERS, Dialect
from ingest.decoders.mapping_load import load_mappings
from ingest.hj212.dialect import HJ212, with_keys
from nightwatt.settings import Settings, secrets_of

HJ212_ID = "hj212"


def dialects_of(settings: Settings) -> dict[str, Dialect]:
    """By id; SetupError names what is wrong with the choice, a topic or a mapping."""
    keys = _keys(settings)
    known = DECODERS | {HJ212_ID: with_keys(keys) if keys else HJ212}
    found = known | load_mappings(settings.mappings, taken=known)
    wanted = settings.dialects if settings.dialects is not None else tuple(found)
    for name in (*wanted, *settings.topics):
        if name not in found:
            raise SetupError(f"there is no dialect {name!r}; known are {', '.join(sorted(found))}")
    chosen = {name: found[name] for name in wanted}
    return {name: _on(dialect, settings.topics.get(name), name) for name, dialect in chosen.items()}


def _on(dialect: Dialect, topics: tuple[str, ...] | None, name: str) -> Dialect:
    if topics is None:
        return dialect
    if not topics or not dialect.topics:
        raise SetupError(f"topics.{name}: {'name at least one' if dialect.topics else 'it does not come over MQTT'}")
    return replace(dialect, topics=topics)


def _keys(settings: Settings) -> dict[str, bytes]:
    try:
        found = secrets_of(settings.hj212.keys_file, named_by="hj212.keys_file")
        return {mn: bytes.fromhex(key) for mn, key in found.items()}
    except ValueError as error:
        raise SetupError("hj212.keys_file: a key is 32 hexadecimal digits") from error
