"""Which version stands on a day: in force, announced, showing history."""

import json
from datetime import date

import pytest
import typer
from scorecards_tiny import TINY, write
from typer.testing import CliRunner

from steelyard.cli.versions import register
from steelyard.errors import UsageError
from steelyard.scorecards.library import library

EXPERIENCE = "douyin/experience"


def day(text):
    return date.fromisoformat(text)


def test_the_oldest_comes_first():
    assert library().versions(EXPERIENCE) == ("50-15-35", "2022-mid", "2022-09-26")


@pytest.mark.parametrize(
    ("on", "in_force", "announced"),
    [
        ("1999-01-01", "2022-mid", []),
        ("2022-09-07", "2022-mid", []),
        ("2022-09-08", "2022-mid", ["2022-09-26"]),
        ("2022-09-25", "2022-mid", ["2022-09-26"]),
        ("2022-09-26", "2022-09-26", []),
        ("2023-01-01", "2022-09-26", []),
    ],
)
def test_the_change_over(on, in_force, announced):
    known = library()
    assert known.in_force(EXPERIENCE, day(on)).version == in_force
    assert [card.version for card in known.announced(EXPERIENCE, day(on))] == announced


@pytest.mark.parametrize(
    ("past", "seen_on", "version"),
    [
        ("2022-09-07", "2022-09-08", "2022-mid"),
        ("2022-09-07", "2022-09-25", "2022-mid"),
        ("2022-09-25", "2022-09-25", "2022-mid"),
        ("2022-09-07", "2022-09-26", "2022-09-26"),
        ("2022-09-25", "2022-09-26", "2022-09-26"),
        ("2022-09-26", "2022-09-26", "2022-09-26"),
    ],
)
def test_history_is_restated_from_the_day_in_force(past, seen_on, version):
    assert library().shown(EXPERIENCE, day(past), day(seen_on)).version == version


def three(folder, *, restates):
    """Versions 1 to 3 from January, March and May; the second says whether it restates history."""
    for number, month in (("1", "01"), ("2", "03"), ("3", "05")):
        text = TINY.replace('version: "1"', f'version: "{number}"').replace("2022-02-01", f"2022-{month}-01")
        text = text.replace("published_on: 2022-01-01", "published_on: 2021-12-01")
        if number == "2" and restates:
            text = text.replace("platform:", "restates_history: true\nplatform:")
        write(folder, text, f"{number}.yaml")
    return library([folder])


def test_a_version_that_keeps_history_shows_its_own_days_only(tmp_path):
    known = three(tmp_path, restates=False)
    assert known.shown("demo/tiny", day("2022-02-01"), day("2022-06-01")).version == "1"
    assert known.shown("demo/tiny", day("2022-04-01"), day("2022-06-01")).version == "2"


def test_a_restating_version_shows_what_lies_before_it_and_nothing_after_its_successor(tmp_path):
    known = three(tmp_path, restates=True)
    assert known.shown("demo/tiny", day("2021-06-01"), day("2022-06-01")).version == "2"
    assert known.shown("demo/tiny", day("2022-02-01"), day("2022-02-28")).version == "1"
    assert known.shown("demo/tiny", day("2022-02-01"), day("2022-06-01")).version == "2"
    assert known.shown("demo/tiny", day("2022-05-01"), day("2022-06-01")).version == "3"


def test_the_periods_of_a_history(tmp_path):
    def periods(known, name, on):
        return [(each.card.version, str(each.first), str(each.last)) for each in known.history(name, day(on))]

    assert periods(library(), EXPERIENCE, "2022-09-25") == [("2022-mid", "None", "2022-09-25")]
    assert periods(library(), EXPERIENCE, "2022-09-26") == [("2022-09-26", "None", "2022-09-26")]
    assert periods(three(tmp_path, restates=True), "demo/tiny", "2022-06-01") == [
        ("2", "None", "2022-04-30"), ("3", "2022-05-01", "2022-06-01"),
    ]  # fmt: skip
    assert periods(three(tmp_path, restates=False), "demo/tiny", "2022-03-02") == [
        ("1", "2022-01-01", "2022-02-28"), ("2", "2022-03-01", "2022-03-02"),
    ]  # fmt: skip


def when(*arguments):
    """What `scorecards when` prints as JSON."""
    app = typer.Typer()
    register(app)
    app.command("other")(lambda: None)
    result = CliRunner().invoke(app, ["when", *arguments, "--format", "json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("on", "states", "shown_by"),
    [
        ("2022-09-07", ["over", "in_force", "later"], "2022-mid"),
        ("2022-09-08", ["over", "in_force", "announced"], "2022-mid"),
        ("2022-09-25", ["over", "in_force", "announced"], "2022-mid"),
        ("2022-09-26", ["over", "over", "in_force"], "2022-09-26"),
    ],
)
def test_the_command_says_it(on, states, shown_by):
    rows = when(EXPERIENCE, "--on", on)
    assert [row["state"] for row in rows] == states
    assert {row["scorecard"]: row["shows_to"] for row in rows if row["shows_to"]} == {f"{EXPERIENCE}@{shown_by}": on}


def test_before_the_first_version_nothing_is_shown(tmp_path):
    known = three(tmp_path, restates=False)
    with pytest.raises(UsageError, match="no version of demo/tiny is in force"):
        known.shown("demo/tiny", day("2021-06-01"), day("2022-06-01"))
    assert [card.version for card in known.announced("demo/tiny", day("2021-12-01"))] == ["1", "2", "3"]


def test_versions_that_claim_to_replace_one_another_do_not_hang(tmp_path):
    for number, other in (("1", "2"), ("2", "1")):
        text = TINY.replace('version: "1"', f'version: "{number}"\nreplaces: "{other}"')
        write(tmp_path, text, f"{number}.yaml")
    assert library([tmp_path]).versions("demo/tiny") == ("1", "2")
