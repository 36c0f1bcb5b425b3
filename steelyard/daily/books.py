"""The ledger's files: per group of questions an opening balance, and what every run added.

`ledger/GROUP/opened=E/posted=D.parquet` holds the postings of the run for day D in the books opened on day E;
`ledger/at=D.json` says which books stand after that run, and the rules they were opened under. Books are opened anew
where those change, or where a reference table changes what facts of any day say: a posting cannot tell of that.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from steelyard.counting import Question
from steelyard.counting.ledger import POSTINGS, Ask, postings, reads
from steelyard.counting.versions import Span
from steelyard.engines import Engine, Speaking
from steelyard.engines.recorder import Recorder, say_again
from steelyard.facts import Past
from steelyard.landing import draft_beside, put
from steelyard.scoring import plans
from steelyard.staged import staged


@dataclass(frozen=True)
class Book:
    """One group's books: since when they are open, under which rules, and the days of the runs that posted."""

    opened: date
    rules: str
    posted: tuple[date, ...]


@dataclass(frozen=True)
class Books:
    """All books as they stand after the run for `day`."""

    folder: Path
    day: date
    books: Mapping[str, Book]

    def files(self, group: str) -> list[Path]:
        """The postings that count for a group."""
        book = self.books[group]
        return [place(self.folder, group, book.opened, day) for day in book.posted]

    def standing(self, group: str) -> Book | None:
        """One group's books; None where it has none, or a file of theirs is lost or cut off."""
        return self.books[group] if group in self.books and all(map(_is_whole, self.files(group))) else None


@dataclass(frozen=True)
class Entry:
    """What one run posts: from which day to which, into which folder, and the reference tables that changed."""

    folder: Path
    span: Span
    changed: frozenset[str]


def _is_whole(file: Path) -> bool:
    try:
        pq.read_metadata(file)
    except (pa.ArrowException, OSError):
        return False
    return True


def place(folder: Path, group: str, opened: date, posted: date) -> Path:
    """The file of one run's postings."""
    return folder / group / f"opened={opened}" / f"posted={posted}.parquet"


def books_at(folder: Path, day: date | None) -> Books | None:
    """The books as the run for `day` left them; None where they are lost: they are opened anew then."""
    if day is None:
        return None
    try:
        said = json.loads((folder / f"at={day}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    books = {
        group: Book(
            date.fromisoformat(book["opened"]), book["rules"], tuple(date.fromisoformat(d) for d in book["posted"])
        )
        for group, book in said.items()
    }
    return Books(folder, day, books)


def post(engine: Engine, past: Past, asked: Sequence[tuple[str, Ask]], before: Books | None, entry: Entry) -> Books:
    """Carry every group's books on to the last day of the span, or open them on that day.

    `before` are the books as the run for the span's first day left them; None opens all.
    """
    books, span, folder = {}, entry.span, entry.folder
    for name, ask in asked:
        rules = fingerprint(ask)
        old = before.standing(name) if before is not None else None
        if old is not None and old.rules == rules and not (entry.changed & _looked_at(ask)):
            book = Book(old.opened, rules, (*(d for d in old.posted if d <= span.first), span.last))
            own = Span(span.first, span.last, begun=True)
        else:
            book, own = Book(span.last, rules, (span.last,)), Span(span.last, span.last)
        known = past if own.begun else replace(past, day=span.last, copies={})
        _write(engine, _posted(engine, known, ask, own), place(folder, name, book.opened, span.last))
        books[name] = book
    _write_index(folder / f"at={span.last}.json", books)
    return Books(folder, span.last, books)


def _looked_at(ask: Ask) -> frozenset[str]:
    """The tables that decide the postings of a group; rows per category are told apart by their product's."""
    return reads(ask) | ({"products"} if ask.by_category else frozenset())


def _posted(engine: Engine, past: Past, ask: Ask, span: Span) -> ir.Table:
    """The postings of one group, by a plan that is kept where the engine can keep one."""
    if not isinstance(engine, Speaking):
        with staged():
            return postings(engine, past, ask, span)
    moved = partial(plans.on_day, day=span.last)
    key = plans.key_of_tables(past, span.last, (fingerprint(ask), str((span.last - span.first).days), str(span.begun)))
    said = plans.kept_sayings(key)
    if said is not None and say_again(engine, said, moved):
        return engine.backend.table(POSTINGS.format(ask.fact))
    recorder = Recorder(engine, moved)
    first = plans.SENTINEL - (span.last - span.first)
    made_for = replace(past, day=first, law_on=span.last)
    with staged():
        rows = postings(recorder, made_for, ask, Span(first, plans.SENTINEL, span.begun))
    plans.keep_sayings(key, recorder.said)
    return rows


def fingerprint(ask: Ask) -> str:
    """What the postings of a group rest on, apart from the events: its questions."""
    said = [
        (q.name, q.measure.name, q.params.model_dump_json(), repr(q.window), _acting(q), q.measure.doc)
        for q in sorted(ask.questions, key=lambda question: question.name)
    ]
    return hashlib.sha256(repr((said, sorted(ask.by_category))).encode()).hexdigest()[:16]


def _acting(question: Question) -> str:
    return repr({name: sorted(v) if isinstance(v, frozenset) else v for name, v in asdict(question.acting).items()})


def _write(engine: Engine, rows: ir.Table, target: Path) -> None:
    with draft_beside(target) as draft:
        engine.write_parquet(rows.order_by("anchor_on", "question"), draft / "rows.parquet")
        put(draft / "rows.parquet", target)


def _write_index(target: Path, books: Mapping[str, Book]) -> None:
    said = {
        group: {"opened": str(book.opened), "rules": book.rules, "posted": [str(day) for day in book.posted]}
        for group, book in books.items()
    }
    with draft_beside(target) as draft:
        (draft / "index").write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
        put(draft / "index", target)
