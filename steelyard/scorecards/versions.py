"""Which version of a rule stands on a day: in force, announced, or showing the days before it. Pure.

All functions take the versions of one scorecard, in any order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from steelyard.scorecards.model import Scorecard


def in_order(cards: Sequence[Scorecard]) -> list[Scorecard]:
    """The versions, oldest first: by the day they took effect (open: before all), then by what replaced what."""
    known = {card.version: card for card in cards}
    return sorted(cards, key=lambda card: (card.effective_from or date.min, _replaced(card, known), card.version))


def _replaced(card: Scorecard, known: Mapping[str, Scorecard]) -> int:
    """How many versions lie before `card`, one replacing the other."""
    seen = {card.version}
    before = card.replaces
    while before is not None and before in known and before not in seen:
        seen.add(before)
        before = known[before].replaces
    return len(seen) - 1


def in_force(cards: Sequence[Scorecard], day: date) -> Scorecard | None:
    """The version in force on `day`: the latest that took effect by then; None where none has."""
    begun = [card for card in in_order(cards) if card.effective_from is None or card.effective_from <= day]
    return begun[-1] if begun else None


def announced(cards: Sequence[Scorecard], day: date) -> tuple[Scorecard, ...]:
    """The versions published by `day` and not yet in force, the next first."""
    return tuple(
        card
        for card in in_order(cards)
        if card.published_on is not None
        and card.effective_from is not None
        and card.published_on <= day < card.effective_from
    )


def shown(cards: Sequence[Scorecard], day: date, seen_on: date) -> Scorecard | None:
    """The version by which the score of `day` is shown to who looks on `seen_on`; None where none is.

    It is the one in force on `day`, until a later version that restates history takes effect.
    """
    standing = in_force(cards, day)
    later = in_order(cards)
    later = later if standing is None else later[later.index(standing) + 1 :]
    restating = [
        card
        for card in later
        if card.restates_history and card.effective_from is not None and card.effective_from <= seen_on
    ]
    return restating[-1] if restating else standing


@dataclass(frozen=True)
class Shown:
    """Days shown by one version, both ends included; `first` is None where it is open."""

    card: Scorecard
    first: date | None
    last: date


def history(cards: Sequence[Scorecard], seen_on: date) -> tuple[Shown, ...]:
    """By which version the days up to `seen_on` are shown to who looks on it, oldest first."""
    turns = sorted({card.effective_from for card in cards if card.effective_from and card.effective_from <= seen_on})
    ends = [turn - timedelta(days=1) for turn in turns] + [seen_on]
    periods: list[Shown] = []
    for first, last in zip([None, *turns], ends, strict=True):
        card = shown(cards, last, seen_on)
        if card is None:
            continue
        if periods and periods[-1].card is card:
            periods[-1] = Shown(card, periods[-1].first, last)
        else:
            periods.append(Shown(card, first, last))
    return tuple(periods)
