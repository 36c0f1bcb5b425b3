"""The command line: data on stdout, everything else on stderr, one exit code per kind of failure.

0 done · 1 the input or the rules have errors · 2 wrong usage · 3 an engine or a database failed.
"""

import sys
from collections.abc import Sequence

import typer

from steelyard.cli import (
    claims,
    daily,
    demo,
    diagnose,
    effects,
    events,
    home,
    pay,
    problems,
    products,
    programme,
    quality,
    replies,
    scenarios,
    scorecards,
    scores,
    staffing,
    statement,
    targets,
)
from steelyard.cli.printing import say, survive_streams
from steelyard.errors import Problem, SteelyardError

app = typer.Typer(
    name="steelyard",
    help="Steelyard 杆秤: marketplace service scores by published rules, exact and explained.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
STOPPED = 130
"""The exit code after Ctrl-C."""

INTERRUPTED = "Query interrupted"
"""What DuckDB makes of Ctrl-C while a query runs."""

for room in (
    demo, events, scorecards, scenarios, scores, diagnose, problems, products, effects, statement, programme, replies,
    targets, quality, staffing, pay, claims, daily, home,
):  # fmt: skip
    room.register(app)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; a user's mistake is told in problems, not in a traceback."""
    survive_streams()
    try:
        code = app(None if arguments is None else list(arguments), prog_name="steelyard")
    except SystemExit as finished:
        code = finished.code
    except SteelyardError as error:
        for problem in error.problems:
            say(str(problem))
        return error.exit_code
    except OSError as error:
        where = str(error.filename or "the file system")
        say(
            str(
                Problem(
                    "file-error",
                    where,
                    error.strerror or str(error),
                    "look at the path, its owner and the disk",
                )
            )
        )
        return 1
    except KeyboardInterrupt:
        code = STOPPED
    except RuntimeError as error:
        if str(error) != INTERRUPTED:
            raise
        code = STOPPED
    if code == STOPPED:
        say("stopped; nothing is left half-written")
    return code if isinstance(code, int) else 0


def main() -> None:
    """The entry point of the `steelyard` command."""
    sys.exit(run())
