"""Statements as they are read: terms become integers, literal text goes to disk.

While the inputs are read, nobody knows yet which IRIs are entities and which are only predicates,
so everything is kept under *provisional* ids in order of first appearance; :mod:`.assembly` turns
those into the store's ids. Memory holds each IRI once and at most 29 bytes for each statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad

from kgalign.kg.literal_kinds import LiteralKinds
from kgalign.kg.terms import Hashes, Ids, TermTable
from kgalign.kg.validation import check_node, validate

Mask = npt.NDArray[np.bool_]
Number = TypeVar("Number", bound=np.generic)

# Literal text waiting in memory before it is written to a part, in bytes.
_PART_BYTES = 8 << 20


class UnsupportedTerm(ValueError):
    """A statement holds a term that the store has no place for."""


class PredicateNumbers(dict[str, int]):
    """Consecutive integers for predicates, in order of first appearance: ``numbers[iri]``.

    Attributes:
        validating: whether a new IRI is checked against RFC 3987; :class:`SyntaxError` if it fails.
    """

    validating = False

    def __missing__(self, text: str) -> int:
        """Give a new string the next integer."""
        if self.validating:
            validate(NamedNode, text)
        number = self[text] = len(self)
        return number

    def rewind(self, count: int) -> None:
        """Forget all but the first *count* strings."""
        while len(self) > count:
            self.popitem()


@dataclass(slots=True)
class Batch:
    """Some statements in order, as parallel lists.

    Attributes:
        names: subject and object of each statement between resources, subject of one with a literal.
        predicates: provisional predicate ids, one for each statement.
        has_resource: for each statement whether its object is a resource; else it is a literal.
        kinds: codes of :class:`LiteralKinds`, one for each literal.
        values: texts, one for each literal.
    """

    names: list[str] = field(default_factory=list)
    predicates: list[int] = field(default_factory=list)
    has_resource: list[bool] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    values: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        """Number of statements."""
        return len(self.predicates)

    def extend(self, other: Batch) -> None:
        """Append the statements of *other*."""
        self.names += other.names
        self.predicates += other.predicates
        self.has_resource += other.has_resource
        self.kinds += other.kinds
        self.values += other.values


@dataclass(frozen=True)
class StatementsMark:
    """A point of the reading to return to."""

    statements: int
    text_bytes: int
    terms: int
    predicates: int
    chunks: tuple[int, int]
    parts: int
    waiting: tuple[pl.Series, ...]


@dataclass
class Statements:
    """All statements read so far.

    Attributes:
        folder: where the parts with literal text are written.
        terms: subjects and objects; blank nodes as ``_:…``.
        predicates: IRIs of predicates, numbered apart from *terms*.
        kinds: languages and datatypes of literals.
        count: statements read, duplicates among them.
        text_bytes: literal text read, in bytes of UTF-8.
        has_invalid_terms: whether a term was taken that isn't strictly valid.
    """

    folder: Path
    terms: TermTable = field(default_factory=TermTable)
    predicates: PredicateNumbers = field(default_factory=PredicateNumbers)
    kinds: LiteralKinds = field(default_factory=LiteralKinds)
    count: int = 0
    text_bytes: int = 0
    has_invalid_terms: bool = False
    _links: list[tuple[Ids, Ids, Ids]] = field(default_factory=list)
    _literals: list[tuple[Ids, Ids, Ids, Hashes, Hashes, Mask]] = field(default_factory=list)
    _parts: int = 0
    _waiting: list[pl.Series] = field(default_factory=list)
    _waiting_bytes: int | float = 0

    @contextmanager
    def validating(self) -> Iterator[None]:
        """Check each predicate, language tag and datatype that is new within the block."""
        try:
            self.predicates.validating = self.kinds.validating = True
            yield
        finally:
            self.predicates.validating = self.kinds.validating = False

    def convert(self, quads: Iterable[Quad], blank_nodes: dict[str, str], batch: Batch) -> None:
        """Append *quads* to *batch*; the graph that a quad names is left aside.

        This is the innermost loop: it decides the speed of the whole reading.

        Args:
            quads: statements, such as a pyoxigraph parser yields.
            blank_nodes: names for blank nodes by their labels.
            batch: grows by the statements; where an exception ends the loop it holds those before.

        Raises:
            SyntaxError: as *quads* raises it, or while :meth:`validating`.
            UnsupportedTerm: for a triple term (RDF 1.2).
        """
        number_of_predicate, code_of_kind = self.predicates, self.kinds
        names, predicates, has_resource = batch.names, batch.predicates, batch.has_resource
        kinds, values = batch.kinds, batch.values
        for quad in quads:
            subject = quad.subject
            thing = quad.object
            name = subject.value if type(subject) is NamedNode else blank_nodes[subject.value]  # type: ignore[union-attr]
            if type(thing) is Literal:
                values.append(thing.value)
                language = thing.language
                kinds.append(code_of_kind[thing.datatype.value if language is None else language])
                names.append(name)
                has_resource.append(False)
            else:
                if type(thing) is NamedNode:
                    other = thing.value
                elif type(thing) is BlankNode:
                    other = blank_nodes[thing.value]
                else:
                    raise UnsupportedTerm("triple terms (RDF 1.2) are not supported")
                names.append(name)
                names.append(other)
                has_resource.append(True)
            predicates.append(number_of_predicate[quad.predicate.value])

    def add(self, batch: Batch, *, validating: bool = False) -> None:
        """Take over the statements of *batch*.

        Args:
            batch: the statements.
            validating: check the IRIs that are new.

        Raises:
            SyntaxError: if *validating* and an IRI isn't valid; nothing is taken over then.
        """
        if not len(batch):
            return
        found = self.terms.find(batch.names)
        if validating:
            for name in found.new:
                validate(check_node, name)
        numbers = self.terms.add(found)
        self.count += len(batch)
        predicates = _ids(batch.predicates)
        has_resource = np.array(batch.has_resource, dtype=np.bool_)
        subjects = np.cumsum(1 + has_resource) - (1 + has_resource)
        heads = subjects[has_resource]
        if len(heads):
            self._links.append((numbers[heads], predicates[has_resource], numbers[heads + 1]))
        if batch.values:
            self._add_literals(batch, numbers[subjects[~has_resource]], predicates[~has_resource])

    def _add_literals(self, batch: Batch, subjects: Ids, attributes: Ids) -> None:
        values = pl.Series("value", batch.values, dtype=pl.String)
        kinds = _ids(batch.kinds)
        frame = pl.DataFrame({"subject": subjects, "attribute": attributes, "kind": kinds, "value": values})
        # Two unrelated 64-bit hashes stand for a statement when duplicates are sought: Polars' of
        # the whole and Python's (keyed SipHash) of the text.
        of_all = frame.hash_rows(seed=0).to_numpy()
        of_text = np.fromiter(map(hash, batch.values), dtype=np.int64, count=len(values))
        blank = (values.str.strip_chars().str.len_bytes() == 0).to_numpy()
        self.text_bytes += int(values.str.len_bytes().sum())
        self._literals.append((subjects, attributes, kinds, of_all, of_text.view(np.uint64), blank))
        self._waiting.append(values)
        self._waiting_bytes += values.estimated_size()
        if self._waiting_bytes >= _PART_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write the literal text that waits in memory."""
        if self._waiting:
            text = pl.concat(self._waiting).to_frame()
            text.write_ipc(self._part(self._parts), compression="lz4")
            self._parts += 1
            self._waiting.clear()
            self._waiting_bytes = 0

    def part_paths(self) -> list[Path]:
        """The parts written: Arrow files of one column ``value``, in reading order."""
        return [self._part(number) for number in range(self._parts)]

    def _part(self, number: int) -> Path:
        return self.folder / f"{number:06}.arrow"

    def links(self) -> tuple[Ids, Ids, Ids]:
        """Head, predicate and tail of each statement between resources."""
        heads, predicates, tails = ([chunk[column] for chunk in self._links] for column in range(3))
        return _joined(heads, np.uint32), _joined(predicates, np.uint32), _joined(tails, np.uint32)

    def literals(self) -> LiteralColumns:
        """Everything but the text of each statement with a literal."""
        chunks = self._literals
        return LiteralColumns(
            subject=_joined([chunk[0] for chunk in chunks], np.uint32),
            predicate=_joined([chunk[1] for chunk in chunks], np.uint32),
            kind=_joined([chunk[2] for chunk in chunks], np.uint32),
            hashes=(
                _joined([chunk[3] for chunk in chunks], np.uint64),
                _joined([chunk[4] for chunk in chunks], np.uint64),
            ),
            blank=_joined([chunk[5] for chunk in chunks], np.bool_),
        )

    def mark(self) -> StatementsMark:
        """The present state, to return to with :meth:`rewind`."""
        return StatementsMark(
            self.count,
            self.text_bytes,
            len(self.terms),
            len(self.predicates),
            (len(self._links), len(self._literals)),
            self._parts,
            tuple(self._waiting),
        )

    def rewind(self, mark: StatementsMark) -> None:
        """Forget what was read after *mark*; parts written since are overwritten later."""
        self.count = mark.statements
        self.text_bytes = mark.text_bytes
        self.terms.rewind(mark.terms)
        self.predicates.rewind(mark.predicates)
        del self._links[mark.chunks[0] :]
        del self._literals[mark.chunks[1] :]
        self._parts = mark.parts
        self._waiting = list(mark.waiting)
        self._waiting_bytes = sum(values.estimated_size() for values in mark.waiting)


@dataclass(frozen=True)
class LiteralColumns:
    """Statements with a literal, in reading order, without the text.

    Attributes:
        subject: provisional term ids.
        predicate: provisional predicate ids.
        kind: codes of :class:`LiteralKinds`.
        hashes: two 64-bit hashes that together stand for the whole statement.
        blank: whether the text is empty or white space.
    """

    subject: Ids
    predicate: Ids
    kind: Ids
    hashes: tuple[Hashes, Hashes]
    blank: Mask


def is_quoted(quad: Quad) -> bool:
    """Whether *quad* stands in a named graph (in N3: in a formula, which asserts nothing)."""
    return type(quad.graph_name) is not DefaultGraph


def _ids(numbers: list[int]) -> Ids:
    return np.array(numbers, dtype=np.uint32)


def _joined(chunks: list[npt.NDArray[Number]], dtype: type[Number]) -> npt.NDArray[Number]:
    return np.concatenate(chunks) if chunks else np.empty(0, dtype=dtype)
