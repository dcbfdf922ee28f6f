"""What a person names as input, found: files, patterns, lists, standard input."""

from __future__ import annotations

import glob
import hashlib
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kgalign.errors import InputError, OutputError
from kgalign.kg.formats import COMPRESSED, EXTENSIONS

STANDARD_INPUT = "-"
_STANDARD_INPUT_NAME = "stdin"
_NAMELESS = "graph"
_ENDINGS = re.compile(
    rf"(?:\.(?:{'|'.join(EXTENSIONS)}|owl|xml|json))?(?:\.(?:{'|'.join(COMPRESSED)}))?$", re.IGNORECASE
)
_WILDCARD = re.compile(r"\*|\?|\[[^]]*\]")
_COPY_BYTES = 1 << 20


@dataclass(frozen=True)
class Dump:
    """One input file.

    Attributes:
        path: where its bytes are.
        name: what messages and the manifest call it: its file name, without the folder, so that
            stores don't depend on where the input lay.
        sha256: of its bytes as they lie there, compressed or not.
        bytes: its size as it lies there.
    """

    path: Path
    name: str
    sha256: str
    bytes: int


def short_names(sources: Sequence[str | Path]) -> tuple[str, ...]:
    """A name for each graph: its base name without the extensions of format and compression.

    A list is called by its first part, a pattern by what isn't a wildcard, standard input ``stdin``;
    where two would be called the same, the later one gets a number.

    Example:
        >>> short_names(["old/world.nt.gz", "new/world.ttl", "dump-*.nq", "-"])
        ('world', 'world-2', 'dump', 'stdin')
    """
    names: list[str] = []
    for source in sources:
        name = _short_name(str(source))
        number = 2
        while (chosen := name if name not in names else f"{name}-{number}") in names:
            number += 1
        names.append(chosen)
    return tuple(names)


def _short_name(source: str) -> str:
    if source == STANDARD_INPUT:
        return _STANDARD_INPUT_NAME
    path = Path(source)
    if path.exists():
        # A folder such as . has a name only once it is resolved.
        return _ENDINGS.sub("", path.name or path.resolve().name) or _NAMELESS
    first = Path(source.split(",")[0].strip()).name
    return _WILDCARD.sub("", _ENDINGS.sub("", first)).strip("-_. ") or _NAMELESS


@contextmanager
def opened(sources: Sequence[str | Path]) -> Iterator[tuple[Dump, ...]]:
    """Find the files that *sources* name, in order; standard input is copied to a temporary file.

    Args:
        sources: each a file, a pattern (``*.nt.gz``), a comma-separated list of these, or ``-``.

    Raises:
        InputError: if one names nothing, a folder, or standard input a second time.
        OutputError: if there is no room for the copy of standard input.
    """
    found = [place for source in sources for place in _find(source)]
    if not found:
        raise InputError("no input is named")
    if found.count(None) > 1:
        raise InputError("standard input (-) can be read only once")
    with tempfile.TemporaryDirectory(prefix="kgalign-") as folder:
        yield tuple(_spooled(Path(folder)) if path is None else _examined(path) for path in found)


def _find(source: str | Path) -> list[Path | None]:
    """The files that *source* names; None stands for standard input."""
    text = str(source)
    if text == STANDARD_INPUT:
        return [None]
    path = Path(source)
    if path.is_dir():
        raise InputError(
            "is a folder, and a dump is asked for",
            path=path,
            remedy="name the files in it, as in 'DIR/*.nt.gz'",
        )
    if path.exists():
        return [path]
    if glob.has_magic(text):
        matches = sorted(Path(match) for match in glob.glob(text, recursive=True))
        files = [match for match in matches if match.is_file()]
        if files:
            return list(files)
        if "," not in text:
            raise InputError("the pattern matches no file", path=text)
    if "," in text:
        return [place for part in text.split(",") if part.strip() for place in _find(part.strip())]
    raise InputError("there is no such file", path=text)


def _examined(path: Path) -> Dump:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return Dump(path, path.name, digest, file.tell())
    except OSError as error:
        raise InputError(f"can't be read ({error.strerror})", path=path) from error


def _spooled(folder: Path) -> Dump:
    path = folder / _STANDARD_INPUT_NAME
    try:
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file, _COPY_BYTES)
    except OSError as error:
        raise OutputError.from_os_error(error, path) from error
    return _examined(path)
