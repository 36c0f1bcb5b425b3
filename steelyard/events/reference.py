"""The reference page of the event contract, `docs/events.md`, generated from the contract itself.

`python -m steelyard.events.reference > docs/events.md` writes it anew.
"""

from collections.abc import Iterator

from steelyard.events.contract import ARRIVED_AT, CONTRACT, REFERENCES, Column, Table, tables

_TYPES = {
    "id": "BIGINT or VARCHAR",
    "text": "VARCHAR",
    "time": "TIMESTAMP",
    "date": "DATE",
    "integer": "BIGINT",
    "number": "DOUBLE or DECIMAL",
    "flag": "BOOLEAN",
}

_CHINESE = {
    "shops": "店铺",
    "products": "商品",
    "listing_checks": "在架商品每日检查",
    "orders": "订单",
    "reviews": "评价",
    "feedback": "用户负反馈",
    "after_sales": "售后单",
    "complaints": "投诉",
    "platform_contacts": "求助平台",
    "work_orders": "商家工单",
    "sessions": "客服会话",
    "messages": "会话消息",
    "service_requests": "平台协同请求",
    "placements": "活动与资源位",
    "buyers": "买家标记",
    "scenarios": "咨询场景",
    "agents": "客服人员",
    "presence": "客服在线时段",
    "quality_checks": "抽检与质检",
    "exclusions": "剔除记录",
}

_RULES = f"""\
# The events folder · 事件目录

One Parquet file `NAME.parquet`, or one folder `NAME/` of Parquet files, per table, all in one folder. This
page is generated from `steelyard/events/contract.py`. `steelyard check events DIR` says how a folder fares.

## Rules · 通则

- A **required** column (必填) is never NULL. Every other column may be NULL or absent; absent reads as NULL.
  `shops` and `orders` must be there, every other table may be absent and then reads as empty; a table that
  is there without rows counts as there. Columns that are not listed are not read, with a note.
- Ids are BIGINT or VARCHAR, the same in every table. Where both occur all ids are read as text, with a
  note.
- Times (`*_at`) are the marketplace's local wall clock, TIMESTAMP without zone; dates (`*_on`) are DATE.
  Both lie in [1990-01-01, 2100-01-01). Periods are half-open, `[from, to)`.
- Money is in the marketplace's currency. A rate is a fraction 0..1.
- Every table may have `{ARRIVED_AT}`, when the row first reached the folder. A row exists as of a day when
  the later of its own time and `{ARRIVED_AT}` is before that day.
- Text is parsed where a column needs another type: `2022-09-26`, `2022-09-26 10:00:00` (a `T` and fractions
  of a second are fine), `12.5`, `true` or `1`. Numbers are whole where a whole number is meant.

## Quarantine · 隔离

A row that breaks the contract is set aside with its file, row number and first reason; the other rows go
on. That is a report, not an error.

| reason | 原因 | the row … |
|---|---|---|
| `missing-value` | 必填为空 | has NULL in a required column |
| `unparsable-value` | 无法解析 | has text, or a number, that is not what the column means |
| `impossible-time` | 时间不合理 | has a time or date outside [1990-01-01, 2100-01-01) |
| `value-not-in-list` | 取值越界 | has a value outside the column's list or bounds |
| `duplicate-key` | 主键冲突 | shares its key with a row that differs; all of them are set aside |
REFERENCES_ROWS

Identical copies of a row count once. In `messages`, `presence` and `exclusions`, which have no key, every
row counts. References are checked in required columns, where the table they point to is in the folder,
against all its rows, quarantined ones too. Other ids that point nowhere, times out of order and idle
exclusions are kept and reported.

## Errors · 错误

These stop everything, all of them reported at once: `no-such-folder` · `missing-table` · `table-twice`
(both file and folder) · `unreadable-file` · `column-twice` (names equal but for upper and lower case) ·
`reserved-column` · `missing-column` (a required one) · `wrong-type`.
"""


def page() -> str:
    """The whole page as Markdown, English with Chinese headings."""
    targets = sorted({target for table in tables() for target in table.references.values()})
    reasons = [
        f"| `unknown-{name.removesuffix('s')}` | 引用不存在 | points at no row of `{name}` |" for name in targets
    ]
    rules = _RULES.replace("REFERENCES_ROWS", "\n".join(reasons))
    return "\n".join([rules, *(line for table in CONTRACT.values() for line in _section(table))])


def _section(table: Table) -> Iterator[str]:
    yield f"## {table.name} · {_CHINESE[table.name]}"
    yield ""
    required = " Required table." if table.required else ""
    yield f"{table.title[0].upper()}{table.title[1:]}.{required}"
    key = ", ".join(f"`{name}`" for name in table.key) or "none: every row counts"
    own = f"`{table.own_time}`" if table.own_time else "none: always known"
    yield f"Key (主键): {key}. Own time (发生时间): {own}."
    yield ""
    yield "| column 列 | type 类型 | required 必填 | values and meaning 取值与含义 |"
    yield "|---|---|---|---|"
    yield from (_row(table, column) for column in table.declared)
    yield ""


def _row(table: Table, column: Column) -> str:
    told = []
    if column.values:
        told.append(" ".join(f"`{value}`" for value in column.values))
    if column.bounds:
        told.append(f"{column.bounds[0]}..{column.bounds[1]}")
    target = REFERENCES.get(column.name, table.name)
    if target != table.name:
        told.append(f"→ `{target}`")
    if column.note:
        told.append(column.note)
    required = "yes" if column.required else ""
    return f"| `{column.name}` | {_TYPES[column.kind]} | {required} | {' · '.join(told)} |"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - the page is the output
