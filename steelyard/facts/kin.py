"""Which event rows decide one another's facts: what must be looked at together when one of them changes."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Kin:
    """The rows a fact is made of, and what hangs on them.

    Rows of `base` with the same `unit` belong together, and so do rows equal in all columns of `across`, which evidence
    asks for that looks at more than its own row: `across` of the evidence's class. `links` are the other tables, each
    with the column that both tables have; a row of such a table decides the facts of the base rows it points at.
    """

    base: str
    unit: tuple[str, ...]
    links: tuple[tuple[str, str], ...] = ()
    across: tuple[str, ...] = ()


def across(needs: Iterable[Hashable]) -> tuple[str, ...]:
    """The columns across which the evidence of `needs` looks; TypeError where two look across different ones."""
    found = {getattr(need, "across", ()) for need in needs} - {()}
    if len(found) > 1:
        raise TypeError(f"evidence of one fact looks across {sorted(found)}")
    columns: tuple[str, ...] = next(iter(found), ())
    return columns
