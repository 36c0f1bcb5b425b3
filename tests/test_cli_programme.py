"""`programme`: assessments over time from written scores."""

import json
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from steelyard.cli.programme import register
from steelyard.errors import SteelyardError

DSR = ("douyin/dsr", "2020")
TEXT = pa.string()
JD = ("jd/aftersales_provider", "2023-01")


def results(folder, rows, card=DSR, ids=TEXT):
    """A result folder with one score per (subject, day, score); None: insufficient."""
    folder.mkdir(parents=True)
    table = pa.table(
        {
            "scorecard": [card[0]] * len(rows),
            "version": [card[1]] * len(rows),
            "as_of": pa.array([date.fromisoformat(day) for _, day, _ in rows], pa.date32()),
            "subject_id": pa.array([subject for subject, _, _ in rows], ids),
            "status": ["insufficient" if score is None else "scored" for _, _, score in rows],
            "raw_score": pa.array([None if s is None else Decimal(s) for _, _, s in rows], pa.decimal128(18, 6)),
        }
    )
    pq.write_table(table, folder / "scores.parquet")
    return folder


def called(*arguments):
    app = typer.Typer(pretty_exceptions_enable=False)
    register(app)
    app.command("other")(lambda: None)
    return CliRunner().invoke(app, ["programme", *map(str, arguments)])


def told(*arguments):
    """The rows as JSON."""
    result = called(*arguments, "--format", "json", "--lang", "en")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def codes(*arguments):
    """The codes of the problems a call ends with."""
    error = called(*arguments).exception
    assert isinstance(error, SteelyardError)
    return [problem.code for problem in error.problems]


def applications(folder, *lines):
    path = folder / "applications.csv"
    path.write_text("\n".join(["subject_id,day,wish", *lines]) + "\n", encoding="utf-8")
    return path


FALL = [
    ("S1", "2020-12-01", "4.6"),
    ("S1", "2020-12-02", "4.4"),
    ("S2", "2020-12-01", "3.9"),
    ("S2", "2020-12-02", None),
]


def test_the_alliance_and_bans_of_every_shop(tmp_path):
    folder = results(tmp_path / "r", FALL)
    asked = applications(tmp_path, "S1,2020-12-01,alliance", "S2,2020-12-02,alliance")
    rows = told("douyin/dsr", "--results", folder, "--applications", asked)
    assert [(row["subject_id"], row["day"], row["event"], row["alliance"], row["platform"]) for row in rows] == [
        ("S1", "2020-12-01", "joined", "member", "active"),
        ("S1", "2020-12-02", "removed", "removed", "active"),
        ("S2", "2020-12-01", "banned", "outside", "banned"),
        ("S2", "2020-12-02", "refused", "outside", "banned"),
    ]
    assert rows[0]["score"] == "4.6"
    assert rows[3]["refusal"] == "banned"
    assert rows[1]["text"].startswith("The score 4.4 is below 4.5")


def test_days_may_lie_in_several_folders_and_one_shop_may_be_asked_for(tmp_path):
    first, second = results(tmp_path / "a", FALL[:1]), results(tmp_path / "b", [FALL[0], *FALL[1:]])
    rows = told("douyin/dsr", "--results", first, "--results", second, "--subject", "S2")
    assert [row["event"] for row in rows] == ["banned"]


def test_the_warning_line_is_set_by_the_caller(tmp_path):
    folder = results(tmp_path / "r", [("S1", "2020-12-01", "4.1")])
    assert told("douyin/dsr", "--results", folder) == []
    (row,) = told("douyin/dsr", "--results", folder, "--set", "effects.low_score_warning.when.0.below=4.2")
    assert row["event"] == "warned"


def test_ids_that_are_numbers(tmp_path):
    folder = results(tmp_path / "r", [(7, "2020-12-01", "4.6")], ids=pa.int64())
    out = tmp_path / "states.parquet"
    asked = applications(tmp_path, "7,2020-12-01,alliance")
    (row,) = told("douyin/dsr", "--results", folder, "--applications", asked, "--out", out)
    assert row["subject_id"] == 7
    assert pq.read_table(out)["subject_id"].to_pylist() == [7, 7]


def test_states_are_written_for_effects_to_read(tmp_path):
    folder = results(tmp_path / "r", FALL)
    asked = applications(tmp_path, "S1,2020-12-01,alliance", "S2,2020-12-02,lift_ban")
    out = tmp_path / "states.parquet"
    told("douyin/dsr", "--results", folder, "--applications", asked, "--out", out)
    found = [tuple(row.values()) for row in pq.read_table(out).to_pylist()]
    first, second = date(2020, 12, 1), date(2020, 12, 2)
    assert found == [
        ("S1", "dsr_alliance", "member", first, second),
        ("S1", "dsr_alliance", "removed", second, None),
        ("S1", "dsr_platform", "active", first, None),
        ("S2", "dsr_alliance", "outside", first, None),
        ("S2", "dsr_platform", "banned", first, second),
        ("S2", "dsr_platform", "lifted", second, None),
    ]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_providers_are_judged_by_the_first_of_each_month(tmp_path):
    scores = [
        ("P", "2023-02-01", "79.5"),
        ("P", "2023-02-15", "10"),
        ("P", "2023-03-01", "80"),
        ("P", "2023-04-01", None),
    ]
    folder = results(tmp_path / "r", scores, card=JD)
    out = tmp_path / "states.parquet"
    rows = told("jd/aftersales_provider", "--results", folder, "--out", out)
    assert [(row["month"], row["score"], row["event"], row["penalty"]) for row in rows] == [
        ("2023-01", "79.5", "failed", 2000),
        ("2023-02", "80", "improved", 0),
        ("2023-03", None, "not_assessed", 0),
    ]
    assert [(row["value"], row["from_on"], row["to_on"]) for row in pq.read_table(out).to_pylist()] == [
        ("improving", date(2023, 2, 1), date(2023, 3, 1)),
        ("standard", date(2023, 3, 1), None),
    ]


def test_wrong_calls(tmp_path):
    folder = results(tmp_path / "r", FALL)
    other = results(tmp_path / "jd", [("P", "2023-02-01", "80")], card=JD)
    again = results(tmp_path / "again", [("S1", "2020-12-01", "4.5")])
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "scores.parquet").write_bytes(b"nothing")
    ask = applications(tmp_path, "S1,2020-12-01,alliance")
    at = ("--results", folder)
    assert codes("douyin/flag", *at) == ["unknown-programme"]
    assert codes("douyin/dsr", "--results", tmp_path / "empty") == ["not-a-result"]
    assert codes("douyin/dsr", "--results", tmp_path / "broken") == ["not-a-result"]
    assert codes("douyin/dsr", "--results", other) == ["not-a-result"]
    assert codes("douyin/dsr", *at, "--subject", "S9") == ["unknown-subject"]
    assert codes("douyin/dsr", *at, "--results", again) == ["day-twice"]
    assert codes("douyin/dsr", *at, "--set", "x") == ["bad-setting"]
    assert codes("douyin/dsr", *at, "--set", "effects.platform_ban.when.0.below=required") == ["unknown-reference"]
    assert codes("jd/aftersales_provider", "--results", other, "--applications", ask) == ["wrong-argument"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["S1,yesterday,alliance"], ["bad-application"]),
        (["S1,2020-12-01,peace", ",2020-12-01,alliance", "S1"], ["bad-application"] * 3),
        (["S9,2020-12-01,alliance"], ["unknown-subject"]),
    ],
)
def test_applications_that_cannot_be_read(tmp_path, lines, expected):
    folder = results(tmp_path / "r", FALL)
    assert codes("douyin/dsr", "--results", folder, "--applications", applications(tmp_path, *lines)) == expected


def test_applications_in_another_encoding(tmp_path):
    folder = results(tmp_path / "r", FALL)
    path = tmp_path / "a.csv"
    path.write_bytes("subject_id,day,wish\n店,2020-12-01,alliance\n".encode("gb18030"))
    assert codes("douyin/dsr", "--results", folder, "--applications", path) == ["bad-application"]
