"""The Olist data set (CSV as Kaggle has it, or Parquet) into the event contract.

One row per seller, per (order, seller), per product and per (review, order, seller). Olist has no chats,
after-sales cases or complaints, so no such table is written and their measures have no data.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from steelyard.engines.duckdb import DuckDB, connect
from steelyard.errors import InputError, Problem
from steelyard.events.contract import CONTRACT, Kind
from steelyard.events.importers.cells import clean, literal, parse
from steelyard.events.importers.quarantine import Quarantine
from steelyard.events.importers.report import ImportReport
from steelyard.events.importers.sources import Layout, Staged, stage
from steelyard.landing import landing, refuse_content

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the earth, in kilometres."""

SOURCES: dict[str, tuple[str, dict[str, Kind]]] = {
    "orders": ("olist_orders_dataset", {
        "order_id": "id", "customer_id": "id",
        "order_purchase_timestamp": "time", "order_approved_at": "time",
        "order_delivered_carrier_date": "time", "order_delivered_customer_date": "time",
        "order_estimated_delivery_date": "time",
    }),
    "order_items": ("olist_order_items_dataset", {
        "order_id": "id", "order_item_id": "integer", "product_id": "id", "seller_id": "id",
        "shipping_limit_date": "time", "price": "number", "freight_value": "number",
    }),
    "order_reviews": ("olist_order_reviews_dataset", {
        "review_id": "id", "order_id": "id", "review_score": "integer", "review_creation_date": "time",
        "review_answer_timestamp": "time",
    }),
    "customers": ("olist_customers_dataset", {
        "customer_id": "id", "customer_unique_id": "id", "customer_zip_code_prefix": "integer",
    }),
    "sellers": ("olist_sellers_dataset", {
        "seller_id": "id", "seller_zip_code_prefix": "integer", "seller_state": "text",
    }),
    "products": ("olist_products_dataset", {"product_id": "id", "product_category_name": "text"}),
    "geolocation": ("olist_geolocation_dataset", {
        "geolocation_zip_code_prefix": "integer", "geolocation_lat": "number", "geolocation_lng": "number",
    }),
    "product_category_name_translation": ("product_category_name_translation", {
        "product_category_name": "text", "product_category_name_english": "text",
    }),
}  # fmt: skip
"""Tables that are read: Kaggle's name of the file, and the columns used with their kinds."""

_REPEATS_COUNT = "geolocation"

# Every statement below fills one table; `_row` is the first source row behind a row, for the quarantine.
_STEPS = {
    # means over every row of a prefix; summed in order, so that threads do not move the last digit
    "places": """
        SELECT geolocation_zip_code_prefix AS prefix,
               radians(favg(geolocation_lat ORDER BY geolocation_lat)) AS lat,
               radians(favg(geolocation_lng ORDER BY geolocation_lng)) AS lng
        FROM src_geolocation GROUP BY prefix""",
    "lines": """
        SELECT i.*, coalesce(t.product_category_name_english, p.product_category_name, 'unknown') AS category
        FROM src_order_items i LEFT JOIN src_products p USING (product_id)
        LEFT JOIN src_product_category_name_translation t USING (product_category_name)""",
    "categories": """
        SELECT seller_id, arg_min(category, (-items, category)) AS category
        FROM (SELECT seller_id, category, count(*) AS items FROM lines GROUP BY ALL) GROUP BY seller_id""",
    "openings": """
        SELECT i.seller_id, CAST(min(o.order_purchase_timestamp) AS DATE) AS opened_on
        FROM src_order_items i JOIN src_orders o USING (order_id) GROUP BY i.seller_id""",
    # amounts are summed as decimals: exact whatever the order of the items
    "parcels": """
        SELECT order_id, seller_id, min(_row) AS _row, count(*) AS quantity,
               arg_min(product_id, (-coalesce(price, 0), product_id)) AS product_id,
               CAST(sum(CAST(price AS DECIMAL(24, 6)) + coalesce(CAST(freight_value AS DECIMAL(24, 6)), 0))
                    AS DOUBLE) AS amount,
               max(shipping_limit_date) AS promised_ship_at
        FROM src_order_items GROUP BY order_id, seller_id""",
    "distances": """
        SELECT order_id, seller_id,
               2 * {radius} * asin(least(1, sqrt(pow(sin((b.lat - a.lat) / 2), 2)
                   + cos(a.lat) * cos(b.lat) * pow(sin((b.lng - a.lng) / 2), 2)))) AS distance_km
        FROM parcels JOIN src_orders USING (order_id)
        JOIN src_customers USING (customer_id) JOIN places b ON b.prefix = customer_zip_code_prefix
        JOIN src_sellers USING (seller_id) JOIN places a ON a.prefix = seller_zip_code_prefix""",
    "all_shops": """
        SELECT s._row, s.seller_id AS shop_id, c.category, o.opened_on, s.seller_state AS province
        FROM src_sellers s LEFT JOIN categories c USING (seller_id) LEFT JOIN openings o USING (seller_id)""",
    "all_products": """
        SELECT min(_row) AS _row, product_id, min(seller_id) AS shop_id, 'standard' AS kind
        FROM src_order_items GROUP BY product_id""",
    "all_orders": """
        SELECT p._row, p.order_id || ':' || p.seller_id AS order_id, p.seller_id AS shop_id,
               c.customer_unique_id AS buyer_id, p.product_id, p.quantity, p.amount,
               o.order_purchase_timestamp AS placed_at,
               coalesce(o.order_approved_at, o.order_purchase_timestamp) AS paid_at, p.promised_ship_at,
               o.order_delivered_carrier_date AS shipped_at, o.order_delivered_carrier_date AS collected_at,
               o.order_estimated_delivery_date AS promised_delivery_at,
               o.order_delivered_customer_date AS delivered_at,
               o.order_delivered_customer_date AS completed_at,
               false AS presale, s.seller_state AS origin_province, d.distance_km
        FROM parcels p LEFT JOIN src_orders o USING (order_id) LEFT JOIN src_customers c USING (customer_id)
        LEFT JOIN src_sellers s USING (seller_id) LEFT JOIN distances d USING (order_id, seller_id)""",
    "all_reviews": """
        SELECT r._row, r.review_id || ':' || r.order_id || ':' || p.seller_id AS review_id,
               r.order_id || ':' || p.seller_id AS order_id, p.seller_id AS shop_id,
               coalesce(r.review_answer_timestamp, r.review_creation_date) AS created_at,
               r.review_score AS stars
        FROM src_order_reviews r JOIN parcels p USING (order_id)""",
}  # fmt: skip

_TABLES = {"shops": "sellers", "orders": "order_items", "products": "order_items", "reviews": "order_reviews"}


def import_olist(source: Path, target: Path) -> ImportReport:
    """Read the Olist tables in the folder `source` and write the events folder `target`, whole or not at all.

    Raises InputError for missing files and columns (all at once), UsageError where `target` has content.
    """
    refuse_content(target)
    files = _find_files(source)
    engine = connect({})
    try:
        with tempfile.TemporaryDirectory(prefix="steelyard-import-") as scratch, landing(target) as draft:
            quarantine = Quarantine(engine)
            _read_sources(engine, files, quarantine, Path(scratch))
            for name, statement in _STEPS.items():
                engine.sql(f"CREATE TEMP TABLE {name} AS {statement.replace('{radius}', str(EARTH_RADIUS_KM))}")
            rows = {table: _write(engine, table, files, quarantine, draft) for table in _TABLES}
            file = quarantine.write(draft, target)
            return ImportReport(target, rows, quarantine.counts(), _notes(engine), file)
    finally:
        engine.close()


def _find_files(source: Path) -> dict[str, Path]:
    """The file of every source table."""
    if not source.is_dir():
        raise InputError(Problem("no-such-folder", str(source), "is no folder", "name the folder of the data set"))
    found, problems = {}, []
    for table, (kaggle, _) in SOURCES.items():
        names = dict.fromkeys(f"{stem}{suffix}" for suffix in (".parquet", ".csv") for stem in (table, kaggle))
        present = [source / name for name in names if (source / name).is_file()]
        if present:
            found[table] = present[0]
        else:
            message = f"there is no {' or '.join(names)}"
            problems.append(Problem("missing-file", str(source), message, "add the file"))
    if problems:
        raise InputError(problems)
    return found


def _read_sources(engine: DuckDB, files: dict[str, Path], quarantine: Quarantine, scratch: Path) -> None:
    engine.sql("SET preserve_insertion_order = true")  # row numbers of text files are counted while reading
    problems: list[Problem] = []
    for table, file in files.items():
        try:
            _type(engine, table, stage(engine, f"raw_{table}", file, Layout(), scratch), quarantine)
        except InputError as error:
            problems += error.problems
        engine.drop(f"raw_{table}")
    if problems:
        raise InputError(problems)
    engine.sql("SET preserve_insertion_order = false")


def _type(engine: DuckDB, table: str, staged: Staged, quarantine: Quarantine) -> None:
    """`src_<table>` with typed columns and `_row`; rows that do not parse are quarantined."""
    kinds = SOURCES[table][1]
    _require(staged, kinds)
    texts = ", ".join(f"{clean(str(staged.cell(name)))} AS t_{name}" for name in kinds)
    values = ", ".join(f"{parse(kind, f't_{name}', times=())} AS {name}" for name, kind in kinds.items())
    unparsed = " ".join(f"WHEN t_{name} IS NOT NULL AND {name} IS NULL THEN '{name}'" for name in kinds)
    engine.sql(
        f"CREATE TEMP TABLE typed AS SELECT *, CASE WHEN _broken IS NOT NULL THEN '' {unparsed} END AS _fault"
        f" FROM (SELECT *, {values} FROM (SELECT _row, _broken, {texts} FROM {staged.table}))"
    )
    value = " ".join(f"WHEN '{name}' THEN t_{name}" for name in kinds)
    quarantine.add(
        f"SELECT '{table}', {literal(staged.file.name)}, _row, t_{next(iter(kinds))},"
        f" CASE _fault WHEN '' THEN 'broken-row' ELSE 'unparsable-value' END, nullif(_fault, ''),"
        f" CASE _fault {value} END, coalesce(_broken, _fault || ' does not parse')"
        f" FROM typed WHERE _fault IS NOT NULL"
    )
    good = f"SELECT {', '.join(kinds)}, _row FROM typed WHERE _fault IS NULL"
    if table != _REPEATS_COUNT:
        good = f"SELECT {', '.join(kinds)}, min(_row) AS _row FROM ({good}) GROUP BY ALL"
    engine.sql(f"CREATE TEMP TABLE src_{table} AS {good}")
    engine.drop("typed")


def _require(staged: Staged, names: Iterable[str]) -> None:
    missing = [name for name in names if staged.cell(name) is None]
    if missing:
        have = ", ".join(staged.headings)
        fix = "export the table with all its columns"
        raise InputError(
            Problem("missing-column", str(staged.file), f"there is no column {name}; there are {have}", fix)
            for name in missing
        )


def _write(engine: DuckDB, table: str, files: dict[str, Path], quarantine: Quarantine, draft: Path) -> int:
    """Write the good rows of `all_<table>` and quarantine the others; the number written."""
    required = [column.name for column in CONTRACT[table].columns if column.required]
    key = CONTRACT[table].key[0]
    missing = "CASE " + " ".join(f"WHEN {name} IS NULL THEN '{name}'" for name in required) + " END"
    quarantine.add(
        f"SELECT '{table}', {literal(files[_TABLES[table]].name)}, _row, {key}, 'missing-value', {missing},"
        f" NULL, {missing} || ' is required' FROM all_{table} WHERE {missing} IS NOT NULL"
    )
    rows = engine.backend.table(f"all_{table}").drop("_row").drop_null(required)
    engine.write_parquet(rows.order_by(key), draft / f"{table}.parquet")
    return int(rows.count().to_pyarrow().as_py())


def _notes(engine: DuckDB) -> tuple[str, ...]:
    orders, reviews = engine.sql(
        "SELECT (SELECT count(*) FROM src_orders WHERE order_id NOT IN (SELECT order_id FROM parcels)),"
        " (SELECT count(*) FROM src_order_reviews WHERE order_id NOT IN (SELECT order_id FROM parcels))"
    ).fetchone()
    notes = []
    if orders:
        notes.append(f"{orders:,} orders have no items and so no shop: left out")
    if reviews:
        notes.append(f"{reviews:,} reviews belong to an order without items and so without a shop: left out")
    return tuple(notes)
