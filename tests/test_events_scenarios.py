"""The catalogue of scenarios: what it holds, how it changes with the days, what it says of a code, how it is shown."""

import json
import re
from datetime import date
from pathlib import Path

import ibis
import pytest
import typer
from documents import ROOT
from marketplace import small
from typer.testing import CliRunner, Result

from steelyard.cli import scenarios
from steelyard.engines import Engine
from steelyard.errors import UsageError
from steelyard.events.scenarios import MODULES, catalogue, in_force, is_routine, module_of, versions_in

DAY = date(2021, 10, 1)
PUBLISHED = {
    "goods": {"少件", "空包", "信封件", "发错货", "假货", "二次销售痕迹"},
    "shipping": {"发货慢", "虚假发货"},
    "logistics": {"轨迹异常", "未送货上门", "长时间不配送", "未发取件码", "丢件"},
}
"""The scenarios of the one article that retells the lost picture."""

CHANGED = """
versions:
  - version: later
    from_on: 2022-03-01
    withdrawn: [B]
    scenarios:
      - code: A
        name: {zh: 甲, en: a}
        module: logistics
        routine: true
        example: {zh: 例, en: x}
        grade: X
        where: {zh: 据, en: y}
  - version: first
    from_on: null
    scenarios:
      - code: A
        name: {zh: 甲, en: a}
        module: goods
        routine: false
        example: {zh: 例, en: x}
        grade: X
        where: {zh: 据, en: y}
      - code: B
        name: {zh: 乙, en: b}
        module: goods
        routine: false
        example: {zh: 例, en: x}
        grade: X
        where: {zh: 据, en: y}
"""


def test_every_published_scenario_is_there_under_its_module_and_grade():
    by_code = {each.code: each for each in catalogue(DAY)}
    for module, codes in PUBLISHED.items():
        assert {by_code[code].module for code in codes} == {module}
        assert {by_code[code].grade for code in codes} == {"B"}
        assert not any(by_code[code].routine for code in codes)
    assert {each.module for each in catalogue(DAY)} == set(MODULES)
    assert len(by_code) == len(catalogue(DAY))


def test_the_examples_of_the_sources_are_ordinary_enquiries():
    routine = {each.code: each.grade for each in catalogue(DAY) if each.routine}
    assert routine["如何安装"] == routine["何时发货"] == "S"
    assert routine["七天无理由"] == "X"


def test_the_sample_speaks_of_known_scenarios_only():
    folder = ROOT / "steelyard" / "events" / "sample_sql"
    listed = re.findall(r"\('([^']+)', '\w+', (?:true|false)\)", (folder / "scenarios.sql").read_text(encoding="utf-8"))
    assert len(listed) > 20
    assert set(listed) <= {each.code for each in catalogue(DAY)}


def test_a_version_changes_and_withdraws_from_its_day_on(tmp_path: Path):
    file = tmp_path / "scenarios.yaml"
    file.write_text(CHANGED, encoding="utf-8")
    versions = versions_in(file)
    assert [version.version for version in versions] == ["first", "later"]
    before, after = (in_force(versions, day) for day in (date(2022, 2, 28), date(2022, 3, 1)))
    assert [(each.code, each.module, each.routine) for each in before] == [("A", "goods", False), ("B", "goods", False)]
    assert [(each.code, each.module, each.routine) for each in after] == [("A", "logistics", True)]


def test_an_engine_reads_the_catalogue_as_it_is_written(engine: Engine):
    codes = [each.code for each in catalogue(DAY)]
    rows = engine.store("codes", ibis.memtable({"code": [*codes, "从未听说", None]}, schema={"code": "string"}))
    found = engine.arrow(rows.mutate(module=module_of(rows.code, DAY), routine=is_routine(rows.code, DAY))).to_pylist()
    expected = {each.code: (each.module, each.routine) for each in catalogue(DAY)}
    expected |= {"从未听说": (None, False), None: (None, False)}
    assert {row["code"]: (row["module"], row["routine"]) for row in found} == expected


def shown(*arguments: object) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    scenarios.register(app)
    return CliRunner().invoke(app, ["scenarios", *map(str, arguments)])


def test_scenarios_are_found_by_code_name_and_example():
    for text in ("丢件", "PARCEL LOST", "包裹遗失"):
        rows = json.loads(shown(text, "--format", "json", "--lang", "en").stdout)
        assert [row["scenario"] for row in rows] == ["丢件"]
    assert rows[0]["name"] == "Parcel lost"
    assert rows[0]["module"] == "logistics"
    assert rows[0]["routine"] is False


def test_a_module_is_shown_alone_in_words():
    printed = shown("--module", "shipping", "--lang", "zh").stdout
    assert "虚假发货" in printed
    assert "常规咨询" in printed
    assert "基础服务" not in printed


def test_an_unknown_module_is_told():
    failed = shown("--module", "returns").exception
    assert isinstance(failed, UsageError)
    assert failed.problems[0].code == "unknown-module"


def test_a_folder_shows_its_own_scenarios(tmp_path: Path):
    own = [
        {"scenario": "包装", "module": "goods", "routine": None},
        {"scenario": "丢件", "module": None, "routine": True},
    ]
    folder = small(tmp_path / "own", scenarios=own)
    rows = json.loads(shown("--events", folder, "--format", "json", "--lang", "en").stdout)
    assert [(row["scenario"], row["name"], row["module"], row["routine"]) for row in rows] == [
        ("包装", "包装", "goods", False),
        ("丢件", "Parcel lost", None, True),
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_folder_without_scenarios_shows_the_shipped_ones(tmp_path: Path, lang: str):
    done = shown("--events", small(tmp_path / "none"), "--format", "json", "--lang", lang)
    assert len(json.loads(done.stdout)) == len(catalogue(DAY))
    assert "no table scenarios" in done.stderr
