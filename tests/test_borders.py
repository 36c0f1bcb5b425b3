"""House rules no linter has: where the clock is read, who knows the command line, how long things are."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "steelyard"
FILES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 40
CLOCKS = {"now", "today", "utcnow", "time", "time_ns", "localtime", "gmtime"}


@pytest.fixture(params=FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def file(request: pytest.FixtureRequest) -> Path:
    return request.param


def clock_readings(tree: ast.AST) -> Iterator[str]:
    """`datetime.now()`, `date.today()`, `time.time()` …, and `ibis.now()` where a database would read it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
            owner = ast.unparse(node.func.value)
            if owner.split(".")[-1] in {"datetime", "date", "time", "ibis"}:
                yield f"line {node.lineno}: {owner}.{node.func.attr}()"


def test_a_clock_is_recognised() -> None:
    source = "datetime.now(); dt.date.today(); time.time(); ibis.now(); row.time(); window.today()"
    assert len(list(clock_readings(ast.parse(source)))) == 4


def test_the_clock_is_read_in_the_command_line_only(file: Path) -> None:
    if file.relative_to(PACKAGE).parts[0] not in {"cli", "cli.py"}:
        assert list(clock_readings(ast.parse(file.read_text("utf-8")))) == []


def test_nothing_below_the_command_line_imports_it(file: Path) -> None:
    if file.relative_to(PACKAGE).parts[0] not in {"cli", "cli.py", "__main__.py"}:
        tree = ast.parse(file.read_text("utf-8"))
        froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        names = [f"{node.module}.{alias.name}" for node in froms for alias in node.names]
        names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        assert [name for name in names if f"{name}.".startswith("steelyard.cli.")] == []


def test_files_and_functions_fit_on_a_screen_or_ten(file: Path) -> None:
    source = file.read_text("utf-8")
    assert len(source.splitlines()) <= MOST_LINES_OF_A_FILE
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > MOST_LINES_OF_A_FUNCTION
    ]
    assert long == []
