"""From provisional ids to the store's tables: what is an entity, what only a predicate.

An IRI is *only a predicate* if it is used as one and otherwise occurs just in schema statements:
with ``rdf:type`` or a property of the rdfs: or owl: vocabularies as predicate (not as the object
of ``rdf:type``), or with a label. Such an IRI is no entity. Its labels go to ``relation_labels``;
the schema statements that touch it (``:knows a owl:ObjectProperty``, ``:knows rdfs:range
:Person``) are left out of the store, so that neither it nor ``owl:ObjectProperty`` or
``rdf:Property`` becomes an entity through them. Schema statements about anything else are kept.

Entities are the subjects and objects of the triples kept, the subjects of attributes, and what
carries a label. Relations are the predicates of triples and attributes kept: a label property or
``owl:sameAs`` is one only where it is used in another way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from polars.io.plugins import register_io_source

from kgalign.kg.interruption import deferred_interruption
from kgalign.kg.labels import names_from_iris, preferred
from kgalign.kg.options import IngestOptions
from kgalign.kg.statements import LiteralColumns, Mask, Statements
from kgalign.kg.store import IRI_ORIGIN, SCHEMAS
from kgalign.kg.terms import Hashes, Ids

_RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_SAME_AS = "http://www.w3.org/2002/07/owl#sameAs"
_SCHEMA_VOCABULARIES = ("http://www.w3.org/2000/01/rdf-schema#", "http://www.w3.org/2002/07/owl#")
_ABSENT = np.uint32(0xFFFFFFFF)
# Text and rows of a row group: a few groups are in memory at a time, so long texts ask for few rows.
_GROUP_BYTES = 4 << 20
_GROUP_ROWS = (256, 32_768)


@dataclass(frozen=True)
class _Predicates:
    """What each predicate is, by provisional predicate id."""

    rank: Ids  # place among the label and alias properties, or _ABSENT
    schema: Mask
    type: Mask
    same_as: Mask

    @classmethod
    def of(cls, iris: list[str], options: IngestOptions) -> _Predicates:
        places = {iri: place for place, iri in enumerate(options.label_properties + options.alias_properties)}
        return cls(
            rank=np.array([places.get(iri, _ABSENT) for iri in iris], dtype=np.uint32),
            schema=np.array([iri == _RDF_TYPE or iri.startswith(_SCHEMA_VOCABULARIES) for iri in iris], bool),
            type=np.array([iri == _RDF_TYPE for iri in iris], bool),
            same_as=np.array([iri == _SAME_AS for iri in iris], bool),
        )

    @property
    def label(self) -> Mask:
        return np.not_equal(self.rank, _ABSENT)


class Assembly:
    """Writes the tables of a store from the statements read.

    Args:
        statements: everything read.
        options: tells the label properties.
        folder: where the Parquet files go.
    """

    def __init__(self, statements: Statements, options: IngestOptions, folder: Path) -> None:
        """See the class."""
        statements.flush()
        self._parts = statements.part_paths()
        self._folder = folder
        self._options = options
        self._predicate_iris = pl.Series("iri", list(statements.predicates), dtype=pl.String)
        self._predicates = _Predicates.of(list(statements.predicates), options)
        self._languages = pl.Series("language", statements.kinds.languages, dtype=pl.String)
        self._datatypes = pl.Series("datatype", statements.kinds.datatypes, dtype=pl.String)
        self._heads, self._link_predicates, self._tails = statements.links()
        self._literals = statements.literals()
        mean_bytes = 1 + statements.text_bytes // (1 + len(self._literals.subject))
        self._group_rows = min(max(_GROUP_BYTES // mean_bytes, _GROUP_ROWS[0]), _GROUP_ROWS[1])
        self._predicate_terms = statements.terms.numbers_of(list(statements.predicates))
        self._terms = statements.terms.texts()
        self._classify()

    def write(self) -> dict[str, int]:
        """Write every table of :data:`~kgalign.kg.store.SCHEMAS`; give the rows of each."""
        entities = self._terms.filter(pl.Series(self._is_entity))
        relations = self._predicate_iris.filter(pl.Series(self._is_relation))
        return {
            "entities": self._write_whole("entities", _numbered(entities)),
            "relations": self._write_whole("relations", _numbered(relations)),
            "triples": self._write_whole("triples", self._triples()),
            "attributes": self._write_streaming("attributes", self._attributes()),
            "labels": self._write_streaming("labels", self._entity_labels(entities)),
            "relation_labels": self._write_streaming("relation_labels", self._relation_labels(relations)),
            "same_as": self._write_whole("same_as", self._same_as()),
        }

    def _classify(self) -> None:
        """Decide the role of each term and statement (see the module's text)."""
        known, literals, count = self._predicates, self._literals, len(self._terms)
        by_schema = known.schema[self._link_predicates]
        self._is_same_as = known.same_as[self._link_predicates]
        plain = ~by_schema
        ordinary = np.zeros(count, dtype=np.bool_)
        ordinary[self._heads[plain]] = True
        ordinary[self._tails[plain | known.type[self._link_predicates]]] = True
        ordinary[literals.subject[~(known.schema | known.label)[literals.predicate]]] = True
        is_predicate = np.zeros(count, dtype=np.bool_)
        is_predicate[self._predicate_terms[self._predicate_terms != _ABSENT]] = True
        only_predicate = is_predicate & ~ordinary

        touches = only_predicate[self._heads] | only_predicate[self._tails]
        self._is_triple = ~self._is_same_as & ~(by_schema & touches)
        distinct = _first_of_each(literals)
        is_label = known.label[literals.predicate] & distinct
        about_predicate = only_predicate[literals.subject]
        self._is_attribute = ~known.label[literals.predicate] & distinct & ~about_predicate
        self._is_entity_label = is_label & ~about_predicate
        self._number(count)
        self._is_relation_label = is_label & (self._relation_of_term[literals.subject] != _ABSENT)

    def _number(self, terms: int) -> None:
        """Give entities and relations their ids, in order of first appearance."""
        literals = self._literals
        self._is_entity = np.zeros(terms, dtype=np.bool_)
        for used in (
            self._heads[self._is_triple],
            self._tails[self._is_triple],
            literals.subject[self._is_attribute | self._is_entity_label],
        ):
            self._is_entity[used] = True
        self._is_relation = np.zeros(len(self._predicate_iris), dtype=np.bool_)
        self._is_relation[self._link_predicates[self._is_triple]] = True
        self._is_relation[literals.predicate[self._is_attribute]] = True
        self._entity_of_term = _dense(self._is_entity)
        self._relation_of_predicate = _dense(self._is_relation)
        self._relation_of_term = np.full(terms, _ABSENT, dtype=np.uint32)
        both = self._predicate_terms != _ABSENT
        self._relation_of_term[self._predicate_terms[both]] = self._relation_of_predicate[both]

    def _triples(self) -> pl.DataFrame:
        chosen = self._is_triple
        heads = self._entity_of_term[self._heads[chosen]]
        relations = self._relation_of_predicate[self._link_predicates[chosen]]
        tails = self._entity_of_term[self._tails[chosen]]
        triples = pl.DataFrame({"head": heads, "relation": relations, "tail": tails})
        entities, kinds = int(self._is_entity.sum()), int(self._is_relation.sum())
        if entities * entities * kinds >= 1 << 64:
            return triples.unique(keep="first", maintain_order=True)
        # One integer stands for a triple: several times faster than comparing three columns.
        packed = (heads.astype(np.uint64) * np.uint64(kinds) + relations) * np.uint64(entities) + tails
        return triples.filter(pl.Series(packed).is_first_distinct())

    def _same_as(self) -> pl.DataFrame:
        pairs = pl.DataFrame(
            {"source": self._heads[self._is_same_as], "target": self._tails[self._is_same_as]}
        ).unique(keep="first", maintain_order=True)
        return pairs.select(self._terms.gather(pairs[end]).alias(end) for end in ("source", "target"))

    def _texts(self, chosen: Mask) -> Iterator[tuple[npt.NDArray[np.intp], pl.Series]]:
        """The positions and the text of the *chosen* literals, a part at a time."""
        start = 0
        for path in self._parts:
            values = pl.read_ipc(path)["value"]
            wanted = chosen[start : start + len(values)]
            if wanted.any():
                yield np.flatnonzero(wanted) + start, values.filter(pl.Series(wanted))
            start += len(values)

    def _attributes(self) -> Iterator[pl.DataFrame]:
        literals = self._literals
        for rows, values in self._texts(self._is_attribute):
            kinds = literals.kind[rows]
            yield pl.DataFrame(
                {
                    "entity": self._entity_of_term[literals.subject[rows]],
                    "attribute": self._relation_of_predicate[literals.predicate[rows]],
                    "value": values,
                    "language": self._languages.gather(kinds),
                    "datatype": self._datatypes.gather(kinds),
                }
            )

    def _entity_labels(self, iris: pl.Series) -> Iterator[pl.DataFrame]:
        return self._labels("entity", self._is_entity_label, self._entity_of_term, iris)

    def _relation_labels(self, iris: pl.Series) -> Iterator[pl.DataFrame]:
        return self._labels("relation", self._is_relation_label, self._relation_of_term, iris)

    def _labels(
        self, thing: str, chosen: Mask, number_of_term: Ids, iris: pl.Series
    ) -> Iterator[pl.DataFrame]:
        """The labels found, then one from the IRI for each thing that has none worth the name."""
        literals = self._literals
        named = number_of_term[literals.subject]
        rank = self._predicates.rank[literals.predicate]
        readable = chosen & ~literals.blank
        best = preferred(
            named,
            self._language_codes()[literals.kind],
            rank,
            readable & (rank < len(self._options.label_properties)),
        )
        for rows, values in self._texts(chosen):
            yield pl.DataFrame(
                {
                    thing: named[rows],
                    "text": values,
                    "language": self._languages.gather(literals.kind[rows]),
                    "preferred": best[rows],
                    "origin": self._predicate_iris.gather(literals.predicate[rows]),
                }
            )
        unnamed = np.ones(len(iris), dtype=np.bool_)
        unnamed[named[readable]] = False
        yield _labels_from_iris(thing, np.flatnonzero(unnamed).astype(np.uint32), iris)

    def _language_codes(self) -> Ids:
        """For each literal kind the first kind of the same language (null: any without one)."""
        first: dict[str | None, int] = {}
        codes = [first.setdefault(tag, code) for code, tag in enumerate(self._languages)]
        return np.array(codes, dtype=np.uint32)

    def _write_whole(self, table: str, frame: pl.DataFrame) -> int:
        frame.cast(dict(SCHEMAS[table])).write_parquet(  # type: ignore[arg-type]
            self._folder / f"{table}.parquet", compression="zstd", row_group_size=1 << 20
        )
        return len(frame)

    def _write_streaming(self, table: str, frames: Iterator[pl.DataFrame]) -> int:
        """Write *frames* one after another; only a few of them are in memory at a time."""
        schema = SCHEMAS[table]
        rows = 0

        def produce(
            with_columns: list[str] | None,
            predicate: pl.Expr | None,
            n_rows: int | None,
            batch_size: int | None,
        ) -> Iterator[pl.DataFrame]:
            # The query is a plain copy, so none of the pushed-down requests occurs.
            nonlocal rows
            for frame in frames:
                if interruption.requested:
                    return
                rows += len(frame)
                yield frame

        with deferred_interruption() as interruption:
            register_io_source(produce, schema=schema).sink_parquet(
                self._folder / f"{table}.parquet",
                compression="zstd",
                compression_level=1,  # nearly as small as the default, in half the time
                row_group_size=self._group_rows,
                maintain_order=True,
            )
        return rows


def _labels_from_iris(thing: str, numbers: Ids, iris: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({thing: numbers, "text": names_from_iris(iris.gather(numbers))}).select(
        thing,
        "text",
        pl.lit(None, dtype=pl.String).alias("language"),
        pl.lit(True).alias("preferred"),
        pl.lit(IRI_ORIGIN).alias("origin"),
    ).filter(pl.col("text").is_not_null())  # fmt: skip


def _numbered(iris: pl.Series) -> pl.DataFrame:
    return iris.to_frame().with_row_index("id").cast({"id": pl.UInt32})


def _dense(used: Mask) -> Ids:
    """Consecutive numbers for the places that are true, :data:`_ABSENT` for the others."""
    numbers = np.full(len(used), _ABSENT, dtype=np.uint32)
    numbers[used] = np.arange(np.count_nonzero(used), dtype=np.uint32)
    return numbers


def _first_of_each(literals: LiteralColumns) -> Mask:
    """Whether each statement is the first of its equals."""
    first, second = literals.hashes
    is_first = np.ones(len(first), dtype=np.bool_)
    if _has_duplicates(first):
        order = np.lexsort((second, first))  # stable: equals stay in reading order
        repeated = (first[order[1:]] == first[order[:-1]]) & (second[order[1:]] == second[order[:-1]])
        is_first[order[1:][repeated]] = False
    return is_first


def _has_duplicates(hashes: Hashes) -> bool:
    ordered = np.sort(hashes)
    return bool((ordered[1:] == ordered[:-1]).any())
