"""Facts chosen by a SPARQL query: one query for all entities, run once on the whole graph.

The query says which of the graph's statements are told, in which order, either as rows
(``SELECT ?entity ?relation ?object``) or as statements (``CONSTRUCT``). It chooses only: what it gives
beside the graph's own statements is left out, since every clause must have a triple behind it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyoxigraph

from kgalign.errors import InputError
from kgalign.kg import KnowledgeGraph, write_ntriples
from kgalign.progress import say
from kgalign.verify.verdicts import Fact

VARIABLES = ("entity", "relation", "object")
_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
# IRIs, strings and comments, in which a word is no keyword.
_NO_KEYWORDS = re.compile(
    r"""<[^<>"{}|^`\\\s]*>|\"{3}(?:[^\\]|\\.)*?\"{3}|'{3}(?:[^\\]|\\.)*?'{3}"""
    r"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\#[^\n]*""",
    re.DOTALL,
)
_SERVICE = re.compile(r"(?<![\w:?$@.%\\-])service(?![\w:.%-])", re.IGNORECASE)
_MOST_KEPT = 100_000

_WANTED = "write SELECT ?entity ?relation ?object, or CONSTRUCT statements of the graph"

_Key = tuple[str, str]
_Term = pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal | pyoxigraph.Triple | None


@dataclass(frozen=True)
class ChosenFacts:
    """What a query chose of one graph.

    Attributes:
        ranks: for each entity's IRI its statements, by relation and object, with their places.
    """

    ranks: dict[str, dict[_Key, int]]

    def of(self, entity: str, facts: list[Fact]) -> list[Fact]:
        """Those of the entity's *facts* that were chosen, in the query's order."""
        own = self.ranks.get(entity, {})
        ranked = [(own[key], fact) for fact in facts if (key := _key_of(fact)) in own]
        return [fact for _, fact in sorted(ranked, key=lambda pair: pair[0])]


@dataclass(frozen=True)
class FactQuery:
    """A query that was read and found to be in order.

    Attributes:
        text: the query.
        path: where it was read.
    """

    text: str
    path: str

    @classmethod
    def read(cls, path: str) -> FactQuery:
        """Read a query from a file.

        Raises:
            InputError: if it can't be read, is no SPARQL query, gives neither the rows nor the statements
                that are needed, or asks other servers.
        """
        try:
            text = Path(path).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise InputError("can't be read as UTF-8 text", path=path, remedy="check --query") from None
        if _SERVICE.search(_NO_KEYWORDS.sub(" <> ", text)):
            raise InputError(
                "the query asks another server (SERVICE)", path=path, remedy="ask of the graph alone"
            )
        form = _asked(text, pyoxigraph.Store(), path)
        if isinstance(form, pyoxigraph.QueryBoolean):
            raise InputError("the query gives yes or no", path=path, remedy=_WANTED)
        if isinstance(form, pyoxigraph.QuerySolutions):
            missing = [name for name in VARIABLES if name not in {each.value for each in form.variables}]
            if missing:
                raise InputError(f"the query's rows lack ?{missing[0]}", path=path, remedy=_WANTED)
        return cls(text, path)

    def of(self, graph: KnowledgeGraph) -> ChosenFacts:
        """Run it on *graph*, names included.

        Raises:
            InputError: if it chooses none of the graph's statements.
        """
        store = _loaded(graph)
        ranks: dict[str, dict[_Key, int]] = {}
        others: list[str] = []
        for place, (entity, relation, thing) in enumerate(self._statements(store)):
            stated = _stated(store, entity, relation, thing)
            if stated is None:
                others.append(f"{entity} {relation} {thing}")
            else:
                ranks.setdefault(stated[0], {}).setdefault(stated[1:], place)
        if not ranks:
            raise InputError("the query chooses no statement of the graph", path=self.path, remedy=_WANTED)
        if others:
            say(
                f"kgalign: {self.path}: {len(others):,} rows of the query are no statements of the graph "
                f"(first: {others[0]}); they are left out."
            )
        return ChosenFacts(ranks)

    def _statements(self, store: pyoxigraph.Store) -> Iterator[tuple[_Term, _Term, _Term]]:
        found = _asked(self.text, store, self.path)
        if isinstance(found, pyoxigraph.QueryTriples):
            for each in found:
                yield each.subject, each.predicate, each.object
        elif isinstance(found, pyoxigraph.QuerySolutions):
            for row in found:
                entity, relation, thing = (row[name] for name in VARIABLES)
                yield entity, relation, thing


def _asked(
    text: str, store: pyoxigraph.Store, path: str
) -> pyoxigraph.QuerySolutions | pyoxigraph.QueryTriples | pyoxigraph.QueryBoolean:
    try:
        return store.query(text)
    except SyntaxError as error:
        match = _PLACE.match(str(error))
        line, problem = (None, str(error)) if match is None else (int(match[1]), match[3])
        raise InputError(
            f"no valid SPARQL query ({problem})", path=path, line=line, remedy="mend the query"
        ) from None


def _loaded(graph: KnowledgeGraph) -> pyoxigraph.Store:
    store = pyoxigraph.Store()
    with tempfile.TemporaryDirectory(prefix="kgalign-") as folder:
        path = Path(folder) / "graph.nt"
        write_ntriples(graph, path)
        store.bulk_load(path=str(path), format=pyoxigraph.RdfFormat.N_TRIPLES, lenient=True)
    return store


def _stated(
    store: pyoxigraph.Store, entity: _Term, relation: _Term, thing: _Term
) -> tuple[str, str, str] | None:
    """The statement by its terms, if the graph has it."""
    if not isinstance(entity, pyoxigraph.NamedNode) or not isinstance(relation, pyoxigraph.NamedNode):
        return None
    if thing is None or pyoxigraph.Quad(entity, relation, thing) not in store:
        return None
    return entity.value, relation.value, str(thing)


def _key_of(fact: Fact) -> _Key:
    thing = fact.object
    if thing.literal:
        return fact.relation.value, _kept(thing.value, thing.language, thing.datatype)
    return fact.relation.value, f"<{thing.value}>"


@lru_cache(maxsize=_MOST_KEPT)
def _kept(value: str, language: str | None, datatype: str | None) -> str:
    """A literal as a store gives it back: numbers and dates are normalised there."""
    try:
        literal = (
            pyoxigraph.Literal(value, language=language)
            if language is not None
            else pyoxigraph.Literal(value)
            if datatype is None
            else pyoxigraph.Literal(value, datatype=pyoxigraph.NamedNode(datatype))
        )
    except ValueError:
        return value
    node, store = pyoxigraph.NamedNode("urn:x"), pyoxigraph.Store()
    store.add(pyoxigraph.Quad(node, node, literal))
    return str(next(iter(store)).object)
