"""One parent per folder: a lock that ends with the process that took it, however it ends."""

import fcntl
import os
from pathlib import Path

# A POSIX lock does not stop its own process from taking it twice, so the process remembers.
# The pid is part of it because a forked child inherits the set but not the locks.
_HELD: set[tuple[int, Path]] = set()


class FolderLock:
    """The right to start servers in one folder. Not inherited by forked children."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def take(self) -> bool:
        """Take the lock; False when somebody else has it."""
        if (os.getpid(), self.path) in _HELD:
            return False
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        self._file = file
        _HELD.add((os.getpid(), self.path))
        return True

    def release(self) -> None:
        """Give the lock back; harmless when it was never taken."""
        if self._file is not None and (os.getpid(), self.path) in _HELD:
            _HELD.discard((os.getpid(), self.path))
            os.close(self._file)
        self._file = None


class Users:
    """Who uses servers of a short command, which ends them after the last of these.

    A list made anew at each start: who still holds an earlier one keeps nobody waiting.
    """

    def __init__(self, path: Path, *, anew: bool = False) -> None:
        if anew:
            path.unlink(missing_ok=True)
        self._path = path
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.open(path, flags, 0o600)

    def join(self) -> bool:
        """Use them, waiting while they are being ended; False where the list has gone with them."""
        fcntl.flock(self._file, fcntl.LOCK_SH)
        return self._path.exists() and os.path.samestat(os.fstat(self._file), self._path.stat())

    def is_last(self, *, wait: bool) -> bool:
        """Let nobody join any more once nobody is left; False where somebody is."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def leave(self) -> None:
        os.close(self._file)


def is_held(path: Path) -> bool:
    """Tell whether a living process, this one included, holds the lock at `path`."""
    if (os.getpid(), path) in _HELD:
        return True
    try:
        file = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False
