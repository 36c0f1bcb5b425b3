"""The settings of service metrics: which measures, with which clocks; one file per platform, or the user's own."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from steelyard.errors import Problem, RulesError, SteelyardError, UsageError
from steelyard.measures import Measure, Params
from steelyard.measures.catalogue import CATALOGUE
from steelyard.scorecards.load import validated
from steelyard.scorecards.model import Assumption, Source
from steelyard.scorecards.overlay import check_overlay, overlaid
from steelyard.scorecards.override import put_values
from steelyard.scorecards.problems import Code, problem
from steelyard.scorecards.rule import Number, Rule, Text
from steelyard.scorecards.tree import Node, read_tree

SHEET = "sheet"
"""The settings by the definition sheet, which the others extend."""


class Calendar(Rule):
    """Days of a calendar by name: public holidays, say."""

    id: str
    """What metrics call it."""
    days: tuple[date, ...]
    """Its days."""


Better = Literal["higher", "lower", "neither"]
"""Which values are better; of `neither` there is no target."""
Bound = Literal["at_least", "above", "at_most", "below"]
"""On which side of a number a value has to lie, the number itself included or not."""


class Requirement(Rule):
    """What a platform publishes as required of a metric."""

    bound: Bound
    """The side."""
    value: Number
    """The number, in the unit of the metric."""
    says: Text
    """Who has to meet it, when, and what else the text says."""


class Metric(Rule):
    """One metric: what it is called, and what it asks of which measure."""

    id: str
    """Its name, a variant's with a dash: `mean_response_time-presale` appears as `mean_response_time.presale`."""
    title: Text
    """What people call it."""
    measure: str
    """A measure of the catalogue."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Its parameters."""
    calendar: str | None = None
    """The calendar whose days are left out; None: that of the file, if it has one."""
    better: Better | None = None
    """Which values are better; None: fewer seconds, more of everything else."""
    requirement: Requirement | None = None
    """What the platform requires; None: nothing that is published."""

    @property
    def name(self) -> str:
        """Its name in the rows, and in exclusions that name an indicator."""
        return self.id.replace("-", ".")


class Settings(Rule):
    """All metrics of one platform."""

    id: str
    """The platform."""
    title: Text
    """What people call these settings."""
    low_volume: int = Field(ge=0)
    """A denominator below it is marked."""
    suspended_seconds: int = Field(ge=0)
    """A stretch of suspension that is longer is listed."""
    buckets: tuple[int, ...]
    """Upper bounds of the distribution of times, in seconds, ascending; the last bucket is open."""
    calendars: tuple[Calendar, ...] = ()
    """Calendars that metrics may name."""
    calendar: str | None = None
    """The calendar whose days all metrics that take holidays leave out."""
    metrics: tuple[Metric, ...]
    """The metrics in the order of the rows."""
    sources: tuple[Source, ...] = ()
    """Numbers that are published, and where."""
    assumptions: tuple[Assumption, ...] = ()
    """Numbers that are ours, and why."""

    def only(self, names: Collection[str]) -> "Settings":
        """The same with some of the metrics, by name, in its own order; UsageError for names it does not have."""
        known = [metric.name for metric in self.metrics]
        problems = [
            Problem("unknown-metric", name, "these settings have no such metric", f"use one of {', '.join(known)}")
            for name in names
            if name not in known
        ]
        if problems:
            raise UsageError(problems)
        return self.model_copy(update={"metrics": tuple(each for each in self.metrics if each.name in names)})

    def measure(self, metric: Metric) -> Measure:
        """The measure of a metric."""
        return CATALOGUE[metric.measure]

    def better(self, metric: Metric) -> Better:
        """Which values of a metric are better."""
        return metric.better or ("lower" if self.measure(metric).unit == "seconds" else "higher")

    def params(self, metric: Metric) -> Params:
        """The parameters of a metric, the days of its calendar among them; ValidationError where they do not fit."""
        known = self.measure(metric).params
        name = metric.calendar or self.calendar
        days = next((each.days for each in self.calendars if each.id == name), ())
        holidays = {"holidays": days} if days and "holidays" in known.model_fields else {}
        return known.model_validate(holidays | metric.params)


def platforms() -> list[str]:
    """The platforms that have settings, the sheet among them."""
    return sorted(each.name.removesuffix(".yaml") for each in _shipped().iterdir() if each.name.endswith(".yaml"))


def settings_of(platform: str = SHEET, own: Path | None = None, values: Mapping[str, str] | None = None) -> Settings:
    """The settings of a platform, or of a file of the user's, with `values` by path set in them.

    Raises UsageError for an unknown platform and for values that do not fit, RulesError for a file that does not stand.
    """
    tree = settings_tree(platform, own)
    problems: list[Problem] = []
    if values:
        data = tree.plain()
        problems = put_values(data, values, "these settings")
        tree = Node.of(data, ", ".join(f"--set {path}" for path in values))
    if problems:
        raise UsageError(problems)
    kind: type[SteelyardError] = UsageError if values else RulesError
    try:
        settings = validated(Settings, tree)
    except RulesError as error:
        raise kind(error.problems) from error
    problems = list(findings(settings, tree))
    if problems:
        raise kind(problems)
    return settings


def settings_tree(platform: str, own: Path | None = None) -> Node:
    """The settings as a tree with places, laid over what they extend; errors as `settings_of`."""
    if own is not None:
        return _laid_over(read_tree(own))
    if platform not in platforms():
        fix = f"use one of {', '.join(platforms())}, or give a file with --settings"
        raise UsageError(Problem("unknown-platform", f"--platform {platform}", "there are no settings for it", fix))
    return _laid_over(_read(platform))


def _shipped() -> Path:
    return Path(str(files("steelyard.service") / "clocks"))


def _read(platform: str) -> Node:
    return read_tree(_shipped() / f"{platform}.yaml", f"clocks/{platform}.yaml")


def _laid_over(tree: Node) -> Node:
    named = tree.child("extends")
    if named is None:
        return tree
    base = str(named.value)
    if base not in platforms():
        fix = f"extend one of {', '.join(platforms())}"
        raise RulesError(problem("unknown-base", named.place, f"there are no settings {base}", fix))
    below = _laid_over(_read(base))
    problems = check_overlay(below, tree)
    if problems:
        raise RulesError(problems)
    return overlaid(below, tree)


def findings(settings: Settings, tree: Node) -> Iterator[Problem]:
    """What a model cannot see: names that repeat or lead nowhere, parameters a measure does not take, order."""
    if list(settings.buckets) != sorted(set(settings.buckets)):
        yield problem("curve-order", tree.place_of("buckets"), "the bounds do not ascend", "put them in order")
    calendars = {each.id for each in settings.calendars}
    seen: set[str] = set()
    for metric in settings.metrics:
        place = tree.place_of("metrics", metric.id)
        if metric.id in seen:
            yield problem("duplicate-id", place, f"there are two metrics {metric.id}", "rename one")
        seen.add(metric.id)
        if metric.measure not in CATALOGUE:
            fix = "use a measure of docs/measures.md"
            yield problem("unknown-measure", place, f"there is no measure {metric.measure!r}", fix)
            continue
        if metric.calendar not in {None, *calendars}:
            yield _no_calendar(metric.calendar, place)
        yield from _params(settings, metric, place)
    if settings.calendar not in {None, *calendars}:
        yield _no_calendar(settings.calendar, tree.place_of("calendar"))


def _no_calendar(name: str | None, place: str) -> Problem:
    return problem("unknown-reference", place, f"there is no calendar {name!r}", "add it to `calendars`")


def _params(settings: Settings, metric: Metric, place: str) -> Iterator[Problem]:
    if settings.measure(metric).averaged:
        yield problem("unknown-measure", place, f"{metric.measure} is averaged over products", "use another measure")
    try:
        settings.params(metric)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            said = f"{metric.id}: {'.'.join(map(str, detail['loc']))}: {detail['msg']}"
            code: Code = "unknown-param" if detail["type"] == "extra_forbidden" else "wrong-param"
            yield problem(code, place, said, f"see the parameters of {metric.measure} in docs/measures.md")
