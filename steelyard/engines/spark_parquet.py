"""Parquet into Spark the way DuckDB reads it: columns united by name, nanoseconds cut to microseconds; and back."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyspark.sql.types as pt
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, Observation, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - everybody's name for it
from pyspark.sql.pandas.types import from_arrow_type

from steelyard.engines import FILE, ROW
from steelyard.engines.failures import unreadable
from steelyard.errors import EngineError, Problem

Columns = tuple[tuple[str, pa.DataType], ...]

_WIDER = {
    pa.uint8(): pt.ShortType(),
    pa.uint16(): pt.IntegerType(),
    pa.uint32(): pt.LongType(),
    pa.uint64(): pt.DecimalType(20, 0),
}
"""Spark has no unsigned integers."""


def read_files(session: SparkSession, files: Sequence[Path], *, positions: bool) -> DataFrame:
    """The rows of all `files`; with `positions` also `_file` and `_row`.

    A column of several types gets the wider one, text where there is none; one Spark cannot read is left out.
    Raises EngineError naming every file that is no Parquet.
    """
    groups: dict[Columns, list[Path]] = {}
    problems = []
    for file in files:
        try:
            groups.setdefault(_columns(file), []).append(file)
        except (pa.ArrowException, OSError) as error:
            problems.append(unreadable(str(file), str(error)))
    if problems:
        raise EngineError(problems)
    united = _united(groups)
    frames = [_group(session, dict(columns), paths, united) for columns, paths in groups.items()]
    rows = frames[0]
    for frame in frames[1:]:
        rows = rows.unionByName(frame)
    return rows if positions else rows.drop(FILE, ROW)


def write_files(rows: DataFrame, folder: Path) -> None:
    """The rows as files of a new `folder`, each written by the worker that has them.

    Raises EngineError `folder-not-shared` unless this process finds every row in the folder.
    """
    seen = Observation()
    counted = rows.observe(seen, F.count(F.lit(1)).alias("rows"))
    counted.write.option("compression", "zstd").parquet(f"file://{folder.absolute()}")
    for beside in (*folder.glob(".*.crc"), *folder.glob("_SUCCESS")):
        beside.unlink()
    found = sum(pq.read_metadata(file).num_rows for file in folder.glob("part-*.parquet"))
    if found != seen.get["rows"]:
        message = f"workers wrote {seen.get['rows']:,} rows, and {found:,} of them can be seen from here"
        fix = "name a folder that this machine and every worker have at the same path"
        raise EngineError(Problem("folder-not-shared", str(folder), message, fix))


def _columns(file: Path) -> Columns:
    """Names and types of a file's columns, dictionaries as what they hold; times of Hive's old kind as microseconds."""
    footer = pq.read_metadata(file)
    stored = (footer.schema.column(number) for number in range(footer.num_columns))
    old = {column.path for column in stored if column.physical_type == "INT96"}
    fields = footer.schema.to_arrow_schema()
    types = (field.type.value_type if pa.types.is_dictionary(field.type) else field.type for field in fields)
    return tuple(
        (name, pa.timestamp("us") if name in old else dtype)
        for name, dtype in zip(fields.names, types, strict=True)
        if _readable(dtype)
    )


def _readable(dtype: pa.DataType) -> bool:
    try:
        _in_spark(dtype)
    except PySparkException:
        return False
    return True


def _in_spark(dtype: pa.DataType) -> pt.DataType:
    return _WIDER.get(dtype) or from_arrow_type(dtype, prefer_timestamp_ntz=True)


def _united(groups: Iterable[Columns]) -> dict[str, pa.DataType]:
    """Every column of any group with a type that holds all of its values."""
    united: dict[str, pa.DataType] = {}
    for columns in groups:
        for name, dtype in columns:
            united[name] = _wider(united.get(name, dtype), dtype)
    return united


def _wider(left: pa.DataType, right: pa.DataType) -> pa.DataType:
    pair = [pa.schema({"": left}), pa.schema({"": right})]
    try:
        return pa.unify_schemas(pair, promote_options="permissive").field(0).type
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.string()


def _group(
    session: SparkSession,
    columns: Mapping[str, pa.DataType],
    files: Iterable[Path],
    united: Mapping[str, pa.DataType],
) -> DataFrame:
    """Rows of files with the same `columns`, brought to the `united` ones, each with its place."""
    kept = {name: dtype for name, dtype in columns.items() if not pa.types.is_null(dtype)}
    schema = pt.StructType([pt.StructField(name, _stored(dtype)) for name, dtype in kept.items()])
    rows = session.read.schema(schema).parquet(*map(_address, files))
    values = [_value(name, kept.get(name)).cast(_in_spark(dtype)).alias(name) for name, dtype in united.items()]
    # Hadoop writes file:/a%20b where Python writes /a b; a plus sign stands for itself in a path.
    path = F.url_decode(F.replace(F.col("_metadata.file_path"), F.lit("+"), F.lit("%2B")))
    return rows.select(
        *values, F.regexp_replace(path, "^file:/+", "/").alias(FILE), F.col("_metadata.row_index").alias(ROW)
    )


def _stored(dtype: pa.DataType) -> pt.DataType:
    """The type to read a column with: nanoseconds come as integers."""
    return pt.LongType() if _nanoseconds(dtype) else _in_spark(dtype)


def _value(name: str, dtype: pa.DataType | None) -> Column:
    """A column as read, NULL where the file has none; nanoseconds lose their last three digits."""
    if dtype is None:
        return F.lit(None)
    if _nanoseconds(dtype):
        return F.expr(f"timestamp_micros(`{name}` div 1000)")
    return F.col(f"`{name}`")


def _nanoseconds(dtype: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(dtype) and dtype.unit == "ns")


def _address(file: Path) -> str:
    """A path Hadoop takes literally: it would read brackets and stars as a pattern."""
    return "file://" + re.sub(r"([\\\[\]{}*?])", r"\\\1", str(file.absolute()))
