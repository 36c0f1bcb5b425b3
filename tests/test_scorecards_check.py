"""Every code of the checker has a scorecard that earns it, at the right line."""

from pathlib import Path
from typing import get_args

import pytest
from scorecards_tiny import FAULTS, MEASURES, TINY, write

from steelyard.errors import RulesError
from steelyard.measures.catalogue import CATALOGUE
from steelyard.scorecards.check import check
from steelyard.scorecards.library import library
from steelyard.scorecards.load import load, read
from steelyard.scorecards.problems import CODES, Code

ELSEWHERE = {
    "extends-cycle",
    "merge-without-id",
    "no-cases",
    "required-parameter",
    "unknown-base",
    "unknown-path",
    "unreadable-file",
}
"""Codes whose fixtures are in the other tests of this room, or below."""


def findings(path, find=lambda _: None):
    try:
        return check(read(path, find), MEASURES)
    except RulesError as error:
        return list(error.problems)


def test_the_tiny_scorecard_is_without_fault(tmp_path):
    assert findings(write(tmp_path)) == []


@pytest.mark.parametrize(("code", "old", "new", "near"), FAULTS, ids=[f"{f[0]}-{n}" for n, f in enumerate(FAULTS)])
def test_fault(tmp_path, code, old, new, near):
    assert TINY.count(old) >= 1
    text = TINY.replace(old, new, 1)
    path = write(tmp_path, text)
    found = [problem for problem in findings(path) if problem.code == code]
    assert found, findings(path)
    line = text[: text.index(near)].count("\n") + 1
    assert f"{path} line {line}" in {problem.where for problem in found} or not near
    assert all(problem.message and problem.fix for problem in found)


def test_agents_have_no_main_category(tmp_path):
    text = TINY.replace("subject: shop", "subject: agent\nrole: presale").replace("by: category", "by: main_category")
    (found,) = [problem for problem in findings(write(tmp_path, text)) if problem.code == "subject-mismatch"]
    assert found.fix == "use one of category, everyone, team, shop"


def test_every_code_has_a_fault():
    assert {code for code, *_ in FAULTS} | ELSEWHERE == set(CODES)


def test_the_codes_are_said_once_each():
    assert set(get_args(Code)) == set(CODES)


def test_all_problems_at_once(tmp_path):
    text = TINY.replace("subject: shop", "subject: shops").replace("minimum: 3", "minimum: three")
    text = text.replace("platform: demo", "platfrom: demo")
    with pytest.raises(RulesError) as error:
        load(write(tmp_path, text))
    assert [problem.code for problem in error.value.problems] == [
        "missing-key", "unknown-key", "wrong-value", "wrong-type",
    ]  # fmt: skip


def test_a_misspelt_key_is_told_its_neighbour(tmp_path):
    path = write(tmp_path, TINY.replace("min_peers: 5", "min_peer: 5"))
    fixes = {problem.code: problem.fix for problem in findings(path)}
    assert fixes["unknown-key"] == "did you mean `min_peers`?"


def test_the_branches_of_a_union_are_one_problem(tmp_path):
    path = write(tmp_path, TINY.replace("when_missing: zero", "when_missing: nothing"))
    assert [problem.code for problem in findings(path)] == ["wrong-value"]


def test_a_scorecard_needs_cases(tmp_path):
    path = tmp_path / "1.yaml"
    path.write_text(TINY, encoding="utf-8")
    assert [problem.code for problem in findings(path)] == ["no-cases"]


def test_an_unreadable_file(tmp_path):
    broken = tmp_path / "1.yaml"
    broken.write_bytes(b"id: \xff")
    assert [problem.code for problem in findings(broken)] == ["unreadable-file"]
    assert [problem.code for problem in findings(tmp_path / "none.yaml")] == ["unreadable-file"]


@pytest.mark.parametrize(
    "name", [(name, v) for name in library().ids() for v in library().versions(name)], ids="@".join
)
def test_every_shipped_scorecard_is_without_fault(name):
    loaded = library().loaded(*name)
    assert (loaded.scorecard.id, loaded.scorecard.version) == name
    assert check(loaded, CATALOGUE) == []


def test_places_name_shipped_files_from_the_library_on():
    loaded = library().loaded("douyin/experience", "2022-09-26")
    assert loaded.tree.place_of("volume").startswith("douyin/experience/2022-09-26.yaml line ")
    assert Path(loaded.path).is_file()
