"""Small text files that people write by hand, a record a line."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kgalign.errors import InputError


def read_lines(path: Path) -> pl.DataFrame:
    """The lines of a UTF-8 file that hold something.

    Returns:
        ``line`` (1-based) and ``text``, without line ends and byte order mark.

    Raises:
        InputError: if the file is missing, can't be read or isn't UTF-8.
    """
    return lines_of(read_bytes(path), path)


def read_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises:
        InputError: if the file is missing or can't be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError("there is no such file", path=path, remedy="check its name") from None
    except OSError as error:
        raise InputError(f"can't be read ({error.strerror})", path=path) from None


def lines_of(content: bytes, path: Path) -> pl.DataFrame:
    """The lines of *content*, read from *path*, as :func:`read_lines` gives them.

    Raises:
        InputError: if it isn't UTF-8.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError("not UTF-8", path=path, line=line, remedy="convert the file to UTF-8") from None
    return (
        pl.DataFrame({"text": text.split("\n")}, schema={"text": pl.String})
        .with_columns(pl.col("text").str.strip_suffix("\r"))
        .with_row_index("line", offset=1)
        .filter(pl.col("text").str.strip_chars() != "")
    )
