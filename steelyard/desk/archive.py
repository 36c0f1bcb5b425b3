"""Backups as files: a tar whose every member is named in its manifest, with a digest."""

import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from steelyard.errors import InputError, Problem, UsageError

MANIFEST = "backup.json"
"""The last member: a backup that was cut short has none."""
_FIX = "name a file that `steelyard home backup` wrote, whole and unchanged"


class Packer:
    """Writes members one after the other, and the manifest at the end."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._digests: dict[str, str] = {}

    def add(self, name: str, content: bytes) -> None:
        """Add `content` as `name`."""
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(content), 0o600
        self._tar.addfile(member, io.BytesIO(content))
        self._digests[name] = hashlib.sha256(content).hexdigest()

    def add_file(self, name: str, file: Path) -> None:
        """Add a file as `name`."""
        with file.open("rb") as content:
            self._digests[name] = hashlib.file_digest(content, "sha256").hexdigest()
            member = tarfile.TarInfo(name)
            member.size, member.mode = content.tell(), 0o600
            content.seek(0)
            self._tar.addfile(member, content)

    def finish(self, facts: Mapping[str, Any]) -> None:
        """Write the manifest: `facts`, and the digest of every member."""
        manifest = json.dumps({**facts, "sha256": self._digests}, ensure_ascii=False, indent=2)
        self.add(MANIFEST, manifest.encode())


@contextmanager
def packing(file: Path) -> Iterator[Packer]:
    """A new archive that appears as `file` once the block ends without an error; readable by its owner only.

    UsageError `file-exists`: no backup is ever overwritten.
    """
    if file.exists():
        raise UsageError(Problem("file-exists", str(file), "it is there already", "name a new file"))
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            with tarfile.open(fileobj=stream, mode="w") as tar:
                yield Packer(tar)
            stream.flush()
            os.fsync(stream.fileno())
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)


def unpack(file: Path, target: Path, allowed: frozenset[str]) -> Mapping[str, Any]:
    """Write the members of an archive into the folder `target`, and return its manifest.

    Only plain files whose path begins with one of `allowed` are taken. InputError `not-a-backup`, `unsafe-archive` for
    a member that would leave the folder or is no plain file, `backup-damaged` where a digest differs.
    """
    digests: dict[str, str] = {}
    manifest: dict[str, Any] = {}
    try:
        with tarfile.open(file, "r:") as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isfile() else None
                if content is None or not _is_safe(member.name, allowed):
                    message = f"its member {member.name!r} is no plain file of a home"
                    raise InputError(Problem("unsafe-archive", str(file), message, _FIX))
                if member.name == MANIFEST:
                    manifest = json.load(content)
                else:
                    digests[member.name] = _written(content, target.joinpath(*PurePosixPath(member.name).parts))
    except (tarfile.TarError, EOFError, ValueError, FileExistsError) as error:
        raise InputError(Problem("not-a-backup", str(file), str(error) or "it cannot be read", _FIX)) from error
    if not isinstance(manifest, dict) or "sha256" not in manifest:
        raise InputError(Problem("not-a-backup", str(file), f"it has no {MANIFEST}, or was cut short", _FIX))
    _refuse_damage(file, manifest["sha256"], digests)
    return manifest


def _refuse_damage(file: Path, said: Mapping[str, str], found: Mapping[str, str]) -> None:
    damaged = sorted(name for name in {*said, *found} if said.get(name) != found.get(name))
    if damaged:
        message = f"{damaged[0]} is not what was backed up"
        raise InputError(Problem("backup-damaged", str(file), message, "use another backup"))


def _is_safe(name: str, allowed: frozenset[str]) -> bool:
    parts = name.split("/")
    return parts[0] in allowed | {MANIFEST} and not any(
        part in {"", ".", ".."} or "\\" in part or ":" in part for part in parts
    )


def _written(content: Any, place: Path) -> str:
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("xb") as file:
        shutil.copyfileobj(content, file)
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
