"""The scorecards at hand: those that ship with the engine and those the caller adds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

from steelyard.errors import RulesError, UsageError
from steelyard.scorecards.load import Loaded, read
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.problems import problem
from steelyard.scorecards.tree import read_tree

SHIPPED = Path(str(files("steelyard.scorecards.library")))
"""The folder of the shipped scorecards: `<platform>/<scorecard>/<version>.yaml`."""


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
        return tuple(sorted(found, key=lambda version: (self.get(name, version).effective_from or date.min, version)))

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
        cards = [self.get(name, version) for version in self.versions(name)]
        begun = [card for card in cards if card.effective_from is None or card.effective_from <= day]
        if not begun:
            have = ", ".join(f"{card.version} from {card.effective_from}" for card in cards)
            said = f"no version of {name} is in force on {day}"
            raise UsageError(problem("unknown-reference", name, said, f"name one: {have}"))
        return max(begun, key=lambda card: (card.effective_from or date.min, card.version))

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
    """Id and version of the scorecard in a file; RulesError where it does not say them."""
    tree = read_tree(path)
    parts = [tree.child(key) for key in ("id", "version")]
    missing = [key for key, part in zip(("id", "version"), parts, strict=True) if part is None]
    if missing:
        raise RulesError([problem("missing-key", tree.place, f"{key} is missing", f"add `{key}:`") for key in missing])
    name, version = (str(part.value) for part in parts if part is not None)
    return name, version
