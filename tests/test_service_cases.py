"""The worked cases that come with the settings of service metrics, on every engine."""

from pathlib import Path
from typing import Any

import pytest

from steelyard.engines import Engine
from steelyard.events.check import open_events
from steelyard.facts import Judged
from steelyard.service.cases import ServiceCase, shipped_cases
from steelyard.service.report import Asked, report, tables_read
from steelyard.service.settings import Settings
from steelyard.windows import Period

CASES = shipped_cases()


def counting(engine: Engine) -> Any:
    def count(settings: Settings, by: Judged, period: Period, folder: Path) -> list[dict[str, Any]]:
        return report(Asked(open_events(engine, folder, tables_read(settings)), settings, by, period))

    return count


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(duckdb: Engine, case: ServiceCase) -> None:
    assert case.differences(counting(duckdb)) == []


@pytest.mark.parametrize("engine", [pytest.param("spark", marks=pytest.mark.spark)], indirect=True)
def test_spark_counts_the_switches_alike(engine: Engine) -> None:
    for case in [case for case in CASES if case.place.startswith("cases/switches")][:7]:
        assert case.differences(counting(engine)) == []
