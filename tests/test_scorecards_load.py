"""Exact numbers, overlays, values set by the caller, and the library."""

from datetime import date
from decimal import Decimal

import pytest
from scorecards_tiny import MEASURES, TINY, write

from steelyard.errors import RulesError, UsageError
from steelyard.scorecards.check import check
from steelyard.scorecards.covers import cover_of, numbers
from steelyard.scorecards.curves import Missing
from steelyard.scorecards.library import library
from steelyard.scorecards.load import load, read
from steelyard.scorecards.model import Assumption
from steelyard.scorecards.override import set_values
from steelyard.scorecards.tree import parse

OVERLAY = """\
extends: demo/tiny@1
version: "2"
volume: {minimum: 7}
dimensions:
  - id: speed
    indicators:
      - {id: near, remove: true}
      - {id: fast, weight: equal}
effects:
  - {id: ads, remove: true}
  - id: slow
    title: {zh: 慢, en: Slow}
    kind: restriction
    when: [{of: score, below: 2}]
assumptions:
  - covers: [volume.minimum, dimensions.speed.indicators.fast.weight, "effects.slow.**"]
    why: {zh: 本市场自定, en: our marketplace's own}
"""


def overlaid(folder, text=OVERLAY):
    base = write(folder)
    path = write(folder, text, "2.yaml")
    return read(path, {"demo/tiny@1": base, "demo/tiny@2": path}.get)


def codes(error):
    return [problem.code for problem in error.value.problems]


def test_numbers_are_exact_from_their_text():
    tree = parse("a: 0.1\nb: 1234567890123456789.123456789\nc: 0x1f\nd: 2022-09-26\ne: 08:00\nf: yes\n", "x")
    assert tree.plain() == {
        "a": Decimal("0.1"), "b": Decimal("1234567890123456789.123456789"), "c": 31, "d": date(2022, 9, 26),
        "e": "08:00", "f": "yes",
    }  # fmt: skip


def test_gate_of_the_shipped_scorecard_is_fifteen_hundredths():
    scorecard = library().get("douyin/experience", "2022-09-26")
    assert scorecard.gates[0].value_at_least == Decimal("0.15")
    assert [dimension.weight for dimension in scorecard.dimensions] == [4250, 2000, 3750]


def test_an_overlay_is_a_whole_scorecard(tmp_path):
    loaded = overlaid(tmp_path)
    scorecard = loaded.scorecard
    assert scorecard.name == "demo/tiny@2"
    assert scorecard.volume.minimum == 7
    assert scorecard.volume.measure == "paid"
    assert [indicator.id for indicator in scorecard.indicators] == ["fast", "kind", "calm"]
    assert [effect.id for effect in scorecard.effects] == ["slow"]
    assert check(loaded, MEASURES) == []


def test_an_overlay_keeps_the_base_s_word_on_numbers_it_did_not_touch(tmp_path):
    scorecard = overlaid(tmp_path).scorecard
    touched = cover_of(scorecard, "volume.minimum")
    assert isinstance(touched, Assumption)
    assert touched.why.en == "our marketplace's own"
    kept = cover_of(scorecard, "peers.min_peers")
    assert kept is not None
    assert kept.covers == ("peers.min_peers",)


def test_an_overridden_number_needs_its_own_cover(tmp_path):
    loaded = overlaid(tmp_path, OVERLAY.replace("covers: [volume.minimum, ", "covers: ["))
    problems = check(loaded, MEASURES)
    assert [(problem.code, problem.where) for problem in problems] == [
        ("uncovered-number", f"{tmp_path / '2.yaml'} line 3")
    ]


def test_findings_in_the_base_point_into_the_base(tmp_path):
    loaded = overlaid(tmp_path)
    assert loaded.tree.place_of("peers", "min_peers") == f"{tmp_path / '1.yaml'} line 10"
    assert loaded.tree.place_of("volume", "minimum") == f"{tmp_path / '2.yaml'} line 3"


def test_another_curve_replaces_the_base_s_curve(tmp_path):
    more = OVERLAY.replace("weight: equal}", "weight: equal, points: {curve: peer_share, min: 1, max: 9}}")
    more = more.replace("covers: [", 'covers: ["dimensions.speed.indicators.fast.points.*", ')
    loaded = overlaid(tmp_path, more)
    assert loaded.scorecard.indicator("fast").points.curve == "peer_share"
    assert check(loaded, MEASURES) == []


def test_an_overlay_of_nothing(tmp_path):
    with pytest.raises(RulesError) as error:
        overlaid(tmp_path, OVERLAY.replace("demo/tiny@1", "demo/tiny@9"))
    assert codes(error) == ["unknown-base"]


def test_an_overlay_of_itself(tmp_path):
    first = write(tmp_path, 'extends: demo/a@2\nid: demo/a\nversion: "1"\n', "a.yaml")
    second = write(tmp_path, 'extends: demo/a@1\nid: demo/a\nversion: "2"\n', "b.yaml")
    for path in (first, second):
        with pytest.raises(RulesError) as error:
            load(path, {"demo/a@1": first, "demo/a@2": second}.get)
        assert codes(error) == ["extends-cycle"]


def test_removing_what_is_not_there(tmp_path):
    with pytest.raises(RulesError) as error:
        overlaid(tmp_path, OVERLAY.replace("{id: near, remove", "{id: far, remove"))
    assert codes(error) == ["merge-without-id"]
    assert error.value.problems[0].where.endswith("2.yaml line 7")


def test_set_values_marks_the_path_as_assumed(tmp_path):
    before = load(write(tmp_path))
    after = set_values(
        before, {"volume.minimum": "10", "dimensions.speed.indicators.fast.low_volume": "{policy: missing, below: 2}"}
    )
    assert after.volume.minimum == 10
    assert after.indicator("fast").low_volume == Missing(policy="missing", below=2)
    cover = cover_of(after, "volume.minimum")
    assert isinstance(cover, Assumption)
    assert cover.why.en == "set by the caller"
    assert numbers(before).by_grade["B"] == 2
    assert numbers(after).by_grade["B"] == 1
    assert numbers(after).assumed == numbers(before).assumed + 2
    assert before.volume.minimum == 3


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("volum.minimum", "3", "unknown-path"),
        ("dimensions.slow.weight", "3", "unknown-path"),
        ("volume.minimun", "3", "unknown-key"),
        ("volume.minimum", "many", "wrong-type"),
        ("volume.minimum", "[1", "not-yaml"),
        ("dimensions.speed.weight", "5000", "dimension-weights"),
        ("scale.max", "0", "min-above-max"),
    ],
)
def test_a_wrong_setting_is_a_wrong_call(tmp_path, path, value, code):
    with pytest.raises(UsageError) as error:
        set_values(load(write(tmp_path)), {path: value})
    assert code in codes(error)
    assert all(problem.where.startswith(f"--set {path}") for problem in error.value.problems)


def test_numbers_are_counted_by_grade(tmp_path):
    counted = numbers(load(write(tmp_path)))
    assert counted.total == counted.assumed + sum(counted.by_grade.values())
    assert counted.en() == f"{counted.total} numbers, {counted.assumed} assumed"
    assert numbers(library().get("douyin/experience", "2022-09-26")).by_grade == {"S": 20, "A": 4, "B": 11}


def both(folder):
    write(folder)
    later = TINY.replace('version: "1"', 'version: "2"').replace("2022-02-01", "2022-09-26")
    write(folder, later, "2.yaml")
    return library([folder])


def test_the_version_in_force(tmp_path):
    known = both(tmp_path)
    assert "demo/tiny" in known.ids()
    assert known.versions("demo/tiny") == ("1", "2")
    assert known.in_force("demo/tiny", date(2022, 9, 25)).version == "1"
    assert known.in_force("demo/tiny", date(2022, 9, 26)).version == "2"
    with pytest.raises(UsageError, match="1 from 2022-02-01, 2 from 2022-09-26"):
        known.in_force("demo/tiny", date(2022, 1, 31))


def test_an_open_start_is_always_in_force(tmp_path):
    path = write(tmp_path, TINY.replace("effective_from: 2022-02-01", "effective_from: null"))
    assert library([path]).in_force("demo/tiny", date(1999, 1, 1)).version == "1"


def test_a_named_version_is_given_with_a_note(tmp_path):
    known = both(tmp_path)
    assert known.resolve("demo/tiny", date(2022, 9, 26))[1] == ()
    assert known.resolve("demo/tiny@2", date(2022, 9, 26))[1] == ()
    scorecard, notes = known.resolve("demo/tiny@1", date(2022, 9, 26))
    assert scorecard.version == "1"
    assert notes == ("version 1 is not in force on 2022-09-26; in force: 2",)
    assert known.resolve("demo/tiny@1", date(2022, 1, 1))[1] == (
        "version 1 is not in force on 2022-01-01; in force: none",
    )


def test_what_the_library_does_not_have(tmp_path):
    known = both(tmp_path)
    with pytest.raises(UsageError, match="there is no scorecard 'demo/small'"):
        known.in_force("demo/small", date(2022, 1, 1))
    with pytest.raises(UsageError, match="there is 1, 2"):
        known.get("demo/tiny", "3")


def test_a_file_of_the_caller_may_extend_a_shipped_scorecard(tmp_path):
    text = 'extends: douyin/experience@2022-09-26\nversion: "ours"\nvolume: {minimum: 10}\n'
    text += "assumptions:\n  - {covers: [volume.minimum], why: {zh: 自定, en: ours}}\n"
    path = tmp_path / "ours.yaml"
    path.write_text("id: douyin/experience\n" + text, encoding="utf-8")
    known = library([path])
    assert known.get("douyin/experience", "ours").volume.minimum == 10
    assert set(known.versions("douyin/experience")) >= {"2022-09-26", "ours"}
