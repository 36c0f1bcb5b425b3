"""The scorecards at hand: those that ship with the engine and those the caller adds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

from steelyard.errors import RulesError, UsageError
from steelyard.scorecards import versions
from steelyard.scorecards.load import Loaded, read
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.problems import problem
from steelyard.scorecards.tree import Node, read_tree
from steelyard.scorecards.versions import Shown

SHIPPED = Path(str(files("steelyard.scorecards.library")))
"""The folder of the shipped scorecards: `<platform>/<scorecard>/<version>.yaml`."""

EXAMPLES = SHIPPED.parent / "examples"
"""Files that set numbers nobody publishes, for the sample marketplace: never in the library by themselves."""


@dataclass(frozen=True)
class Library:
    """Scorecard versions by id. Files are read when asked for, each once."""

    files: dict[tuple[str, str], Path]
    _read: dict[tuple[str, str], Loaded] = field(default_factory=dict, repr=False)

    def ids(self) -> tuple[str, ...]:
        """All scorecard ids, sorted."""
        return tuple(sorted({name for name, _ in self.files}))

    def versions(self, name: str) -> tuple[str, ...]:
        """All versions of one scorecard, the oldest first; UsageError for an unknown id."""
        found = [version for known, version in self.files if known == name]
        if not found:
            fix = f"use one of {', '.join(self.ids())}"
            raise UsageError(problem("unknown-reference", name or "scorecard", f"there is no scorecard {name!r}", fix))
        return tuple(card.version for card in versions.in_order([self.get(name, version) for version in found]))

    def loaded(self, name: str, version: str) -> Loaded:
        """One version with its places; UsageError where there is none, RulesError where it is faulty."""
        key = (name, version)
        if key not in self.files:
            have = ", ".join(sorted(known for other, known in self.files if other == name)) or "no version at all"
            said = f"there is no version {version!r} of {name}"
            raise UsageError(problem("unknown-reference", f"{name}@{version}", said, f"there is {have}"))
        if key not in self._read:
            self._read[key] = read(self.files[key], self.find)
        return self._read[key]

    def get(self, name: str, version: str) -> Scorecard:
        """One version; errors as `loaded`."""
        return self.loaded(name, version).scorecard

    def find(self, full_name: str) -> Path | None:
        """The file of `id@version`, None where there is none."""
        name, _, version = full_name.partition("@")
        return self.files.get((name, version))

    def in_force(self, name: str, day: date) -> Scorecard:
        """The version in force on `day`: the latest that took effect by then. UsageError where none has."""
        cards = self._cards(name)
        found = versions.in_force(cards, day)
        if found is None:
            have = ", ".join(f"{card.version} from {card.effective_from}" for card in cards)
            said = f"no version of {name} is in force on {day}"
            raise UsageError(problem("unknown-reference", name, said, f"name one: {have}"))
        return found

    def announced(self, name: str, day: date) -> tuple[Scorecard, ...]:
        """The versions published by `day` and not yet in force, the next first; UsageError for an unknown id."""
        return versions.announced(self._cards(name), day)

    def shown(self, name: str, day: date, seen_on: date) -> Scorecard:
        """The version by which the score of `day` is shown on `seen_on`. UsageError where there is none.

        From the day on which a version takes effect that restates history, past days are shown by it.
        """
        return versions.shown(self._cards(name), day, seen_on) or self.in_force(name, day)

    def history(self, name: str, seen_on: date) -> tuple[Shown, ...]:
        """By which version the days up to `seen_on` are shown on it; UsageError for an unknown id."""
        return versions.history(self._cards(name), seen_on)

    def _cards(self, name: str) -> list[Scorecard]:
        return [self.get(name, version) for version in self.versions(name)]

    def resolve(self, wanted: str, day: date) -> tuple[Scorecard, tuple[str, ...]]:
        """`id` or `id@version` on `day`, with a note where a named version is not the one in force."""
        name, _, version = wanted.partition("@")
        if not version:
            return self.in_force(name, day), ()
        card = self.get(name, version)
        try:
            current = self.in_force(name, day).version
        except UsageError:
            return card, (f"version {version} is not in force on {day}; in force: none",)
        if current == version:
            return card, ()
        return card, (f"version {version} is not in force on {day}; in force: {current}",)


def library(extra: Sequence[Path] = ()) -> Library:
    """The shipped scorecards and those in `extra`, files or folders; of one name the last one stands.

    Raises RulesError for a file of `extra` that is no scorecard.
    """
    found = dict(_shipped())
    for place in extra:
        for path in sorted(_scorecard_files(place)) if place.is_dir() else [place]:
            found[name_in(path)] = path
    return Library(found)


@cache
def _shipped() -> tuple[tuple[tuple[str, str], Path], ...]:
    """The layout tells id and version, so listing the library reads no file."""
    return tuple(
        ((path.parent.relative_to(SHIPPED).as_posix(), path.stem), path) for path in sorted(_scorecard_files(SHIPPED))
    )


def _scorecard_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.yaml") if "cases" not in path.relative_to(folder).parts]


def name_in(path: Path) -> tuple[str, str]:
    """Id and version of the scorecard in a file; RulesError where it does not say them.

    An overlay without an id has that of what it extends.
    """
    tree = read_tree(path)
    extends = tree.child("extends")
    base = None if extends is None else str(extends.value).partition("@")[0]
    found = {key: base if part is None else str(part.value) for key, part, base in _named(tree, base)}
    missing = [key for key, value in found.items() if value is None]
    if missing:
        raise RulesError([problem("missing-key", tree.place, f"{key} is missing", f"add `{key}:`") for key in missing])
    return str(found["id"]), str(found["version"])


def _named(tree: Node, base: str | None) -> Iterator[tuple[str, Node | None, str | None]]:
    """The parts that name a scorecard, and what stands in: an overlay has the id of what it extends."""
    yield "id", tree.child("id"), base
    yield "version", tree.child("version"), None
