"""What an engine was told to do, as text that can be said again on another day.

Where a program asks the engine something to decide how to go on, the answer is kept as well: said again, the text only
holds as long as the answers are the same.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from steelyard.engines import Speaking

Moved = Callable[[str], str]
"""Makes the text of one day out of the text that is kept."""


@dataclass(frozen=True)
class Saying:
    """One thing said: a table stored, a view made, or a question with its answer."""

    kind: Literal["store", "view", "ask"]
    name: str
    text: str
    answer: Any = None


@dataclass
class Recorder:
    """An engine that remembers what it is told. It works on the day that `moved` makes of each text."""

    engine: Speaking
    moved: Moved
    said: list[Saying] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.name = self.engine.name
        self.backend: Any = self.engine.backend
        self.spread = self.engine.spread

    def store(self, name: str, expression: ir.Table) -> ir.Table:
        """See Engine."""
        saying = Saying("store", name, self.engine.statement(expression))
        self.said.append(saying)
        return self.engine.store_statement(name, self.moved(saying.text))

    def view(self, name: str, expression: ir.Table) -> ir.Table:
        """See Engine."""
        saying = Saying("view", name, self.engine.statement(expression))
        self.said.append(saying)
        return self.engine.view_statement(name, self.moved(saying.text))

    def arrow(self, expression: ir.Table) -> pa.Table:
        """See Engine; the answer is taken to decide how things go on."""
        text = self.engine.statement(expression)
        found = self.engine.arrow_statement(self.moved(text))
        self.said.append(Saying("ask", "", text, found.to_pylist()))
        return found

    def empty(self, name: str, schema: ibis.Schema) -> ir.Table:
        """See Engine."""
        return self.engine.empty(name, schema)

    def drop(self, name: str) -> None:
        """See Engine."""
        self.engine.drop(name)

    def read_parquet(self, files: Any, *, positions: bool = False) -> ir.Table:
        """See Engine."""
        return self.engine.read_parquet(files, positions=positions)

    def write_parquet(self, expression: ir.Table, path: Path) -> None:
        """See Engine."""
        self.engine.write_parquet(expression, path)

    def write_folder(self, expression: ir.Table, folder: Path) -> None:
        """See Engine."""
        self.engine.write_folder(expression, folder)

    def close(self) -> None:
        """See Engine."""
        self.engine.close()


def say_again(engine: Speaking, said: Iterable[Saying], moved: Moved) -> bool:
    """Do what was said on another day; False as soon as an answer is another: it must be worked out anew then."""
    for saying in said:
        text = moved(saying.text)
        if saying.kind == "store":
            engine.store_statement(saying.name, text)
        elif saying.kind == "view":
            engine.view_statement(saying.name, text)
        elif engine.arrow_statement(text).to_pylist() != saying.answer:
            return False
    return True
