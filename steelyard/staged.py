"""SQL with each step of an expression in a SELECT of its own.

Ibis fuses neighbouring selects and repeats shared expressions in full: the fused statements read badly and run
slower. The setting is Ibis' own and global, so it is set only while a plan is made into SQL.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import ibis


@contextmanager
def staged() -> Iterator[None]:
    """Keep selects apart within the block."""
    before = ibis.options.sql.fuse_selects
    ibis.options.sql.fuse_selects = False
    try:
        yield
    finally:
        ibis.options.sql.fuse_selects = before
