"""Outputs that appear whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from kgalign.errors import OutputError

# Polars reports what the system said only in the text of its errors.
_ERROR_NUMBER = re.compile(r"\(os error (\d+)\)")


@contextmanager
def atomic_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary name beside *path*, renamed to *path* once the block ends well.

    Raises:
        OutputError: if the place can't be written; nothing is left behind.
    """
    target = Path(path)
    scratch: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent)
        os.close(handle)
        scratch = Path(name)
        yield scratch
        scratch.chmod(0o666 & ~_umask())
        os.replace(scratch, target)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _explained(error, target) from error
    finally:
        if scratch is not None:
            scratch.unlink(missing_ok=True)


@contextmanager
def atomic_directory(path: str | Path) -> Iterator[Path]:
    """Give a temporary folder beside *path*; its files reach *path* once the block ends well.

    Files already in *path* are replaced where the block wrote one of the same name, and kept
    otherwise, so a command may be run twice with the same output folder.

    Raises:
        OutputError: if the place can't be written; nothing is left behind.
    """
    target = Path(path)
    scratch: Path | None = None
    try:
        if target.exists() and not target.is_dir():
            raise OutputError(
                f"{target}: is a file, and the output is a folder; choose another place with -o."
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir() and not os.access(target, os.W_OK):
            raise OutputError(f"{target}: not writable; choose another place with -o.")
        scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent))
        yield scratch
        _publish(scratch, target)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _explained(error, target) from error
    finally:
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)


def _publish(scratch: Path, target: Path) -> None:
    if not target.exists():
        scratch.chmod(0o777 & ~_umask())
        os.replace(scratch, target)
        return
    for written in sorted(scratch.rglob("*")):
        if written.is_file():
            final = target / written.relative_to(scratch)
            final.parent.mkdir(parents=True, exist_ok=True)
            os.replace(written, final)


def _explained(error: Exception, target: Path) -> Exception:
    """The system's error as one about *target*; any other error as it is."""
    if isinstance(error, OSError) and error.errno is not None:
        return OutputError.from_os_error(error, target)
    number = _ERROR_NUMBER.search(str(error))
    if number is None:
        return error
    code = int(number[1])
    return OutputError.from_os_error(OSError(code, os.strerror(code)), target)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def writable_directory(path: Path) -> Path:
    """Check, before long work begins, that a folder can be made or written at *path*.

    Raises:
        OutputError: if it can't.
    """
    place = path
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise OutputError(f"{place}: is a file, and the output is a folder; choose another place with -o.")
    try:
        with tempfile.TemporaryFile(dir=place):
            return path
    except OSError as error:
        raise OutputError.from_os_error(error, path) from error
