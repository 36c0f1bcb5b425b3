"""Hostile marketplaces with every table and column that the score of a shop looks at."""

import random
from collections.abc import Sequence
from datetime import date

from .hostile import OPTIONAL, Size, odd, worn
from .hostile_contacts import staff
from .hostile_lives import enliven
from .hostile_rows import Maker
from .naive_check import Tables

FULL = Size(7, 300, 240, 50, 16, 12, bulk=(0, 3, 60), least=0.7)
MORE = ("platform_contacts", "work_orders", "buyers", "scenarios", "quality_checks")


def full_marketplace(seed: int, day: date, names: Sequence[str], size: Size = FULL) -> Tables:
    """A marketplace to be scored as of `day`, the same for the same seed; its exclusions name indicators of `names`."""
    maker = Maker(random.Random(seed), day)
    tables = odd(maker, size)
    enliven(maker, tables)
    staff(maker, tables, size.satellites, names)
    missing = maker.draws.sample((*OPTIONAL, *MORE), maker.draws.randint(1, 4)) if maker.chance(0.3) else ()
    return worn(maker, tables, missing)
