"""The naive readings of every shop scorecard of the library, by `id@version`."""

from . import naive_douyin, naive_jd, naive_kuaishou, naive_pdd
from .naive_measures import Card

CARDS: dict[str, Card] = {**naive_douyin.CARDS, **naive_jd.CARDS, **naive_kuaishou.CARDS, **naive_pdd.CARDS}
