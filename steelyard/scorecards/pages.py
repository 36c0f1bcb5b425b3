"""The generated blocks of the documentation pages on scorecards, written in place.

`python -m steelyard.scorecards.pages docs` renews every block between `<!-- NAME: generated -->` and
`<!-- NAME: end -->` in `docs/scorecards.md` and in the definition sheets of `docs/rules/`; a test compares.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from steelyard.scorecards.cases import CaseFile
from steelyard.scorecards.library import library
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.reference import codes, origins, tables


def sheet_of(scorecard: Scorecard) -> str:
    """The definition sheet's path below the documentation folder."""
    return f"rules/{scorecard.id.replace('/', '-').replace('_', '-')}-{scorecard.version}.md"


def blocks() -> Iterator[tuple[str, Mapping[str, str]]]:
    """Each page that has generated blocks, and what stands in them by name."""
    yield "scorecards.md", {"keys": tables(), "cases": tables(CaseFile), "codes": codes()}
    known = library()
    for name in known.ids():
        for version in known.versions(name):
            scorecard = known.get(name, version)
            yield sheet_of(scorecard), {"numbers": origins(scorecard)}


def renewed(page: str, parts: Mapping[str, str]) -> str:
    """`page` with each block's text replaced; ValueError where a block is missing."""
    for name, text in parts.items():
        start, end = f"<!-- {name}: generated -->\n\n", f"\n\n<!-- {name}: end -->"
        begins, ends = page.index(start) + len(start), page.index(end)
        page = page[:begins] + text + page[ends:]
    return page


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for place, parts in blocks():
        path = folder / place
        if path.exists():
            path.write_text(renewed(path.read_text(encoding="utf-8"), parts), encoding="utf-8")
        else:
            sys.stderr.write(f"{path} is missing\n")
