"""Policies for few rows, states, suspended gates, several scorecards at once: what a scorecard may declare."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steelyard import calls
from steelyard.engines import Engine
from steelyard.errors import InputError
from steelyard.events.check import open_events
from steelyard.facts.states import with_states
from steelyard.scorecards.library import EXAMPLES, library
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.override import set_values
from steelyard.scoring.results import TABLES
from steelyard.scoring.run import score_events, score_together, tables_read
from steelyard.scoring.what_if import rescored
from tests.marketplace import write_events
from tests.reference import hostile

DAY = date(2022, 10, 10)
A8 = library().get("douyin/experience", "2022-09-26")
RATED = "dimensions.service.indicators.im_dissatisfaction_rate.low_volume"


def rated(day: date, number: int, stars: int) -> dict[str, Any]:
    at = datetime(day.year, day.month, day.day, 12) + timedelta(minutes=number)
    return {"session_id": f"{day}-{number}", "shop_id": "S", "buyer_id": f"B{number}", "started_at": at, "rated_at": at,
            "rating": stars}  # fmt: skip


def scored(engine: Engine, folder: Path, card: Scorecard, tables: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    write_events(folder, tables)
    result = score_events(engine, open_events(engine, folder, tables_read(card)), card, DAY)
    return {name: result.arrow(name).to_pylist() for name in TABLES}


def indicator(results: Mapping[str, list[dict[str, Any]]], name: str, subject: str = "S") -> dict[str, Any]:
    return next(row for row in results["indicators"] if (row["indicator"], row["subject_id"]) == (name, subject))


def marketplace(**more: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    paid = datetime(2022, 9, 1, 10)
    orders = [{"order_id": f"O{number}", "shop_id": "S", "paid_at": paid} for number in range(30)]
    recent = [rated(date(2022, 9, 20), number, 5) for number in range(3)]
    early = [rated(date(2022, 6, 1), number, 1) for number in range(7)]
    return {"shops": [{"shop_id": "S"}], "orders": orders, "sessions": [*recent, *early]} | more


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("{policy: missing, below: 3}", ("ok", None, 0, 3, Decimal(5))),
        ("{policy: missing, below: 4}", ("below_minimum", "leave_out", 0, 3, None)),
        ("{policy: fixed_points, below: 3, points: 4}", ("ok", None, 0, 3, Decimal(5))),
        ("{policy: fixed_points, below: 4, points: 4}", ("below_minimum", "fixed_points", 0, 3, Decimal(4))),
        ("{policy: longer_window, below: 3, window: {days: 180}}", ("ok", None, 0, 3, Decimal(5))),
        ("{policy: longer_window, below: 4, window: {days: 180}}", ("ok", "longer_window", 7, 10, Decimal(5))),
        ("{policy: longer_window, below: 11, window: {days: 180}}", ("below_minimum", "leave_out", 7, 10, None)),
    ],
)  # fmt: skip
def test_few_rows_follow_the_declared_policy(
    engine: Engine, tmp_path: Path, policy: str, expected: tuple[Any, ...]
) -> None:
    card = set_values(A8, {RATED: policy})
    row = indicator(scored(engine, tmp_path, card, marketplace()), "im_dissatisfaction_rate")
    found = (row["status"], row["policy"], row["numerator"], row["denominator"], row["points"])
    assert found == expected


def test_a_suspended_gate_moves_nobody_and_says_so(engine: Engine, tmp_path: Path) -> None:
    tables = marketplace(sessions=[rated(date(2022, 9, 20), number, 1) for number in range(3)])
    before = scored(engine, tmp_path / "before", A8, tables)
    assert [(row["rule"], row["reason"]) for row in before["adjustments"]] == [("im_gate", "demoted")]
    decided = {
        "table": "shops",
        "row_id": "S",
        "indicator": "im_gate",
        "reason": "other",
        "decided_at": datetime(2022, 10, 1),
    }
    after = scored(engine, tmp_path / "after", A8, tables | {"exclusions": [decided]})
    (row,) = after["adjustments"]
    assert (row["reason"], row["before"], row["after"]) == ("suspended", Decimal(5), Decimal(5))
    assert after["scores"][0]["score"] == Decimal(5)
    revoked = scored(
        engine, tmp_path / "revoked", A8, tables | {"exclusions": [decided | {"revoked_at": datetime(2022, 10, 9)}]}
    )
    assert revoked["scores"] == before["scores"]


def cards(engine: Engine) -> list[Scorecard]:
    """Every scorecard; on Spark, where each costs seconds, three that share much and differ in kind."""
    if engine.name == "spark":
        few = (("pdd/experience", "2021-09"), ("kuaishou/star", "2022-05-19"), ("douyin/experience", "2022-mid"))
        return [library().get(*name) for name in few]
    chosen, _ = calls.choose_all([DAY], rules=[EXAMPLES])
    return [each.scorecard for each in chosen] + [
        library().get("douyin/experience", v) for v in ("2022-mid", "50-15-35")
    ]


def test_scorecards_scored_together_are_scored_as_each_alone(engine: Engine, tmp_path: Path) -> None:
    write_events(tmp_path, hostile.random_marketplace(3))
    every = cards(engine)
    events = open_events(engine, tmp_path, tables_read(*every))
    together = {
        result.scorecard.name: {name: rows(result.arrow(name)) for name in TABLES}
        for result in score_together(engine, events, every, DAY)
    }
    for card in every:
        alone = score_events(engine, events, card, DAY)
        assert together[card.name] == {name: rows(alone.arrow(name)) for name in TABLES}, card.name


def rows(table: pa.Table) -> list[str]:
    return sorted(map(repr, table.to_pylist()))


def test_what_if_nothing_changes_is_the_score_and_other_counts_are_another(duckdb: Engine, tmp_path: Path) -> None:
    write_events(tmp_path, hostile.random_marketplace(5))
    result = score_events(duckdb, open_events(duckdb, tmp_path, tables_read(A8)), A8, DAY)
    scores = {row["subject_id"]: row for row in result.arrow("scores").to_pylist()}
    subject = next(name for name, row in scores.items() if row["status"] == "scored")
    assert rescored(result, subject, {}) == scores[subject]
    name = "complaint_rate"
    worst = rescored(result, subject, {name: (100, 100)})
    best = rescored(result, subject, {name: (0, 100)})
    assert worst["raw_score"] < best["raw_score"]
    assert {row["subject_id"]: row for row in result.arrow("scores").to_pylist()} == scores


def state(value: str, first: date, last: date | None = None) -> dict[str, Any]:
    return {"subject_id": "S", "name": "alliance", "value": value, "from_on": first, "to_on": last}


def test_effects_may_hang_on_a_state_by_day(engine: Engine, tmp_path: Path) -> None:
    effect = "{id: back, title: {zh: 回, en: back}, kind: right, when: [{of: state.alliance, one_of: [removed]}]}"
    card = set_values(A8, {"effects": f"[{effect}]"})
    write_events(tmp_path / "events", marketplace())
    events = open_events(engine, tmp_path / "events", tables_read(card))
    kinds = {"from_on": pa.date32(), "to_on": pa.date32()}
    given = [state("member", date(2022, 1, 1), date(2022, 10, 10)), state("removed", date(2022, 10, 10))]
    pq.write_table(pa.Table.from_pylist(given, schema=pa.schema(
        [(name, kinds.get(name, pa.string())) for name in ("subject_id", "name", "value", "from_on", "to_on")]
    )), tmp_path / "states.parquet")  # fmt: skip

    def states_of(known: Any, day: date) -> list[tuple[str, str]]:
        found = score_events(engine, known, card, day).arrow("effects").to_pylist()
        return [(row["state"], row["reason"]) for row in found]

    assert states_of(events, DAY) == [("not_assessed", "state_unknown")]
    known = with_states(events, tmp_path / "states.parquet")
    assert states_of(known, DAY) == [("holds", "state.alliance")]
    assert states_of(known, DAY - timedelta(days=1)) == [("does_not_hold", "state.alliance")]
    with pytest.raises(InputError) as error:
        with_states(events, tmp_path / "none.parquet")
    assert error.value.problems[0].code == "no-such-file"
