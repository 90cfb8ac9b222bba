"""What kind of disk a file is on. SQLite in WAL mode over a network or a shared folder corrupts within a minute (reported
many times: virtiofs, 9p, NFS, SMB), because its shared memory and its locks are not shared there."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from ops.errors import Failed

_OCTAL = re.compile(r"\\([0-7]{3})")  # how the kernel writes a space, a tab, a line's end and a backslash
MOUNTINFO = Path("/proc/self/mountinfo")
_SHARED = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "afs", "ceph", "glusterfs", "vboxsf", "prl_fs"}
)
_SHARED_FUSE = "fuse."  # fuse.sshfs, fuse.grpcfuse, fuse.osxfs …
_FUSE_ON_A_DISK = frozenset({"fuse.fuse-overlayfs"})


@dataclass(frozen=True)
class Mount:
    """Where a path's file system is mounted, and its type as the kernel names it."""

    point: str
    kind: str

    @property
    def shared(self) -> bool:
        """Whether other machines, or the host of a virtual one, write there too."""
        return self.kind in _SHARED or (self.kind.startswith(_SHARED_FUSE) and self.kind not in _FUSE_ON_A_DISK)


def mount_of(path: Path, mountinfo: str | None = None) -> Mount | None:
    """The mount a path is on: the longest mount point that holds it, the last of equals (proc(5): later ones cover earlier
    ones). None where the kernel does not tell (not Linux)."""
    if mountinfo is None:
        if not MOUNTINFO.exists():
            return None
        mountinfo = MOUNTINFO.read_text()
    real = os.path.realpath(path)
    best: Mount | None = None
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        point = _OCTAL.sub(lambda found: chr(int(found[1], 8)), before.split()[4])
        inside = point == "/" or real == point or real.startswith(point + "/")
        if inside and (best is None or len(point) >= len(best.point)):
            best = Mount(point, after.split()[0])
    return best


def refuse_shared_wal(database: Path, journal_mode: str, mountinfo: str | None = None) -> None:
    """Stop before any work on a WAL database on such a disk.

    Raises:
        Failed: it is on one.
    """
    mount = mount_of(database, mountinfo)
    if mount is not None and mount.shared and journal_mode == "wal":
        raise Failed(
            f"{database.name} is in WAL mode on a {mount.kind} file system, where SQLite's locks do not hold: it will be "
            "damaged sooner or later.",
            "Move the volume to a local disk, or set journal_mode=DELETE in the application.",
        )
