"""From facts to integers: what each indicator counts per subject.

`Question` is what a scorecard asks of a measure: one indicator's measure, params and window.
"""

from dataclasses import dataclass

from steelyard.measures import Measure, Params
from steelyard.windows import Window


@dataclass(frozen=True)
class Question:
    """One indicator's use of a measure; `indicator` names it in exclusions and results."""

    indicator: str
    measure: Measure
    params: Params
    window: Window
