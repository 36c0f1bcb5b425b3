"""Weeks and months of a period: no day is lost or counted twice, and each part is what `report` says of it."""

import json
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marketplace import write_events

from steelyard.service.trend import parts
from steelyard.windows import Period

DAYS = st.dates(date(2019, 12, 1), date(2024, 3, 31))


@given(DAYS, st.integers(1, 400), st.sampled_from(["week", "month"]))
def test_every_day_lies_in_the_part_of_its_week_or_month(first, length, every):
    period = Period(first, first + timedelta(days=length))
    found = list(parts(period, every))
    days = [day for part in found for day in _days(part)]
    assert days == _days(period)
    whose = [{_name(day, every) for day in _days(part)} for part in found]
    assert [len(names) for names in whose] == [1] * len(found)
    assert len({name for names in whose for name in names}) == len(found)


def _days(period):
    return [period.first + timedelta(days=number) for number in range((period.end - period.first).days)]


def _name(day, every):
    return day.isocalendar()[:2] if every == "week" else (day.year, day.month)


@pytest.fixture
def events(tmp_path):
    """Ratings of one agent: two good of two in the first week, one of two in the third."""
    rated = [(date(2022, 9, 6), 5), (date(2022, 9, 7), 4), (date(2022, 9, 20), 5), (date(2022, 9, 21), 1)]
    sessions = [
        {
            "session_id": number,
            "shop_id": 1,
            "buyer_id": 5,
            "agent_id": 11,
            "started_at": datetime.combine(day, time(10)),
            "rating": stars,
        }
        for number, (day, stars) in enumerate(rated)
    ]
    agents = [{"agent_id": 11, "shop_id": 1}]
    return write_events(
        tmp_path / "events", {"shops": [{"shop_id": 1}], "orders": [], "agents": agents, "sessions": sessions}
    )


def asked(cli, events, *more):
    period = ["--from", "2022-09-05", "--to", "2022-09-23", "--metric", "positive_rate"]
    return cli("replies", "--events", events, "--by", "agent", *period, *more)


def test_weeks_have_rows_of_their_own_with_the_change(cli, events):
    rows = json.loads(asked(cli, events, "--every", "week", "--format", "json").out)
    assert [(r["from_on"], r["to_on"], r["whole"], r["numerator"], r["denominator"], r["change"]) for r in rows] == [
        ("2022-09-05", "2022-09-12", True, 2, 2, None),
        ("2022-09-12", "2022-09-19", True, 0, 0, None),
        ("2022-09-19", "2022-09-23", False, 1, 2, None),
    ]
    assert list(rows[0])[:5] == ["metric", "subject_id", "numerator", "denominator", "value"]


def test_months_change_against_the_month_before(cli, events):
    done = asked(cli, events, "--every", "month", "--from", "2022-08-01", "--to", "2022-11-01", "--format", "csv")
    assert [line.split(",")[-4:] for line in done.out.splitlines()[1:]] == [
        ["2022-08-01", "2022-09-01", "True", ""],
        ["2022-09-01", "2022-10-01", "True", ""],
        ["2022-10-01", "2022-11-01", "True", ""],
    ]
    halves = ["--from", "2022-09-07", "--to", "2022-09-22", "--every", "week", "--format", "json"]
    rows = json.loads(asked(cli, events, *halves).out)
    assert [row["value"] for row in rows] == [1.0, None, 0.5]


def test_a_change_is_the_later_value_less_the_earlier(cli, tmp_path):
    rated = [(date(2022, 8, 30), 5), (date(2022, 8, 31), 5), (date(2022, 9, 1), 5), (date(2022, 9, 2), 1)]
    sessions = [
        {
            "session_id": number,
            "shop_id": 1,
            "buyer_id": 5,
            "agent_id": 11,
            "started_at": datetime.combine(day, time(10)),
            "rating": stars,
        }
        for number, (day, stars) in enumerate(rated)
    ]
    events = write_events(tmp_path / "events", {"shops": [{"shop_id": 1}], "orders": [], "sessions": sessions})
    days = ["--from", "2022-08-01", "--to", "2022-10-01", "--every", "month", "--format", "json"]
    rows = json.loads(asked(cli, events, *days).out)
    assert [(row["value"], row["change"]) for row in rows] == [(1.0, None), (0.5, -0.5)]


@pytest.mark.parametrize(("more", "code"), [
    (["--every", "year"], "unknown-step"),
    (["--every", "week", "--by", "day"], "every-not-here"),
    (["--every", "week", "--rows", "positive_rate", "11"], "every-not-here"),
])  # fmt: skip
def test_mistakes_are_told(cli, events, more, code):
    done = asked(cli, events, *more)
    assert (done.code, done.codes()) == (2, [code])
