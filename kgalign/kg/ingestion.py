"""From dumps to a store."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from kgalign import __version__
from kgalign.errors import InputError
from kgalign.files import atomic_directory
from kgalign.kg.assembly import Assembly
from kgalign.kg.compression import open_dump
from kgalign.kg.formats import HEAD_BYTES, Format, recognise
from kgalign.kg.lines import LineReader, NotLineShaped
from kgalign.kg.nested import read_n3_with_rdflib, read_nested
from kgalign.kg.options import IngestOptions
from kgalign.kg.rejected import REJECTED, RejectedLog, first_rejections
from kgalign.kg.sources import Dump, opened
from kgalign.kg.statements import Statements
from kgalign.kg.store import MANIFEST, KnowledgeGraph, Manifest, SourceFile
from kgalign.progress import progress, say

_REASONS_SHOWN = 3
_PARTS = ".parts"


def ingest(
    sources: Sequence[str | Path], output: str | Path, options: IngestOptions | None = None
) -> KnowledgeGraph:
    """Read dumps as one graph and write it to the folder *output*, whole or not at all.

    Beside the tables of the store, *output* gets ``rejected.tsv``: the lines that gave no
    statement. If there are any, a summary goes to standard error.

    Args:
        sources: files, patterns, comma-separated lists of these, or ``-`` for standard input.
        output: the store's folder; a store that is there is replaced.
        options: how to read; None for the defaults.

    Raises:
        InputError: if a source is missing, empty, truncated, damaged, in no known format, or has
            more errors than *options* allow.
        OutputError: if *output* can't be written.
    """
    with opened(sources) as dumps:
        graph = ingest_dumps(dumps, Path(output), options or IngestOptions())
    tell_rejections(graph)
    return graph


def ingest_dumps(dumps: Sequence[Dump], output: Path, options: IngestOptions) -> KnowledgeGraph:
    """:func:`ingest` for files already found, and without the summary."""
    with atomic_directory(output) as folder:
        parts = folder / _PARTS
        parts.mkdir()
        statements = Statements(parts)
        with RejectedLog(folder / REJECTED, options) as rejected:
            reading = _Reading(statements, rejected, options)
            with progress("reading", total=sum(dump.bytes for dump in dumps), unit="B") as bar:
                for dump in dumps:
                    reading.read(dump, bar.update)
        rows = Assembly(statements, options, folder).write()
        shutil.rmtree(parts)
        manifest = Manifest(
            kgalign_version=__version__,
            sources=tuple(reading.sources),
            triples=statements.count,
            repaired=reading.repaired,
            rejected=rejected.count,
            rows=rows,
            label_properties=options.label_properties,
        )
        (folder / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return KnowledgeGraph.open(output)


def tell_rejections(graph: KnowledgeGraph) -> None:
    """Say on standard error how many lines of *graph*'s sources were repaired or rejected, and why."""
    manifest = graph.manifest
    if manifest.repaired:
        say(f"{manifest.repaired:,} statements were repaired (not strictly valid, but readable).")
    if manifest.rejected:
        say(f"{manifest.rejected:,} lines were rejected; all of them are in {graph.folder / REJECTED}.")
        for reason in first_rejections(graph.folder, _REASONS_SHOWN):
            say(f"  {reason}")


class _Reading:
    """Reads dumps one after another into the same statements."""

    def __init__(self, statements: Statements, rejected: RejectedLog, options: IngestOptions) -> None:
        """See the class."""
        self.repaired = 0
        self.sources: list[SourceFile] = []
        self._statements = statements
        self._rejected = rejected
        self._options = options

    def read(self, dump: Dump, on_bytes: Callable[[int], object]) -> None:
        """Read *dump* in the format that its name and content tell."""
        with open_dump(dump.path, dump.name, on_bytes) as stream:
            stream.skip_byte_order_mark()
            recognised = recognise(dump.name, stream.peek(HEAD_BYTES), self._options.format)
        format = recognised.format
        if format.is_line_based:
            before = self._statements.mark(), self._rejected.mark()
            try:
                self._read_lines(dump, format, on_bytes, doubtful=recognised.doubtful)
            except NotLineShaped:
                self._statements.rewind(before[0])
                self._rejected.rewind(before[1])
                format = recognised.fallback
        if not format.is_line_based:
            self._read_nested(dump, format, on_bytes)
        self.sources.append(
            SourceFile(name=dump.name, sha256=dump.sha256, format=str(format), bytes=dump.bytes)
        )

    def _read_lines(
        self, dump: Dump, format: Format, on_bytes: Callable[[int], object], *, doubtful: bool
    ) -> None:
        reader = LineReader(
            dump.name,
            format,
            self._statements,
            self._rejected,
            file=len(self.sources),
            doubtful=doubtful,
        )
        with open_dump(dump.path, dump.name, on_bytes) as stream:
            stream.skip_byte_order_mark()
            reader.read(stream)
        self.repaired += reader.repaired

    def _read_nested(self, dump: Dump, format: Format, on_bytes: Callable[[int], object]) -> None:
        before, file = self._statements.mark(), len(self.sources)
        try:
            with open_dump(dump.path, dump.name, on_bytes) as stream:
                stream.skip_byte_order_mark()
                read_nested(stream, dump.name, format, self._statements, file)
        except InputError:
            if format is not Format.N3:
                raise
            self._statements.rewind(before)
            with open_dump(dump.path, dump.name, on_bytes) as stream:
                stream.skip_byte_order_mark()
                read_n3_with_rdflib(stream, dump.name, self._statements, file)
