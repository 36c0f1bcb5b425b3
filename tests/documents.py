"""Pages of the documentation as tests read them: fenced blocks with the marks that stand before them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_FENCE = re.compile(r"((?:<!-- [^\n]* -->\n)*)```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_MARK = re.compile(r"<!-- (\w+): (.*?) -->")


@dataclass(frozen=True)
class Command:
    """One command of a console block, without its `$`, and the lines of output shown below it."""

    line: str
    shown: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, text and marks (`needs`, `exit`, `file`), and where it begins."""

    page: str
    number: int
    kind: str
    text: str
    marks: dict[str, str]

    def commands(self) -> Iterator[Command]:
        """The commands of a console or bash block, in order."""
        text = self.text.replace("\\\n", " ")
        if self.kind == "bash":
            yield from (Command(line, ()) for line in text.splitlines() if line.strip())
            return
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            line, *shown = part.splitlines()
            yield Command(line, tuple(each for each in shown if each.strip()))


def blocks(page: str) -> list[Block]:
    """All fenced blocks of a page, given by its path below the project's root."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [
        Block(page, number, found[2], found[3], dict(_MARK.findall(found[1])))
        for number, found in enumerate(_FENCE.finditer(text), 1)
    ]


def between(page: str, name: str) -> str:
    """What stands between `<!-- NAME: … -->` and `<!-- NAME: end -->` on a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.split(rf"<!-- {name}: \w+ -->", text)[1].strip()


def links(page: str) -> Iterator[tuple[str, Path]]:
    """Every link of a page to another file, and the file it means; what stands in fenced blocks is not read."""
    text = re.sub(r"^```.*?^```$", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:|#", link):
            yield link, (ROOT / page).parent.joinpath(link.partition("#")[0]).resolve()


def shape(line: str) -> str:
    """A line without padding and the way a table is drawn: the sample is seeded, so its digits stay."""
    return re.sub(r"\s+", " ", re.sub(r"[┃│├└─╭╰]", "│", line)).strip()


def met_by(shown: str, printed: str) -> bool:
    """Whether `printed` has a line of the shape of `shown`; `…` in it stands for anything."""
    pattern = ".*".join(re.escape(part) for part in shape(shown).split("…"))
    return any(re.search(pattern, shape(line)) for line in printed.splitlines())
