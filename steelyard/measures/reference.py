"""The reference page of the measures, `docs/measures.md`, from their docstrings.

`python -m steelyard.measures.reference` writes it to stdout; a test compares it with the page.
"""

import re
import sys
from collections.abc import Iterator
from inspect import cleandoc
from itertools import groupby

from steelyard.measures import Measure, Params
from steelyard.measures.catalogue import CATALOGUE
from steelyard.measures.labels import LEFT_OUT

PARTS = ("Eligible", "Counts", "Left out", "Unit", "Source")
"""What every measure's docstring says after its question, in this order."""

_HEAD = """\
# Measures

Written from the measures themselves by `python -m steelyard.measures.reference`; a test compares.

A measure looks at the rows of one fact: an order, an after-sales case, a session, or a product's day on
the shelf. Its value is what counts ÷ what is eligible. A row belongs to a window by the time that makes it
eligible, and only what was known before the day of the score exists. A row is left out only where the
condition is *known* to be true: an unknown distance is not remote. Without any of the evidence tables
there is no data, never zero. The rule's numbers are not here: they are parameters that the scorecard gives
(`steelyard scorecards show`).
"""
_FACTS = {
    "orders": "an order of one shop",
    "cases": "an after-sales case",
    "sessions": "a customer-service session",
    "listings": "a product's day on the shelf",
}


def parts_of(measure: Measure) -> dict[str, str]:
    """The docstring's parts: `Question`, then those of `PARTS` it has, each as one line."""
    doc = " ".join(cleandoc(measure.doc).split())
    pieces = re.split(rf"\s*\b({'|'.join(PARTS)}): ", doc)
    return {"Question": pieces[0]} | dict(zip(pieces[1::2], pieces[2::2], strict=True))


def reference() -> str:
    """The whole page as Markdown."""
    return "\n".join([_HEAD, *_measures(), *_labels()])


def _measures() -> Iterator[str]:
    by_file = groupby(CATALOGUE.values(), key=lambda measure: measure.count.__module__)
    for module, measures in sorted((name, list(found)) for name, found in by_file):
        yield f"## {module.rpartition('.')[2].capitalize()}\n"
        for measure in measures:
            yield from _measure(measure)


def _measure(measure: Measure) -> Iterator[str]:
    parts = parts_of(measure)
    yield f"### {measure.name}\n\n{parts.pop('Question')}\n"
    yield f"- **Looks at**: {_FACTS[measure.fact]}"
    yield from (f"- **{name}**: {text}" for name, text in parts.items())
    yield f"- **Evidence**: {', '.join(f'`{table}`' for table in measure.evidence)}"
    names = ", ".join(f"`{name}`" for name in measure.params.model_fields)
    if names:
        yield f"- **Parameters**: {names}. {_params(measure.params)}"
    yield ""


def _params(params: type[Params]) -> str:
    """What a measure's own parameters and those it shares with others mean."""
    own = [cls for cls in reversed(params.__mro__) if issubclass(cls, Params) and cls is not Params]
    return " ".join(" ".join(cleandoc(cls.__doc__).split()) for cls in own if cls.__doc__)


def _labels() -> Iterator[str]:
    yield "## Why a row does not count\n"
    yield "What `steelyard rows` says in the columns `reason` and `because`: the conditions of measures, then the"
    yield "reasons of exclusions.\n"
    yield "| code | 中文 | English |\n|---|---|---|"
    yield from (f"| `{code}` | {zh} | {en} |" for code, (zh, en) in LEFT_OUT.items())


if __name__ == "__main__":
    sys.stdout.write(reference() + "\n")
