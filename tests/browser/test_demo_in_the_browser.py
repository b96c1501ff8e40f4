"""The demo in a real Chromium: what a stranger sees, in both languages, at a desk and on a phone."""

import json
import shutil
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.system.service import running_service

SHOTS = Path(__file__).parents[1] / "output" / "screenshots"
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NIGHT_WORKER = "ZZ-024"
SWITCHED_OFF = "ZZ-001"
WORDS = {
    "zh": {"night-heavy": "昼伏夜出", "acknowledge": "确认", "story": "monitor 已确认", "interlock": "产污开治污停"},
    "en": {
        "night-heavy": "Night-heavy",
        "acknowledge": "Acknowledge",
        "story": "Acknowledged by monitor",
        "interlock": "Production on",
    },
}

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with running_service(tmp_path_factory.mktemp("demo"), "--demo") as service:
        wait_until_live(service)
        yield service


def wait_until_live(service, within_s: float = 200) -> None:
    deadline = time.monotonic() + within_s
    while "the city is live" not in service.output():
        assert service.process.poll() is None, service.output()
        assert time.monotonic() < deadline, service.output()
        time.sleep(0.2)


@pytest.fixture(scope="module")
def browser():
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed: sudo apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def page(browser, demo, request):
    language, viewport = request.param
    context = browser.new_context(base_url=demo.url, viewport=viewport, locale={"zh": "zh-CN", "en": "en-GB"}[language])
    opened = context.new_page()
    opened.troubles = []
    opened.on("pageerror", lambda error: opened.troubles.append(str(error)))
    opened.on("console", lambda said: opened.troubles.append(said.text) if said.type == "error" else None)
    opened.on("request", lambda asked: opened.troubles.append(asked.url) if not _ours(asked.url, demo.url) else None)
    opened.language, opened.width = language, viewport["width"]
    yield opened
    context.close()
    assert opened.troubles == [], "errors on the page, or a request to another host"


def _ours(url: str, base: str) -> bool:
    return url.startswith((base, "data:", "blob:"))


def sign_in(page: Page) -> None:
    page.goto("/")
    page.fill("input[name=username]", "monitor")
    page.fill("input[name=password]", "nightwatt-demo")
    page.click("form.panel button")
    expect(page.locator("nav.tabs")).to_be_visible()


def shoot(page: Page, name: str) -> None:
    """Keep a screenshot, and see that the page fits the screen."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}-{page.language}-{page.width}.png")
    if page.width == PHONE["width"]:
        page.screenshot(path=SHOTS / f"{name}-{page.language}-whole.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.width, f"{name} scrolls sideways"


BOTH = [("zh", DESK), ("en", DESK), ("zh", PHONE), ("en", PHONE)]


@pytest.mark.parametrize("page", BOTH, indirect=True, ids=lambda p: f"{p[0]}-{p[1]['width']}")
def test_a_monitor_finds_the_night_worker_and_acknowledges_the_alarm(page, demo):
    words = WORDS[page.language]
    page.goto("/login")
    shoot(page, "login")
    sign_in(page)
    expect(page.locator("article.alarm").first).to_be_visible()
    shoot(page, "overview")

    page.goto("/focus")
    entry = page.locator(f"a[href*='/enterprises/{NIGHT_WORKER}']")
    expect(entry).to_contain_text(words["night-heavy"])
    shoot(page, "focus")

    entry.click()
    expect(page.locator("canvas").first).to_be_visible()
    expect(page.locator("main")).to_contain_text(words["night-heavy"])
    shoot(page, "night-worker")

    page.goto(f"/enterprises/{SWITCHED_OFF}")
    expect(page.locator("canvas").first).to_be_visible()
    shoot(page, "switched-off")

    page.goto(f"/alarms?enterprise={SWITCHED_OFF}")
    expect(page.locator("article.alarm", has_text=words["interlock"]).first).to_be_visible()

    page.goto("/alarms")
    shoot(page, "alarms")
    button = page.get_by_role("button", name=words["acknowledge"], exact=True)
    number = page.locator("article.alarm", has=button).first.get_attribute("data-alarm")
    card = page.locator(f"#alarm-{number}")
    card.get_by_role("button", name=words["acknowledge"], exact=True).click()
    expect(card.get_by_role("button", name=words["acknowledge"], exact=True)).to_have_count(0)

    page.goto(f"/alarms/{number}")
    expect(page.locator("main")).to_contain_text(words["story"])
    expect(page.locator("canvas").first).to_be_visible()
    shoot(page, "alarm")


def test_the_alarm_has_reached_the_phone_once_for_each_transition(demo):
    with urllib.request.urlopen(
        f"http://127.0.0.1:{demo.env['NIGHTWATT_DEMO_PHONE_PORT']}/messages", timeout=10
    ) as answer:
        messages = json.load(answer)
    assert any("治污停运" in message["title"] for message in messages)
    assert {message["times"] for message in messages} == {1}
    assert len({message["key"] for message in messages}) == len(messages)


@pytest.mark.parametrize("page", [("zh", PHONE)], indirect=True, ids=["zh-390"])
def test_an_inspector_sees_only_the_own_district(page, demo):
    page.goto("/")
    page.fill("input[name=username]", "inspector")
    page.fill("input[name=password]", "nightwatt-demo")
    page.click("form.panel button")
    page.goto("/enterprises")
    expect(page.locator("main")).to_contain_text("石峰区")
    expect(page.locator("main")).not_to_contain_text("醴陵市")
    shoot(page, "inspector-enterprises")
