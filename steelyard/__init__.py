"""Steelyard 杆秤: an open engine for marketplace service scores.

>>> import steelyard as sy
>>> with sy.score("douyin/experience@2022-09-26", events="events", as_of="2022-10-01") as result:  # doctest: +SKIP
...     result.pandas("scores")
"""

from steelyard.calls import Score, replies, score, sql
from steelyard.errors import EngineError, InputError, Problem, RulesError, SteelyardError, UsageError
from steelyard.events.importers.olist import import_olist
from steelyard.events.importers.table import import_table
from steelyard.events.sample import sample
from steelyard.scorecards.library import library

__version__ = "0.1.0"

__all__ = [
    "EngineError",
    "InputError",
    "Problem",
    "RulesError",
    "Score",
    "SteelyardError",
    "UsageError",
    "import_olist",
    "import_table",
    "library",
    "replies",
    "sample",
    "score",
    "sql",
]
