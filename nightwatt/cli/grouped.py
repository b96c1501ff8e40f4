"""The help of the program: its commands under headings."""

from typing import Any

from typer.core import TyperGroup

SERVICE, WIRE, ANALYSIS, STORES = "The service", "The wire", "Analysis", "People, programs and stores"


class Grouped(TyperGroup):
    """Lists every command under the heading that it was given as `rich_help_panel`."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        found: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                heading = getattr(command, "rich_help_panel", None)
                rows = found.setdefault(heading if isinstance(heading, str) else "Commands", [])
                rows.append((name.ljust(self._widest(ctx)), command.get_short_help_str(formatter.width)))
        for heading, rows in found.items():
            with formatter.section(heading):
                formatter.write_dl(rows)

    def _widest(self, ctx: Any) -> int:
        return max(len(name) for name in self.list_commands(ctx))
