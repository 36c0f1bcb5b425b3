"""The commands in `docs/cli.md`, from the commands themselves.

`python -m steelyard.cli.reference` prints them; a test compares them with the page.
"""

import inspect
from collections.abc import Iterator
from typing import Any

import typer

from steelyard.cli import app
from steelyard.cli.printing import put


def reference() -> str:
    """One section per command, as Markdown."""
    return "".join(_sections(typer.main.get_command(app), "steelyard"))


def _sections(command: Any, name: str) -> Iterator[str]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield "".join(_section(command, name))
        return
    for each, found in inner.items():
        yield from _sections(found, f"{name} {each}")


def _section(command: Any, name: str) -> Iterator[str]:
    shown = [parameter for parameter in command.params if parameter.name != "help"]
    arguments = [parameter for parameter in shown if parameter.param_type_name == "argument"]
    call = " ".join([name, *(_argument(argument) for argument in arguments), "[OPTIONS]"])
    yield f"\n## {name}\n\n```text\n{call}\n```\n\n{inspect.cleandoc(command.help)}\n\n"
    yield "| argument or option | meaning | default |\n|---|---|---|\n"
    for parameter in shown:
        said = _argument(parameter) if parameter in arguments else _option(parameter)
        yield f"| `{_cell(said)}` | {_cell(parameter.help)} | {_cell(_default(parameter))} |\n"


def _argument(argument: Any) -> str:
    return str(argument.metavar or argument.name.upper())


def _option(option: Any) -> str:
    names = "/".join([*option.opts, *option.secondary_opts])
    return names if option.is_flag else f"{names} {option.metavar}"


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    if parameter.name == "lang":
        return "see `STEELYARD_LANG`"
    if parameter.default is None or isinstance(parameter.default, bool):
        return "no" if getattr(parameter, "is_flag", False) else "none"
    return f"`{parameter.default}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    put(reference().rstrip("\n"))
