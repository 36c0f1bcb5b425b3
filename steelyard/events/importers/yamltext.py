"""YAML whose scalars stay text (ids keep their digits and zeros), with the line of every part."""

from pathlib import Path
from typing import Any

from steelyard import yaml12
from steelyard.errors import InputError, Problem

Path_ = tuple[str | int, ...]

MOST_PARTS = 200_000
"""Keys, lists and values of a file: an alias of aliases of aliases grows without end."""

_FIX = "mend the YAML"


class Document:
    """`data`: dicts, lists, text and None; `line(path)`: where a part of it stands, counted from 1."""

    def __init__(self, file: Path, data: Any, lines: dict[Path_, int]) -> None:
        self.file = file
        self.data = data
        self._lines = lines

    def where(self, path: Path_) -> str:
        """`file:line` of the part at `path`, or of the nearest around it; extra indices are skipped."""
        known: Path_ = ()
        for step in path:
            if (*known, step) in self._lines:
                known = (*known, step)
            elif not isinstance(step, int):
                break
        return f"{self.file}:{self._lines.get(known, 1)}"


def read(file: Path) -> Document:
    """The YAML of `file`. InputError where it cannot be read, is no YAML, or repeats a key."""
    try:
        node = yaml12.compose(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(Problem("unreadable-file", str(file), str(error), "name a file that can be read")) from error
    except UnicodeDecodeError as error:
        raise InputError(Problem("wrong-encoding", str(file), "the text is not UTF-8", "save it as UTF-8")) from error
    except yaml12.YamlError as error:
        where = str(file) if error.line is None else f"{file}:{error.line}"
        raise InputError(Problem("not-yaml", where, str(error), _FIX)) from error
    except RecursionError as error:
        raise InputError(Problem("not-yaml", str(file), "it is nested too deeply", "write fewer levels")) from error
    reading = _Reading(file)
    data = None if node is None else reading.plain(node, (), ())
    if reading.problems:
        raise InputError(reading.problems)
    return Document(file, data, reading.lines)


class _Reading:
    def __init__(self, file: Path) -> None:
        self.file = file
        self.lines: dict[Path_, int] = {}
        self.problems: list[Problem] = []
        self.parts = 0

    def plain(self, node: yaml12.Part, path: Path_, around: tuple[int, ...]) -> Any:
        self.parts += 1
        if self.parts > MOST_PARTS:
            message = f"it has more than {MOST_PARTS:,} parts, aliases written out"
            raise InputError(Problem("not-yaml", str(self.file), message, "write less, or fewer aliases"))
        self.lines.setdefault(path, node.line)
        if id(node) in around:
            self._wrong("not-yaml", node, "an alias contains itself")
            return None
        if isinstance(node, yaml12.Scalar):
            return None if node.kind == "null" else node.text
        inside = (*around, id(node))
        if isinstance(node, yaml12.Sequence):
            return [self.plain(part, (*path, index), inside) for index, part in enumerate(node.parts)]
        return self._mapping(node, path, inside)

    def _mapping(self, node: yaml12.Mapping, path: Path_, inside: tuple[int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.pairs:
            if not isinstance(key, yaml12.Scalar):
                self._wrong("not-yaml", key, "a key must be plain text")
            elif key.text in found:
                self._wrong("repeated-key", key, f"{key.text!r} stands here twice")
            else:
                self.lines[(*path, key.text)] = key.line
                found[key.text] = self.plain(value, (*path, key.text), inside)
        return found

    def _wrong(self, code: str, node: yaml12.Part, message: str) -> None:
        self.problems.append(Problem(code, f"{self.file}:{node.line}", message, _FIX))
