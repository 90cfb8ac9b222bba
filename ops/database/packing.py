"""Zstandard, for backups that are kept packed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import zstandard

from ops.database.copy import Deadline
from ops.database.places import FILE_MODE, PACKED
from ops.errors import Failed

_BLOCK = 4 << 20  # bytes; the deadline is looked at between blocks
_LEVEL = 3  # zstd's own default: about as fast as a disk writes


def pack(source: Path, packed: Path, deadline: Deadline) -> None:
    """Pack a file into a new one, with zstd's own checksum in it, and unpack that again to see that it is the same.

    Raises:
        Failed: it is not the same, or the time is up.
        OSError: it cannot be written.
    """
    compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True, threads=-1)
    handle = os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with (
        source.open("rb") as file,
        os.fdopen(handle, "wb") as out,
        compressor.stream_writer(out, closefd=False) as stream,
    ):
        before = hashlib.sha256()
        while block := file.read(_BLOCK):
            deadline.check()
            before.update(block)
            stream.write(block)
    if _unpacked_sha256(packed, deadline) != before.digest():
        raise Failed(f"{source.name} could not be packed: unpacked again it is another file.", "Look at the disk.")


def _unpacked_sha256(packed: Path, deadline: Deadline) -> bytes | None:
    digest = hashlib.sha256()
    try:
        with packed.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as stream:
            while block := stream.read(_BLOCK):
                deadline.check()
                digest.update(block)
    except zstandard.ZstdError:
        return None
    return digest.digest()


def unpacked(kept: Path, copy: Path, deadline: Deadline) -> None:
    """Write a kept backup, packed or not, into the empty file `copy` as a plain database.

    Raises:
        Failed: it is damaged, or the time is up.
    """
    with kept.open("rb") as file, copy.open("wb") as out:
        source = zstandard.ZstdDecompressor().stream_reader(file) if kept.name.endswith(PACKED) else file
        try:
            while block := source.read(_BLOCK):
                deadline.check()
                out.write(block)
        except zstandard.ZstdError as error:
            raise Failed(f"{kept.name} is damaged: {error}.", "`backups` lists the others.") from error
