"""The reference of scorecard files, made from the model: JSON schema, tables for the pages, all codes."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from steelyard.scorecards.covers import cover_of, scorecard_leaves
from steelyard.scorecards.model import Assumption, Scorecard
from steelyard.scorecards.problems import CODES

_OVERLAY = {
    "type": "object",
    "required": ["extends", "version"],
    "properties": {
        "extends": {"type": "string", "description": "The version this file differs from, as `id@version`."}
    },
}


def schema() -> dict[str, Any]:
    """The JSON schema of scorecard files: a whole scorecard, or an overlay with `extends`."""
    whole = Scorecard.model_json_schema()
    parts = whole.pop("$defs")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Steelyard scorecard",
        "if": {"required": ["extends"]},
        "then": _OVERLAY,
        "else": {"$ref": "#/$defs/Scorecard"},
        "$defs": {**parts, "Scorecard": whole},
    }


def tables(model: type[BaseModel] = Scorecard) -> str:
    """One Markdown table per part of a file: key, what it takes, whether it must be there, what it means."""
    whole = model.model_json_schema()
    parts = {model.__name__: whole, **whole.get("$defs", {})}
    return "\n\n".join(_table(name, part) for name, part in parts.items() if "properties" in part)


def _table(name: str, part: Mapping[str, Any]) -> str:
    required = part.get("required", ())
    lines = [
        f"### {name}",
        "",
        str(part.get("description", "")),
        "",
        "| key | takes | needed | meaning |",
        "|---|---|---|---|",
    ]
    for key, shape in part["properties"].items():
        needed = "yes" if key in required else "no"
        lines.append(f"| `{key}` | {_takes(shape)} | {needed} | {shape.get('description', '')} |")
    return "\n".join(lines)


def _takes(shape: Mapping[str, Any]) -> str:
    if "$ref" in shape:
        return str(shape["$ref"]).rsplit("/", 1)[-1]
    if "const" in shape:
        return f"`{shape['const']}`"
    if "enum" in shape:
        return " or ".join(f"`{value}`" for value in shape["enum"])
    for several in ("anyOf", "oneOf"):
        if several in shape:
            return " or ".join(
                dict.fromkeys(_takes(one) for one in shape[several] if not _as_text(one, shape[several]))
            )
    if shape.get("type") == "array":
        return f"list of {_takes(shape.get('items', {}))}"
    return str(shape.get("format") or shape.get("type") or "any value").replace("object", "mapping")


def _as_text(one: Mapping[str, Any], among: list[Mapping[str, Any]]) -> bool:
    """An exact number may also be written as text; saying so in every line would hide what matters."""
    return one.get("type") == "string" and "pattern" in one and {"type": "number"} in among


def codes() -> str:
    """A Markdown table of every code the checker may give."""
    return "\n".join(["| code | means |", "|---|---|", *(f"| `{code}` | {said} |" for code, said in CODES.items())])


def origins(scorecard: Scorecard) -> str:
    """A Markdown table of every number of a scorecard with its source, or why it was assumed."""
    lines = ["| number | value | grade | where, or why |", "|---|---|---|---|"]
    for leaf in scorecard_leaves(scorecard):
        entry = cover_of(scorecard, leaf.name)
        if isinstance(entry, Assumption):
            grade, why = "X", f"{entry.why.zh} {entry.why.en}"
        else:
            grade, why = (entry.grade, entry.where) if entry is not None else ("", "")
        lines.append(f"| `{leaf.name}` | {leaf.value} | {grade} | {why} |")
    return "\n".join(lines)
