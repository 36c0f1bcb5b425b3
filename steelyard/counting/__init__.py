"""From facts to integers: what each indicator counts per subject.

`Question` is what a scorecard asks of a measure: one indicator's measure, params and window, and what excludes rows.
"""

from dataclasses import dataclass, replace

from steelyard.events.exclusions import Acting
from steelyard.facts import Judged, Past
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
    judged: Judged | None = None
    """Who is counted for, where the question says so itself."""

    def of(self, past: Past) -> Past:
        """The past as it is looked at for the question."""
        return past if self.judged is None else replace(past, judged=self.judged)
