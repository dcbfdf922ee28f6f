"""Reading line formats: blocks at full speed, a failing block line by line.

A parser that goes on after an error can lose good statements around it, and blames a missing dot on
the next line. So a block is taken only if it parses whole and strictly; one that doesn't is halved
at a line end until what remains is small, and that is read a line at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyoxigraph
from pyoxigraph import Quad, RdfFormat

from kgalign.errors import InputError
from kgalign.kg.blank_nodes import KeptBlankNodes
from kgalign.kg.compression import DumpStream
from kgalign.kg.formats import Format
from kgalign.kg.rejected import RejectedLog
from kgalign.kg.statements import Batch, Statements, UnsupportedTerm

BLOCK_BYTES = 2 << 20
# A failing block is halved until it is this small; below, lines are parsed one at a time.
_SMALL_BYTES = 2 << 10
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_PLACE = re.compile(r"^Parser error at line \d+ (?:between columns \d+ and \d+|column \d+): | \(line \d+\)$")
_TURTLE_ONLY = re.compile(
    rb"\s*(?:@prefix\b|@base\b|prefix\s|base\s|(?!_:)[\w.-]*:\S*\s)"  # a directive or a prefixed name
    rb"|.*(?:\"\"\"|'''|[;,]\s*$)",  # a long string, or a statement that goes on
    re.IGNORECASE | re.DOTALL,
)


class NotLineShaped(Exception):
    """A dump taken for a line format turned out to be Turtle proper."""


class LineReader:
    """Reads one dump in a line format into *statements*.

    Args:
        name: what messages call the dump.
        format: N-Triples or N-Quads.
        statements: takes the statements.
        rejected: takes the lines that give none.
        file: the dump's number, which prefixes its blank nodes.
        doubtful: whether the dump may be Turtle after all; a line that only Turtle explains then
            raises :class:`NotLineShaped`.

    Attributes:
        repaired: statements that only a lenient parse accepted.
    """

    def __init__(
        self,
        name: str,
        format: Format,
        statements: Statements,
        rejected: RejectedLog,
        *,
        file: int,
        doubtful: bool = False,
    ) -> None:
        """See the class."""
        self.repaired = 0
        self._name = name
        self._format = format.parser
        self._statements = statements
        self._rejected = rejected
        self._blank_nodes = KeptBlankNodes(file)
        self._doubtful = doubtful
        self._line = 1
        self._fast = format is Format.NTRIPLES

    def read(self, stream: DumpStream) -> None:
        """Read *stream* to its end.

        Raises:
            InputError: if the stream is damaged, too many lines are rejected, or no line is a
                statement.
            NotLineShaped: see *doubtful*.
        """
        count_before, rejected_before = self._statements.count, self._rejected.count
        for block in blocks(stream):
            self._read_block(block)
        rejected = self._rejected.count - rejected_before
        if self._statements.count == count_before:
            found = f"none of its {rejected} lines is a statement" if rejected else "it holds no statements"
            raise InputError(
                f"{found} in {self._format.name}", path=self._name, remedy="--format names another format"
            )

    def _read_block(self, block: bytes) -> None:
        try:
            if not self._taken_fast(block):
                self._statements.add(self._converted(block))
        except (SyntaxError, UnsupportedTerm):
            batch = Batch()
            self._read_failing_block(block, batch)
            self._statements.add(batch)
        else:
            self._line += _line_ends(block)

    def _converted(self, block: bytes, *, lenient: bool = False) -> Batch:
        batch = Batch()
        quads = pyoxigraph.parse(block, format=self._format, lenient=lenient)
        self._statements.convert(quads, self._blank_nodes, batch)
        return batch

    def _taken_fast(self, block: bytes) -> bool:
        """Take *block* as a strict parser would, in less time, if that can be vouched for.

        Checking each IRI once instead of at every occurrence saves a tenth of the whole reading's
        time, but asks for a lenient parser, which also passes: escaped surrogates, a graph's name
        unchecked, line ends within a literal (seen by counting), and terms already known to be
        invalid.
        """
        if not self._fast or self._statements.has_invalid_terms or b"\r" in block or _SURROGATE.search(block):
            return False
        with self._statements.validating():
            batch = self._converted(block, lenient=True)
        lines = block.count(b"\n") + (not block.endswith(b"\n"))
        self._fast = len(batch) == lines  # a dump with blank lines or comments has more of them
        if self._fast:
            self._statements.add(batch, validating=True)
        return self._fast

    def _read_failing_block(self, block: bytes, batch: Batch) -> None:
        """Add to *batch* what *block* holds, halving it around its faults."""
        middle = _line_end_near(block, len(block) // 2) if len(block) > _SMALL_BYTES else None
        if middle is None:
            self._read_each_line(block, batch)
            return
        for half in (block[:middle], block[middle:]):
            try:
                statements = self._converted(half)
            except (SyntaxError, UnsupportedTerm):
                self._read_failing_block(half, batch)
            else:
                batch.extend(statements)
                self._line += _line_ends(half)

    def _read_each_line(self, block: bytes, batch: Batch) -> None:
        lines = block.split(b"\n" if b"\n" in block else b"\r")
        if not lines[-1]:
            lines.pop()
        for line in lines:
            self._read_line(line, batch)
            self._line += 1

    def _read_line(self, line: bytes, batch: Batch) -> None:
        """Read one line: strictly, else leniently, else reject it."""
        try:
            self._take(_parsed(line, self._format, lenient=False), batch)
            return
        except (SyntaxError, UnsupportedTerm) as error:
            reason = _reason(error)
        if not _is_utf8(line):
            self._rejected.add(self._name, self._line, "invalid UTF-8", line)
            return
        if self._doubtful and _TURTLE_ONLY.match(line):
            raise NotLineShaped
        # N-Quads forgives what N-Triples does not: a graph name; Turtle, two statements in a line.
        for forgiving in (RdfFormat.N_QUADS, RdfFormat.TURTLE):
            try:
                quads = _parsed(line, forgiving, lenient=True)
            except SyntaxError:
                continue
            if quads and not any(_has_triple_term(quad) for quad in quads):
                if self._doubtful and any(_is_relative(quad) for quad in quads):
                    raise NotLineShaped
                self._take(quads, batch)
                self.repaired += len(quads)
                self._statements.has_invalid_terms = True
                return
        self._rejected.add(self._name, self._line, reason, line)

    def _take(self, quads: list[Quad], batch: Batch) -> None:
        self._statements.convert(quads, self._blank_nodes, batch)


def blocks(stream: DumpStream, size: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Cut *stream* at line ends into blocks of about *size* bytes; a longer line makes a longer block."""
    kept: list[bytes] = []
    while data := stream.read(size):
        end = data.rfind(b"\n") + 1
        if not end and b"\n" not in data:
            # A dump may end its lines with a carriage return alone; one at the very end of the
            # data may be half of a CR LF.
            end = data.rfind(b"\r", 0, -1) + 1
        if not end:
            kept.append(data)
            continue
        kept.append(data[:end])
        yield b"".join(kept)
        kept = [data[end:]] if end < len(data) else []
    if kept:
        yield b"".join(kept)


def _line_ends(block: bytes) -> int:
    return block.count(b"\n") or block.count(b"\r")


def _parsed(line: bytes, format: RdfFormat, *, lenient: bool) -> list[Quad]:
    return list(pyoxigraph.parse(line, format=format, lenient=lenient))


def _has_triple_term(quad: Quad) -> bool:
    return isinstance(quad.object, pyoxigraph.Triple)


def _is_relative(quad: Quad) -> bool:
    terms = (quad.subject, quad.predicate, quad.object)
    return any(isinstance(term, pyoxigraph.NamedNode) and ":" not in term.value for term in terms)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _reason(error: Exception) -> str:
    return _PLACE.sub("", str(error))


def _line_end_near(block: bytes, middle: int) -> int | None:
    """The end of the line around *middle*, or None if that is the block's own end."""
    end = block.find(b"\n", middle) + 1
    if end in (0, len(block)):
        end = block.rfind(b"\n", 0, middle) + 1
    return end or None
