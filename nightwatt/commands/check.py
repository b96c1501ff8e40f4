"""`nightwatt check`: the whole configuration against the running parts, one JSON line a part."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from core.errors import SetupError
from nightwatt.checking import machine, outside
from nightwatt.checking.finding import Finding, Findings, Verdict, caution, ok, wrong
from nightwatt.checking.stored import stored
from nightwatt.settings import Settings
from nightwatt.settings.model import PREFIX


def check(load: Callable[[], Settings], *, publish: bool, now: int, out: TextIO) -> int:
    """0 where nothing is wrong, 1 otherwise; cautions don't count. Nothing is changed, nobody is told anything.

    publish  send a message to the broker and wait for it
    now      ms UTC
    """
    worst = 0
    for finding in _findings(load, publish=publish, now=now):
        line = {"part": finding.part, "verdict": finding.verdict, "found": finding.found}
        print(json.dumps(line | ({"do": finding.advice} if finding.advice else {}), ensure_ascii=False), file=out)
        out.flush()
        worst |= finding.verdict is Verdict.WRONG
    return int(worst)


def _findings(load: Callable[[], Settings], *, publish: bool, now: int) -> Findings:
    file = os.environ.get(PREFIX + "CONFIG")
    try:
        settings = load()
    except SetupError as error:
        yield wrong("settings", str(error), "mend it; docs/settings.md explains every setting")
        return
    yield _settings(settings, Path(file) if file else None)
    yield from machine.clock(now)
    yield from machine.data_folder(settings)
    address = machine.service(settings)
    yield from stored(settings, running=address is not None)
    topics: list[str] = []
    yield outside.dialects(settings, topics)
    yield from outside.broker(settings, topics, publish=publish, now_s=now // 1000)
    yield from outside.channels(settings)
    if address is None:
        yield from machine.ports(settings)
    else:
        yield machine.running(address)


def _settings(settings: Settings, file: Path | None) -> Finding:
    if file is None:
        return ok("settings", "the defaults and NIGHTWATT_… variables; NIGHTWATT_CONFIG names no file")
    if machine.secret_in_file(file, settings):
        advice = f"chmod o-r {file}, or keep the secret in a file of its own"
        return caution("settings", f"{file} holds a secret and everybody may read it", advice)
    return ok("settings", str(file))
