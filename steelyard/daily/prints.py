"""What tells the files of a day's arrivals from others: a run must not pass over rows that were put in afterwards."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from steelyard.events.folder import files_of, places_in

BLOCK = 1 << 20


def prints(folder: Path) -> dict[str, str]:
    """By table a stamp of its files (names, sizes, times of change) and a digest of all that stands in them."""
    return {name: f"{_stamp(place)} {_digest(place)}" for name, place in places_in(folder).items()}


def unchanged(folder: Path, known: Mapping[str, str]) -> bool:
    """Whether the files of a folder are those of `known`; they are read again only where a stamp is another."""
    places = places_in(folder)
    if places.keys() != known.keys():
        return False
    for name, place in places.items():
        stamp, _, digest = known[name].partition(" ")
        if _stamp(place) != stamp and _digest(place) != digest:
            return False
    return True


def _stamp(place: Path) -> str:
    said = []
    for file in _readable(place):
        status = file.stat()
        said.append((file.relative_to(place.parent).as_posix(), status.st_size, status.st_mtime_ns))
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def _digest(place: Path) -> str:
    digest = hashlib.sha256()
    for file in _readable(place):
        digest.update(f"{file.relative_to(place.parent).as_posix()} {file.stat().st_size}\n".encode())
        with file.open("rb") as opened:
            while block := opened.read(BLOCK):
                digest.update(block)
    return digest.hexdigest()


def _readable(place: Path) -> list[Path]:
    """The files that stand there; whoever reads the others says what is wrong with them."""
    return [file for file in files_of(place) if file.is_file()]
