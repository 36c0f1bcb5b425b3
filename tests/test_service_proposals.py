"""Targets of hostile marketplaces equal a naive reading: peers, past, gaps and worth from plain counts."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from marketplace import write_events

from steelyard.engines import Engine
from steelyard.events.check import open_events
from steelyard.service.proposals import proposals
from steelyard.service.report import Asked, tables_read
from steelyard.service.settings import settings_of
from steelyard.windows import Period
from tests.reference.hostile_service import marketplace
from tests.reference.naive_service import Tables, counts

EARLIER, FROM, TO = date(2022, 8, 31), date(2022, 9, 2), date(2022, 9, 4)
HIGHER = ["answer_rate_30s", "message_reply_rate", "human_reply_rate_3min", "positive_rate"]
LOWER = ["mean_response_time", "first_response_time"]
CONSUMERS = {"human_reply_rate_3min"}
FEWEST = 3


def rounded(number: Fraction) -> Decimal:
    return (Decimal(number.numerator) / number.denominator).quantize(Decimal("0.000001"), ROUND_HALF_UP)


class Naive:
    """What everybody has, and what that makes of others."""

    def __init__(self, tables: Tables) -> None:
        self.now = counts(tables, "agent", FROM, TO)
        self.before = counts(tables, "agent", EARLIER, FROM)
        self.of_shops = counts(tables, "shop", FROM, TO)
        self.shop_of = {row["agent_id"]: row["shop_id"] for row in tables["agents"]}
        self.category = {row["shop_id"]: row["category"] for row in tables["shops"]}

    def value(self, table: dict, metric: str, subject: object) -> Decimal | None:
        good, every = table.get((metric, subject), (0, 0))
        return rounded(Fraction(good, every)) if every else None

    def peers(self, table: dict, metric: str, subjects: list) -> list[Decimal]:
        enough = [each for each in subjects if table.get((metric, each), (0, 0))[1] >= FEWEST]
        return sorted((self.value(table, metric, each) for each in enough), reverse=metric in HIGHER)

    def group(self, metric: str, agent: object, kind: str) -> tuple[list[Decimal], bool]:
        """The values compared, best first, and whether one of them is the agent's or its shop's."""
        shop = self.shop_of[agent]
        if kind == "team":
            mates = [each for each, own in self.shop_of.items() if own == shop]
            return self.peers(self.now, metric, mates), self.now.get((metric, agent), (0, 0))[1] >= FEWEST
        alike = [each for each, own in self.category.items() if own == self.category[shop]]
        return self.peers(self.of_shops, metric, alike), self.of_shops.get((metric, shop), (0, 0))[1] >= FEWEST

    def target(self, metric: str, agent: object, source: str) -> Decimal | None:
        if source == "past":
            return self.value(self.before, metric, agent)
        kind, what = source.split("_")
        values, is_one = self.group(metric, agent, kind)
        if len(values) - is_one < 1:
            return None
        if what == "mean":
            return rounded(Fraction(sum(int(value * 10**6) for value in values), len(values) * 10**6))
        return values[-(-len(values) // 10) - 1]

    def needed(self, metric: str, agent: object, target: Decimal) -> int | None:
        good, every = self.now[metric, agent]
        for by in range(good + every + 1):
            after = good + by if metric in HIGHER else good - by
            if metric in HIGHER and after > every:
                return None
            value = rounded(Fraction(after, every))
            if value >= target if metric in HIGHER else value <= target:
                return by
        return None

    def worth(self, metric: str, agent: object, by: int) -> Decimal | None:
        good, every = self.of_shops.get((metric, self.shop_of[agent]), (0, 0))
        if not every:  # all the agent did was in another shop's sessions
            return None
        after = min(good + by, every) if metric in HIGHER else max(good - by, 0)
        return rounded(Fraction(after, every)) - rounded(Fraction(good, every))


def proposed(engine: Engine, folder: Path, tables: Tables) -> list[dict]:
    shown = settings_of(values={"low_volume": str(FEWEST)}).only([*HIGHER, *LOWER])
    events = open_events(engine, write_events(folder, tables), tables_read(shown))
    return proposals(Asked(events, shown, "agent", Period(FROM, TO)), ["industry", "team", "past"])


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_equals_the_naive_reading(duckdb: Engine, seed: int) -> None:
    tables = marketplace(seed, text_ids=seed % 2 == 0)
    for shop in tables["shops"]:
        shop["category"] = "one"
    naive = Naive(tables)
    with TemporaryDirectory() as folder:
        rows = proposed(duckdb, Path(folder), tables)
    assert len(rows) == len({row["subject_id"] for row in rows}) * 5 * len([*HIGHER, *LOWER])
    for row in rows:
        metric, agent, target = row["metric"], row["subject_id"], row["target"]
        assert target == naive.target(metric, agent, row["source"]), row
        if target is None or row["value"] is None:
            assert row["needed"] is None
            continue
        by = naive.needed(metric, agent, target)
        assert (row["needed"], row["met"]) == (by, by == 0), row
        assert row["gap"] == (target - row["value"] if metric in HIGHER else row["value"] - target)
        if by:
            change = naive.worth(metric, agent, by)
            how = "at_most" if metric in CONSUMERS else "exact"
            assert (row["worth"], row["worth_is"]) == (change, None if change is None else how)
