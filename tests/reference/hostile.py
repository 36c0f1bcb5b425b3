"""Marketplaces made to break a score: times on every edge, ids that sort badly, rows that contradict.

`random_marketplace(seed, size)` is deterministic; `marketplaces(size)` is the same as a Hypothesis strategy
(draws shrink; use it with `TINY`); `minimise(tables, fails)` cuts a failing folder down to what matters.
All of them are meant to be scored as of `DAY`.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from hypothesis import strategies as st

from .hostile_dirt import spoil
from .hostile_gate import near_perfect
from .hostile_rows import Maker
from .hostile_talks import messages, sessions
from .naive_check import REQUIRED, Tables

DAY = date(2022, 10, 10)

OPTIONAL = (
    "products", "listing_checks", "reviews", "feedback", "after_sales", "complaints", "sessions",
    "messages", "exclusions", "agents",
)  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How many shops and rows of each sort there are at most; `least` is the share there is at least."""

    shops: int
    odd_orders: int
    satellites: int
    sessions: int
    products: int
    exclusions: int
    bulk: tuple[int, ...]
    least: float = 0

    def some(self, draws: random.Random, most: int, fewest: int = 0) -> int:
        return draws.randint(max(fewest, int(self.least * most)), most)


TINY = Size(shops=2, odd_orders=4, satellites=4, sessions=2, products=2, exclusions=3, bulk=(0, 30))
SMALL = Size(12, 24, 20, 12, 8, 24, bulk=(0, 2, 28, 29, 30, 30, 30, 31))
LARGE = Size(60, 1800, 1500, 600, 200, 500, bulk=(0, 25, 28, 29, 30, 31, 60, 150), least=0.5)


def random_marketplace(seed: int, size: Size = SMALL) -> Tables:
    """A marketplace of the event contract, the same for the same seed and size."""
    return build(random.Random(seed), size)


def marketplaces(size: Size = TINY) -> st.SearchStrategy[Tables]:
    """Marketplaces whose every choice is drawn by Hypothesis, so that a failing one shrinks."""
    return st.randoms(use_true_random=False).map(lambda draws: build(draws, size))


def seeded_marketplaces(size: Size = SMALL) -> st.SearchStrategy[Tables]:
    """Marketplaces too big to shrink draw by draw: only the seed is drawn; `minimise` a failing one."""
    return st.integers(0, 2**32 - 1).map(lambda seed: random_marketplace(seed, size))


def build(draws: random.Random, size: Size) -> Tables:
    """One marketplace; about a quarter are the near-perfect ones that reach the gate."""
    maker = Maker(draws, DAY)
    gated = 6 <= size.shops <= 12 and maker.chance(0.35)
    tables = near_perfect(maker) if gated else odd(maker, size)
    return worn(maker, tables, draws.sample(OPTIONAL, draws.randint(1, 2 if gated else 6)) if maker.chance(0.3) else ())


def worn(maker: Maker, tables: Tables, missing: Sequence[str]) -> Tables:
    """The marketplace without the `missing` tables, with the dirt and the disorder of a real folder."""
    for name in missing:
        tables.pop(name, None)
    if maker.chance(0.08):
        _strip(tables)
    if maker.chance(0.4):
        spoil(maker, tables)
    if maker.chance(0.2):
        _drop_columns(maker, tables)
    for rows in tables.values():
        rows.reverse()
        if len(rows) < 700:
            maker.draws.shuffle(rows)
    return tables


def odd(maker: Maker, size: Size) -> Tables:
    """Shops of every volume with a few orders, cases and sessions each odder than the last."""
    draws = maker.draws
    tables: Tables = {name: [] for name in ("shops", "orders", *OPTIONAL)}
    tables["shops"] = maker.shops(size.some(draws, size.shops, 1))
    for shop in tables["shops"]:
        tables["orders"] += maker.plain_orders(shop, draws.choice(size.bulk))
    odd = [maker.odd_order(draws.choice(tables["shops"])) for _ in range(size.some(draws, size.odd_orders, 1))]
    tables["orders"] += odd
    targets = odd + draws.sample(tables["orders"], min(len(tables["orders"]), len(odd)))
    for table, make in (
        ("reviews", maker.reviews),
        ("feedback", maker.feedback),
        ("after_sales", maker.cases),
        ("complaints", maker.complaints),
    ):
        for _ in range(size.some(draws, size.satellites)):
            tables[table] += make(draws.choice(targets), tables["shops"])
    busy = tables["shops"][: 2 + len(tables["shops"]) // 5]
    for _ in range(size.some(draws, size.sessions)):
        tables["sessions"] += sessions(maker, draws.choice(busy), targets)
    for session in tables["sessions"]:
        tables["messages"] += messages(maker, session)
    for _ in range(size.some(draws, size.products)):
        product = maker.product(draws.choice(busy))
        tables["products"].append(product)
        tables["listing_checks"] += maker.listing_checks(product, tables["shops"])
    tables["exclusions"] = [maker.exclusion(tables) for _ in range(size.some(draws, size.exclusions))]
    return tables


def _strip(tables: Tables) -> None:
    """Half of the shops keep nothing but paid orders: volume without a single value."""
    for name in ("feedback", "complaints"):
        tables.pop(name, None)
    bare = [shop["shop_id"] for shop in tables["shops"][::2]]
    for row in tables["orders"]:
        if row["shop_id"] in bare:
            row.update(promised_ship_at=None, collected_at=None, delivered_at=None)


def _drop_columns(maker: Maker, tables: Tables) -> None:
    """Leaves an optional column out of every row of a table, as if the folder never had it."""
    for name, rows in tables.items():
        optional = sorted({column for row in rows for column in row} - set(REQUIRED[name].split()))
        if optional and maker.chance(0.3):
            column = maker.draws.choice(optional)
            tables[name] = [{key: row[key] for key in row if key != column} for row in rows]


def minimise(tables: Tables, fails: Callable[[Tables], bool]) -> Tables:
    """The folder with as many rows left out as possible while `fails` stays true; ever smaller chunks."""
    chunk = max(map(len, tables.values()), default=0)
    while chunk:
        for name in sorted(tables):
            start = 0
            while start < len(tables[name]):
                rows = tables[name][:start] + tables[name][start + chunk :]
                if fails(tables | {name: rows}):
                    tables = tables | {name: rows}
                else:
                    start += chunk
        chunk //= 2
    return tables
