"""How far a spreadsheet reaches, looked up before it is read: one cell in the last corner asks for 17 billion."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET

from steelyard.errors import InputError, Problem

MOST_CELLS = 50_000_000
"""Rows × columns of a sheet that fit in memory as text."""

_BOOK, _PARTS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_PLACE = rb"""\s+r\s*=\s*["']([A-Za-z]{0,3})(\d{1,9})["']"""
_TAG = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])(?:[^>]*?" + _PLACE + rb")?[^>]*?(/?)>")
_CHUNK = 1 << 20


def refuse_vast(file: Path, sheet: str) -> None:
    """InputError `sheet-too-large` where a sheet of an .xlsx or .xlsm spans more than `MOST_CELLS`.

    Says nothing of a file it cannot look into: whoever reads it will.
    """
    try:
        with zipfile.ZipFile(file) as archive, archive.open(_part(archive, sheet)) as stream:
            rows, columns = _extent(stream)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ET.ParseError, KeyError):
        return
    if rows * columns > MOST_CELLS:
        message = f"its last cell stands in row {rows:,}, column {columns:,}; at most {MOST_CELLS:,} cells are read"
        fix = "delete what stands far off the table, or export CSV"
        raise InputError(Problem("sheet-too-large", f"{file} sheet {sheet}", message, fix))


def _part(archive: zipfile.ZipFile, sheet: str) -> str:
    """The name of a sheet's part; KeyError where there is none."""
    names = {name.lower(): name for name in archive.namelist()}
    targets = {part.get("Id"): part.get("Target", "") for part in _xml(archive, names[_PARTS])}
    for element in _xml(archive, names[_BOOK]).iter():
        if element.tag.endswith("}sheet") and element.get("name") == sheet:
            target = next((targets[value] for key, value in element.items() if key.endswith("}id")), "")
            path = target.lstrip("/") if target.startswith(("/", "xl/")) else f"xl/{target}"
            return names[path.lower()]
    raise KeyError(sheet)


def _xml(archive: zipfile.ZipFile, name: str) -> ET.Element:
    return ET.fromstring(archive.read(name))  # noqa: S314 - expat refuses entities that grow without end


def _extent(stream: IO[bytes]) -> tuple[int, int]:
    """The last row and the last column with a cell that holds something; both from 1."""
    row = column = last_row = last_column = 0
    for kind, letters, digits, empty in _tags(stream):
        if kind == b"row":
            row, column = int(digits) if digits else row + 1, 0
            continue
        row, column = (int(digits), _number(letters)) if digits else (row, column + 1)
        if not empty:
            last_row, last_column = max(last_row, row), max(last_column, column)
    return last_row, last_column


def _tags(stream: IO[bytes]) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    """Rows and cells: which of both, letters and digits of its place if it says one, `/` where it is empty."""
    rest = b""
    while chunk := stream.read(_CHUNK):
        text = rest + chunk
        end = text.rfind(b"<")  # a tag may go on in the next chunk
        rest = text[end:] if end >= 0 else b""
        yield from _TAG.findall(text[: max(end, 0)])
    yield from _TAG.findall(rest)


@cache
def _number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
