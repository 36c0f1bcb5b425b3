"""`steelyard replies`: its rows, formats, files, the rows behind a number, and what a user can get wrong."""

import csv
import io
import json
from datetime import date, datetime
from pathlib import Path

import pytest
from marketplace import write_events

import steelyard
from steelyard.service.settings import settings_of

HERE = Path(__file__).parent
STAR = HERE.parent.parent / "shared" / "data" / "star_chat" / "events.parquet"
EXAMPLE = HERE.parent / "docs" / "examples" / "import" / "star_chat"
FIXED = ["metric", "subject_id", "numerator", "denominator", "value"]
AT = datetime(2022, 9, 5, 10)


def chat(folder, ids=int):
    """One shop, two agents: asked at 10:00:00, answered by the second after 30 seconds; asked again, never answered."""
    session = {"session_id": ids(7), "shop_id": ids(1), "buyer_id": ids(5)}
    said = [(AT, "buyer", None), (AT.replace(second=30), "agent", ids(12)), (AT.replace(minute=5), "buyer", None)]
    return write_events(
        folder,
        {
            "shops": [{"shop_id": ids(1)}],
            "orders": [],
            "agents": [{"agent_id": ids(number), "shop_id": ids(1)} for number in (11, 12, 13)],
            "sessions": [session | {"agent_id": ids(11), "started_at": AT}],
            "messages": [session | {"sent_at": at, "sender": sender, "agent_id": agent} for at, sender, agent in said],
        },
    )


@pytest.fixture
def events(tmp_path):
    return chat(tmp_path / "events")


def asked(cli, events, by, *more, metrics=("answer_rate_30s", "mean_response_time")):
    only = [text for metric in metrics for text in ("--metric", metric)]
    return cli("replies", "--events", events, "--by", by, "--from", "2022-09-05", "--to", "2022-09-07", *only, *more)


def of(rows, metric):
    return {row["subject_id"]: (row["numerator"], row["denominator"]) for row in rows if row["metric"] == metric}


def test_json_is_one_array_with_the_fixed_columns_first(cli, events):
    done = asked(cli, events, "shop", "--format", "json")
    rows = json.loads(done.out)
    assert done.code == 0
    assert [list(row)[:5] for row in rows] == [FIXED] * len(rows)
    assert of(rows, "answer_rate_30s") == {1: (1, 2)}
    (row,) = [row for row in rows if row["metric"] == "mean_response_time"]
    assert (row["value"], row["median"], row["p90"], row["status"]) == (30.0, 30, 30, "below_minimum")
    assert {each["up_to"]: each["count"] for each in row["distribution"]}[30] == 1


def test_agents_are_credited_with_their_replies_and_the_sessions_agent_with_misses(cli, events):
    rows = json.loads(asked(cli, events, "agent", "--format", "json").out)
    assert of(rows, "answer_rate_30s") == {11: (0, 1), 12: (1, 1), 13: (0, 0)}


def test_days_of_the_period_have_a_row_each(cli, events):
    rows = json.loads(asked(cli, events, "day", "--format", "json").out)
    assert of(rows, "answer_rate_30s") == {"2022-09-05": (1, 2), "2022-09-06": (0, 0)}


def test_ids_come_back_as_the_folder_has_them(cli, tmp_path):
    rows = json.loads(asked(cli, chat(tmp_path / "text", str), "shop", "--format", "json").out)
    assert of(rows, "answer_rate_30s") == {"1": (1, 2)}


def test_without_evidence_there_is_no_data_and_no_zero(cli, events):
    metrics = ("mean_refund_time", "online_time")
    rows = json.loads(asked(cli, events, "shop", "--format", "json", metrics=metrics).out)
    (refunds,) = [row for row in rows if row["metric"] == "mean_refund_time"]
    assert [refunds[name] for name in (*FIXED[2:], "status")] == [None, None, None, "no_data"]
    (online,) = [row for row in rows if row["metric"] == "online_time"]
    assert (online["numerator"], online["status"]) == (None, "no_data")


def test_csv_on_stdout_and_in_a_file_are_the_same(cli, events, tmp_path):
    printed = asked(cli, events, "shop", "--format", "csv")
    written = tmp_path / "made" / "numbers.csv"
    assert asked(cli, events, "shop", "--out", written).code == 0
    assert written.read_text(encoding="utf-8") == printed.out
    rows = list(csv.DictReader(io.StringIO(printed.out)))
    assert list(rows[0])[:5] == FIXED
    assert next(row["distribution"] for row in rows if row["metric"] == "mean_response_time").startswith(
        "5:0 10:0 30:1"
    )


def test_the_rows_behind_a_number_add_up_to_it(cli, events):
    done = asked(cli, events, "agent", "--rows", "answer_rate_30s", "12", "--format", "json")
    (row,) = json.loads(done.out)
    assert (row["row_id"], row["state"]) == ("7 2022-09-05 10:00:00", "counted")
    assert "counted 1 · eligible 0 · left_out 0" in done.err


def test_rows_say_why_they_are_left_out(cli, events):
    hours = "metrics.answer_rate_30s.params.opens='10:01'"
    done = asked(cli, events, "day", "--rows", "answer_rate_30s", "2022-09-05", "--set", hours, "--format", "json")
    states = [(row["state"], row["reason"], row["because"]) for row in json.loads(done.out)]
    assert states == [("left_out", "outside_hours", "outside the hours"), ("eligible", None, None)]


def test_every_metric_of_the_settings_has_a_row_per_subject(cli, events):
    rows = json.loads(asked(cli, events, "shop", "--format", "json", metrics=()).out)
    assert [row["metric"] for row in rows] == [metric.name for metric in settings_of().metrics]


def test_a_table_is_for_people(cli, events):
    done = asked(cli, events, "shop", "--lang", "zh")
    assert done.code == 0
    assert "30秒应答率" in done.out


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (["--by", "team"], "unknown-subject-kind", 2),
        (["--to", "2022-09-05"], "empty-period", 2),
        (["--to", "soon"], "not-a-day", 2),
        (["--platform", "nowhere"], "unknown-platform", 2),
        (["--set", "metrics.x=1"], "unknown-path", 2),
        (["--rows", "no_such_metric", "1"], "unknown-metric", 2),
        (["--rows", "answer_rate_30s", "one"], "unknown-subject", 1),
        (["--out", "numbers.txt"], "unknown-document", 2),
        (["--settings", "nowhere.yaml"], "unreadable-file", 1),
    ],
)
def test_mistakes_are_told(cli, events, arguments, code, exit_code):
    done = asked(cli, events, "shop", *arguments)
    assert (done.code, done.out) == (exit_code, "")
    assert f": {code}: " in done.err


@pytest.mark.skipif(not STAR.is_file(), reason="the STAR chats are not beside the project")
def test_first_responses_of_the_star_chats(cli, tmp_path):
    for file in (EXAMPLE / "mapping.yaml", STAR):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert cli("import", "table", tmp_path / "mapping.yaml", tmp_path / "events").code == 0
    period = ["--from", "2020-05-12", "--to", "2020-05-28", "--settings", EXAMPLE / "settings.yaml"]
    only = ["--metric", "first_answer_rate_30s", "--metric", "first_answer_rate_30s.answered"]
    done = cli("replies", "--events", tmp_path / "events", "--by", "shop", *period, *only, "--format", "json")
    rows = {row["metric"]: row for row in json.loads(done.out)}
    answered = rows["first_answer_rate_30s.answered"]
    assert (answered["numerator"], answered["denominator"], answered["median"]) == (4162, 6028, 20)
    assert answered["value"] == pytest.approx(0.690, abs=0.0005)
    every = rows["first_answer_rate_30s"]
    assert (every["numerator"], every["denominator"]) == (4162, 6205)


def test_python_gives_the_same_rows_as_the_command(cli, events):
    told = json.loads(asked(cli, events, "agent", "--format", "json").out)
    metrics = ["answer_rate_30s", "mean_response_time"]
    rows = steelyard.replies(events, by="agent", first="2022-09-05", end=date(2022, 9, 7), metrics=metrics)
    assert [(row["metric"], row["subject_id"], row["numerator"]) for row in rows] == [
        (row["metric"], row["subject_id"], row["numerator"]) for row in told
    ]
    with pytest.raises(steelyard.UsageError, match="empty-period"):
        steelyard.replies(events, by="agent", first="2022-09-05", end="2022-09-05")
