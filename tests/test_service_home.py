"""Service metrics, targets, checks and staffing of a home: everything it has taken, also what came after the period."""

import csv
import json
from datetime import date, datetime

import pytest

from steelyard.desk.home import Home
from tests.arriving import quick_home, run, write

DAY = date(2022, 9, 6)
CHAT = {"session_id": 7, "shop_id": 1, "buyer_id": 5}


@pytest.fixture
def home(tmp_path) -> Home:
    """Asked on the fifth, taken on that day; the answer, on the seventh, was taken on the seventh."""
    home = quick_home(tmp_path / "home")
    asked, answered = datetime(2022, 9, 5, 22, 59, 50), datetime(2022, 9, 7, 10)
    first = {
        "shops": [{"shop_id": 1}],
        "orders": [],
        "agents": [{"agent_id": 11, "shop_id": 1}],
        "sessions": [CHAT | {"agent_id": 11, "started_at": asked}],
        "messages": [CHAT | {"sent_at": asked, "sender": "buyer"}],
    }
    write(home.arrivals / "2022-09-05", first)
    write(home.arrivals / "2022-09-06", {})
    write(home.arrivals / "2022-09-07", {"messages": [CHAT | {"sent_at": answered, "sender": "agent", "agent_id": 11}]})
    for day in (DAY, date(2022, 9, 8)):
        run(home, day)
    return home


PERIOD = ["--from", "2022-09-05", "--to", "2022-09-06"]


def test_a_reply_that_was_taken_after_the_period_counts(home, cli):
    done = cli(
        "replies",
        "--events",
        home.folder,
        "--by",
        "agent",
        *PERIOD,
        "--metric",
        "message_reply_rate",
        "--format",
        "json",
    )
    (row,) = json.loads(done.out)
    assert (row["numerator"], row["denominator"]) == (1, 1)


def test_filled_forms_arrive_with_the_next_run(home, cli, tmp_path):
    form = tmp_path / "form.csv"
    assert cli("quality", "sample", "--events", home.folder, *PERIOD, "--size", "5", "--out", form).code == 0
    with form.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with form.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(row | {"score": "8"} for row in rows)
    assert cli("quality", "import", form, home.arrivals / "2022-09-08", "--on", "2022-09-08").code == 0
    outcome = run(home, date(2022, 9, 9))
    (taken,) = outcome.days[-1].taken
    assert (taken.read, sum(taken.quarantined.values())) == ({"quality_checks": 4}, 0)


def test_a_home_that_was_never_run_says_so(cli, tmp_path):
    assert cli("home", "create", tmp_path / "home").code == 0
    done = cli("targets", "--events", tmp_path / "home", *PERIOD)
    assert (done.code, done.codes()) == (1, ["nothing-taken"])
    assert "run it first" in done.err
