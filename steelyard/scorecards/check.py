"""What a scorecard must keep to beyond its shape: numbers covered, no holes, no names that lead nowhere."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ValidationError

from steelyard.errors import Problem
from steelyard.scorecards.arithmetic import arithmetic_findings
from steelyard.scorecards.covers import covered, leaves
from steelyard.scorecards.judged import judged_findings
from steelyard.scorecards.load import Loaded
from steelyard.scorecards.model import Indicator, Observed, Scorecard
from steelyard.scorecards.names import name_findings
from steelyard.scorecards.problems import problem
from steelyard.scorecards.tree import Node


class MeasureInfo(Protocol):
    """What a scorecard needs to know about a measure."""

    @property
    def name(self) -> str:
        """The word under `measure:`."""

    @property
    def unit(self) -> str:
        """rate, seconds or points; a measure that only counts rows says rate."""

    @property
    def params(self) -> type[BaseModel]:
        """The parameters it takes."""

    @property
    def of_agents(self) -> bool:
        """Whether it can be counted for agents: its rows name one."""

    @property
    def evidence(self) -> tuple[str, ...]:
        """The event tables that can put a row in its numerator."""


def check(loaded: Loaded, measures: Mapping[str, MeasureInfo]) -> list[Problem]:
    """Everything wrong with a scorecard that could be read; an empty list when it is fit for the library."""
    scorecard, tree = loaded.scorecard, loaded.tree
    return [
        *rule_findings(scorecard, tree),
        *cover_findings(tree),
        *measure_findings(scorecard, tree, measures),
        *_without_cases(loaded),
    ]


def rule_findings(scorecard: Scorecard, tree: Node) -> list[Problem]:
    """What needs neither measures nor files: arithmetic, ids, references, texts, dates."""
    return [*arithmetic_findings(scorecard, tree), *name_findings(scorecard, tree), *judged_findings(scorecard, tree)]


def cases_folder(loaded: Loaded) -> Path:
    """Where the worked cases of a scorecard file lie."""
    return loaded.path.parent / "cases" / loaded.path.stem


def _without_cases(loaded: Loaded) -> Iterator[Problem]:
    if loaded.extends is None and not any(cases_folder(loaded).glob("*.yaml")):
        said = f"{loaded.scorecard.name} has no worked cases"
        fix = f"write some to cases/{loaded.path.stem}/"
        yield problem("no-cases", loaded.tree.place, said, fix)


def cover_findings(tree: Node) -> Iterator[Problem]:
    """Numbers covered by nothing or twice, and patterns that cover nothing."""
    every = leaves(tree.plain())
    met: dict[str, set[Any]] = {"sources": set(), "assumptions": set()}
    for kind, reached in met.items():
        for pattern, place in _patterns(tree, kind):
            hit = covered([pattern], every)
            reached.update(hit)
            if not hit:
                yield problem("cover-of-nothing", place, f"{pattern} meets no number", "mend or drop the pattern")
    for leaf in every:
        place = tree.place_of(*(segment[-1] for segment in leaf.path))
        if leaf in met["sources"] and leaf in met["assumptions"]:
            said = f"{leaf.name} is covered by a source and by an assumption"
            yield problem("covered-twice", place, said, "keep the source if it is published, else the assumption")
        elif leaf not in met["sources"] | met["assumptions"]:
            said = f"{leaf.name} is covered by no source and no assumption"
            yield problem("uncovered-number", place, said, f"add {leaf.name} to the `covers` of one of them")


def _patterns(tree: Node, kind: str) -> Iterator[tuple[str, str]]:
    entries = tree.child(kind)
    for entry in entries.value if entries is not None and isinstance(entries.value, list) else ():
        covers = entry.child("covers")
        for pattern in covers.value if covers is not None and isinstance(covers.value, list) else ():
            yield str(pattern.value), pattern.place


def measure_findings(scorecard: Scorecard, tree: Node, measures: Mapping[str, MeasureInfo]) -> Iterator[Problem]:
    """Measures that do not exist, parameters they do not take, shared parameters that nobody takes."""
    used: set[str] = set()
    if scorecard.volume.measure in measures:
        volume_params = measures[scorecard.volume.measure].params
        used |= set(volume_params.model_fields)
        shared = scorecard.params_for({}, volume_params.model_fields)
        yield from _params(volume_params, shared, lambda key: tree.place_of("params", key))
        yield from _uncountable(scorecard, measures[scorecard.volume.measure], tree.place_of("volume", "measure"))
    else:
        yield _unknown_measure(scorecard.volume.measure, tree.place_of("volume", "measure"), measures)
    for part, node in _measured(scorecard, tree):
        if part.measure not in measures:
            yield _unknown_measure(part.measure, node.place_of("measure"), measures)
            continue
        used |= set(measures[part.measure].params.model_fields)
        yield from _uncountable(scorecard, measures[part.measure], node.place_of("measure"))
        yield from _indicator_params(scorecard, part, (node, tree), measures[part.measure])
    for key in sorted(set(scorecard.params) - used):
        place = tree.place_of("params", key)
        yield problem("unused-param", place, f"no indicator takes the shared parameter {key!r}", "remove it")


def _measured(scorecard: Scorecard, tree: Node) -> Iterator[tuple[Indicator | Observed, Node]]:
    """Everything that is counted, with its part of the file."""
    for dimension in scorecard.dimensions:
        for indicator in dimension.indicators:
            yield indicator, tree.part("dimensions", dimension.id, "indicators", indicator.id)
    for part in scorecard.observed:
        yield part, tree.part("observed", part.id)


def _uncountable(scorecard: Scorecard, measure: MeasureInfo, place: str) -> Iterator[Problem]:
    if scorecard.subject == "agent" and not measure.of_agents:
        said = f"the rows {measure.name} looks at name no agent, so nobody could be credited with them"
        yield problem("measure-without-agents", place, said, "use a measure of sessions, messages, orders or cases")


def _unknown_measure(name: str, place: str, measures: Mapping[str, MeasureInfo]) -> Problem:
    return problem(
        "unknown-measure", place, f"there is no measure {name!r}", f"use one of {', '.join(sorted(measures))}"
    )


def _indicator_params(
    scorecard: Scorecard, indicator: Indicator | Observed, nodes: tuple[Node, Node], measure: MeasureInfo
) -> Iterator[Problem]:
    """Problems of one indicator's parameters; `nodes` are its own part of the file and the whole."""
    node, tree = nodes
    known = measure.params.model_fields
    for key in sorted(set(indicator.params) - set(known)):
        said = f"{measure.name} takes no parameter {key!r}"
        fix = f"use {', '.join(known)}" if known else "remove it: the measure takes none"
        yield problem("unknown-param", node.place_of("params", key), said, fix)
    if indicator.unit != measure.unit:
        said = f"{measure.name} counts in {measure.unit}, not in {indicator.unit}"
        yield problem("unit-mismatch", node.place_of("unit"), said, f"write `unit: {measure.unit}`")
    values = scorecard.params_for(indicator.params, known)
    shared = set(values) - set(indicator.params)
    yield from _params(measure.params, values, lambda key: (tree if key in shared else node).place_of("params", key))


def _params(model: type[BaseModel], values: Mapping[str, Any], place: Callable[[str], str]) -> Iterator[Problem]:
    try:
        model.model_validate(dict(values))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            key = str(detail["loc"][0]) if detail["loc"] else ""
            said = f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}"
            yield problem("wrong-param", place(key), said, "give the parameter as the measure's page says")
