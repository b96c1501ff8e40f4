"""In CI nothing may be left out: a test that skips itself fails there. And the servers that all tests share."""

import os

import pytest

from tests.influx import influx
from tests.postgres import postgres

__all__ = ["influx", "postgres"]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"left out in CI: {report.longrepr}"
