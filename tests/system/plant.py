"""A small city for system tests: metered treatment facilities with a limit each, and a phone that rings here."""

from pathlib import Path

from core.registry import Enterprise, Facility, Kind, Meter, Registry, Threshold
from nightwatt.receivers.phone import Phone
from registry.write import write_registry

LIMIT_KW = 100.0


def plant(enterprises: int) -> Registry:
    """Each enterprise has one treatment facility whose meter must not go above LIMIT_KW, without delays."""
    numbers = range(enterprises)
    return Registry(
        enterprises=tuple(Enterprise(f"E{i}", f"企业{i}", "天元区" if i % 2 else "芦淞区") for i in numbers),
        facilities=tuple(Facility(f"E{i}-T", f"E{i}", Kind.TREATMENT, name="风机", on_kw=5.0) for i in numbers),
        meters=tuple(Meter(f"E{i}-M", f"E{i}-T") for i in numbers),
        thresholds=tuple(
            Threshold(f"E{i}-M", "p", "above", LIMIT_KW, on_delay_s=0, off_delay_s=0, severity=2) for i in numbers
        ),
    )


def registry_folder(folder: Path, enterprises: int) -> Path:
    """The plant as registry files."""
    found = folder / "registry"
    found.mkdir()
    write_registry(plant(enterprises), found)
    return found


def configuration(folder: Path, phone: Phone) -> Path:
    """A configuration whose only channel is the phone."""
    found = folder / "nightwatt.toml"
    found.write_text(f'[[channels]]\nname = "phone"\nurl = "json://127.0.0.1:{phone.port}/"\n', "utf-8")
    return found
