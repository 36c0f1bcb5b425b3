"""Plan files: every mistake at its line, with a fix; the version in force; the examples."""

import pytest
from documents import blocks
from pay_office import OCTOBER, PLAN, plan_of, plan_text

from steelyard.errors import InputError, RulesError, UsageError
from steelyard.scorecards.covers import leaves
from steelyard.service.pay.folder import month_of
from steelyard.service.pay.metrics import METRICS
from steelyard.service.pay.plans import example, examples, in_force, load_plan
from steelyard.service.pay.words import NOTES

STEPS = "[{{id: it, title: {{zh: 甲, en: a}}, metric: {metric}, {rest}}}]"


def faults(tmp_path, text):
    file = tmp_path / "plan.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RulesError) as caught:
        load_plan(file)
    return [(each.code, each.where.removeprefix(f"{file} ")) for each in caught.value.problems]


@pytest.mark.parametrize(
    ("changes", "code", "line"),
    [
        ({"cutoff_day": "2"}, "unknown-key", 19),
        ({"cutoff_days": "28"}, "out-of-range", 7),
        ({"effective_from": "2022-01-02"}, "plan-not-monthly", 6),
        ({"rounding": "{decimals: 2, method: even, at: line}"}, "wrong-value", 9),
        ({"team": ""}, "missing-key", 5),
        ({"commission": "{own_sales: 1.2, own_returns: 0.04, unassisted: 0.01}"}, "out-of-range", 17),
        ({"commission": "{own_sales: two, own_returns: 0.04, unassisted: 0.01}"}, "wrong-type", 17),
        ({"flexible": STEPS.format(metric="charm", rest="each: 1")}, "unknown-metric", 19),
        ({"flexible": STEPS.format(metric="receptions", rest="minimum: 1")}, "steps-order", 19),
        (
            {"flexible": STEPS.format(metric="receptions", rest="each: 1, steps: [{at_least: 1, amount: 1}]")},
            "steps-order",
            19,
        ),
        (
            {
                "flexible": STEPS.format(
                    metric="receptions", rest="steps: [{at_least: 1, amount: 1}, {at_least: 2, amount: 2}]"
                )
            },
            "steps-order",
            19,
        ),
        (
            {
                "flexible": STEPS.format(
                    metric="receptions", rest="steps: [{at_least: 1, amount: 1}, {at_most: 0, amount: 2}]"
                )
            },
            "steps-order",
            19,
        ),
        ({"flexible": STEPS.format(metric="receptions", rest="steps: [{amount: 1}]")}, "steps-order", 19),
        (
            {"requirements": STEPS.format(metric="receptions", rest="at_least: 1, at_most: 2")},
            "condition-comparison",
            19,
        ),
        ({"requirements": STEPS.format(metric="receptions", rest="roles: [lead], at_least: 1")}, "wrong-value", 19),
    ],
)
def test_a_mistake_is_told_at_its_line(tmp_path, changes, code, line):
    assert (code, f"line {line}") in faults(tmp_path, plan_text(**changes))


def test_every_number_has_a_source_or_is_called_ours(tmp_path):
    text = plan_text().replace('covers: ["**"]', "covers: [commission.*, floor.**]")
    found = faults(tmp_path, text)
    assert {code for code, _ in found} == {"uncovered-number"}
    assert len(found) == 5  # cutoff_days, decimals, within_days, two wages


def test_a_plan_needs_an_id_and_no_part_twice(tmp_path):
    twice = STEPS.format(metric="receptions", rest="each: 1").strip("[]")
    assert faults(tmp_path, plan_text(flexible=f"[{twice}, {twice}]")) == [("invalid-id", "line 19")]
    assert faults(tmp_path, PLAN.replace("test/plan", "A Plan")) == [("invalid-id", "line 1")]


def test_a_folder_holds_the_versions_of_one_plan(tmp_path):
    (tmp_path / "2022.yaml").write_text(PLAN, encoding="utf-8")
    later = PLAN.replace('"1"', '"2"').replace("2022-01-01", "2022-10-01").replace("own_sales: 0.02", "own_sales: 0.03")
    (tmp_path / "later.yaml").write_text(later, encoding="utf-8")
    plan = load_plan(tmp_path)
    assert [in_force(plan, month_of(text)).version for text in ("2022-09", "2022-10", "2023-01")] == ["1", "2", "2"]
    with pytest.raises(InputError, match="no-plan-in-force"):
        in_force(plan, month_of("2021-12"))
    (tmp_path / "later.yaml").write_text(
        later.replace('"2"', '"1"').replace("2022-10-01", "2022-01-01"), encoding="utf-8"
    )
    with pytest.raises(RulesError) as caught:
        load_plan(tmp_path)
    assert [each.code for each in caught.value.problems] == ["version-twice", "version-twice"]
    (tmp_path / "later.yaml").write_text(later.replace("CNY", "USD"), encoding="utf-8")
    with pytest.raises(RulesError, match="two-plans"):
        load_plan(tmp_path)


def test_several_versions_stand_in_one_file(tmp_path):
    first = PLAN.split("versions:\n")[1]
    later = first.replace('"1"', '"2"').replace("2022-01-01", "2022-10-01")
    file = tmp_path / "plan.yaml"
    file.write_text(PLAN + later, encoding="utf-8")
    assert in_force(load_plan(file), OCTOBER).version == "2"


def test_a_plan_that_is_not_there(tmp_path):
    for place in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(UsageError, match="no-such-file"):
            load_plan(place)


@pytest.mark.parametrize("text", ["2022-13", "2022-1", "October", "2022-10-01", "1980-01", "9999-12", ""])
def test_a_month_is_written_with_six_digits(text):
    with pytest.raises(UsageError, match="not-a-month"):
        month_of(text)


@pytest.mark.parametrize("name", examples())
def test_an_example_is_a_plan(name, tmp_path):
    file = tmp_path / "plan.yaml"
    file.write_text(example(name), encoding="utf-8")
    plan = load_plan(file)
    assert in_force(plan, OCTOBER).floor.otherwise == 1100
    assert leaves(plan.versions[0].model_dump(exclude_unset=True))


def test_the_examples_say_what_the_source_says(tmp_path):
    file = tmp_path / "plan.yaml"
    file.write_text(example("commission"), encoding="utf-8")
    version = load_plan(file).versions[0]
    assert version.commission is not None
    assert version.base_wage is not None
    assert list(
        map(str, (version.commission.own_sales, version.commission.own_returns, version.commission.unassisted))
    ) == [
        "0.02",
        "0.04",
        "0.01",
    ]
    assert sorted(version.base_wage.regions.values()) == [1100, 2000]


@pytest.mark.parametrize("page", ["docs/pay.md", "docs/pay.zh-CN.md"])
def test_the_pages_show_the_example_as_it_is(page):
    (shown,) = [block.text for block in blocks(page) if block.marks.get("file") == "plan.yaml"]
    assert shown == example("commission")


def test_an_example_there_is_none_of():
    with pytest.raises(UsageError, match="unknown-plan"):
        example("gold")


def test_texts_are_in_both_languages(tmp_path):
    assert plan_of(tmp_path).title.zh
    texts = [*NOTES.values(), *(each.title for each in METRICS.values())]
    assert all(each.zh.strip() and each.en.strip() for each in texts)
