"""Which scorecard version scores which day: by name, by what is in force, with the caller's own values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from steelyard.errors import Problem, RulesError, UsageError
from steelyard.events.faults import END_YEAR, FIRST_YEAR
from steelyard.measures.catalogue import CATALOGUE
from steelyard.scorecards.check import measure_findings, rule_findings
from steelyard.scorecards.library import Library, library
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.override import set_values
from steelyard.scorecards.tree import Node
from steelyard.scorecards.unset import refuse_unset
from steelyard.scoring.results import is_preview

ENGINE = "engine."
"""Settings under this name go to the engine; all others replace a value of the scorecard."""


@dataclass(frozen=True)
class Chosen:
    """A scorecard as the caller wants it: its version on each day, and what to tell about the choice."""

    versions: Mapping[date, Scorecard]
    notes: tuple[str, ...]
    settings: Mapping[str, str]
    """Settings of the engine."""

    @property
    def scorecard(self) -> Scorecard:
        """The version of the last day."""
        return self.versions[max(self.versions)]


def day_of(text: str | date) -> date:
    """A day from `YYYY-MM-DD`; UsageError for anything else, and for days no event can lie near."""
    try:
        day = (
            text.date() if isinstance(text, datetime) else text if isinstance(text, date) else date.fromisoformat(text)
        )
    except (TypeError, ValueError) as error:
        raise UsageError(Problem("not-a-day", str(text), "this is no day", "write it as YYYY-MM-DD")) from error
    if not FIRST_YEAR <= day.year < END_YEAR:
        fix = f"give a day in {FIRST_YEAR}..{END_YEAR - 1}"
        raise UsageError(Problem("day-out-of-range", str(text), "no event lies near this day", fix))
    return day


def choose(wanted: str, day: date, values: Mapping[str, str] | None = None, rules: Sequence[Path] = ()) -> Chosen:
    """The version `wanted` (`id` or `id@version`) names on `day`, with `values` set in it."""
    return choose_for(wanted, [day], values, rules)


def choose_for(
    wanted: str, days: Sequence[date], values: Mapping[str, str] | None = None, rules: Sequence[Path] = ()
) -> Chosen:
    """As `choose`, for all of `days`, which are in order.

    Without a version each day has the one by which it is shown on the last of them: the one in force on it, or a
    later one that restates history.
    """
    texts = {key: str(value) for key, value in (values or {}).items()}  # numbers are no mistake worth a traceback
    engine = {key.removeprefix(ENGINE): text for key, text in texts.items() if key.startswith(ENGINE)}
    own = {key: text for key, text in texts.items() if not key.startswith(ENGINE)}
    known = library(rules)
    name, _, version = wanted.partition("@")
    found = {day: known.get(name, version) if version else known.shown(name, day, days[-1]) for day in days}
    changed = {card.name: set_values(card, own) if own else card for card in found.values()}
    for card in changed.values():
        _refuse_faulty(card, own)
        refuse_unset(card)
        _refuse_endless(card, days[0])
    versions = {day: changed[card.name] for day, card in found.items()}
    return Chosen(versions, tuple(_notes(known, wanted, versions)), engine)


def _notes(known: Library, wanted: str, versions: Mapping[date, Scorecard]) -> Iterator[str]:
    """What a caller should know of the choice: previews, versions not in force, several versions in one range."""
    first, last = min(versions), max(versions)
    if "@" in wanted:
        told = [note for day in (first, last) for note in known.resolve(wanted, day)[1]]
        yield from dict.fromkeys(told)
    before = [day for day, card in versions.items() if is_preview(card, day)]
    if before and "@" in wanted:
        begins = versions[last].effective_from
        yield f"preview: {versions[last].name} takes effect on {begins}; until then it touches no effect"
    names = dict.fromkeys(card.name for _, card in sorted(versions.items()))
    if len(names) > 1:
        starts = {name: min(day for day, card in versions.items() if card.name == name) for name in names}
        yield "; ".join(f"{name} from {day}" for name, day in starts.items())


def choose_all(
    days: Sequence[date], values: Mapping[str, str] | None = None, rules: Sequence[Path] = ()
) -> tuple[list[Chosen], list[str]]:
    """Every scorecard of the library that can be scored on all of `days`, and why the others cannot.

    `values` may only hold settings of the engine: a path of one scorecard means nothing in the others.
    """
    foreign = [key for key in values or {} if not key.startswith(ENGINE)]
    if foreign:
        fix = "score that scorecard by its own name, or give a file that extends it with --rules"
        raise UsageError(
            [Problem("set-with-all", f"--set {key}", "it names a value of one scorecard", fix) for key in foreign]
        )
    chosen, reasons = [], []
    for name in library(rules).ids():
        try:
            chosen.append(choose_for(name, days, values, rules))
        except UsageError as error:
            reasons += [f"{name} is not scored: {problem}" for problem in error.problems[:1]]
    return chosen, reasons


def _refuse_faulty(scorecard: Scorecard, values: Mapping[str, str]) -> None:
    """What would be scored must stand: a file of the caller's has not been through the checks of the library."""
    place = ", ".join(f"--set {path}" for path in values) or scorecard.name
    tree = Node.of(scorecard.model_dump(exclude_unset=True), place)
    problems = [*rule_findings(scorecard, tree), *measure_findings(scorecard, tree, CATALOGUE)]
    if problems:
        raise (UsageError if values else RulesError)(problems)


def _refuse_endless(scorecard: Scorecard, day: date) -> None:
    """UsageError where a window of the scorecard begins before there are dates."""
    own = [part.window for part in scorecard.measured]
    for window in (scorecard.window, scorecard.volume.window, *own):
        try:
            if window is not None:
                window.window().on(day)
        except OverflowError as error:
            message = "a window begins before the year 1"
            raise UsageError(Problem("window-too-long", scorecard.name, message, "give fewer days")) from error
