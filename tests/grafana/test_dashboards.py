"""The dashboards' files: up to date, whole, in both languages, with links that lead somewhere."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from starlette.routing import Match

from api.routes.health import router as health
from api.web.alarm_choice import AlarmChoice
from api.web.pages import router as pages
from grafana.boards import house
from grafana.boards.__main__ import main
from grafana.boards.make import ADDRESS, BOARDS, FOLDER, dashboards, written
from grafana.boards.text import LANGUAGES, Text

ROOT = Path(__file__).parents[2]
ALL = dashboards()
BY_UID = {board["uid"]: board for board in ALL.values()}
LATIN = re.compile(r"[A-Za-z]{4,}")
NAMES = {"nightwatt", "Asia/Shanghai"}


def inside(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a dashboard."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from inside(part)


def urls(board: dict[str, Any]) -> set[str]:
    return {part["url"] for part in inside(board) if part.get("url")}


@pytest.fixture(params=ALL)
def board(request: pytest.FixtureRequest) -> dict[str, Any]:
    return ALL[request.param]


def test_the_files_are_what_the_code_makes() -> None:
    """`python -m grafana.boards` makes them anew."""
    made = {name: written(dashboard) for name, dashboard in ALL.items()}
    assert {str(path.relative_to(FOLDER)): path.read_text("utf-8") for path in FOLDER.rglob("*.json")} == made


def test_each_language_has_every_dashboard() -> None:
    assert len(BY_UID) == len(ALL) == len(LANGUAGES) * len(BOARDS)


def test_both_tables_have_the_same_texts_and_all_are_used() -> None:
    for language in LANGUAGES:
        say = Text(language)
        for board in BOARDS.values():
            board(say).json(say, address=ADDRESS)
        assert say.used == set(say.table)
        assert all(text.strip() for text in say.table.values())


def test_chinese_texts_are_chinese_and_english_ones_are_not() -> None:
    chinese, english = (Text(language).table for language in LANGUAGES)
    assert [text for text in english.values() if re.search(r"[\u4e00-\u9fff]", text)] == []
    plain = {key: text for key, text in chinese.items() if LATIN.search(text)}
    assert plain == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_rules_severities_classes_and_kinds_are_called_as_on_the_pages(language: str) -> None:
    own = Text(language).table
    page = json.loads((ROOT / "api" / "web" / "text" / f"{language}.json").read_text("utf-8"))
    shared = [key for key in own if key.split(".")[0] in ("rule", "severity", "class", "kind")]
    assert len(shared) > 20
    assert {key: own[key] for key in shared} == {key: page[key] for key in shared}


def test_colours_are_those_of_the_pages() -> None:
    css = (ROOT / "api" / "web" / "static" / "base.css").read_text("utf-8").lower()
    used = {value for name, value in vars(house).items() if name.isupper() and str(value).startswith("#")}
    assert len(used) > 8
    assert {colour for colour in used if colour not in css} == set()


def test_panels_have_ids_of_their_own_and_stand_beside_each_other(board: dict[str, Any]) -> None:
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    taken = [
        (x, y)
        for panel in board["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(set(taken)) == len(taken)
    assert max(x for x, _ in taken) < 24


def test_every_panel_says_what_it_shows_and_what_it_means_when_there_is_nothing(board: dict[str, Any]) -> None:
    for panel in board["panels"]:
        assert panel["title"]
        assert len(panel["description"]) > 5
        assert panel["fieldConfig"]["defaults"]["noValue"]


def test_every_query_goes_to_the_provisioned_data_source(board: dict[str, Any]) -> None:
    sources = [part["datasource"] for part in inside(board) if "datasource" in part]
    assert sources
    assert all(source == {"type": "influxdb", "uid": "nightwatt"} for source in sources)


def test_every_variable_that_is_used_is_there(board: dict[str, Any]) -> None:
    known = {variable["name"] for variable in board["templating"]["list"]}
    text = json.dumps([board["panels"], board["links"], board["annotations"], board["templating"]])
    used = set(re.findall(r"\$\{(\w+)", text)) | set(re.findall(r"\$([a-z]\w+)", text))
    built_in = {"timeFilter", "col"} | {name for name in used if name.startswith(("__", "tag_"))}
    assert used - built_in <= known


def _served(path: str) -> bool:
    scope = {"type": "http", "method": "GET", "path": path}
    return any(route.matches(scope)[0] is Match.FULL for route in (*pages.routes, *health.routes))


def test_links_to_nightwatt_lead_to_pages_that_it_has(board: dict[str, Any]) -> None:
    found = [url.removeprefix("${nightwatt:raw}") for url in urls(board) if url.startswith("${nightwatt:raw}")]
    assert found, "every dashboard leads back to nightwatt"
    for url in found:
        parts = urlsplit(re.sub(r"\$\{[^}]*\}", "1", url))
        assert _served(parts.path), url
        assert set(parse_qs(parts.query)) <= set(AlarmChoice.model_fields), url


def test_links_to_dashboards_lead_to_ones_that_are_there(board: dict[str, Any]) -> None:
    for url in urls(board):
        if url.startswith("/d/"):
            parts = urlsplit(url.replace("&${__url_time_range}", ""))
            there = BY_UID[parts.path.removeprefix("/d/")]
            assert there["uid"][-3:] == board["uid"][-3:], "in the same language"
            asked = {name.removeprefix("var-") for name in parse_qs(parts.query)}
            assert asked <= {variable["name"] for variable in there["templating"]["list"]}


def test_nobody_can_send_an_address_that_leads_links_elsewhere(board: dict[str, Any]) -> None:
    pages_at = next(v for v in board["templating"]["list"] if v["name"] == "nightwatt")
    assert (pages_at["type"], pages_at["skipUrlSync"], pages_at["query"]) == ("constant", True, ADDRESS)
    for url in urls(board):
        assert url.startswith(("/d/", "${nightwatt:raw}/")), url


def test_another_address_of_the_pages_is_written_into_all_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["boards", "--address", "https://bureau.example/", "--into", str(tmp_path)])
    main()
    paths = [Path(line) for line in capsys.readouterr().out.split()]
    assert len(paths) == len(ALL)
    for path in paths:
        text = path.read_text("utf-8")
        assert '"https://bureau.example"' in text
        assert ADDRESS not in text


@pytest.mark.parametrize("address", ["javascript:alert(1)", "bureau.example"])
def test_an_address_that_is_none_is_refused(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["boards", "--address", address, "--into", str(tmp_path)])
    with pytest.raises(SystemExit):
        main()
    assert list(tmp_path.iterdir()) == []


def _provisioned(name: str) -> Any:
    return yaml.safe_load((ROOT / "grafana" / "provisioning" / name / "nightwatt.yaml").read_text("utf-8"))


def test_the_data_source_is_the_one_that_the_dashboards_name_and_holds_no_secret() -> None:
    (source,) = _provisioned("datasources")["datasources"]
    assert (source["uid"], source["type"], source["jsonData"]["version"]) == ("nightwatt", "influxdb", "InfluxQL")
    assert all("$__file{" in secret for secret in source["secureJsonData"].values())


def test_each_language_has_a_folder_of_its_own() -> None:
    providers = _provisioned("dashboards")["providers"]
    assert {p["folder"]: Path(p["options"]["path"]).name for p in providers} == {"电哨": "zh", "nightwatt": "en"}
    assert {Path(p["options"]["path"]).name for p in providers} == {path.name for path in FOLDER.iterdir()}
