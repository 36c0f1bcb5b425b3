"""Sampling plans of sessions, their forms, and filled forms as quality checks."""

import csv
import random
from datetime import datetime, timedelta
from hashlib import sha256

import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from marketplace import write_events
from python_calamine import CalamineWorkbook

from steelyard.engines import connect
from steelyard.errors import RulesError
from steelyard.events.check import open_arrivals
from steelyard.scorecards.check import cover_findings
from steelyard.service.check_form import COLUMNS
from steelyard.service.checklist import checklist_of, checklist_tree
from steelyard.service.sampling import Plan, Session, drawn

AT = datetime(2022, 9, 5, 10)
ITEMS = ["解决问题的能力", "沟通技巧", "专业程度", "售后服务"]

SESSIONS = st.lists(
    st.builds(
        Session,
        st.integers(1, 999),
        st.integers(1, 3),
        st.none() | st.integers(11, 14),
        st.just(AT),
        st.none() | st.integers(1, 5),
        st.none() | st.integers(0, 9),
    ),
    max_size=40,
    unique_by=lambda session: session.session_id,
)
PLANS = st.builds(
    Plan,
    st.integers(1, 8),
    st.sampled_from(["random", "low_rating", "long_wait"]),
    st.integers(-3, 3),
    st.sampled_from([None, "agent", "shop"]),
)


def naive(sessions, plan):
    """The ids drawn, by the words of the plan."""
    groups = {None: [""], "agent": [11, 12, 13, 14], "shop": [1, 2, 3]}[plan.per]
    chosen = []
    for group in groups:
        those = [s for s in sessions if plan.per is None or getattr(s, f"{plan.per}_id") == group]
        if plan.by == "low_rating":
            those = [s for s in those if s.rating is not None]
            those.sort(key=lambda s: (s.rating, sha256(f"{plan.seed}\n{s.session_id}".encode()).hexdigest()))
        elif plan.by == "long_wait":
            those = [s for s in those if s.longest_wait is not None]
            those.sort(key=lambda s: (-s.longest_wait, sha256(f"{plan.seed}\n{s.session_id}".encode()).hexdigest()))
        else:
            those.sort(key=lambda s: sha256(f"{plan.seed}\n{s.session_id}".encode()).hexdigest())
        chosen += [s.session_id for s in those[: plan.size]]
    return chosen


@settings(max_examples=150, deadline=None)
@given(SESSIONS, PLANS, st.randoms())
def test_a_draw_is_what_the_plan_says_in_any_order_of_rows(sessions, plan, chance: random.Random):
    expected = naive(sessions, plan)
    chance.shuffle(sessions)
    assert [session.session_id for session in drawn(sessions, plan)] == expected


@settings(max_examples=50, deadline=None)
@given(SESSIONS, PLANS, st.integers(1, 5))
def test_a_longer_draw_holds_the_shorter_one(sessions, plan, more):
    shorter = {session.session_id for session in drawn(sessions, plan)}
    longer = Plan(plan.size + more, plan.by, plan.seed, plan.per)
    assert shorter <= {session.session_id for session in drawn(sessions, longer)}


def test_the_checklist_is_the_four_items_each_with_words_for_every_point():
    checklist = checklist_of()
    assert [item.item for item in checklist.items] == ITEMS
    assert [[level.points for level in item.levels] for item in checklist.items] == [list(range(1, 11))] * 4
    assert list(cover_findings(checklist_tree())) == []


def market(folder, ids=int):
    """Six sessions of two agents; 4 is a bot's, 5 excluded, 6 of the day after. 2 is rated worst, 3 waited longest."""
    rows = [(1, 11, 5, 10), (2, 12, 1, 20), (3, 11, None, 90), (4, 11, 1, 99), (5, 12, 1, 99), (6, 12, 1, 99)]
    sessions, messages = [], []
    for number, agent, rating, wait in rows:
        day = timedelta(days=1 if number == 6 else 0)
        row = {"session_id": ids(number), "shop_id": ids(1), "buyer_id": ids(5)}
        handler = "bot" if number == 4 else "human"
        more = {"agent_id": ids(agent), "started_at": AT + day, "rating": rating, "handled_by": handler}
        sessions.append(row | more)
        messages.append(row | {"sent_at": AT + day, "sender": "buyer"})
        reply = {"sent_at": AT + day + timedelta(seconds=wait), "sender": "agent", "agent_id": ids(agent)}
        messages.append(row | reply)
    excluded = {"table": "sessions", "row_id": ids(5), "reason": "other", "decided_at": AT}
    return write_events(folder, {
        "shops": [{"shop_id": ids(1)}], "orders": [],
        "agents": [{"agent_id": ids(number), "shop_id": ids(1)} for number in (11, 12)],
        "sessions": sessions, "messages": messages, "exclusions": [excluded],
    })  # fmt: skip


@pytest.fixture
def events(tmp_path):
    return market(tmp_path / "events")


def sample(cli, events, out, *more):
    return cli(
        "quality", "sample", "--events", events, "--from", "2022-09-05", "--to", "2022-09-06", "--size", "9",
        "--out", out, *more,
    )  # fmt: skip


def read(out):
    with out.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def fill(out, scores, **cells):
    """Write scores into the rows of a CSV form, in turn, and `cells` into each row that has one."""
    rows = read(out)
    for row, score in zip(rows, scores, strict=False):
        row.update({"score": score, "checked_at": "2022-09-10 09:30"} | cells)
    with out.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return out


def test_bots_exclusions_and_other_days_are_not_drawn(cli, events, tmp_path):
    assert sample(cli, events, tmp_path / "form.csv").code == 0
    rows = read(tmp_path / "form.csv")
    assert {row["session_id"] for row in rows} == {"1", "2", "3"}
    assert [row["item"] for row in rows] == ITEMS * 3
    assert {(row["score"], row["checked_at"]) for row in rows} == {("", "")}
    assert rows[0]["levels"].count("\n") == 9


@pytest.mark.parametrize(("by", "drawn_first"), [("low_rating", ["2", "1"]), ("long_wait", ["3", "2", "1"])])
def test_the_worst_come_first(cli, events, tmp_path, by, drawn_first):
    assert sample(cli, events, tmp_path / "form.csv", "--by", by).code == 0
    assert list(dict.fromkeys(row["session_id"] for row in read(tmp_path / "form.csv"))) == drawn_first


def test_each_agent_has_a_share(cli, events, tmp_path):
    call = ["--by", "low_rating", "--per", "agent", "--size", "1"]
    assert sample(cli, events, tmp_path / "form.csv", *call).code == 0
    rows = read(tmp_path / "form.csv")
    assert list(dict.fromkeys((row["agent_id"], row["session_id"]) for row in rows)) == [("11", "1"), ("12", "2")]


def test_the_same_plan_is_the_same_draw_whatever_the_type_of_ids(cli, events, tmp_path):
    text = market(tmp_path / "text", str)
    for folder, name in ((events, "one.csv"), (events, "again.csv"), (text, "text.csv")):
        assert sample(cli, folder, tmp_path / name, "--seed", "7").code == 0
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "again.csv").read_bytes()
    sessions = [[row["session_id"] for row in read(tmp_path / name)] for name in ("one.csv", "text.csv")]
    assert sessions[0] == sessions[1]
    assert {row["check_id"][0] for row in read(tmp_path / "text.csv")} == {"q"}


@pytest.mark.parametrize("ids", [int, str])
def test_a_filled_form_becomes_quality_checks_that_an_arrival_can_hold(cli, tmp_path, ids):
    form = tmp_path / "form.csv"
    assert sample(cli, market(tmp_path / "events", ids), form, "--by", "low_rating").code == 0
    fill(form, ["1", "10", "", "7"])
    done = cli("quality", "import", form, tmp_path / "arrived")
    assert (done.code, "3 rows, 5 without a score left out" in done.err) == (0, True)
    rows = pq.read_table(tmp_path / "arrived" / "quality_checks.parquet").to_pylist()
    assert [(row["session_id"], row["agent_id"], row["item"], row["score"]) for row in rows] == [
        (ids(2), ids(12), ITEMS[0], 1), (ids(2), ids(12), ITEMS[1], 10), (ids(2), ids(12), ITEMS[3], 7),
    ]  # fmt: skip
    assert {row["checked_at"] for row in rows} == {datetime(2022, 9, 10, 9, 30)}
    engine = connect("duckdb", {})
    arrived = open_arrivals(engine, tmp_path / "arrived", {})
    assert (arrived.report.table("quality_checks").read, arrived.report.quarantined) == (3, 0)
    engine.close()


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_other_kinds_of_forms_hold_the_same(cli, events, tmp_path, kind):
    form = tmp_path / f"form.{kind}"
    assert sample(cli, events, form).code == 0
    assert sample(cli, events, tmp_path / "form.csv").code == 0
    written = read(tmp_path / "form.csv")
    if kind == "xlsx":
        head, *rows = CalamineWorkbook.from_path(str(form)).get_sheet_by_index(0).to_python(skip_empty_area=False)
        found = [dict(zip(head, row, strict=True)) for row in rows]
        assert [row["check_id"] for row in found] == [row["check_id"] for row in written]
    else:
        found = pq.read_table(form).to_pylist()
        assert [str(row["check_id"]) for row in found] == [row["check_id"] for row in written]
    assert cli("quality", "import", form, tmp_path / "arrived").codes() == ["nothing-scored"]


def test_a_filled_sheet_is_read(cli, events, tmp_path):
    assert sample(cli, events, tmp_path / "form.csv").code == 0
    form = tmp_path / "filled.xlsx"
    with xlsxwriter.Workbook(str(form)) as book:
        sheet, time = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for column, name in enumerate(COLUMNS):
            sheet.write_string(0, column, name)
        for line, row in enumerate(read(tmp_path / "form.csv"), start=1):
            for column, name in enumerate(COLUMNS):
                sheet.write_string(line, column, row[name])
            sheet.write_number(line, COLUMNS.index("score"), line % 10 + 1)
            sheet.write_datetime(line, COLUMNS.index("checked_at"), AT, time)
    assert cli("quality", "import", form, tmp_path / "arrived").code == 0
    table = pq.read_table(tmp_path / "arrived" / "quality_checks.parquet")
    assert (table["score"].to_pylist()[:3], set(table["checked_at"].to_pylist())) == ([2, 3, 4], {AT})


def test_ids_that_look_like_formulas_stay_text_and_come_back(cli, tmp_path):
    odd = ["=1+1", "+2", "-3", "@sum", "'=4", "plain"]
    sessions = [
        {"session_id": name, "shop_id": "s", "buyer_id": "b", "started_at": AT, "agent_id": "=cmd()"} for name in odd
    ]
    tables = {"shops": [{"shop_id": "s"}], "orders": [], "sessions": sessions}
    events = write_events(tmp_path / "events", tables)
    form = tmp_path / "form.csv"
    assert sample(cli, events, form).code == 0
    assert not [cell for row in read(form) for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    fill(form, ["5"] * 24)
    assert cli("quality", "import", form, tmp_path / "arrived").code == 0
    table = pq.read_table(tmp_path / "arrived" / "quality_checks.parquet")
    assert (set(table["session_id"].to_pylist()), set(table["agent_id"].to_pylist())) == (set(odd), {"=cmd()"})
    sheet = tmp_path / "form.xlsx"
    assert sample(cli, events, sheet).code == 0
    rows = CalamineWorkbook.from_path(str(sheet)).get_sheet_by_index(0).to_python()
    assert {row[1] for row in rows[1:]} == set(odd)


def test_every_bad_cell_is_told_with_its_place_and_nothing_is_written(cli, events, tmp_path):
    form = tmp_path / "form.csv"
    assert sample(cli, events, form).code == 0
    fill(form, ["11", "0", "5.5", "excellent", "5", "5", "5"])
    rows = read(form)
    rows[4]["item"], rows[5]["checked_at"], rows[6]["check_id"] = "打扮", "soon", "8.9E+14"
    rows.append(rows[4] | {"item": ITEMS[0], "session_id": ""})
    with form.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    done = cli("quality", "import", form, tmp_path / "arrived")
    assert (done.code, (tmp_path / "arrived").exists()) == (1, False)
    places = [(f"row {n}, column {column}", code) for n, column, code in [
        (2, "score", "bad-check-score"), (3, "score", "bad-check-score"), (4, "score", "bad-check-score"),
        (5, "score", "bad-check-score"), (6, "item", "unknown-check-item"), (7, "checked_at", "bad-check-time"),
        (8, "check_id", "bad-check-id"), (14, "session_id", "missing-cell"), (14, "check_id", "check-twice"),
    ]]  # fmt: skip
    told = done.err.splitlines()
    assert len(told) == len(places)
    assert all(any(place in line and f": {code}: " in line for line in told) for place, code in places)


def test_the_bounds_of_a_score_are_taken(cli, events, tmp_path):
    form = tmp_path / "form.csv"
    assert sample(cli, events, form).code == 0
    fill(form, ["1", "10", "1.0"])
    assert cli("quality", "import", form, tmp_path / "arrived").code == 0


def test_a_day_for_all_stands_where_a_row_does_not_say(cli, events, tmp_path):
    form = tmp_path / "form.csv"
    assert sample(cli, events, form).code == 0
    fill(form, ["5"], checked_at="")
    assert cli("quality", "import", form, tmp_path / "no").codes() == ["bad-check-time"]
    assert cli("quality", "import", form, tmp_path / "yes", "--on", "2022-09-11").code == 0
    table = pq.read_table(tmp_path / "yes" / "quality_checks.parquet")
    assert table["checked_at"].to_pylist() == [datetime(2022, 9, 11)]
    assert cli("quality", "import", form, tmp_path / "yes", "--on", "2022-09-11").codes() == ["table-exists"]


def test_a_checklist_of_your_own(cli, events, tmp_path):
    own = tmp_path / "own.yaml"
    level = "      - {points: %d, says: {zh: 级, en: level}}\n"
    text = (
        "id: own\ntitle: {zh: 自用, en: Own}\nlowest: 0\nhighest: 2\nitems:\n  - id: tone\n    item: 语气\n"
        "    title: {zh: 语气, en: Tone}\n    looks_at: {zh: 语气, en: tone}\n    levels:\n"
    ) + "".join(level % points for points in range(3))
    own.write_text(text, encoding="utf-8")
    form = tmp_path / "form.csv"
    assert sample(cli, events, form, "--checklist", own).code == 0
    fill(form, ["0", "2", "3"])
    assert cli("quality", "import", form, tmp_path / "no", "--checklist", own).codes() == ["bad-check-score"]
    own.write_text(text.replace("points: 1", "points: 7"), encoding="utf-8")
    with pytest.raises(RulesError, match="curve-order"):
        checklist_of(own)


@pytest.mark.parametrize(("more", "codes"), [
    (["--size", "0", "--by", "luck", "--per", "day"], ["bad-size", "unknown-draw", "unknown-draw"]),
    (["--out", "form.txt"], ["unknown-document"]),
])  # fmt: skip
def test_mistakes_are_told(cli, events, tmp_path, more, codes):
    done = sample(cli, events, tmp_path / "form.csv", *more)
    assert (done.code, done.codes()) == (2, codes)


def test_a_file_that_is_no_form_is_told(cli, tmp_path):
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    done = cli("quality", "import", tmp_path / "other.csv", tmp_path / "arrived")
    assert (done.code, set(done.codes())) == (1, {"missing-column"})
    assert cli("quality", "import", tmp_path / "none.csv", tmp_path / "arrived").codes() == ["unreadable-file"]
