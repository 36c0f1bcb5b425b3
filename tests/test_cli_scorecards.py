"""The library on the command line, which version is taken, help, and the demo."""

import csv
import io
import json
import re

import pyarrow.parquet as pq
import pytest
import typer
from command_line import CARD, QUICK, UNTIL, VERSION, content, finished, started
from marketplace import small

from steelyard.cli import app
from steelyard.scorecards.library import library

OURS = """\
id: shop/ours
version: "{version}"
extends: douyin/experience@2022-09-26
effective_from: {since}
volume: {{minimum: 1}}
assumptions:
  - covers: [volume.minimum]
    why: {{zh: 店铺很小, en: small shops}}
"""

CASE = """\
scorecard: shop/ours@1
cases:
  - name: one order is enough
    as_of: 2022-12-01
    events:
      shops: [{shop_id: S1, category: 食品}]
      orders: [{order_id: O1, shop_id: S1, paid_at: 2022-11-01 10:00:00, promised_ship_at: 2022-11-02 10:00:00,
                collected_at: 2022-11-02 09:00:00}]
    expect:
      scores: {S1: {status: scored, score: 5.00}}
"""


@pytest.fixture
def rules(tmp_path):
    """Two versions of a scorecard of our own: from November and from December."""
    folder = tmp_path / "rules"
    folder.mkdir()
    for version, since in (("1", "2022-11-01"), ("2", "2022-12-01")):
        (folder / f"{version}.yaml").write_text(OURS.format(version=version, since=since), encoding="utf-8")
    return folder


@pytest.fixture
def versions(tmp_path):
    """The same two days, of a scorecard that is quick to score."""
    folder = tmp_path / "versions"
    folder.mkdir()
    for version, since in (("1", "2022-11-01"), ("2", "2022-12-01")):
        text = QUICK.replace('version: "1"', f'version: "{version}"\neffective_from: {since}')
        (folder / f"{version}.yaml").write_text(text, encoding="utf-8")
    return folder


def score(tmp_path, versions, wanted, day):
    events = small(tmp_path / "events")
    return ["score", wanted, "--events", events, "--as-of", day, "--out", tmp_path / "out", "--rules", versions]


PREVIEW = "note: preview: demo/quick@2 takes effect on 2022-12-01; until then it touches no effect"


@pytest.mark.parametrize(
    ("wanted", "day", "version", "notes"),
    [
        ("demo/quick", "2022-11-01", "1", []),
        ("demo/quick", "2022-11-30", "1", []),
        ("demo/quick", "2022-12-01", "2", []),
        ("demo/quick@1", "2022-11-30", "1", []),
        ("demo/quick@1", "2022-12-01", "1", ["note: version 1 is not in force on 2022-12-01; in force: 2"]),
        ("demo/quick@2", "2022-11-30", "2", ["note: version 2 is not in force on 2022-11-30; in force: 1", PREVIEW]),
        ("demo/quick@2", "2022-10-31", "2", ["note: version 2 is not in force on 2022-10-31; in force: none", PREVIEW]),
    ],
)
def test_the_version_in_force_is_taken_and_another_is_noted(cli, tmp_path, versions, wanted, day, version, notes):
    done = cli(*score(tmp_path, versions, wanted, day))
    assert done.code == 0, done.err
    assert set(pq.read_table(tmp_path / "out" / "scores.parquet")["version"].to_pylist()) == {version}
    assert [line for line in done.err.splitlines() if line.startswith("note: ")] == notes


def test_with_none_in_force_the_versions_are_listed(cli, tmp_path, versions):
    done = cli(*score(tmp_path, versions, "demo/quick", "2022-10-31"))
    assert (done.code, done.codes()) == (2, ["unknown-reference"])
    assert "1 from 2022-11-01, 2 from 2022-12-01" in done.err
    assert not (tmp_path / "out").exists()


def test_a_value_set_by_the_caller_acts_and_counts_as_assumed(cli, market, tmp_path):
    call = ["score", CARD, "--events", market, "--as-of", UNTIL, "--out", tmp_path / "out", "--format", "json"]
    plain, strict = (json.loads(cli(*call, *more).out) for more in ([], ["--set", "volume.minimum=1000000"]))
    assert (strict["scored"], strict["insufficient"]) == (0, plain["subjects"])
    assert plain["scored"] > 0
    assert (strict["numbers"], strict["assumed"]) == (plain["numbers"], plain["assumed"] + 1)


def test_a_faulty_file_is_told_with_all_its_problems_and_their_lines(cli, tmp_path):
    file = tmp_path / "faulty.yaml"
    text = OURS.format(version="1", since="2022-09-01").replace("covers: [volume.minimum]", "covers: [volume.maximum]")
    file.write_text(text, encoding="utf-8")
    done = cli("scorecards", "check", file)
    assert (done.code, done.out) == (1, "")
    found = sorted(line.removeprefix(f"{file} ").split(": ")[:2] for line in done.err.splitlines())
    assert done.codes()
    assert found == [["line 4", "dates-order"], ["line 5", "uncovered-number"], ["line 7", "cover-of-nothing"]]


def test_problems_of_several_files_are_told_at_once(cli, tmp_path):
    (tmp_path / "a.yaml").write_text("- no mapping\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("id: [", encoding="utf-8")
    done = cli("scorecards", "check", tmp_path)
    assert (done.code, sorted(done.codes())) == (1, ["not-a-mapping", "not-yaml"])
    assert "a.yaml" in done.err
    assert "b.yaml line 1" in done.err


def test_good_files_pass_the_check(cli, rules):
    done = cli("scorecards", "check", rules)
    assert (done.code, done.err) == (0, "")
    assert done.out == "2 scorecard files, no problems\n"


@pytest.mark.parametrize(("expected", "code", "passed"), [("5.00", 0, True), ("4.99", 1, False)])
def test_worked_cases_pass_or_fail_with_their_differences(cli, rules, expected, code, passed):
    (rules / "cases" / "1").mkdir(parents=True)
    (rules / "cases" / "1" / "one.yaml").write_text(CASE.replace("5.00", expected), encoding="utf-8")
    done = cli("scorecards", "test", rules / "1.yaml", "--rules", rules, "--format", "json")
    assert done.code == code
    (row,) = json.loads(done.out)
    assert (row["case"], row["passed"]) == ("one order is enough", passed)
    assert (row["differences"] == "") == passed
    assert done.err == f"1 cases, {int(passed)} passed, {int(not passed)} failed\n"


def test_the_list_names_every_version_and_its_assumptions(cli, rules):
    rows = json.loads(cli("scorecards", "list", "--rules", rules, "--format", "json").out)
    by_name = {row["scorecard"]: row for row in rows}
    known = library().ids()
    assert {f"{CARD}@{VERSION}", "shop/ours@1", "shop/ours@2"} < by_name.keys()
    assert {name.partition("@")[0] for name in by_name} == {*known, "shop/ours"}
    assert by_name["shop/ours@1"]["assumed"] == by_name[f"{CARD}@{VERSION}"]["assumed"] + 1
    assert by_name[f"{CARD}@{VERSION}"]["in_force_from"] == VERSION
    assert by_name["shop/ours@2"]["in_force_from"] == "2022-12-01"


def test_every_number_is_shown_with_its_ground(cli):
    rows = list(csv.DictReader(io.StringIO(cli("scorecards", "show", CARD, "--format", "csv").out)))
    (counted,) = [
        row
        for row in json.loads(cli("scorecards", "list", "--format", "json").out)
        if row["scorecard"] == f"{CARD}@{VERSION}"
    ]
    assert len(rows) == counted["numbers"]
    assert sum(row["grade"] == "assumed" for row in rows) == counted["assumed"]
    assert all(row["where"] for row in rows)


def test_a_difference_is_said_in_both_languages(cli, rules):
    call = ["scorecards", "diff", "shop/ours@1", "shop/ours@2", "--rules", rules, "--format", "json"]
    chinese, english = (json.loads(cli(*call, "--lang", lang).out) for lang in ("zh", "en"))
    assert [row["path"] for row in english] == [row["path"] for row in chinese] != []
    assert any("2022-12-01" in row["said"] for row in english)
    assert [row["said"] for row in english] != [row["said"] for row in chinese]


def test_the_schema_is_json(cli):
    assert json.loads(cli("scorecards", "schema").out)["$schema"].startswith("https://json-schema.org/")


OPTIONS = {
    "demo": ["--shops", "--days", "--no-serve", "--home"],
    "sample": ["DIR", "--shops", "--days", "--until", "--seed", "--orders"],
    "import olist": ["SRC", "DIR"],
    "import table": ["MAPPING.yaml", "DIR"],
    "check events": ["DIR", "--strict"],
    "scorecards list": [],
    "scorecards show": ["ID[@VERSION]"],
    "scorecards check": ["PATH…"],
    "scorecards test": ["ID…"],
    "scorecards diff": ["ID@V1", "ID@V2"],
    "scorecards schema": [],
    "score": [
        "ID[@VERSION]|all",
        "--events",
        "--as-of",
        "--from",
        "--known-on",
        "--engine",
        "duckdb|spark",
        "--set",
        "--out",
        "--only",
        "shop|agent",
    ],
    "explain": ["ID[@VERSION]", "SUBJECT", "--events", "--as-of", "--known-on"],
    "rows": ["ID[@VERSION]", "INDICATOR", "SUBJECT", "--events", "--as-of", "--known-on"],
    "sql": ["ID[@VERSION]", "--as-of", "--dialect"],
    "scorecards when": ["ID", "--on"],
    "scenarios": ["SEARCH", "--module", "--as-of", "--events"],
    "diagnose": ["ID[@VERSION]", "--indicator", "--events", "--as-of"],
    "problems": ["ID[@VERSION]", "--most", "--events", "--as-of"],
    "products": ["ID[@VERSION]", "--most", "--events", "--as-of"],
    "effects": ["SUBJECT", "--effect", "--results", "--from", "--events", "--as-of"],
    "statement": ["ID[@VERSION]", "--out", "--events", "--as-of"],
    "programme": ["NAME", "--results", "--applications", "--subject", "--out"],
    "replies": [
        "--events",
        "--by",
        "agent|shop|day",
        "--from",
        "--to",
        "--platform",
        "--settings",
        "--set",
        "--metric",
        "--rows",
        "--every",
        "--out",
        "--engine",
    ],
    "pay": [
        "PLAN.yaml",
        "--events",
        "--month",
        "--out",
        "--before",
        "--register",
        "--staff",
        "--entries",
        "--agent",
        "--example",
    ],
    "claims": ["REGISTER", "--events", "--known-on", "--order", "--return", "--complaint"],
    "targets": [
        "--events",
        "--by",
        "agent|shop",
        "--shop",
        "--from",
        "--to",
        "--source",
        "--platform",
        "--settings",
        "--set",
        "--metric",
        "--out",
    ],
    "quality sample": ["--events", "--from", "--to", "--size", "--by", "--per", "--seed", "--checklist", "--out"],
    "quality import": ["FILE", "DIR", "--on", "--checklist"],
    "staffing": ["--shop", "--events", "--from", "--to", "--metric", "--target", "--part", "--settings", "--out"],
    "run": ["--home", "--as-of", "--wait"],
    "trend": ["ID", "SUBJECT", "--home", "--to", "--from", "--of"],
    "home create": ["DIR", "--database"],
    "home status": ["DIR"],
    "home backup": ["DIR", "FILE", "--whole"],
    "home restore": ["FILE", "DIR", "--database"],
    "home upgrade": ["DIR"],
}
PRINTING = set(OPTIONS) - {
    "scorecards check",
    "scorecards schema",
    "statement",
    "quality sample",
    "quality import",
    "home create",
    "home restore",
    "home upgrade",
}


def leaves(command, name=()):
    inner = getattr(command, "commands", None)
    if inner is None:
        return [" ".join(name)]
    return [leaf for each, found in inner.items() for leaf in leaves(found, (*name, each))]


def test_every_command_is_expected_here():
    assert sorted(leaves(typer.main.get_command(app))) == sorted(OPTIONS)


@pytest.mark.parametrize("command", OPTIONS)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_lists_the_arguments_and_options(cli, command, flag):
    done = cli(*command.split(), flag)
    text = re.sub(r"\x1b\[[0-9;]*m", "", done.out)
    assert (done.code, done.err) == (0, "")
    missing = [said for said in OPTIONS[command] if said not in text]
    assert missing == []
    assert ("--format" in text) == (command in PRINTING)


def test_the_first_help_groups_the_commands(cli):
    done = cli("--help")
    assert done.code == 0
    for group in ("Start here", "Events", "Scores", "Rules", "Customer service"):
        assert group in done.out


def test_the_module_is_the_command():
    done = finished(started("scorecards", "list", "--format", "json"))
    assert (done.code, done.err) == (0, "")
    assert f"{CARD}@{VERSION}" in {row["scorecard"] for row in json.loads(done.out)}


def test_the_demo_writes_everything_and_may_be_run_again(cli, tmp_path):
    home = tmp_path / "demo"
    call = ["demo", "--home", home, "--no-serve", "--shops", 30, "--days", 60]
    first = cli(*call, "--format", "json")
    before = content(home / "events")
    second = cli(*call)
    assert (first.code, second.code) == (0, 0)
    assert (first.codes(), second.codes()) == ([], [])
    paths = {row["path"] for row in json.loads(first.out)}
    assert paths == {str(home / "results" / name) for name in library().ids()}
    assert f"events: {home / 'events'}" in first.err
    scores = pq.read_table(home / "results" / CARD / "scores.parquet")
    assert set(scores["as_of"].to_pylist()) == {UNTIL}
    assert scores.num_rows == 30
    assert content(home / "events") == before
    assert f"note: {home / 'events'} is there already and is scored as it is" in second.err
    assert {path.name for path in home.iterdir()} == {"events", "results"}
