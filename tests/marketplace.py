"""Events folders for tests: rows as dictionaries in, Parquet files as the contract wants them out."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from steelyard.events.contract import CONTRACT, IdType, Table

Row = dict[str, Any]

PAID = datetime(2022, 9, 1, 10)

SHOPS: list[Row] = [{"shop_id": 1, "name": "one"}, {"shop_id": 2, "name": "two"}]
ORDERS: list[Row] = [{"order_id": number, "shop_id": 1 + number % 2, "paid_at": PAID} for number in range(10, 16)]


def arrow_table(table: Table, rows: Iterable[Row], id_type: IdType = "int64") -> pa.Table:
    """`rows` with all columns of the contract in its types; a column no row has is NULL."""
    kept = list(rows)
    unknown = {name for row in kept for name in row} - {column.name for column in table.columns}
    if unknown:
        raise KeyError(f"{table.name} has no columns {sorted(unknown)}")
    schema = table.schema(id_type).to_pyarrow()
    return pa.table({field.name: pa.array([row.get(field.name) for row in kept], field.type) for field in schema})


def write_events(folder: Path, tables: Mapping[str, Iterable[Row]]) -> Path:
    """Write each table as `NAME.parquet`; ids are text where any id is. Gives back `folder`."""
    rows = {name: list(those) for name, those in tables.items()}
    id_type = _id_type(rows)
    folder.mkdir(parents=True, exist_ok=True)
    for name, those in rows.items():
        pq.write_table(arrow_table(CONTRACT[name], those, id_type), folder / f"{name}.parquet")
    return folder


def small(folder: Path, **tables: Iterable[Row]) -> Path:
    """Two shops and six orders, with `tables` added or in their place."""
    return write_events(folder, {"shops": SHOPS, "orders": ORDERS} | tables)


def _id_type(tables: Mapping[str, Iterable[Row]]) -> IdType:
    for name, rows in tables.items():
        ids = [column.name for column in CONTRACT[name].columns if column.kind == "id"]
        if any(isinstance(row.get(column), str) for row in rows for column in ids):
            return "string"
    return "int64"
