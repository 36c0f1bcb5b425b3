"""The synthetic marketplace: one seed gives one content, by the contract, with something of everything."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steelyard.errors import UsageError
from steelyard.events.contract import ARRIVED_AT, CONTRACT, REFERENCES, Table
from steelyard.events.sample import WRITTEN, sample

UNTIL = date(2022, 10, 1)
SMALL = {"shops": 200, "days": 60, "until": UNTIL}
PROMISES = {"promised_ship_at", "promised_delivery_at", "due_at"}
TYPES = {
    "id": pa.int64(),
    "text": pa.string(),
    "time": pa.timestamp("us"),
    "date": pa.date32(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "flag": pa.bool_(),
}
Ask = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("sample") / "events"
    sample(target, **SMALL, settings={"threads": "2"})
    return target


@pytest.fixture(scope="module")
def ask(folder: Path) -> Ask:
    connection = duckdb.connect()
    for name in CONTRACT:
        connection.execute(f"CREATE VIEW {name} AS FROM '{folder / name}.parquet'")
    return lambda statement: connection.execute(statement).fetchall()


def content(folder: Path) -> dict[str, object]:
    """A digest of each table's rows, whatever their order."""
    digest = "SELECT count(*), sum(hash(rows)::HUGEINT) FROM '{}' AS rows"
    return {name: duckdb.sql(digest.format(folder / f"{name}.parquet")).fetchall() for name in CONTRACT}


def test_one_seed_gives_one_content_for_any_number_of_threads(folder: Path, tmp_path: Path) -> None:
    sample(tmp_path / "again", **SMALL, settings={"threads": "1"})
    assert content(tmp_path / "again") == content(folder)


def test_another_seed_gives_another_marketplace(folder: Path, tmp_path: Path) -> None:
    sample(tmp_path / "other", **SMALL, seed=2)
    ours, other = content(folder), content(tmp_path / "other")
    assert {name for name in CONTRACT if ours[name] == other[name]} == {"scenarios"}


def test_every_table_is_written_and_told(tmp_path: Path) -> None:
    told: list[str] = []
    rows = sample(tmp_path / "deep" / "events", shops=70, days=10, until=UNTIL, orders=5000, progress=told.append)
    assert list(rows) == list(CONTRACT)
    assert told == list(WRITTEN)
    assert sorted(told) == sorted(CONTRACT)
    assert rows["shops"] == 70
    assert rows["orders"] == 5000
    assert all(rows.values())
    files = {path.name: pq.ParquetFile(path) for path in (tmp_path / "deep" / "events").iterdir()}
    assert {name: file.metadata.num_rows for name, file in files.items()} == {
        f"{name}.parquet": count for name, count in rows.items()
    }
    assert {f.metadata.row_group(0).column(0).compression for f in files.values()} == {"ZSTD"}
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["events"]


def test_three_orders_a_day_and_shop_by_default(ask: Ask) -> None:
    assert ask("SELECT count(*) FROM orders") == [(200 * 60 * 3,)]


@pytest.mark.parametrize("table", CONTRACT.values(), ids=CONTRACT)
class TestContract:
    def test_columns_and_types(self, table: Table, folder: Path) -> None:
        schema = pq.read_schema(folder / f"{table.name}.parquet")
        assert {field.name: field.type for field in schema} == {c.name: TYPES[c.kind] for c in table.columns}
        assert schema.names == [column.name for column in table.columns]

    def test_required_columns_are_never_null(self, table: Table, ask: Ask) -> None:
        missing = [f'count(*) FILTER ("{column.name}" IS NULL)' for column in table.columns if column.required]
        assert set(ask(f"SELECT {', '.join(missing)} FROM {table.name}")[0]) == {0}

    def test_optional_columns_are_filled_somewhere(self, table: Table, ask: Ask) -> None:
        counts = ", ".join(f'count("{column.name}")' for column in table.declared)
        assert 0 not in ask(f"SELECT {counts} FROM {table.name}")[0]

    def test_lists_occur_in_full_and_nothing_else(self, table: Table, ask: Ask) -> None:
        for column in table.columns:
            if column.values:
                found = ask(f'SELECT DISTINCT "{column.name}" FROM {table.name} WHERE "{column.name}" IS NOT NULL')
                assert {value for (value,) in found} == set(column.values), column.name

    def test_bounds(self, table: Table, ask: Ask) -> None:
        for column in table.columns:
            if column.bounds:
                low, high = ask(f'SELECT min("{column.name}"), max("{column.name}") FROM {table.name}')[0]
                assert column.bounds[0] <= low < high <= column.bounds[1], column.name

    def test_keys_are_unique(self, table: Table, ask: Ask) -> None:
        if table.key:
            key = ", ".join(table.key)
            assert ask(f"SELECT {key} FROM {table.name} GROUP BY {key} HAVING count(*) > 1") == []

    def test_references_point_somewhere(self, table: Table, ask: Ask) -> None:
        for name in (column.name for column in table.declared):
            target = REFERENCES.get(name, table.name)
            if target != table.name:
                lost = f"{name} IS NOT NULL AND {name} NOT IN (SELECT {name} FROM {target})"
                assert ask(f"SELECT count(*) FROM {table.name} WHERE {lost}") == [(0,)], name

    def test_rows_belong_to_the_shop_of_what_they_point_at(self, table: Table, ask: Ask) -> None:
        names = {column.name for column in table.declared}
        for name, target in REFERENCES.items():
            if {name, "shop_id"} <= names and target not in {table.name, "shops", "scenarios"}:
                both = f"{table.name} a JOIN {target} b USING ({name})"
                assert ask(f"SELECT count(*) FROM {both} WHERE a.shop_id <> b.shop_id") == [(0,)], name

    def test_nothing_has_happened_after_the_last_day(self, table: Table, ask: Ask) -> None:
        times = [c.name for c in table.columns if c.kind == "time" and c.name not in PROMISES]
        latest = ask(f"SELECT {', '.join(f'max({name})' for name in times)} FROM {table.name}")[0]
        assert all(time is None or time < datetime(2022, 10, 1) for time in latest)

    def test_rows_arrive_late_or_in_time_never_early(self, table: Table, ask: Ask) -> None:
        if table.own_time:
            early = f"{ARRIVED_AT} <= {table.own_time}"
            assert ask(f"SELECT count(*) FROM {table.name} WHERE {early}") == [(0,)]


def test_every_reason_of_exclusion_points_at_rows(ask: Ask) -> None:
    for (name,) in ask('SELECT DISTINCT "table" FROM exclusions'):
        lost = f"\"table\" = '{name}' AND row_id NOT IN (SELECT {CONTRACT[str(name)].key[0]} FROM {name})"
        assert ask(f"SELECT row_id FROM exclusions WHERE {lost}") == [], name
    assert ask("SELECT count(revoked_at) > 0, count(indicator) > 0, count(*) > count(indicator) FROM exclusions") == [
        (True, True, True)
    ]


def test_messages_follow_their_session(ask: Ask) -> None:
    outside = "sent_at < started_at OR sent_at >= ended_at"
    assert ask(f"SELECT count(*) FROM messages JOIN sessions USING (session_id) WHERE {outside}") == [(0,)]
    at_once = "a.sender = 'buyer' AND b.sender = 'agent' AND a.sent_at = b.sent_at"
    assert ask(f"SELECT count(*) > 0 FROM messages a JOIN messages b USING (session_id) WHERE {at_once}") == [(True,)]


def test_ratings_repeat_within_a_day(ask: Ask) -> None:
    previous = "lag(rated_at) OVER (PARTITION BY buyer_id, agent_id ORDER BY rated_at)"
    rated = f"SELECT rated_at - {previous} AS gap FROM sessions WHERE rated_at IS NOT NULL AND agent_id > 0"
    assert ask(f"SELECT count(*) > 10 FROM ({rated}) WHERE gap < INTERVAL 24 HOUR") == [(True,)]


def test_the_bad_week_delays_collection(ask: Ask) -> None:
    late = "avg((collected_at > promised_ship_at + INTERVAL 24 HOUR)::INT)"
    bad = "paid_at >= TIMESTAMP '2022-08-26' AND paid_at < TIMESTAMP '2022-09-02'"
    assert ask(f"SELECT {late} FILTER ({bad}) > 2 * {late} FILTER (NOT {bad}) FROM orders") == [(True,)]


def test_bad_goods_show_in_stars_and_cases_alike(ask: Ask) -> None:
    stars = "SELECT shop_id, avg(stars) AS stars FROM reviews GROUP BY shop_id HAVING count(*) >= 50"
    cases = """SELECT shop_id, avg(coalesce(reason_class = 'goods_quality', false)::INT) AS cases
        FROM orders LEFT JOIN after_sales USING (order_id, shop_id) GROUP BY shop_id"""
    assert ask(f"SELECT corr(stars, cases) < -0.6 FROM ({stars}) JOIN ({cases}) USING (shop_id)") == [(True,)]


def test_shops_and_categories_of_every_size(ask: Ask) -> None:
    sizes = "SELECT shop_id, count(order_id) AS size FROM shops LEFT JOIN orders USING (shop_id) GROUP BY shop_id"
    assert ask(f"SELECT count(*) FILTER (size < 30) >= 20, max(size) > 10 * avg(size) FROM ({sizes})") == [(True, True)]
    peers = "SELECT category, count(*) AS shops FROM shops GROUP BY category"
    assert {shops for _, shops in ask(peers)} >= {1, 2, 3, 4}
    assert None in {category for category, _ in ask(peers)}


def test_one_shop_and_one_day(tmp_path: Path) -> None:
    rows = sample(tmp_path / "events", shops=1, days=1, until=UNTIL, orders=1)
    assert (rows["shops"], rows["orders"]) == (1, 1)
    assert pa.types.is_int64(pq.read_schema(tmp_path / "events" / "messages.parquet").field("session_id").type)


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    target = tmp_path / "events"
    target.mkdir()
    sample(target, shops=1, days=1, until=UNTIL)
    assert len(list(target.iterdir())) == len(CONTRACT)


def test_a_filled_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError) as caught:
        sample(tmp_path, shops=1, days=1, until=UNTIL)
    assert [problem.code for problem in caught.value.problems] == ["folder-not-empty"]
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_target_below_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="target-not-writable"):
        sample(tmp_path / "file" / "events", shops=1, days=1, until=UNTIL)


def test_wrong_numbers_are_told_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        sample(tmp_path / "events", shops=0, days=-1, until=date(1, 1, 1), orders=0)
    assert [problem.code for problem in caught.value.problems] == [
        "bad-shops",
        "bad-days",
        "bad-orders",
        "bad-until",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown-setting"):
        sample(tmp_path / "events", shops=1, days=1, until=UNTIL, settings={"speed": "high"})
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """The marketplace of the demo: 300 shops, 120 days."""
    target = tmp_path_factory.mktemp("demo") / "events"
    sample(target, shops=300, days=120, until=date(2022, 11, 1), settings={"threads": "2"})
    connection = duckdb.connect()
    for name in CONTRACT:
        connection.execute(f"CREATE VIEW {name} AS FROM '{target / name}.parquet'")
    return lambda statement: connection.execute(statement).fetchall()


MODULES = {"goods", "shipping", "logistics", "basic_service"}
STANDARD = "('录音规范', '服务单规范', '待用户反馈超时', '工单超时未处理', '未解决处理超时')"


class TestEveryScorecardHasSomethingToShow:
    @pytest.mark.parametrize("table", ["sessions", "platform_contacts", "after_sales"])
    def test_requests_of_every_module(self, demo: Ask, table: str) -> None:
        found = demo(
            f"SELECT module, count(*) FROM {table} JOIN scenarios USING (scenario) WHERE NOT routine GROUP BY 1"
        )
        assert {module for module, rows in found if int(str(rows)) > 50} >= MODULES - (
            {"shipping"} if table == "after_sales" else set()
        )
        assert demo(f"SELECT count(*) > 0 FROM {table} JOIN scenarios USING (scenario) WHERE routine") == [(True,)]

    def test_requests_of_flagged_buyers_and_of_unnamed_orders(self, demo: Ask) -> None:
        while_flagged = (
            "risk = 'malicious' AND created_at >= from_at AND created_at < coalesce(to_at, created_at + INTERVAL 1 DAY)"
        )
        assert demo(
            f"SELECT count(*) > 5 FROM platform_contacts JOIN buyers USING (buyer_id) WHERE {while_flagged}"
        ) == [(True,)]
        near = "grouped_at <= started_at AND grouped_at > started_at - INTERVAL 30 DAY"
        both = "sessions AS s JOIN orders AS o USING (buyer_id, shop_id)"
        own = f"SELECT DISTINCT session_id FROM {both} WHERE s.order_id IS NULL AND {near}"
        assert demo(f"SELECT count(*) > 100 FROM ({own})") == [(True,)]

    def test_work_orders_end_in_every_way(self, demo: Ask) -> None:
        ends = dict(demo("SELECT closed_by, count(*) FROM work_orders GROUP BY 1"))
        assert all(int(str(ends[end])) > 50 for end in ("merchant", "system", "overdue"))

    def test_months_with_many_checks_and_ratings_and_with_few(self, demo: Ask) -> None:
        for rows, at, enough in (
            (f"(FROM quality_checks WHERE item IN {STANDARD})", "checked_at", 20),
            ("(FROM after_sales WHERE satisfaction IS NOT NULL)", "completed_at", 51),
        ):
            month = f"SELECT shop_id, count(*) AS n FROM {rows} WHERE {at} >= TIMESTAMP '2022-10-01' GROUP BY 1"
            assert demo(
                f"SELECT count(*) FILTER (n >= {enough}) >= 5, count(*) FILTER (n < {enough}) >= 50 FROM ({month})"
            ) == [(True, True)]

    def test_cases_are_reviewed_and_handled_in_time_and_late(self, demo: Ask) -> None:
        for start, end in (("applied_at", "reviewed_at"), ("pending_at", "handled_at")):
            share = f"avg(({end} - {start} <= INTERVAL 20 MINUTE)::INT)"
            assert demo(f"SELECT {share} > 0.4, {share} < 0.9 FROM after_sales") == [(True, True)]

    def test_reviews_in_time_and_late_and_removed_for_every_reason(self, demo: Ask) -> None:
        late = "reviews.created_at >= completed_at + INTERVAL 15 DAY"
        assert demo(f"SELECT count(*) > 100 FROM reviews JOIN orders USING (order_id) WHERE {late}") == [(True,)]
        removed = "SELECT removal FROM reviews WHERE removed_at IS NOT NULL GROUP BY 1 HAVING count(*) > 20"
        assert {removal for (removal,) in demo(removed)} == {"malicious", "false", "other"}

    def test_disputes_of_every_verdict(self, demo: Ask) -> None:
        verdicts = (
            "SELECT liability FROM after_sales WHERE platform_intervened_at IS NOT NULL GROUP BY 1 HAVING count(*) > 10"
        )
        assert {verdict for (verdict,) in demo(verdicts)} >= {"merchant", "buyer", "both", "carrier", "none"}

    def test_shops_of_every_platform_and_goods_in_activities(self, demo: Ask) -> None:
        assert {name for (name,) in demo("SELECT DISTINCT platform FROM shops")} == {"pdd", "douyin", "jd", "kuaishou"}
        assert {name for (name,) in demo("SELECT DISTINCT activity FROM placements")} >= {"百亿补贴", "砍价", "签到"}
        assert demo("SELECT count(*) > 100 FROM orders JOIN products USING (product_id) WHERE kind = 'virtual'") == [
            (True,)
        ]
