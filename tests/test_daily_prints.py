"""Which arrivals are taken for others than those that were taken."""

import os
from pathlib import Path

import pytest

from steelyard.daily.prints import prints, unchanged


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "orders").mkdir()
    (tmp_path / "shops.parquet").write_bytes(bytes(200_000))
    (tmp_path / "orders" / "part-0").write_bytes(b"a" * 1000)
    return tmp_path


def test_files_that_were_only_copied_anew_are_the_same(folder: Path) -> None:
    known = prints(folder)
    os.utime(folder / "shops.parquet", ns=(1, 1))
    assert prints(folder) != known
    assert unchanged(folder, known)


def test_a_byte_in_the_middle_is_another_file(folder: Path) -> None:
    known = prints(folder)
    (folder / "shops.parquet").write_bytes(bytes(100_000) + b"x" + bytes(99_999))
    os.utime(folder / "shops.parquet", ns=(1, 1))
    assert not unchanged(folder, known)


@pytest.mark.parametrize("name", ["reviews.parquet", "orders/part-1"])
def test_a_file_more_is_another_day(folder: Path, name: str) -> None:
    known = prints(folder)
    (folder / name).write_bytes(b"b")
    assert not unchanged(folder, known)


def test_a_file_less_is_another_day(folder: Path) -> None:
    known = prints(folder)
    (folder / "shops.parquet").unlink()
    assert not unchanged(folder, known)
