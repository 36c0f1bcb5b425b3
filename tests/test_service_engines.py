"""Targets, sampling plans and staffing do not depend on the engine."""

from datetime import date

import pytest
from marketplace import write_events

from steelyard.engines import Engine
from steelyard.events.check import open_events
from steelyard.service.candidates import candidates
from steelyard.service.proposals import proposals
from steelyard.service.report import Asked, tables_read
from steelyard.service.sampling import Plan, drawn
from steelyard.service.settings import settings_of
from steelyard.service.shop_hours import staffing
from steelyard.service.trend import trend
from steelyard.windows import Period
from tests.reference.hostile_service import marketplace

PERIOD = Period(date(2022, 9, 1), date(2022, 9, 4))


@pytest.mark.parametrize("engine", [pytest.param("spark", marks=pytest.mark.spark)], indirect=True)
def test_spark_says_what_duckdb_says(engine: Engine, duckdb: Engine, tmp_path) -> None:
    folder = write_events(tmp_path / "events", marketplace(5, text_ids=False))
    first, second = (told(each, folder) for each in (duckdb, engine))
    assert first == second
    assert any(row["target"] is not None for row in first[0])
    assert first[1]


def told(engine: Engine, folder) -> tuple[object, ...]:
    shown = settings_of(values={"low_volume": "1"}).only(["answer_rate_30s"])
    events = open_events(engine, folder, tables_read(shown))
    asked = Asked(events, shown, "agent", PERIOD)
    shop = engine.arrow(engine.backend.table("shops"))["shop_id"].to_pylist()[0]
    hours = staffing(asked, shop, ("answer_rate_30s", None), ["hours", "load", "suspended"])
    plan = drawn(candidates(events, PERIOD, "long_wait"), Plan(5, "long_wait", 1))
    return proposals(asked, ["industry", "team", "past"]), plan, hours, trend(asked, "week")
