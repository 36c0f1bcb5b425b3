"""States over time, as conditions of effects read them: who stood where, from which day on, until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class State:
    """A state by its name under `state.` in conditions; `to_on` is the first day it is over, None while it stands."""

    name: str
    value: str
    from_on: date
    to_on: date | None


def periods(name: str, changes: Sequence[tuple[date, str]]) -> list[State]:
    """The periods of a state from its values in order of days; of one day the last value stands.

    >>> [(each.value, each.to_on) for each in periods("x", [(date(2020, 1, 1), "a"), (date(2020, 1, 3), "b")])]
    [('a', datetime.date(2020, 1, 3)), ('b', None)]
    """
    turns: list[tuple[date, str]] = []
    for day, value in dict(changes).items():
        if not turns or turns[-1][1] != value:
            turns.append((day, value))
    ends = [day for day, _ in turns[1:]]
    return [State(name, value, day, end) for (day, value), end in zip(turns, [*ends, None], strict=True)]
