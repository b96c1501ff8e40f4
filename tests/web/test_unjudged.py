"""What could not be judged, said on the enterprise's page: neither good nor a violation."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from api.app import create_app
from api.web.show import Show
from api.web.subjects import Subjects
from api.web.unjudged import SHOWN, gaps, why_unjudged
from api.web.words import Words
from core.records import Unjudged
from tests.api.place import Place, build
from tests.cases import NOON, city


def unjudged(reason: str = "no-threshold", **changes: object) -> Unjudged:
    row = Unjudged("interlock", "foundry-L1/dust", "foundry", reason)
    return replace(row, **changes)  # type: ignore[arg-type]


def why(language: str, reason: str, since: int | None = None, **detail: object) -> str:
    words = Words(language)
    row = unjudged(reason, detail=detail, since=since)
    return str(why_unjudged(Show(words, NOON), Subjects(city, words), row, "Asia/Shanghai"))


T1 = '<span title="foundry-T1">foundry-T1</span>: '
CLOCK = '<time datetime="2026-03-20T04:00:00Z" title="2026-03-20 12:00:00 Asia/Shanghai">12:00</time>'


@pytest.mark.parametrize(
    ("reason", "detail", "chinese", "english"),
    [
        ("no-meter", {"kind": "production"}, "没有安装电表：产污设施", "No meter: Production"),
        ("no-meter", {"facility": "foundry-T1"}, T1 + "没有安装电表", T1 + "No meter"),
        ("no-baseline", {"days": 5, "of": 14}, "基准还在学习：已有 5 天，需要 14 天", None),
        ("no-baseline", {"days": 5, "of": 14}, None, "The baseline is still being learnt: 5 of 14 days"),
        ("no-baseline", {}, "基准还在学习", "The baseline is still being learnt"),
        ("no-data", {"since": NOON}, f"自 {CLOCK} 起没有数据", f"No data since {CLOCK}"),
        ("moonlight", {"lux": 0.5, "x": None}, "moonlight、lux 0.5", "moonlight, lux 0.5"),
        ("<b>", {"facility": "<i>"}, "&lt;i&gt;: &lt;b&gt;", "&lt;i&gt;: &lt;b&gt;"),
    ],
)
def test_a_reason_is_told_in_words_with_what_belongs_to_it(
    reason: str, detail: dict[str, object], chinese: str | None, english: str | None
):
    for language, expected in (("zh", chinese), ("en", english)):
        if expected is not None:
            assert why(language, reason, **detail) == expected


def test_rules_that_lack_the_same_are_told_once():
    rows = [
        *(unjudged(rule=rule, detail={"facility": "foundry-T1"}) for rule in ("interlock", "late-start")),
        unjudged("no-baseline", rule="stop-order", subject="order-1"),
    ]
    first, second = gaps(rows)
    assert (first.rules, [row.subject for row in first.subjects]) == (("interlock", "late-start"), ["foundry-L1/dust"])
    assert (second.rules, second.more) == (("stop-order",), 0)


def test_of_many_subjects_some_are_named_and_the_others_counted():
    [gap] = gaps([unjudged(subject=f"L{n}") for n in range(SHOWN + 3)])
    assert (len(gap.subjects), gap.more) == (SHOWN, 3)


@pytest.fixture
def place(tmp_path: Path) -> Callable[..., Place]:
    def unable(*rows: Unjudged) -> Place:
        built = build(tmp_path)
        services = replace(built.services, unjudged=lambda: list(rows))
        return replace(built, app=create_app(services), services=services)

    return unable


def test_the_enterprise_page_lists_what_is_not_judged_of_it_and_of_no_other(place: Callable[..., Place]):
    at = place(unjudged(), unjudged("no-data", enterprise="print", subject="print-L1/dust"))
    page = at.browser_of("tian").get("/enterprises/foundry", headers={"Accept-Language": "en"}).text
    section = page[page.index('id="unjudged"') :].split("</section>")[0]
    assert "Neither an on-threshold nor a rated power is known" in section
    assert "Production on, treatment off" in section
    assert "一号线 · dust" in section
    assert "No data" not in section
    assert 'class="panel alert" id="unjudged"' not in page


def test_where_all_is_judged_the_page_says_nothing_of_it(place: Callable[..., Place]):
    assert 'id="unjudged"' not in place().browser_of("tian").get("/enterprises/foundry").text
