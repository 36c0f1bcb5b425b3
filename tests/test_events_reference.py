"""The reference page says what the contract says."""

from pathlib import Path

from steelyard.events.contract import CONTRACT
from steelyard.events.reference import page

PAGE = Path(__file__).parent.parent / "docs" / "events.md"


def test_the_committed_page_is_the_generated_one() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m steelyard.events.reference > docs/events.md"


def test_every_table_and_column_is_on_the_page() -> None:
    for name, table in CONTRACT.items():
        section = page().split(f"## {name} · ")[1].split("\n## ")[0]
        assert all(f"| `{column.name}` |" in section for column in table.declared)
        assert all(value in section for column in table.declared for value in column.values)
