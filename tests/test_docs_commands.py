"""Every command and every Python block of the pages is run, in order; what they show is what is printed."""

import contextlib
import io
import os
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from documents import ROOT, Block, Command, between, blocks, links, met_by

from steelyard.cli import run
from steelyard.scorecards.covers import numbers
from steelyard.scorecards.library import library
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.rule import CalendarWindow, WindowRule

WORLDS = {
    "readme": ("README.md",),
    "readme.zh": ("README.zh-CN.md",),
    "tutorial": (
        "docs/tutorial.md",
        "docs/results.md",
        "docs/python.md",
        "docs/diagnosis.md",
        "docs/replies.md",
        "docs/service.md",
        "docs/bi.md",
    ),
    "tutorial.zh": (
        "docs/tutorial.zh-CN.md",
        "docs/diagnosis.zh-CN.md",
        "docs/replies.zh-CN.md",
        "docs/service.zh-CN.md",
        "docs/bi.zh-CN.md",
    ),
    "home": ("docs/home.md",),
    "home.zh": ("docs/home.zh-CN.md",),
    "pay": ("docs/pay.md",),
    "pay.zh": ("docs/pay.zh-CN.md",),
}
"""Pages that share a folder: the later ones go on from where the first ends. Nothing in it is ever deleted."""

OLIST = ROOT.parent / "shared" / "data" / "olist"
FILES = {"yaml", "toml"}
RUN = {"console", "bash", "python", *FILES}
SHOWN = {"text"}
BLOCKS = [
    (world, block)
    for world, pages in WORLDS.items()
    for page in pages
    for block in blocks(page)
    if block.kind not in SHOWN
]


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One empty folder per world."""
    return {world: tmp_path_factory.mktemp(world) for world in WORLDS}


def marked(world: str, block: Block) -> object:
    marks = [getattr(pytest.mark, name) for name in ("olist", "spark") if block.marks.get("needs") == name]
    return pytest.param(world, block, marks=marks, id=f"{block.page}-{block.number}-{block.kind}")


@pytest.mark.parametrize(("world", "block"), [marked(*each) for each in BLOCKS])
def test_block_runs(world, block, worlds, monkeypatch, request):
    skip_what_is_missing(block)
    if block.marks.get("needs") == "postgres":
        monkeypatch.setenv("SCORES_DATABASE", request.getfixturevalue("postgres").empty())
    assert block.kind in RUN, "a block that is not run"
    monkeypatch.chdir(worlds[world])
    monkeypatch.setenv("STEELYARD_LANG", "zh" if block.page.endswith(".zh-CN.md") else "en")
    if block.kind == "python":
        python(block, worlds[world])
    elif block.kind in FILES:
        Path(block.marks["file"]).write_text(block.text, encoding="utf-8")
    else:
        for command in block.commands():
            check(command, block)


def skip_what_is_missing(block: Block) -> None:
    needs = block.marks.get("needs")
    assert needs in {None, "clone", "olist", "postgres", "spark"}
    if needs == "clone":
        pytest.skip("installs or runs the tests: done by whoever runs this test")
    if needs == "olist" and not (OLIST / "orders.parquet").is_file():
        pytest.skip("the Olist data set is not beside the project")
    if needs == "spark" and os.environ.get("CI") != "true":
        if find_spec("pyspark") is None:
            pytest.skip("the extra `spark` is not installed")
        if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
            pytest.skip("Spark needs Java")


def check(command: Command, block: Block) -> None:
    code, printed = execute(command.line, block)
    assert code == int(block.marks.get("exit", "0")), printed
    missing = [line for line in command.shown if line.strip() != "…" and not met_by(line, printed)]
    assert not missing, f"not printed by `{command.line}`: {missing}\n{printed}"


def execute(line: str, block: Block) -> tuple[int, str]:
    """Run one command of ours; `olist/` stands for the data set, which is only read, `> FILE` means what it does."""
    line, _, file = line.partition(" > ")
    program, *arguments = [str(OLIST) if word == "olist/" else word for word in shlex.split(line)]
    assert program == "steelyard", f"{line}: not a command of ours, and not marked"
    if block.marks.get("needs") == "spark":
        done = subprocess.run(
            [sys.executable, "-m", "steelyard", *arguments], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr
    printed = io.StringIO()
    written = io.StringIO() if file else printed
    with contextlib.redirect_stdout(written), contextlib.redirect_stderr(printed):
        code = run(arguments)
    if file:
        Path(file).write_text(written.getvalue(), encoding="utf-8")
    return code, printed.getvalue()


def python(block: Block, folder: Path) -> None:
    """Run a Python block with the names of the blocks before it on the page."""
    names = NAMES.setdefault((block.page, folder), {})
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(block.text, f"{block.page} block {block.number}", "exec"), names)  # noqa: S102


NAMES: dict[tuple[str, Path], dict[str, object]] = {}
"""What the Python blocks of a page have defined so far."""


PAGES = sorted(str(page.relative_to(ROOT)) for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    assert [link for link, target in links(page) if not target.exists()] == []


@pytest.mark.parametrize(("page", "lang"), [("README.md", "en"), ("README.zh-CN.md", "zh")])
def test_the_readme_lists_every_scorecard(page, lang):
    cards = [library().get(name, version) for name in library().ids() for version in library().versions(name)]
    assert between(page, "scorecards").splitlines()[2:] == [listed(card, lang) for card in cards]


def test_every_sheet_is_linked():
    linked = {target for _, target in links("docs/README.md")}
    assert set((ROOT / "docs" / "rules").glob("*.md")) | set((ROOT / "docs" / "decisions").glob("*.md")) <= linked


def listed(card: Scorecard, lang: str) -> str:
    """A scorecard's row in the table of the README."""
    counted = numbers(card)
    assumed = {
        "en": f"{counted.assumed} of {counted.total}",
        "zh": f"{counted.total} 个中的 {counted.assumed} 个",
    }
    windows = dict.fromkeys((card.window, *(part.window or card.window for part in card.indicators)))
    looked_at = {"en": ", ", "zh": "，"}[lang].join(said(window, lang) for window in windows)
    title = getattr(card.title, lang)
    return f"| `{card.name}` | {title} | {card.scale.min}–{card.scale.max} | {looked_at} | {assumed[lang]} |"


def said(window: WindowRule, lang: str) -> str:
    """What a window looks at."""
    if isinstance(window, CalendarWindow):
        return {"en": "the calendar month", "zh": "自然月"}[lang]
    if window.skip:
        first, last = window.skip + 1, window.skip + window.days
        return {"en": f"days {first}–{last} back", "zh": f"前 {first} 至 {last} 天"}[lang]
    return {"en": f"{window.days} days", "zh": f"{window.days} 天"}[lang]
