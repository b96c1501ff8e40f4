"""What the pages are made of: our own files only, and no scripts inside pages."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from api.web.addresses import FOLDER, url, version
from api.web.render import TEMPLATES
from tests.api.place import Place

PAGES = ("/", "/focus", "/enterprises", "/enterprises/foundry", "/alarms?state=all", "/alarms/1", "/dead-letters")
OWN_SCRIPTS = sorted(FOLDER.glob("*.js"))


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_a_template_has_no_inline_script_style_or_outside_host(path: Path):
    text = path.read_text("utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert re.findall(r"<style|\sstyle=|<[^>{%]*\son\w+=|javascript:|hx-on", text) == []
    assert re.findall(r"https?://|[\"'(]//", text) == []
    assert "|safe" not in text


@pytest.mark.parametrize("path", [*OWN_SCRIPTS, *FOLDER.glob("*.css"), *FOLDER.glob("*.svg")], ids=lambda p: p.name)
def test_our_own_files_ask_no_outside_host(path: Path):
    hosts = re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]+[^\s\"']*", path.read_text("utf-8"))
    assert [host for host in hosts if host != "http://www.w3.org/2000/svg"] == []


@pytest.mark.parametrize("path", OWN_SCRIPTS, ids=lambda path: path.name)
def test_our_own_scripts_build_no_html_from_text(path: Path):
    assert (
        re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|\beval\(|new Function|document\.write", path.read_text())
        == []
    )


class Links(HTMLParser):
    """Everything that a page makes a browser fetch."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = {"script": "src", "link": "href", "img": "src", "use": "href"}.get(tag)
        self.found += [value for name, value in attrs if name == wanted and value]


@pytest.mark.parametrize("address", PAGES)
def test_everything_that_a_page_fetches_is_served_and_kept(still: Place, address: str):
    browser = still.browser_of("monitor")
    links = {link.split("#")[0] for link in Links(browser.get(address).text).found}
    assert len(links) >= 5
    for link in links:
        answer = browser.get(link)
        assert (link.split("/")[1], answer.status_code) == ("static", 200)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_every_icon_that_a_template_names_is_in_the_sprite():
    known = set(re.findall(r'<symbol id="([\w-]+)"', (FOLDER / "icons.svg").read_text()))
    named = {name for path in TEMPLATES.glob("*.html") for name in re.findall(r'icon\("([\w-]+)"', path.read_text())}
    assert {name for name in named if not name.endswith("-")} <= known
    assert {"severity-1", "severity-2", "severity-3", "overview", "focus", "enterprises", "alarms"} <= known


def test_an_address_without_its_hash_is_not_kept(still: Place):
    assert still.client().get("/static/base.css").headers["cache-control"] == "no-cache"


def test_the_address_changes_with_the_content():
    assert url("base.css") == f"/static/base.css?v={version('base.css')}"
    assert version("base.css") != version("pages.css")


def test_a_file_outside_the_folder_is_not_served(still: Place):
    for path in ("/static/%2e%2e/render.py", "/static/..%2frender.py", "/static/none.css"):
        assert still.client().get(path).status_code == 404


def test_third_party_files_are_named_with_their_licences():
    licences = (FOLDER / "vendor" / "LICENSES.md").read_text("utf-8")
    shipped = [path.name for path in (FOLDER / "vendor").glob("*.js")]
    assert len(shipped) == 2
    assert all(name in licences for name in shipped)
    assert "Apache License" in licences
    assert "Zero-Clause BSD" in licences


def test_a_page_that_is_missing_is_told_in_words_to_people_and_as_a_problem_to_programs(still: Place):
    browser = still.browser_of("monitor")
    page = browser.get("/nowhere", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert (page.status_code, "There is no such page" in page.text) == (404, True)
    assert browser.get("/nowhere").headers["content-type"] == "application/problem+json"
