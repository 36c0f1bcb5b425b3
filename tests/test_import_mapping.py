"""Mapping files that are wrong, sources that cannot be read, and the worked examples of the docs."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from steelyard.errors import InputError, UsageError
from steelyard.events.importers.cells import NULLS, TIMES
from steelyard.events.importers.mapping import Cell, Given, Mapping, Merge, Silence, Source
from steelyard.events.importers.table import import_table

DOCS = Path(__file__).parent.parent / "docs"
COLUMNS = "{order_id: 订单号, shop_id: 店铺, paid_at: 支付时间}"
CSV = "订单号,店铺,支付时间\n1,a,2024-05-01\n"


def write(folder: Path, mapping: str, **files: str | bytes) -> Path:
    (folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
    for name, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        (folder / name.replace("_", ".")).write_bytes(raw)
    return folder / "mapping.yaml"


def problems(folder: Path, mapping: str, **files: str | bytes) -> list[tuple[str, str]]:
    """Code and place of every problem; nothing may be left behind."""
    with pytest.raises((InputError, UsageError)) as caught:
        import_table(write(folder, mapping, **files), folder / "events")
    assert not (folder / "events").exists()
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]
    folder_name = str(folder) + "/"
    return [(problem.code, problem.where.replace(folder_name, "")) for problem in caught.value.problems]


def test_every_problem_of_a_mapping_at_once_with_its_line(tmp_path):
    mapping = """constants: {shopid: a}
tables:
  order:
    files: x.csv
    columns: {}
  orders:
    files: o.csv
    columns:
      order_id: 订单号
      shop_id: 店铺
      payed_at: 支付时间
      shipped_at: {value: x, prefix: y}
    merge: {by: order_id, columns: {buyer_id: max}}
  reviews:
    rows: [{review_id: a, order_id: b, shop_id: c, created: d}]
"""
    assert problems(tmp_path, mapping) == [
        ("unknown-column", "mapping.yaml:1"), ("unknown-table", "mapping.yaml:3"),
        ("unknown-column", "mapping.yaml:11"), ("unknown-column", "mapping.yaml:13"),
        ("required-column-not-mapped", "mapping.yaml:6"), ("wrong-mapping", "mapping.yaml:12"),
        ("unknown-column", "mapping.yaml:15"), ("required-column-not-mapped", "mapping.yaml:14"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("mapping", "line"),
    [
        ("tables:\n  orders:\n    fils: x.csv\n", 3),
        ("tables:\n  orders:\n    files: x.csv\n    header_row: 0\n", 4),
        ("tables:\n  orders:\n    files: x.csv\n    columns:\n      order_id: {heading: a, value: b}\n", 5),
        (
            "tables:\n  orders:\n    files: x.csv\n    columns:\n      paid_at: {heading: a, format: '%Q'}\n",
            5,
        ),
        ("tables:\n  orders:\n    files: x.csv\n    encoding: klingon\n", 4),
        ("tables:\n  orders:\n    - files: x.csv\n    - files: y.csv\n      rows: []\n", 4),
        ("tables:\n  messages:\n    files: x.csv\n    sessions: {by: silence}\n", 4),
        ("times: [yesterday]\ntables: {}\n", 1),
        ("- a\n", 1),
        ("", 1),
    ],
)
def test_wrong_parts_are_named_with_their_line(tmp_path, mapping, line):
    found = problems(tmp_path, mapping)
    assert found[0] == ("wrong-mapping", f"mapping.yaml:{line}")


@pytest.mark.parametrize(
    ("mapping", "problem"),
    [
        ("tables: {a\n", ("not-yaml", "mapping.yaml:1")),
        ("tables:\n  orders: 1\n  orders: 2\n", ("repeated-key", "mapping.yaml:3")),
        ("tables: &a\n  orders: *a\n", ("not-yaml", "mapping.yaml:1")),
        ("? [a]\n: b\n", ("not-yaml", "mapping.yaml:1")),
    ],
)
def test_yaml_that_is_none(tmp_path, mapping, problem):
    assert problem in problems(tmp_path, mapping)


def test_missing_headings_list_what_is_there(tmp_path):
    mapping = f"tables:\n  orders:\n    files: o.csv\n    columns: {COLUMNS}\n    leave_out: {{状态: 关闭}}\n"
    path = write(tmp_path, mapping, o_csv="订单编号,店铺,支付时间,支付时间\n1,a,2024-05-01,2024-05-01\n")
    with pytest.raises(InputError) as caught:
        import_table(path, tmp_path / "events")
    by_code = {(p.code, p.where.rpartition(":")[2]): p for p in caught.value.problems}
    assert set(by_code) == {("missing-heading", "4"), ("repeated-heading", "4"), ("missing-heading", "5")}
    first = by_code["missing-heading", "4"]
    assert "no heading '订单号'; it has 订单编号, 店铺, 支付时间" in first.message
    assert first.fix == "did you mean 订单编号?"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("o_csv", "", "no-headings"),
        ("o_csv", "\n", "no-headings"),
        ("o_csv", b"a,b\n\xff\xff\xff,1\n", "wrong-encoding"),
        ("o_csv", b"a,b\x00,c\n1,2,3\n", "missing-heading"),
        ("o_parquet", b"PAR1 cut off", "unreadable-file"),
        ("o_xlsx", b"PK no book", "unreadable-file"),
        ("o_xls", "<html><table></table></html>", "unreadable-file"),
        ("o_pdf", b"%PDF", "unknown-file-type"),
    ],
)
def test_files_that_cannot_be_read(tmp_path, name, content, code):
    mapping = f"tables:\n  orders:\n    files: o.*\n    columns: {COLUMNS}\n"
    assert {found for found, _ in problems(tmp_path, mapping, **{name: content})} == {code}


def test_headings_without_rows_make_an_empty_table(tmp_path):
    mapping = f"tables:\n  orders:\n    files: o.csv\n    columns: {COLUMNS}\n"
    report = import_table(write(tmp_path, mapping, o_csv="订单号,店铺,支付时间\n"), tmp_path / "events")
    assert report.rows == {"orders": 0}
    assert report.notes == ("the folder has no shops yet, which every score needs",)
    schema = pq.read_schema(tmp_path / "events" / "orders.parquet")
    assert [str(kind) for kind in schema.types] == ["string", "string", "timestamp[us]"]


def test_files_stay_in_the_folder_unless_the_path_is_absolute(tmp_path):
    inside = tmp_path / "shop"
    inside.mkdir()
    (tmp_path / "o.csv").write_text(CSV, encoding="utf-8")
    mapping = f"tables:\n  orders:\n    files: ../o.csv\n    columns: {COLUMNS}\n"
    assert problems(inside, mapping) == [("outside-folder", "mapping.yaml:3")]
    (inside / "link.csv").symlink_to(tmp_path / "o.csv")
    assert problems(inside, mapping.replace("../o", "link")) == [("outside-folder", "mapping.yaml:3")]
    assert problems(inside, mapping.replace("../o", "none*")) == [("no-files", "mapping.yaml:3")]
    absolute = write(inside, mapping.replace("../o.csv", str(tmp_path / "o.csv")))
    assert import_table(absolute, inside / "events").rows == {"orders": 1}


def test_text_is_never_sql(tmp_path):
    nasty = "x'); DROP TABLE quarantine; --"
    quoted = f'"{nasty}""a"'
    (tmp_path / "o'; --[1].csv").write_text(f"{quoted},店'铺\n1,a';\n", encoding="utf-8")
    heading = f"'{nasty.replace(chr(39), chr(39) * 2)}\"a'"
    mapping = f"""
tables:
  orders:
    files: "o'; --[1].csv"
    leave_out: {{{heading}: "'; --"}}
    columns:
      order_id: {{heading: {heading}, prefix: "a'b", remove: "'"}}
      shop_id: {{heading: "店'铺", values: {{"'": "''"}}}}
      paid_at: {{value: 2024-05-01, format: "%Y-%m-%d' --"}}
"""
    import_table(write(tmp_path, mapping), tmp_path / "events")
    (row,) = pq.read_table(tmp_path / "events" / "orders.parquet").to_pylist()
    assert (row["order_id"], row["shop_id"]) == ("a'b1", "a';")


def test_a_table_that_is_there_is_refused_and_others_are_added(tmp_path):
    mapping = f"tables:\n  orders:\n    files: o.csv\n    columns: {COLUMNS}\n"
    path = write(tmp_path, mapping, o_csv=CSV + "2,,2024-05-01\n")
    import_table(path, tmp_path / "events")
    before = (tmp_path / "events" / "orders.parquet").read_bytes()
    with pytest.raises(UsageError, match="table-exists"):
        import_table(path, tmp_path / "events")
    assert (tmp_path / "events" / "orders.parquet").read_bytes() == before
    shops = write(tmp_path, "tables: {shops: {rows: [{shop_id: a}, {shop_id: null, name: b}]}}\n")
    report = import_table(shops, tmp_path / "events")
    assert report.notes == ()
    assert report.quarantine == tmp_path / "events" / "_quarantine-2.parquet"
    assert sorted(path.name for path in (tmp_path / "events").iterdir()) == [
        "_quarantine-2.parquet", "_quarantine.parquet", "orders.parquet", "shops.parquet",
    ]  # fmt: skip
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match="not-a-folder"):
        import_table(shops, tmp_path / "file")


# --- the worked examples and their page -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("example", "rows", "quarantined"),
    [
        ("pinduoduo", {"shops": 1, "orders": 5, "reviews": 3, "sessions": 3, "messages": 9},
         {("reviews", "unparsable-value"): 1}),
        ("douyin", {"shops": 1, "orders": 3, "reviews": 3, "sessions": 3, "messages": 6}, {}),
    ],
)  # fmt: skip
def test_worked_examples(tmp_path, example, rows, quarantined):
    shutil.copytree(DOCS / "examples" / "import" / example, tmp_path / example)
    report = import_table(tmp_path / example / "mapping.yaml", tmp_path / "events")
    assert report.rows == rows
    assert report.quarantined == quarantined


@pytest.mark.parametrize("page", ["import.md", "import.zh-CN.md"])
def test_the_commands_of_the_page_print_what_it_shows(tmp_path, page):
    shutil.copytree(DOCS / "examples", tmp_path / "docs" / "examples")
    text = (DOCS / page).read_text(encoding="utf-8")
    shown = re.findall(r"```console\n\$ steelyard (.*?)\n(.*?)```", text, re.DOTALL)
    assert len(shown) == 2
    for command, output in shown:
        call = [Path(sys.executable).parent / "steelyard", *command.split()]
        done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=True)
        told = [line for line in done.stderr.splitlines() if not line.startswith("importing by")]
        assert [*done.stdout.splitlines(), *told] == output.splitlines()


@pytest.mark.parametrize("page", ["import.md", "import.zh-CN.md"])
def test_the_page_names_every_key_and_default(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    for model in (Mapping, Source, Cell, Merge, Silence, Given):
        for key in model.model_fields:
            assert f"`{key}" in text, f"{model.__name__}.{key}"
    for default in (*TIMES, *filter(None, NULLS)):
        assert default in text
    assert re.findall(r"steelyard import table (\S+)", text) == [
        "docs/examples/import/pinduoduo/mapping.yaml", "docs/examples/import/douyin/mapping.yaml",
    ]  # fmt: skip
