"""A chart of bars as SVG, readable on light and on dark ground.

A bar more than three times as long as any other is cut, and says so by a gap: the others could not be told apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, LABEL, ROW, HEAD, GAP = 760, 170, 24, 34, 18
STYLE = """\
text { font: 13px system-ui, sans-serif; fill: #1f2328 } .head { font-weight: 600 } .bar { fill: #8c959f }
.bar.first { fill: #0969da }
line { stroke: #d0d7de } .cut { stroke: #ffffff; stroke-width: 4 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .bar { fill: #6e7681 } .bar.first { fill: #4493f8 }
line { stroke: #3d444d } .cut { stroke: #0d1117 } }
"""


@dataclass(frozen=True)
class Panel:
    """One group of bars: a heading, and seconds by name; the first one is what it is all about."""

    heading: str
    seconds: Mapping[str, float]


def drawn(panels: Sequence[Panel]) -> str:
    """The panels below each other, each with a scale of its own, as the text of an SVG file."""
    parts, top = [], 4
    for panel in panels:
        first = top + HEAD
        end = first + ROW * len(panel.seconds)
        parts.append(f'<text class="head" x="0" y="{top + 16}">{escape(panel.heading)}, seconds</text>')
        parts.append(f'<line x1="{LABEL}" x2="{LABEL}" y1="{first - 6}" y2="{end}"/>')
        full = _full_scale(panel.seconds.values())
        for number, (name, seconds) in enumerate(panel.seconds.items()):
            kind = "bar first" if number == 0 else "bar"
            parts += _bar((name, seconds), kind, first + ROW * number, full)
        top = end + GAP
    size = f'viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}"'
    frame = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    return f"{frame}\n<style>\n{STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n"


def _full_scale(seconds: Iterable[float]) -> float:
    """The seconds that fill the width: the longest, or a third more than the next where the longest is cut."""
    *others, longest = sorted(seconds)
    return others[-1] * 4 / 3 if others and longest > 3 * others[-1] else longest


def _bar(named: tuple[str, float], kind: str, y: int, full: float) -> list[str]:
    name, seconds = named
    width = WIDTH - LABEL - 70
    length = min(width * seconds / full, width)
    drawing = [
        f'<text x="{LABEL - 8}" y="{y + 13}" text-anchor="end">{escape(name)}</text>',
        f'<rect class="{kind}" x="{LABEL}" y="{y}" width="{length:.1f}" height="{ROW - 7}" rx="2"/>',
        f'<text x="{LABEL + length + 6:.1f}" y="{y + 13}">{seconds:.1f}</text>',
    ]
    if seconds > full:
        cut = LABEL + length - 24
        drawing.append(f'<path class="cut" d="M{cut} {y - 2} l8 {ROW - 3}"/>')
    return drawing
