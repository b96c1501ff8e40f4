"""Errors that carry the one bit their caller needs."""


class NightwattError(Exception):
    """Base of every error that nightwatt raises on purpose; its text is fit to be shown."""


class DecodeError(NightwattError):
    """A message that can't be understood; the text is the reason kept with the dead letter."""


class SetupError(NightwattError):
    """Something the operator must mend before the program can start; leads to exit code 2."""


class StoreAway(NightwattError):
    """A store did not take or give data now; the same call may succeed later."""


class ChannelError(NightwattError):
    """A notification was not accepted.

    `permanent` says that trying again can't help (a wrong address, a refused token).
    """

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.permanent = permanent


class NotAllowed(NightwattError):
    """The move is not in the table of allowed moves; `allowed` names those that are."""

    def __init__(self, reason: str, *, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.allowed = allowed


class Unfit(NightwattError):
    """Something that was entered can't be taken as it is; `field` names what to mend."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class RegistryErrors(NightwattError):
    """Every fault found in a registry, at once: `faults` is never empty."""

    def __init__(self, faults: "tuple[RegistryFault, ...]") -> None:
        super().__init__(f"{len(faults)} fault(s) in the registry; nothing was imported")
        self.faults = faults


class RegistryFault:
    """One bad cell or row: file (or sheet), row number as the user sees it, column and reason."""

    __slots__ = ("column", "file", "reason", "row")

    def __init__(self, file: str, row: int | None, column: str | None, reason: str) -> None:
        self.file, self.row, self.column, self.reason = file, row, column, reason

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f", row {self.row}"
        if self.column is not None:
            place += f", column {self.column}"
        return f"{place}: {self.reason}"
