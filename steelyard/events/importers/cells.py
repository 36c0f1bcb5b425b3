"""From the text in a cell to a value of the contract, as DuckDB expressions.

Each function takes an SQL expression for text and returns one that is NULL where the text does not parse.
"""

from collections.abc import Sequence

from steelyard.events.contract import Kind

NULLS = ("", "-", "--", "无")
"""Cells that mean "no value" unless a mapping says otherwise."""

TIMES = (
    "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H:%M:%S", "%Y.%m.%d %H:%M:%S",
    "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日 %H时%M分%S秒",
    "%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d%H%M%S", "%Y%m%d",
)  # fmt: skip
"""Formats of times and dates, tried in this order unless a mapping names its own."""

_BLANKS = " \t\r\n\u00a0\u200b\u3000\ufeff"
_FULL_WIDTH = "０１２３４５６７８９．，－＋：／　"
_HALF_WIDTH = "0123456789.,-+:/ "
_ISO = r"\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,9})?)?)?"
_NUMBER = r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?([eE][+-]?\d+)?"
LIMIT = "1e15"
"""Beyond every amount and count: what is larger is an id in the wrong column."""

_TRUE = ("是", "true", "1", "yes", "y", "√")
_FALSE = ("否", "false", "0", "no", "n", "×")


def literal(text: str) -> str:
    """`text` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def listed(texts: Sequence[str]) -> str:
    """`texts` as an SQL list in brackets, for IN."""
    return "(" + ", ".join(map(literal, texts)) + ")"


def identifier(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def clean(cell: str) -> str:
    """A raw cell without blanks and tabs around it or `="…"` about it; NULL where nothing is left."""
    bare = f"trim({cell}, {literal(_BLANKS)})"
    inside = f"""nullif(trim(regexp_extract({bare}, '^="(.*)"$', 1, 's'), {literal(_BLANKS)}), '')"""
    return f"""(CASE WHEN {bare} LIKE '="%"' THEN {inside} ELSE nullif({bare}, '') END)"""


def digits_lost(text: str) -> str:
    """Whether an id was turned into a rounded number by a spreadsheet (6.91235E+18)."""
    return rf"regexp_full_match({text}, '\d(\.\d+)?[eE]\+\d+')"


def parse(kind: Kind, text: str, times: Sequence[str] = TIMES) -> str:
    """`text` as a value of `kind`: VARCHAR, TIMESTAMP, DATE, BIGINT, DOUBLE or BOOLEAN.

    A time has no zone: text with an offset does not parse. An integer may be written 5.0, a number ¥1,234.50.
    """
    if kind == "id":
        return f"ltrim({text}, '''')"
    if kind == "text":
        return text
    if kind == "flag":
        word = f"lower({text})"
        return f"(CASE WHEN {word} IN {listed(_TRUE)} THEN true WHEN {word} IN {listed(_FALSE)} THEN false END)"
    if kind in ("time", "date"):
        instant = _time(text, times)
        return instant if kind == "time" else f"TRY_CAST({instant} AS DATE)"
    number = _number(text)
    return number if kind == "number" else _whole(number)


def _half_width(text: str) -> str:
    # text of one byte per letter has nothing to translate, and translating is slow
    changed = f"translate({text}, {literal(_FULL_WIDTH)}, {literal(_HALF_WIDTH)})"
    return f"(CASE WHEN strlen({text}) = length({text}) THEN {text} ELSE {changed} END)"


def _time(text: str, times: Sequence[str]) -> str:
    plain = _half_width(text)
    formats = "[" + ", ".join(map(literal, times)) + "]"
    # ISO stays readable under any mapping: it is what date cells of a spreadsheet become
    iso = f"CASE WHEN regexp_full_match({plain}, {literal(_ISO)}) THEN TRY_CAST({plain} AS TIMESTAMP) END"
    if not times:
        return f"({iso})"
    written = f"try_strptime({plain}, {formats})"
    return f"coalesce({iso}, {written})" if times == TIMES else f"coalesce({written}, {iso})"


def _number(text: str) -> str:
    plain = rf"regexp_replace({_half_width(text)}, '[¥￥$元\s]', '', 'g')"
    number = f"TRY_CAST(replace({plain}, ',', '') AS DOUBLE)"
    written = f"regexp_full_match({plain}, {literal(_NUMBER)})"
    return f"(CASE WHEN {written} AND abs({number}) < {LIMIT} THEN {number} END)"


def _whole(number: str) -> str:
    return f"(CASE WHEN {number} = trunc({number}) THEN TRY_CAST({number} AS BIGINT) END)"
