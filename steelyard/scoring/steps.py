"""A step of a plan: a named table."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir


@dataclass(frozen=True)
class Step:
    """A named table: what it is called and the expression, over tables of earlier steps, that makes it."""

    name: str
    expression: ir.Table

    @property
    def table(self) -> ir.Table:
        """The step's result by name, for later steps."""
        return ibis.table(self.expression.schema(), name=self.name)
