"""What a graph has to teach: its names, facts and descriptions, as columns of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from kgalign.adapters.label_table import UNDETERMINED, Ids, LabelTable, Mask
from kgalign.adapters.phrases import relation_words
from kgalign.errors import InputError
from kgalign.kg import IRI_ORIGIN, KnowledgeGraph

DESCRIPTION_PROPERTIES = (
    "http://schema.org/description",
    "https://schema.org/description",
    "http://dbpedia.org/ontology/abstract",
    "http://www.w3.org/2000/01/rdf-schema#comment",
    "http://purl.org/dc/terms/description",
    "http://purl.org/dc/elements/1.1/description",
    "http://www.w3.org/2004/02/skos/core#definition",
)


@dataclass(frozen=True)
class Descriptions:
    """Texts about entities: the entity, the language's code and the text of each, in order of entities."""

    entity: Ids
    language: tuple[str, ...]
    text: tuple[str, ...]


@dataclass(frozen=True)
class Lessons:
    """A graph, ready to be taught.

    Attributes:
        labels: names of entities; a fact in a language that has no name for an entity borrows the name
            that the entity has in another one, which links brought into the graph.
        relation_labels: names of relations.
        head: subject of each fact; both its ends have names.
        relation: relation of each fact.
        tail: object of each fact.
        descriptions: texts about entities; there may be none.
        untold: facts that are not to be told in a language: the fact's number times the number of the
            labels' languages, plus the language's number; sorted.
    """

    labels: LabelTable
    relation_labels: LabelTable
    head: Ids
    relation: Ids
    tail: Ids
    descriptions: Descriptions
    untold: Ids

    @classmethod
    def of(
        cls,
        graph: KnowledgeGraph,
        *,
        languages: Sequence[str] | None = None,
        left_out: Ids | None = None,
        untold: pl.DataFrame | None = None,
        description_properties: Sequence[str] = DESCRIPTION_PROPERTIES,
    ) -> Lessons:
        """Read the lessons of a graph.

        Args:
            graph: with labels, best in several languages, such as ``kgalign fuse`` writes.
            languages: the languages to learn; None for all.
            left_out: entities that nothing is learnt about.
            untold: facts that are not told in one language, so that only their entities' names in others
                lead to them: ``subject``, ``relation``, ``object`` (ids), ``language``.
            description_properties: IRIs of the properties whose literals describe an entity.

        Raises:
            InputError: if no entity has a name in these languages.
        """
        skipped = np.zeros(graph.entity_count, bool)
        if left_out is not None:
            skipped[left_out] = True
        kept = pl.Series(~skipped)
        labels = graph.labels.filter(kept.gather(graph.labels["entity"]))
        table = LabelTable.of(labels, graph.entity_count, languages)
        if not table.cells:
            raise InputError(
                "no entity has a name" + (f" in {', '.join(languages)}" if languages else ""),
                path=graph.folder,
                remedy="check --language, or name the label property when ingesting (--label-property)",
            )
        names = _relation_names(graph)
        relations = LabelTable.of(names, graph.relation_count, languages)
        if not relations.cells:
            relations = LabelTable.of(names, graph.relation_count)
        facts = graph.triples.select(pl.all().cast(pl.Int64)).to_numpy().astype(np.int64).reshape(-1, 3)
        named, sayable = table.cell_count() > 0, relations.cell_count() > 0
        facts = facts[named[facts[:, 0]] & sayable[facts[:, 1]] & named[facts[:, 2]]]
        facts = facts[np.lexsort(facts.T[::-1])]
        head, relation, tail = facts.T.copy()
        told = _descriptions(graph, kept, languages, description_properties)
        silent = _untold(facts, table.languages, untold)
        return cls(table, relations, head, relation, tail, told, silent)

    def may_not_be_told(self, facts: Ids, languages: Ids) -> Mask:
        """Which of *facts* (by number) is not to be told in the language beside it (by number)."""
        if not len(self.untold):
            return np.zeros(len(facts), bool)
        keys = facts * len(self.labels.languages) + languages
        place = np.minimum(np.searchsorted(self.untold, keys), len(self.untold) - 1)
        silent: Mask = self.untold[place] == keys
        return silent

    @cached_property
    def _keys(self) -> Ids:
        """A number for each fact, sorted."""
        return np.sort(self._key(self.head, self.relation, self.tail))

    def _key(self, head: Ids, relation: Ids, tail: Ids) -> Ids:
        entities, relations = len(self.labels.owner_start), len(self.relation_labels.owner_start)
        return (head * relations + relation) * entities + tail

    def are_facts(self, head: Ids, relation: Ids, tail: Ids) -> Mask:
        """Which statements (arrays of one shape) are facts of the graph."""
        keys = self._key(head, relation, tail)
        if not len(self._keys):
            return np.zeros(keys.shape, bool)
        place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        known: Mask = self._keys[place] == keys
        return known


def _relation_names(graph: KnowledgeGraph) -> pl.DataFrame:
    """The names of relations; those taken from IRIs as words."""
    from_iri = pl.col("origin") == IRI_ORIGIN
    worded = pl.col("text").map_elements(relation_words, return_dtype=pl.String)
    return graph.relation_labels.with_columns(text=pl.when(from_iri).then(worded).otherwise("text"))


def _untold(facts: Ids, languages: Sequence[str], untold: pl.DataFrame | None) -> Ids:
    if untold is None:
        return np.empty(0, np.int64)
    ends = ["subject", "relation", "object"]
    known = pl.DataFrame(facts, schema=ends, orient="row").with_row_index("fact")
    found = (
        untold.with_columns(
            pl.col(ends).cast(pl.Int64), pl.col("language").replace("", UNDETERMINED).alias("language")
        )
        .join(known, on=ends)
        .filter(pl.col("language").is_in(list(languages)))
    )
    number = found["language"].replace_strict(list(languages), range(len(languages)), return_dtype=pl.Int64)
    return np.unique(found["fact"].cast(pl.Int64).to_numpy() * len(languages) + number.to_numpy())


def _descriptions(
    graph: KnowledgeGraph, kept: pl.Series, languages: Sequence[str] | None, properties: Sequence[str]
) -> Descriptions:
    known = graph.relations.filter(pl.col("iri").is_in(list(properties)))["id"]
    texts = graph.attributes.filter(pl.col("attribute").is_in(known.implode())).with_columns(
        pl.col("language").fill_null(UNDETERMINED)
    )
    texts = texts.filter(kept.gather(texts["entity"]))
    if languages is not None:
        texts = texts.filter(pl.col("language").is_in(list(languages)))
    texts = texts.select("entity", "language", "value").unique().sort("entity", "language", "value")
    return Descriptions(
        texts["entity"].cast(pl.Int64).to_numpy(),
        tuple(texts["language"].to_list()),
        tuple(texts["value"].to_list()),
    )
