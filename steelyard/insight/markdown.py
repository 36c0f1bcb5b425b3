"""Markdown that a stranger's words cannot break, and a page made of it that stands on its own."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Literal

from markdown_it import MarkdownIt

Language = Literal["zh", "en"]

_MARKS = re.compile(r"([\\`*\[\]<>&|~]|(?<!\w)_|_(?!\w)|^[#+=-])")
_NUMBERED = re.compile(r"^(\d+)([.)])(?=\s|$)")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f\u2028\u2029]+")
_STYLE = """\
:root{color-scheme:light}
body{font:16px/1.6 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:#1a1a1a;
background:#fff;max-width:60rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem;line-height:1.3;border-bottom:3px solid #9a5b13;padding-bottom:.4rem}
h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid #ccc;padding-bottom:.2rem}
h3{font-size:1rem;margin-top:1.5rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.875rem;margin:.6rem 0;font-variant-numeric:tabular-nums}
th,td{border:1px solid #ccc;padding:.3rem .55rem;text-align:left;vertical-align:top}
th{background:#f6f1ea}
code{font:.875em/1.5 ui-monospace,Consolas,monospace;background:#f5f5f5;padding:.05em .3em;border-radius:3px;
overflow-wrap:anywhere}
pre{background:#f5f5f5;padding:.7rem;overflow-x:auto}
pre code{padding:0;overflow-wrap:normal}
blockquote{margin:.6rem 0;padding:.1rem 1rem;border-left:4px solid #9a5b13;background:#fbf7f1}
@media print{body{max-width:none;padding:0;font-size:10pt}h2,h3{break-after:avoid}tr,blockquote{break-inside:avoid}
.wide{overflow:visible}th{-webkit-print-color-adjust:exact;print-color-adjust:exact}pre{white-space:pre-wrap}}
"""


def safe(text: object) -> str:
    """Any text as plain words of a Markdown line: nothing in it is taken for a mark."""
    line = _SPACE.sub(" ", str(text)).strip()
    return _NUMBERED.sub(r"\1\\\2", _MARKS.sub(r"\\\1", line))


def table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table; cells are Markdown themselves."""
    rows = [heads, ["---"] * len(heads), *lines]
    return "\n".join("| " + " | ".join(cell or "–" for cell in row) + " |" for row in rows)


def code(text: str) -> str:
    """Exact text in a line: figures and names of ours, without back-ticks."""
    return f"`{text.replace('`', '').replace('|', '¦')}`"


def fenced(text: str) -> str:
    """A block of exact text, whatever is in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def page(markdown: str, title: str, lang: Language) -> str:
    """`markdown` as one HTML document without any other file; HTML in it is shown, never taken for HTML."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    body = body.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")
    return (
        f'<!DOCTYPE html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n"
        "</body>\n</html>\n"
    )
