"""From facts to integers: what each indicator counts per subject.

`Question` is what a scorecard asks of a measure: one indicator's measure, params and window, and what excludes rows.
"""

from dataclasses import dataclass

from steelyard.events.exclusions import Acting
from steelyard.measures import Measure, Params
from steelyard.windows import AnyWindow


@dataclass(frozen=True)
class Question:
    """One use of a measure; `name` is its own among all that are counted together, and prefixes its columns."""

    name: str
    measure: Measure
    params: Params
    window: AnyWindow
    acting: Acting
