"""The rule of a statement of reasons: what is measured, how it becomes points, what moves the score afterwards."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from steelyard.insight.markdown import code, safe
from steelyard.insight.rule_words import (
    BETTER,
    bound_in_words,
    curve_in_words,
    few_in_words,
    missing_in_words,
    peers_in_words,
    total_in_words,
    volume_in_words,
    weight_in_words,
    window_in_words,
)
from steelyard.insight.statement_words import Say
from steelyard.measures.catalogue import CATALOGUE
from steelyard.measures.descriptions import HEADS, described
from steelyard.scorecards.consequences import Adjustment, Degree
from steelyard.scorecards.model import Indicator, Observed, Scorecard
from steelyard.scorecards.sentences import parameters
from steelyard.scorecards.unset import settled
from steelyard.scoring.wording import plain_number

Measured = Indicator | Observed


def rule_blocks(card: Scorecard, say: Say) -> Iterator[str]:
    """What the rule says, in our words: Markdown blocks. What holds for every indicator is said once."""
    clauses = {each.id: _clauses(card, each, say) for each in card.indicators}
    shared = set[str]().union(*clauses.values()).intersection(*clauses.values()) if len(clauses) > 1 else set[str]()
    common = [f"{say('every')} · {line}" for line in clauses[card.indicators[0].id] if line in shared]
    yield _listed([*_general(card, say), *common])
    described_as: dict[str, Measured] = {}
    for dimension in card.dimensions:
        weights = {indicator.weight for indicator in dimension.indicators}
        alone, equal = len(dimension.indicators) == 1, weights == {"equal"}
        yield f"### {say.text(dimension.title)} · {say('weight')} {say.text(weight_in_words(dimension.weight))}"
        if equal and not alone:
            yield say("equal_inside")
        for indicator in dimension.indicators:
            yield from _measured(card, indicator, say, described_as)
            weight = [] if equal or alone else [say.pair(say("weight"), say.text(weight_in_words(indicator.weight)))]
            better = say.text(BETTER[indicator.better])
            yield _listed([*weight, better, *(line for line in clauses[indicator.id] if line not in shared)])
    if card.observed:
        yield f"### {say('observed')}"
        for part in card.observed:
            yield from _measured(card, part, say, described_as)
    around = [*_adjustments(card, say), *_gates(card, say), *_bands(card, say)]
    if around:
        yield f"### {say('around')}"
        yield _listed(around)


def _listed(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _general(card: Scorecard, say: Say) -> Iterator[str]:
    """What holds for the whole score, and the parameters that measures share."""
    low, high = plain_number(card.scale.min), plain_number(card.scale.max)
    yield say("scale", low=low, high=high, decimals=card.scale.decimals)
    yield say.pair(say("window"), say.text(window_in_words(card.window)))
    yield say.pair(say("compared"), say.text(peers_in_words(card)))
    yield say.pair(say("minimum"), say.text(volume_in_words(card)))
    yield say.pair(say("total"), say.text(total_in_words(card)))
    yield from (f"{say('shared_param')} · {safe(phrase)}" for phrase in parameters(card.params, say.lang))


def _clauses(card: Scorecard, indicator: Indicator, say: Say) -> list[str]:
    """How one indicator becomes points; lines that are the same for every indicator stand above them all."""
    few = few_in_words(indicator)
    window = indicator.window or card.window
    return [
        *([] if window == card.window else [say.pair(say("window"), say.text(window_in_words(window)))]),
        say.pair(say("points"), say.text(curve_in_words(indicator))),
        say.text(missing_in_words(indicator)),
        *([] if few is None else [say.text(few)]),
    ]


def _measured(card: Scorecard, part: Measured, say: Say, described_as: dict[str, Measured]) -> Iterator[str]:
    """The name, and what is counted: in full the first time, then what differs from the one that had it first."""
    yield f"**{say.text(part.title)}**{say.aside(code(part.id))}"
    first = described_as.setdefault(part.measure, part)
    if first is not part:
        lines = [say("as_for", title=say.text(first.title)), *_phrases(_unlike(card, part, first), say)]
    else:
        parts = described(CATALOGUE[part.measure], say.lang)
        question, source = safe(parts.pop("question")), parts.pop("source")
        heads = {name: head[0 if say.lang == "zh" else 1] for name, head in HEADS.items()}
        lines = [question, *(say.pair(heads[name], safe(text)) for name, text in parts.items())]
        lines += [*_phrases(part.params, say), say.pair(heads["source"], safe(source))]
    yield "> " + "  \n> ".join(lines)


def _phrases(params: Mapping[str, Any], say: Say) -> list[str]:
    return [f"{say('param')} · {safe(phrase)}" for phrase in parameters(params, say.lang)]


def _unlike(card: Scorecard, part: Measured, first: Measured) -> dict[str, Any]:
    """The parameters of `part` that are not those of `first`, which asks the same measure."""
    fields = CATALOGUE[part.measure].params.model_fields
    shared = {name: card.params.get(name, field.default) for name, field in fields.items()}
    return {
        name: part.params.get(name, value)
        for name, value in shared.items()
        if part.params.get(name, value) != first.params.get(name, value)
    }


def _adjustments(card: Scorecard, say: Say) -> Iterator[str]:
    for adjustment in card.adjustments:
        for degree in adjustment.degrees:
            yield _degree(card, adjustment, degree, say)


def _degree(card: Scorecard, adjustment: Adjustment, degree: Degree, say: Say) -> str:
    judged = next(part for part in card.measured if part.id == adjustment.indicator)
    titles = [say.text(dimension.title) for dimension in card.dimensions if dimension.id in adjustment.dimensions]
    if degree.cap is not None:
        does = say("capped", points=plain_number(settled(degree.cap)))
    else:
        does = say("loses", points=plain_number(settled(degree.points or Decimal(0))))
    return say(
        "adjusts",
        title=say.text(adjustment.title),
        indicator=say.text(judged.title),
        bound=say.text(bound_in_words(settled(degree.reaches), judged.unit)),
        degree=say.text(degree.title),
        dimensions=say("and").join(titles),
        does=does,
    )


def _gates(card: Scorecard, say: Say) -> Iterator[str]:
    for gate in card.gates:
        judged = next(part for part in card.measured if part.id == gate.indicator)
        bound = say.text(bound_in_words(gate.value_at_least, judged.unit))
        yield say("gates", title=say.text(gate.title), indicator=say.text(judged.title), bound=bound)


def _bands(card: Scorecard, say: Say) -> Iterator[str]:
    for band in card.bands:
        line = say("band_from", title=say.text(band.title), score=plain_number(settled(band.at_least)))
        if band.dimensions_at_least is not None:
            line += say("and_dimensions", points=plain_number(settled(band.dimensions_at_least)))
        yield line
