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
from documents import ROOT, Block, Command, blocks, met_by

from steelyard.cli import run

WORLDS = {
    "readme": ("README.md",),
    "readme.zh": ("README.zh-CN.md",),
    "tutorial": ("docs/tutorial.md", "docs/results.md", "docs/python.md"),
    "tutorial.zh": ("docs/tutorial.zh-CN.md",),
}
"""Pages that share a folder: the later ones go on from where the first ends. Nothing in it is ever deleted."""

OLIST = ROOT.parent / "shared" / "data" / "olist"
RUN = {"console", "bash", "python", "yaml"}
BLOCKS = [(world, block) for world, pages in WORLDS.items() for page in pages for block in blocks(page)]


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One empty folder per world."""
    return {world: tmp_path_factory.mktemp(world) for world in WORLDS}


def marked(world: str, block: Block) -> object:
    marks = [getattr(pytest.mark, name) for name in ("olist", "spark") if block.marks.get("needs") == name]
    return pytest.param(world, block, marks=marks, id=f"{block.page}-{block.number}-{block.kind}")


@pytest.mark.parametrize(("world", "block"), [marked(*each) for each in BLOCKS])
def test_block_runs(world, block, worlds, monkeypatch):
    skip_what_is_missing(block)
    assert block.kind in RUN, "a block that is not run"
    monkeypatch.chdir(worlds[world])
    monkeypatch.setenv("STEELYARD_LANG", "zh" if block.page.endswith(".zh-CN.md") else "en")
    if block.kind == "python":
        python(block, worlds[world])
    elif block.kind == "yaml":
        Path(block.marks["file"]).write_text(block.text, encoding="utf-8")
    else:
        for command in block.commands():
            check(command, block)


def skip_what_is_missing(block: Block) -> None:
    needs = block.marks.get("needs")
    assert needs in {None, "clone", "olist", "spark"}
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
    """Run one command of ours; `olist/` stands for the data set, which is only read."""
    program, *arguments = [str(OLIST) if word == "olist/" else word for word in shlex.split(line)]
    assert program == "steelyard", f"{line}: not a command of ours, and not marked"
    if block.marks.get("needs") == "spark":
        done = subprocess.run(
            [sys.executable, "-m", "steelyard", *arguments], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        code = run(arguments)
    return code, printed.getvalue()


def python(block: Block, folder: Path) -> None:
    """Run a Python block with the names of the blocks before it on the page."""
    names = NAMES.setdefault((block.page, folder), {})
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(block.text, f"{block.page} block {block.number}", "exec"), names)  # noqa: S102


NAMES: dict[tuple[str, Path], dict[str, object]] = {}
"""What the Python blocks of a page have defined so far."""
