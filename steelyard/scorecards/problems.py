"""Every finding a scorecard or a worked case can meet, by its code."""

from typing import Literal

from steelyard.errors import Problem

Code = Literal[
    "anchors-not-read",
    "band-order",
    "condition-comparison",
    "cover-of-nothing",
    "covered-twice",
    "curve-order",
    "dates-order",
    "demotion-order",
    "dimension-weights",
    "duplicate-id",
    "duplicate-key",
    "extends-cycle",
    "indicator-weights",
    "invalid-id",
    "merge-without-id",
    "min-above-max",
    "missing-key",
    "missing-text",
    "no-cases",
    "not-a-mapping",
    "not-yaml",
    "out-of-range",
    "points-outside-scale",
    "uncovered-number",
    "unit-mismatch",
    "unknown-base",
    "unknown-key",
    "unknown-measure",
    "unknown-param",
    "unknown-path",
    "unknown-reference",
    "unreadable-file",
    "unused-param",
    "wrong-param",
    "wrong-type",
    "wrong-value",
]

CODES: dict[Code, str] = {
    "anchors-not-read": "The file uses an anchor, an alias, a tag or a merge key; write the value out.",
    "band-order": "Bands must run from the highest down, the last one at the bottom of the scale.",
    "condition-comparison": "A condition needs exactly one of `below`, `at_most`, `at_least`, `above`.",
    "cover-of-nothing": "A pattern under `covers` meets no number of the scorecard.",
    "covered-twice": "A number is called both published (`sources`) and ours (`assumptions`).",
    "curve-order": "The bounds or points of a curve run the wrong way, repeat or leave a hole.",
    "dates-order": "A rule takes effect before it was published, or ends before it begins.",
    "demotion-order": "A gate's demotions must join: each into the band just below its `from_raw`.",
    "dimension-weights": "Dimension weights must all be `equal`, or add up to 10000 basis points.",
    "duplicate-id": "Two parts of one kind have the same id.",
    "duplicate-key": "A key stands twice in one mapping.",
    "extends-cycle": "A scorecard extends itself, directly or through others.",
    "indicator-weights": "Weights within a dimension must all be `equal`, or add up to 10000 basis points.",
    "invalid-id": "An id has other characters than a to z, 0 to 9 and _.",
    "merge-without-id": "A list item of an overlay names no item of the base to change or remove.",
    "min-above-max": "A range's `min` is not below its `max`.",
    "missing-key": "A key that every scorecard needs is not there.",
    "missing-text": "A text lacks its Chinese or its English form.",
    "no-cases": "A scorecard of its own has no worked cases beside it.",
    "not-a-mapping": "The file, or a part of it, is not a mapping of keys to values.",
    "not-yaml": "The file cannot be read as YAML.",
    "out-of-range": "A number lies outside what its key allows.",
    "points-outside-scale": "A curve or a fixed score gives points the scale does not have.",
    "uncovered-number": "A number is covered neither by a source nor by an assumption.",
    "unit-mismatch": "An indicator's unit is not the unit its measure counts in.",
    "unknown-base": "`extends` names a scorecard version that is not in the library.",
    "unknown-key": "A key that scorecards do not have.",
    "unknown-measure": "There is no measure of that name.",
    "unknown-param": "The measure takes no parameter of that name.",
    "unknown-path": "A path set by the caller leads to no part of the scorecard.",
    "unknown-reference": "A gate, an exemption, a condition or the caller names something that is not there.",
    "unreadable-file": "The file is missing or is not UTF-8 text.",
    "unused-param": "No indicator's measure takes a parameter that the scorecard shares.",
    "wrong-param": "The measure does not accept a parameter's value, or needs one that is not given.",
    "wrong-type": "A value is of another type than its key takes.",
    "wrong-value": "A value is not one of those its key takes.",
}
"""What each code means, in a sentence; the reference page prints this table."""


def problem(code: Code, where: str, message: str, fix: str) -> Problem:
    """A Problem with one of this package's codes."""
    return Problem(code, where, message, fix)
