"""What one measure counts on a few rows, for tests."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from marketplace import Row, small

from steelyard.counting import Question
from steelyard.counting.tally import tally
from steelyard.engines import Engine
from steelyard.events.check import open_events
from steelyard.events.exclusions import Acting
from steelyard.measures.catalogue import CATALOGUE
from steelyard.scoring.run import past_of
from steelyard.windows import AnyWindow


def measured(
    engine: Engine, folder: Path, asked: Mapping[str, Any], window: AnyWindow, day: date, **tables: list[Row]
) -> dict[Any, tuple[int, int]]:
    """Numerator and denominator by subject; `asked` names the `measure` and gives its `params`."""
    measure = CATALOGUE[asked["measure"]]
    events = open_events(engine, small(folder, **tables))
    params = measure.params.model_validate(asked.get("params", {}))
    question = Question("it", measure, params, window, Acting("it"))
    rows = engine.arrow(tally(past_of(events, day), measure.fact, [question])).to_pylist()
    return {row["subject_id"]: (row["it__numerator"], row["it__denominator"]) for row in rows}
