"""A statement of reasons: it stands on its own, its arithmetic holds, and a shop's name cannot break it."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from insight_market import DAY, HOSTILE, RULE, small_market

from steelyard import calls
from steelyard.cli import run
from steelyard.insight.breakdown import half_up
from steelyard.insight.diagnosis import diagnose
from steelyard.insight.markdown import code, fenced, page, safe, table
from steelyard.insight.origin_words import numbers_in_words
from steelyard.insight.rule_section import rule_blocks
from steelyard.insight.statement import Statement, markdown_of
from steelyard.insight.statement_words import Say
from steelyard.scorecards.covers import scorecard_leaves
from steelyard.scorecards.library import library
from steelyard.scorecards.override import set_values
from steelyard.scorecards.unset import unset
from steelyard.scoring.run import score_events
from tests.reference.naive_cards import CARDS

EQUATION = re.compile(r"`([^`=]+) = (-?[\d.]+)`")


@pytest.fixture(scope="module")
def rule(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("rules") / "rule.yaml"
    file.write_text(RULE, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_market(tmp_path_factory.mktemp("small") / "events")


@pytest.fixture(scope="module")
def written(rule: Path, events: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int, str, str], str]:
    """The statement for a shop as the command wrote it, each once."""
    folder = tmp_path_factory.mktemp("statements")

    @cache
    def write(shop: int, kind: str, lang: str) -> str:
        out = folder / f"{shop}.{lang}.{kind}"
        call = ["statement", "demo/insight", shop, "--events", events, "--as-of", DAY, "--from", DAY, "--rules", rule]
        assert run([str(part) for part in [*call, "--out", out, "--lang", lang]]) == 0
        return out.read_text(encoding="utf-8")

    return write


def exact(expression: str) -> Fraction:
    """An equation's left side, in fractions."""
    python = expression.replace("×", "*").replace("÷", "/").replace("−", "-")
    python = re.sub(r"\d+(?:\.\d+)?", lambda number: f"F('{number[0]}')", python)
    assert re.fullmatch(r"(?:F\('[\d.]+'\)|max|[-+*/(), ])+", python), expression
    return Fraction(eval(python, {"__builtins__": {}, "F": Fraction, "max": max}))  # noqa: S307 - checked above


def equations(text: str) -> list[tuple[str, str]]:
    reckoning = text[text.index("\n## 3. ") : text.index("\n## 4. ")]
    return EQUATION.findall(reckoning)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_equation_holds_and_the_last_one_is_the_score(written, lang):
    found = equations(written(1, "md", lang))
    for left, right in found:
        assert half_up(exact(left), len(right.partition(".")[2])) == Decimal(right), (left, right)
    # values of four indicators, points of three (the fourth reads a table), two dimensions, one total
    assert len(found) == 4 + 3 + 2 + 1
    assert found[-1] == ("(5.200000 × 6000 + 4.000000 × 4000) ÷ (6000 + 4000)", "4.720000")


def test_the_sample_marketplace_holds_too(market):
    day = date(2022, 11, 1)
    chosen = calls.choose("douyin/experience@2022-09-26", day)
    with calls.opened(chosen, market, "duckdb") as events:
        result = score_events(events.engine, events, chosen.scorecard, day)
        found = [Statement(diagnose(result, events, shop, {"goods_base_score"}), (), "name", ()) for shop in (1, 2, 3)]
    for statement in found:
        told = equations(markdown_of(statement, "en"))
        assert len(told) > 20
        for left, right in told:
            assert half_up(exact(left), len(right.partition(".")[2])) == Decimal(right), (left, right)


@pytest.mark.parametrize(
    ("lang", "facts"),
    [
        ("en", ["demo/insight@1", "2022-10-01", "**4.72**", "2 of 2", "a test", "Fewer complaints", "3 ÷ 6",
                "How many paid orders led to a complaint", "Hand over early", "Back as soon as the score is",
                "score at least 8.00 (is 4.72)", "0.00 at"]),
        ("zh", ["demo/insight@1", "2022-10-01", "**4.72**", "2 家中第 2", "测试", "少投诉", "早揽收", "恢复后可再报名",
                "得分不低于 8.00（现为 4.72）", "假设", "如何申诉", "如何复算"]),
    ],
)  # fmt: skip
def test_the_document_stands_on_its_own(written, lang, facts):
    text = written(1, "md", lang)
    missing = [fact for fact in facts if fact not in text and fact not in ("3 ÷ 6", "0.00 at")]
    assert missing == []
    assert [int(number) for number in re.findall(r"^## (\d)\. ", text, re.MULTILINE)] == list(range(1, 10))
    assert "steelyard explain demo/insight@1 1 --events" in text


def test_a_shop_without_a_score_is_not_called_low(written):
    text = written(3, "md", "en")
    assert "no score yet" in text
    assert "3 rows so far in the window, 5 needed" in text
    assert "No score is not a low score" in text
    assert "not assessed" in text[text.index("## 5.") :]
    zh = written(3, "md", "zh")
    assert "没有得分不等于低分" in zh


def section(text: str, number: int) -> str:
    return text[text.index(f"\n## {number}. ") :].partition(f"\n## {number + 1}. ")[0]


def test_the_rule_is_said_in_the_readers_language_and_once(written):
    zh, en = section(written(1, "md", "zh"), 1), section(written(1, "md", "en"), 1)
    assert not re.search(r"[A-Za-z]{3,}", re.sub(r"`[^`]*`", "", zh))
    assert "评分日之前的 30 天内至少 5 笔支付订单" in zh
    assert "at least 5 paid orders in the 30 days before the day" in en
    assert "参数 · 预计发货时间后宽限 24 小时" in zh
    assert "Parameter · 24 hours of grace after the promised shipping time" in en
    assert zh.count("没有数据时不计入，权重由其余指标分担") == 1
    assert en.count("without data it is left out") == 1
    assert zh.count("分母：订单，自支付起。") == 1
    assert zh.count("口径同“投诉率”") == 2
    assert en.count("Counted as for “Complaints”") == 2
    assert re.findall("共用参数 · (.*)", zh) == ["不考核的偏远订单：无"]


def test_effects_whose_threshold_nobody_knows_are_told_apart(written):
    known, _, unknown = section(written(1, "md", "zh"), 5).partition("下列影响的门槛没有公布")
    assert "| 可报名 |" in known
    assert "清退" not in known
    assert "- 清退" in unknown


def test_peers_and_origins_are_said_in_words(written):
    zh, en = written(1, "md", "zh"), written(1, "md", "en")
    assert "同组店铺比较。" in section(zh, 4)
    assert "Every indicator is compared within the group." in section(en, 4)
    origins = section(zh, 8)
    assert "投诉率：权重 50%、最高 10 分" in origins
    assert "投诉率、投诉扣分：最低 0 分" in origins
    assert "投诉扣分：权重 30%、目标 5%、满分 10 分、每档扣 1 分、每档 3%" in origins
    assert not re.search(r"[a-z]_[a-z]|`| = ", origins)


def shipped_cards():
    every = [library().get(name, version) for name in library().ids() for version in library().versions(name)]
    return [pytest.param(card, id=card.name) for card in every]


@pytest.mark.parametrize("card", shipped_cards())
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_number_of_a_shipped_rule_is_left_as_a_path(card, lang):
    said = " ".join(numbers_in_words(card, scorecard_leaves(card), lang))
    assert not re.search(r"[a-z]_[a-z]|[{}\[\]=]", said), said


@pytest.mark.parametrize("card", shipped_cards())
def test_every_shipped_rule_is_said_without_code_words(card):
    if unset(card):
        card = set_values(card, CARDS[card.name].settings) if card.name in CARDS else card
    if unset(card):
        pytest.skip("its numbers are for the user to set")
    said = {lang: re.sub(r"`[^`]*`", "", "\n".join(rule_blocks(card, Say(lang)))) for lang in ("zh", "en")}
    assert not re.search(r"[A-Za-z]{3,}|[a-z]_|[{}\[\]=]", said["zh"])
    assert not re.search(r"[a-z]_[a-z]|[{}\[\]=]", said["en"])


class Tags(HTMLParser):
    """What a browser would make of a page: its tags and its words."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


@pytest.mark.parametrize(("lang", "tongue"), [("zh", "zh-CN"), ("en", "en")])
def test_the_page_is_whole_and_a_hostile_name_stays_a_name(written, lang, tongue):
    html = written(1, "html", lang)
    read = Tags()
    read.feed(html)
    names = [name for name, _ in read.tags]
    assert ("html", {"lang": tongue}) in read.tags
    assert not {"script", "a", "img", "link", "iframe", "em"} & set(names)
    assert not [key for _, attributes in read.tags for key in attributes if key.startswith(("on", "src", "href"))]
    assert "".join(read.words).count(HOSTILE) == 3  # title, heading, table
    assert {"meta", "style", "table", "main"} <= set(names)


def test_safe_text_is_shown_as_it_is():
    hostile = [
        "# no heading",
        "- no list",
        "1. no list",
        "a_b_ _c_",
        "<b>",
        "&lt;",
        "a|b",
        "~~x~~",
        "[a](b)",
        "\\*",
        HOSTILE,
    ]
    for text in [*hostile, "= x", "+ x", "two\nlines", "`code`", "2022-10-01", "4.80"]:
        read = Tags()
        read.feed(page(table(["head"], [[safe(text)]]), "t", "en"))
        assert " ".join(text.split()) in read.words or " ".join(text.split()) in "".join(read.words), text
        alone = Tags()
        alone.feed(page(safe(text), "t", "en"))
        assert not {"h1", "ul", "ol", "li", "em", "a", "b", "code", "del"} & {name for name, _ in alone.tags}, text


def test_code_cannot_be_left_by_what_is_in_it():
    assert fenced("a\n````\nb").startswith("`````\n")
    assert code("a`b|c") == "`ab¦c`"


def test_a_statement_is_markdown_or_html(cli, events, rule, tmp_path):
    call = ("statement", "demo/insight", 1, "--events", events, "--as-of", DAY, "--rules", rule)
    assert cli(*call, "--out", tmp_path / "x.pdf").codes() == ["unknown-document"]
    assert cli(*call, "--out", tmp_path).codes() == ["unknown-document"]
    folder = tmp_path / "folder.md"
    folder.mkdir()
    assert cli(*call, "--out", folder).codes() == ["unknown-document"]
    assert list(tmp_path.iterdir()) == [folder]


def test_an_unknown_shop_leaves_no_document(cli, events, rule, tmp_path):
    out = tmp_path / "x.md"
    call = ("statement", "demo/insight", 99, "--events", events, "--as-of", DAY, "--from", DAY, "--rules", rule)
    assert cli(*call, "--out", out).codes() == ["unknown-subject"]
    assert not out.exists()


def test_it_says_that_it_is_not_the_platforms_score(written: Callable[[int, str, str], str]) -> None:
    assert "not the platform's own score" in written(1, "md", "en")
    assert "不是平台出具的分数" in written(1, "md", "zh")
