"""Which time zone a meter's local times are in."""

from dataclasses import dataclass

from core.registry import DEFAULT_ZONE, Registry


def number_of(registry: Registry, enterprise: str, name: str) -> int | None:
    """The number of the meter that a message names by id or address, within the enterprise it names."""
    number = registry.meter_number.get(name)
    if number is None:
        number = registry.meter_by_address.get(name)
    if number is None or not enterprise:
        return number
    owner = registry.enterprises[registry.enterprise_of_meter[number]].id
    return number if owner == enterprise else None


@dataclass(frozen=True, slots=True)
class FixedZone:
    """The same answer for every meter, where no dossier can be asked."""

    name: str | None = None

    def __call__(self, enterprise: str, meter: str) -> str | None:
        return self.name

    def local(self, meter: str) -> str:
        return self.name or DEFAULT_ZONE


@dataclass(frozen=True, slots=True)
class RegistryZones:
    """What the dossiers say."""

    registry: Registry

    def __call__(self, enterprise: str, meter: str) -> str | None:
        number = number_of(self.registry, enterprise, meter)
        return None if number is None else self.registry.meters[number].timezone

    def local(self, meter: str) -> str:
        number = number_of(self.registry, "", meter)
        while number is None and "/" in meter:  # a circuit of a device that is registered without it
            meter = meter.rpartition("/")[0]
            number = number_of(self.registry, "", meter)
        if number is None:
            return DEFAULT_ZONE
        named = self.registry.meters[number].timezone
        return named or self.registry.enterprises[self.registry.enterprise_of_meter[number]].timezone
