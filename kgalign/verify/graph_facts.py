"""The facts of a store about an entity, with the names of all that they mention."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import polars as pl

from kgalign.kg import KnowledgeGraph
from kgalign.verify.name_index import NameIndex
from kgalign.verify.names import spaced
from kgalign.verify.passage import Passage
from kgalign.verify.verdicts import Fact, Name, Term

RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_BEGINNING = 4
_MOST_NAMES = 24
_LEAST_SUBJECTS = 3
_MOST_OBJECTS = 500
_STATEMENT = ["head", "relation", "tail", "value", "language", "datatype"]
Literal = tuple[str, str | None, str | None]


class GraphFacts:
    """A store as a source of facts.

    Args:
        graph: the store.
    """

    def __init__(self, graph: KnowledgeGraph) -> None:
        self._graph = graph
        self._ids: dict[str, int] = {}
        self._terms: dict[int, Term] = {}
        self._relations: dict[int, Term] = {}
        self._objects: dict[str, list[Term]] = {}

    def about(self, value: str, most: int, neighbours: int) -> tuple[list[Fact], list[Fact]]:
        """Facts whose subject or object is *value*, and further facts about their objects.

        Where there are more than *most*, those with *value* as subject come first.
        """
        number = self._id(value)
        if number is None:
            return [], []
        own = pl.concat(
            [self._statements(pl.col("head") == number), self._statements(pl.col("tail") == number, False)]
        )
        own = own.unique(maintain_order=True).head(most)
        objects = own.filter(pl.col("head") == number)["tail"].drop_nulls().unique()
        further = self._statements(
            pl.col("head").is_in(objects.implode()) & (pl.col("head") != number), literals=False
        ).head(neighbours)
        return self._facts(own), self._facts(further)

    def names(self, passage: Passage) -> NameIndex:
        """The entities with a name in the passage's language that begins like some word of it."""
        beginnings = sorted({word.text.lower()[:_BEGINNING] for word in passage.words})
        ids = self._beginnings.filter(
            pl.col("beginning").is_in(pl.lit(pl.Series(beginnings, dtype=pl.String)).implode())
            & (pl.col("language").is_null() | pl.col("language").str.starts_with(passage.language))
        )["entity"].unique()
        named = self._named(ids.sort())
        return NameIndex(named, passage.language)

    def functionality(self, relation: str) -> float | None:
        """Subjects per statement of a relation; None where too few are known."""
        return self._functionalities.get(relation)

    def objects(self, relation: str) -> Sequence[Term]:
        """Entities that a relation leads to, the most frequent ones, at most five hundred."""
        if relation not in self._objects:
            number = self._graph.relations.filter(pl.col("iri") == relation)["id"]
            tails = (
                self._graph.triples.filter(pl.col("relation").is_in(number.implode()))
                .group_by("tail")
                .len()
                .sort("len", "tail", descending=[True, False])["tail"]
                .head(_MOST_OBJECTS)
            )
            self._objects[relation] = self._named(tails)
        return self._objects[relation]

    def knows(self, value: str) -> bool:
        """Whether the graph has an entity of this IRI."""
        return self._id(value) is not None

    def term(self, value: str) -> Term | None:
        """The entity or relation of this IRI with its names; None if the graph has none."""
        number = self._id(value)
        if number is not None:
            return self._named(pl.Series([number], dtype=pl.UInt32))[0]
        relation = self._graph.relations.filter(pl.col("iri") == value)["id"]
        self._name_relations(relation)
        return self._relations[relation[0]] if len(relation) else None

    def _id(self, value: str) -> int | None:
        if value not in self._ids:
            found = self._graph.entities.filter(pl.col("iri") == value)["id"].to_list()
            if not found:
                return None
            self._ids[value] = found[0]
        return self._ids[value]

    def _statements(self, chosen: pl.Expr, literals: bool = True) -> pl.DataFrame:
        nothing = pl.lit(None, pl.String)
        triples = self._graph.triples.filter(chosen).with_columns(
            value=nothing, language=nothing, datatype=nothing
        )
        if not literals:
            return triples.select(_STATEMENT)
        attributes = self._graph.attributes.rename({"entity": "head", "attribute": "relation"})
        values = attributes.filter(chosen).with_columns(tail=pl.lit(None, pl.UInt32))
        return pl.concat([triples.select(_STATEMENT), values.select(_STATEMENT)])

    def _facts(self, statements: pl.DataFrame) -> list[Fact]:
        entities = pl.concat([statements["head"], statements["tail"].drop_nulls()]).unique().sort()
        self._named(entities)
        self._name_relations(statements["relation"].unique().sort())
        return [
            Fact(
                subject=self._terms[head],
                relation=self._relations[relation],
                object=self._terms[tail]
                if tail is not None
                else Term(value=value, literal=True, language=language, datatype=datatype, names=_own(value)),
            )
            for head, relation, tail, value, language, datatype in statements.iter_rows()
        ]

    def _named(self, entities: pl.Series) -> list[Term]:
        """The terms of entities, read from the store at once."""
        wanted = pl.Series([number for number in entities if number not in self._terms], dtype=pl.UInt32)
        if len(wanted):
            names = self._names_of(self._graph.labels, "entity", wanted)
            types = self._types(wanted)
            iris = self._graph.entities["iri"].gather(wanted).to_list()
            for number, iri in zip(wanted, iris, strict=True):
                self._terms[number] = Term(
                    value=iri, names=names.get(number, ()), types=types.get(number, ())
                )
        return [self._terms[number] for number in entities]

    def _name_relations(self, relations: pl.Series) -> None:
        wanted = pl.Series([number for number in relations if number not in self._relations], dtype=pl.UInt32)
        if not len(wanted):
            return
        names = self._names_of(self._graph.relation_labels, "relation", wanted)
        iris = self._graph.relations["iri"].gather(wanted).to_list()
        for number, iri in zip(wanted, iris, strict=True):
            own = names.get(number) or _own(spaced(iri.rstrip("/#").split("/")[-1].split("#")[-1]))
            self._relations[number] = Term(
                value=iri, names=tuple(Name(text=spaced(name.text), language=name.language) for name in own)
            )

    def _types(self, entities: pl.Series) -> dict[int, tuple[Name, ...]]:
        typed = self._graph.relations.filter(pl.col("iri") == RDF_TYPE)["id"]
        rows = self._graph.triples.filter(
            pl.col("relation").is_in(typed.implode()) & pl.col("head").is_in(entities.implode())
        )
        names = self._names_of(self._graph.labels, "entity", rows["tail"].unique())
        found: dict[int, tuple[Name, ...]] = {}
        for head, tail in rows.select("head", "tail").iter_rows():
            found[head] = found.get(head, ()) + names.get(tail, ())
        return found

    @staticmethod
    def _names_of(labels: pl.DataFrame, key: str, wanted: pl.Series) -> dict[int, tuple[Name, ...]]:
        rows = (
            labels.filter(pl.col(key).is_in(wanted.implode()))
            .sort("preferred", descending=True, maintain_order=True)
            .group_by(key, maintain_order=True)
            .agg(pl.col("text").head(_MOST_NAMES), pl.col("language").head(_MOST_NAMES))
        )
        return {
            number: tuple(
                Name(text=text, language=language) for text, language in zip(texts, languages, strict=True)
            )
            for number, texts, languages in rows.iter_rows()
        }

    @cached_property
    def _beginnings(self) -> pl.DataFrame:
        return self._graph.labels.select(
            "entity",
            language=pl.col("language").str.to_lowercase(),
            beginning=pl.col("text").str.to_lowercase().str.slice(0, _BEGINNING).str.strip_chars_end(" ,-"),
        )

    @cached_property
    def _functionalities(self) -> dict[str, float]:
        heads = pl.concat(
            [
                self._graph.triples.select("relation", "head"),
                self._graph.attributes.select(relation="attribute", head="entity"),
            ]
        )
        counted = (
            heads.group_by("relation")
            .agg(statements=pl.len(), subjects=pl.col("head").n_unique())
            .filter(pl.col("subjects") >= _LEAST_SUBJECTS)
            .join(self._graph.relations, left_on="relation", right_on="id")
        )
        return {
            iri: subjects / statements
            for iri, subjects, statements in counted.select("iri", "subjects", "statements").iter_rows()
        }


def _own(text: str) -> tuple[Name, ...]:
    return (Name(text=text),)
