"""Dumps as streams of decompressed bytes; truncation and damage become one clear sentence."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import zstandard

from kgalign.errors import InputError

_RAW_BUFFER = 1 << 18
# zstd --long=31 asks for a window of 2 GiB; what the frame doesn't ask for isn't allocated.
_ZSTD_WINDOW = 1 << 31
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Readable(Protocol):
    """Anything that gives bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """Read at most *size* bytes; all of them for -1."""
        ...


class DumpStream:
    """The decompressed bytes of one dump, readable once, with a look ahead.

    Any failure of the medium or of the compression is raised as :class:`InputError`, and also kept
    in :attr:`failure`, since a parser that calls :meth:`read` may wrap what it raises.
    """

    def __init__(self, source: Readable, name: str) -> None:
        """See the class."""
        self._source = source
        self._ahead = b""
        self._name = name
        self.failure: InputError | None = None

    def read(self, size: int = -1) -> bytes:
        """Read at most *size* bytes (all for -1); empty at the end.

        Raises:
            InputError: if the file is truncated, damaged or can't be read.
        """
        if self._ahead:
            taken = self._ahead if size < 0 else self._ahead[:size]
            self._ahead = self._ahead[len(taken) :]
            return taken + self._decompress(-1) if size < 0 else taken
        return self._decompress(size)

    def peek(self, size: int) -> bytes:
        """The next *size* bytes, or fewer where the dump ends; :meth:`read` gives them again."""
        while len(self._ahead) < size and (more := self._decompress(size - len(self._ahead))):
            self._ahead += more
        return self._ahead[:size]

    def skip_byte_order_mark(self) -> None:
        """Drop a UTF-8 byte-order mark at the current position."""
        if self.peek(3) == _BYTE_ORDER_MARK:
            self.read(3)

    def readable(self) -> bool:
        """True: a parser may read from it."""
        return True

    def _decompress(self, size: int) -> bytes:
        try:
            return self._source.read(size)
        except InputError as error:  # from a stream beneath
            self.failure = error
        except EOFError:
            self.failure = InputError(
                "the compressed file is truncated", path=self._name, remedy="fetch it again, whole"
            )
        except (zlib.error, lzma.LZMAError, zstandard.ZstdError, gzip.BadGzipFile) as error:
            self.failure = InputError(f"the compressed file is damaged ({error})", path=self._name)
        except OSError as error:
            # bz2 reports damage as an OSError without a number.
            reason = error.strerror or f"damaged: {error}"
            self.failure = InputError(f"can't be read ({reason})", path=self._name)
        raise self.failure


class _Counted(io.RawIOBase):
    """The file's own bytes, each read reported."""

    def __init__(self, path: Path, on_bytes: Callable[[int], object]) -> None:
        """See the class."""
        self._file = path.open("rb", buffering=0)
        self._on_bytes = on_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._file.readinto(buffer) or 0
        self._on_bytes(count)
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


class _ZstdFrames:
    """Concatenated zstd frames; unlike zstandard's own reader it notices a missing end."""

    def __init__(self, source: Readable) -> None:
        """See the class."""
        self._source = source
        self._frame = self._new_frame()
        self._inside = False
        self._waiting = b""
        self._ready = b""

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self.read(_RAW_BUFFER), b""))
        while not self._ready and self._advance():
            pass
        taken, self._ready = self._ready[:size], self._ready[size:]
        return taken

    def _advance(self) -> bool:
        data = self._waiting or self._source.read(_RAW_BUFFER)
        self._waiting = b""
        if not data:
            if self._inside:
                raise EOFError
            return False
        self._ready = self._frame.decompress(data)
        self._inside = not self._frame.eof
        if self._frame.eof:
            self._waiting = self._frame.unused_data
            self._frame = self._new_frame()
        return True

    @staticmethod
    def _new_frame() -> zstandard.ZstdDecompressionObj:
        return zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()


def _decompressor(raw: io.BufferedReader[_Counted]) -> Readable:
    magic = raw.peek(6)[:6]
    if magic.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=raw)
    if magic.startswith(b"BZh"):
        return bz2.BZ2File(raw)
    if magic == b"\xfd7zXZ\x00":
        return lzma.LZMAFile(raw)
    if magic.startswith(b"\x28\xb5\x2f\xfd"):
        return _ZstdFrames(raw)
    return raw


@contextmanager
def open_dump(path: Path, name: str, on_bytes: Callable[[int], object]) -> Iterator[DumpStream]:
    """Open *path* for reading, decompressed as its first bytes ask (gzip, bzip2, xz, zstd or plain).

    Args:
        path: the file.
        name: what messages call it.
        on_bytes: called with each number of (compressed) bytes read.

    Raises:
        InputError: if it can't be opened or is empty.
    """
    try:
        raw = io.BufferedReader(_Counted(path, on_bytes), _RAW_BUFFER)
    except OSError as error:
        raise InputError(f"can't be read ({error.strerror})", path=name) from error
    with raw:
        if not raw.peek(1):
            raise InputError("the file is empty", path=name)
        yield DumpStream(_decompressor(raw), name)
