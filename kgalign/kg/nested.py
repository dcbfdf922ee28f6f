"""Reading nested formats, where an error can't be stepped over: Turtle, TriG, RDF/XML, JSON-LD, N3."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, cast
from urllib.parse import quote

import pyoxigraph
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from kgalign.errors import InputError
from kgalign.kg import rdfxml
from kgalign.kg.blank_nodes import NumberedBlankNodes
from kgalign.kg.compression import DumpStream
from kgalign.kg.formats import Format
from kgalign.kg.statements import Batch, Statements, UnsupportedTerm, is_quoted

_BATCH_STATEMENTS = 20_000
_PLACE = re.compile(r"^Parser error (?:at|between) .*?: (?=\S)| \(line \d+\)$")
_REASON_CHARACTERS = 200
_REMOTE_CONTEXT = "LoadDocumentCallback"


def read_nested(stream: DumpStream, name: str, format: Format, statements: Statements, file: int) -> None:
    """Read *stream* to its end into *statements*.

    Relative IRIs are resolved against the document's own base, else against ``file:///NAME``, so
    that the result doesn't depend on where the file lies (RFC 3986, section 5.1.4).

    Args:
        stream: the dump's bytes.
        name: what messages call the dump; the base IRI is made from it.
        format: its format.
        statements: takes the statements.
        file: the dump's number, which prefixes its blank nodes.

    Raises:
        InputError: at the first error, with its line where the parser tells it; if the dump holds
            no statement; for a JSON-LD context that would have to be fetched.
    """
    if format is Format.RDFXML:
        stream = rdfxml.prepared(stream, name)
    quads: Iterable[Quad] = pyoxigraph.parse(
        cast(IO[bytes], stream), format=format.parser, base_iri=base_iri(name)
    )
    if format is Format.N3:
        quads = _asserted(quads)
    before = statements.count
    try:
        _take(quads, statements, NumberedBlankNodes(file))
    except (SyntaxError, UnsupportedTerm) as error:
        raise stream.failure or _explained(error, name) from error
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise stream.failure or InputError(str(error), path=name) from error
    if statements.count == before:
        raise InputError(f"it holds no statements in {format.parser.name}", path=name)


def read_n3_with_rdflib(stream: DumpStream, name: str, statements: Statements, file: int) -> None:
    """Read N3 that pyoxigraph can't (rules, variables): the statements outside formulas.

    The text and its graph are held in memory.

    Raises:
        InputError: if rdflib can't read it either, or nothing is asserted outside formulas.
    """
    import rdflib  # slow to import, and rarely needed

    dataset = rdflib.Dataset(default_union=False)
    try:
        dataset.parse(data=stream.read(), format="n3", publicID=base_iri(name))
    except InputError:
        raise
    except Exception as error:  # rdflib's parsers raise anything
        reason = str(getattr(error, "_why", error))[:_REASON_CHARACTERS]
        lines_before = getattr(error, "lines", None)
        line = None if lines_before is None else lines_before + 1
        raise InputError(f"not valid N3 ({reason})", path=name, line=line) from error
    before = statements.count
    try:
        _take(_from_rdflib(dataset.default_graph), statements, NumberedBlankNodes(file))
    except ValueError as error:  # an IRI or a language tag that isn't one
        raise InputError(str(error), path=name) from error
    if statements.count == before:
        raise InputError("it asserts nothing outside its formulas", path=name)


def base_iri(name: str) -> str:
    """The base for relative IRIs of the dump *name*."""
    return "file:///" + quote(name.replace("\\", "/").rsplit("/", 1)[-1])


def _take(quads: Iterable[Quad], statements: Statements, blank_nodes: NumberedBlankNodes) -> None:
    remaining = iter(quads)
    while True:
        batch = Batch()
        statements.convert(islice(remaining, _BATCH_STATEMENTS), blank_nodes, batch)
        if not len(batch):
            return
        statements.add(batch)


def _explained(error: Exception, name: str) -> InputError:
    reason = _PLACE.sub("", str(error))
    if _REMOTE_CONTEXT in reason:
        return InputError(
            "the JSON-LD refers to a context on the network, and kgalign never fetches one",
            path=name,
            remedy="put the context itself into the file, or convert it to N-Triples",
        )
    return InputError(reason, path=name, line=getattr(error, "lineno", None))


def _asserted(quads: Iterable[Quad]) -> Iterator[Quad]:
    """Those of *quads* that N3 asserts: outside formulas, and not about one."""
    formulas: set[object] = set()
    for quad in quads:
        if is_quoted(quad):
            formulas.add(quad.graph_name)
        elif quad.subject not in formulas and quad.object not in formulas:
            yield quad


def _from_rdflib(graph: Iterable[tuple[object, object, object]]) -> Iterator[Quad]:
    """Statements of an rdflib graph whose terms RDF knows."""
    for triple in graph:
        subject, predicate, thing = (_term(term) for term in triple)
        if not isinstance(predicate, NamedNode) or thing is None:
            continue
        if isinstance(subject, NamedNode | BlankNode):
            yield Quad(subject, predicate, thing)


def _term(term: object) -> NamedNode | BlankNode | Literal | None:
    import rdflib

    if type(term) is rdflib.URIRef:
        return NamedNode(str(term))
    if type(term) is rdflib.BNode:
        return BlankNode(str(term))
    if isinstance(term, rdflib.Literal):
        if term.language is not None:
            return Literal(str(term), language=term.language)
        return Literal(str(term), datatype=None if term.datatype is None else NamedNode(str(term.datatype)))
    return None
