"""The pages on scorecards: generated blocks are current, every version has its sheet, every word its line."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from steelyard.scorecards.library import library
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.pages import blocks, renewed, sheet_of

DOCS = Path(__file__).parent.parent / "docs"
CARDS = [library().get(name, version) for name in library().ids() for version in library().versions(name)]


@pytest.mark.parametrize(("page", "parts"), list(blocks()), ids=[page for page, _ in blocks()])
def test_generated_blocks_are_current(page: str, parts: Mapping[str, str]) -> None:
    written = (DOCS / page).read_text(encoding="utf-8")
    assert renewed(written, parts) == written


@pytest.mark.parametrize("card", CARDS, ids=[card.name for card in CARDS])
def test_a_sheet_names_everything_that_is_measured(card: Scorecard) -> None:
    assert f"`{card.name}`" in (DOCS / sheet_of(card)).read_text(encoding="utf-8")
    sheets = "".join((DOCS / sheet_of(other)).read_text(encoding="utf-8") for other in one_rule(card))
    parts = (*card.measured, *card.gates, *card.adjustments)
    assert [part.id for part in parts if f"`{part.id}`" not in sheets] == []


def one_rule(card: Scorecard) -> list[Scorecard]:
    """The version, what it extends, and what extends it: what is published and what is assumed share their sheets."""
    bases = {other.name: library().loaded(other.id, other.version).extends for other in CARDS}
    return [other for other in CARDS if card.name in (other.name, bases[other.name]) or bases[card.name] == other.name]
