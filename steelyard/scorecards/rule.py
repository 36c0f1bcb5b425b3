"""What every part of a scorecard is made of: exact numbers, texts in both languages, windows."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from steelyard.windows import MonthWindow, Window

Number = Annotated[Decimal, Field(ge=-(10**9), le=10**9, decimal_places=6)]
"""A number that fits fixed point: at most six decimals."""


Unit = Literal["rate", "seconds", "stars", "points", "money", "pieces", "count", "time"]
"""What a value is: a fraction 0..1, mean seconds, stars, points, money or pieces per buyer, a count, seconds in all."""

REQUIRED = "required"
"""Stands for a number that is not published and that its user must give."""

Open = Number | Literal["required"]
"""A number, or `required`: nobody publishes it, and who uses the scorecard must set it."""


class Rule(BaseModel):
    """A frozen part of a scorecard; unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Text(Rule):
    """A text in both languages of the project."""

    zh: str
    """Chinese."""
    en: str
    """English."""


class DaysWindow(Rule):
    """Days `[D − days − skip, D − skip)` before the day D of the score."""

    days: int = Field(gt=0, le=36_500)
    """How many days the window is long."""
    skip: int = Field(0, ge=0, le=36_500)
    """How many days before D it ends."""

    def window(self) -> Window:
        """The window to reckon with."""
        return Window(self.days, self.skip)


class CalendarWindow(Rule):
    """The calendar month of the day before D, up to D: on the first of a month the whole month before."""

    calendar: Literal["month"]
    """The unit of the calendar."""

    def window(self) -> MonthWindow:
        """The window to reckon with."""
        return MonthWindow()


def _window_kind(value: Any) -> str:
    given = "calendar" in value if isinstance(value, Mapping) else isinstance(value, CalendarWindow)
    return "calendar" if given else "days"


WindowRule = Annotated[
    Annotated[DaysWindow, Tag("days")] | Annotated[CalendarWindow, Tag("calendar")], Discriminator(_window_kind)
]
