"""Every measure described in both languages: the same parts, the same ideas, no word left in the other language."""

import re
from collections.abc import Iterator
from datetime import date

import pytest

from steelyard.counting import Question
from steelyard.counting.tally import counts_of, fact_table
from steelyard.events.contract import CONTRACT
from steelyard.events.exclusions import Acting
from steelyard.facts import Past
from steelyard.facts.catalogue import FACTS
from steelyard.measures import Averaged
from steelyard.measures.catalogue import CATALOGUE
from steelyard.measures.descriptions import HEADS, described, row_in_words, section_title
from steelyard.scorecards.library import library
from steelyard.scorecards.sentences import parameters
from steelyard.scorecards.terms import AMOUNTS, PARAMS, VOLUMES
from steelyard.scoring import questions_of
from steelyard.service.settings import settings_of
from steelyard.windows import Period

CARDS = [library().get(name, version) for name in library().ids() for version in library().versions(name)]
MEASURES = [pytest.param(measure, id=measure.name) for measure in CATALOGUE.values()]
FOREIGN = re.compile(r"[A-Za-z]{2,}|[A-Za-z]_")

IDEAS = {
    "aftersales_enquirer": "售后咨询者|售后咨询",
    "handler": "接待方",
    "holiday": "节假日",
    "in_burst": "连续消息",
    "no_message": "没有有效消息|没有消息",
    "not_asked_of": "没有计入消息|没有计入消息的日子",
    "not_served": "接待方.*其他阶段|规则排除的接待方|其他阶段",
    "offline": "不在线",
    "other_phase": "其他阶段",
    "rejected": "驳回|不成立",
    "unchanged": "没有改评",
    "bot": "机器人",
    "by_default": "默认评价",
    "cancelled": "取消",
    "follow_up": "追加评价",
    "late_review": "超过期限",
    "no_buyer_message": "买家没有发言",
    "no_points": "没有打分",
    "not_at_work": "也没有上线",
    "not_judged": "未标注",
    "passed": "已通过",
    "no_promise": "没有预计发货时间",
    "no_stars": "没有评分",
    "no_verdict": "没有结论",
    "not_assessed": "商品类型",
    "not_collected": "没有揽收轨迹",
    "not_pending": "没有进入待处理|也没有进入待处理",
    "not_refunded": "没有退款",
    "not_reviewed": "没有审核",
    "other_item": "其他抽检项目",
    "other_kind": "其他售后类型|其他对象",
    "out_of_order": "先后颠倒|早于",
    "outside_hours": "时段",
    "platform_intervened": "平台介入",
    "presale": "预售",
    "remote": "偏远",
    "repeat_rating": "重复评价",
    "unanswered": "没有人工回复",
    "unrated": "没有评价",
}
"""What a description has to say where a measure leaves rows out by that code."""


def service_questions() -> Iterator[Question]:
    """What the settings of the service ask, and a clock with every switch on."""
    settings, day = settings_of(), date(2022, 10, 1)
    for metric in settings.metrics:
        yield Question("it", settings.measure(metric), settings.params(metric), Period(day, day), Acting("it"))
    switched = {"burst": "first", "offline": "shop", "holidays": [day], "phases": ["presale"], "opens": "08:00"}
    for name in ("message_wait", "replied_messages"):
        params = CATALOGUE[name].params.model_validate(switched)
        yield Question("it", CATALOGUE[name], params, Period(day, day), Acting("it"))


def left_out_codes() -> dict[str, set[str]]:
    """Measure → the codes by which it leaves rows out in any shipped scorecard, or in the settings of the service."""
    past = Past(date(2022, 11, 1), "string", frozenset(CONTRACT))
    codes: dict[str, set[str]] = {}
    for question in (*(question for card in CARDS for question in questions_of(card, CATALOGUE)), *service_questions()):
        found = counts_of(fact_table(past, question.measure.fact, [question]), question)
        for count in found.parts.values() if isinstance(found, Averaged) else [found]:
            codes.setdefault(question.measure.name, set()).update(count.left_out)
    return codes


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_measure_has_all_parts_in_order(measure, lang):
    parts = described(measure, lang)
    assert list(parts) == list(HEADS)
    assert all(text.endswith(("。", "？") if lang == "zh" else (".", "?")) for text in parts.values())


@pytest.mark.parametrize("measure", MEASURES)
def test_the_chinese_is_chinese_and_says_as_much(measure):
    zh, en = described(measure, "zh"), described(measure, "en")
    assert not [text for text in zh.values() if FOREIGN.search(text)]
    assert zh["question"].endswith("？")
    assert zh["left_out"].count("；") == en["left_out"].count(";")
    assert (zh["left_out"] == "无。") is (en["left_out"] == "nothing.")
    assert zh["source"].count("假设") == en["source"].count("assumption")
    assert (zh["unit"] == "平均秒数。") is (measure.unit == "seconds")


def test_every_reason_to_leave_a_row_out_is_described():
    codes = left_out_codes()
    assert set().union(*codes.values()) == set(IDEAS)
    unsaid = [
        (name, code)
        for name, found in codes.items()
        for code in found
        if not re.search(IDEAS[code], described(CATALOGUE[name], "zh")["left_out"])
    ]
    assert unsaid == []


def test_facts_and_sections_have_chinese_names():
    modules = {measure.count.__module__.rpartition(".")[2] for measure in CATALOGUE.values()}
    said = [row_in_words(fact, "zh") for fact in FACTS] + [section_title(module, "zh") for module in modules]
    assert all(said)
    assert not [text for text in said if FOREIGN.search(text)]
    assert section_title("help_requests", "en") == "Help requests"


def test_every_parameter_and_every_volume_has_words():
    fields = {name for measure in CATALOGUE.values() for name in measure.params.model_fields}
    assert fields - set(PARAMS) == set()
    assert set(AMOUNTS) <= fields
    assert {card.volume.measure for card in CARDS} <= set(VOLUMES)


@pytest.mark.parametrize("card", [pytest.param(card, id=card.name) for card in CARDS])
def test_the_parameters_of_a_rule_are_said_in_words(card):
    said = [
        phrase
        for part in card.measured
        for phrase in parameters(card.params_for(part.params, CATALOGUE[part.measure].params.model_fields), "zh")
    ]
    assert not [phrase for phrase in said if FOREIGN.search(phrase)]


@pytest.mark.parametrize(
    ("params", "zh", "en"),
    [
        ({"grace_hours": 24}, ["预计发货时间后宽限 24 小时"], ["24 hours of grace after the promised shipping time"]),
        ({"opens": "08:00", "closes": "00:00"}, ["每天 08:00 至 24:00"], ["from 08:00 to 24:00 daily"]),
        ({"opens": "08:00"}, ["时段开始：08:00"], ["hours begin: 08:00"]),
        ({"module": None}, ["场景模块：不限"], ["module of the scenarios: any"]),
        ({"remote": []}, ["不考核的偏远订单：无"], ["remote orders left out: none"]),
        (
            {"remote": [{"over_km": 3000}, {"over_km": 700, "origins": ["新疆", "西藏"]}]},
            ["不考核的偏远订单：超过 3000 公里；从新疆、西藏发出且超过 700 公里"],
            ["remote orders left out: over 3000 km; over 700 km from 新疆, 西藏"],
        ),
    ],
)
def test_parameters_in_words(params, zh, en):
    assert (parameters(params, "zh"), parameters(params, "en")) == (zh, en)
