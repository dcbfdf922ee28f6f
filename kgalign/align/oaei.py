"""Links as an OAEI alignment in RDF/XML: the format of the Alignment API (Euzenat 2004), level 0."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

import polars as pl

from kgalign.align.iris import commonest_namespace, valid_iris
from kgalign.align.links import GRAPH_COLUMNS, OWL_SAME_AS, named
from kgalign.align.predicates import RELATION_OF_PREDICATE

_HEAD = """<?xml version="1.0" encoding="utf-8"?>
<rdf:RDF xmlns="http://knowledgeweb.semanticweb.org/heterogeneity/alignment#"
  xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
"""
_TAIL = "</rdf:RDF>\n"
_FLOAT = "http://www.w3.org/2001/XMLSchema#float"
# XML 1.0 makes a space of a tab or line end in an attribute, where an IRI has none of them anyway.
_TEXT_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def oaei(links: pl.DataFrame) -> str:
    """Links between named entities as an OAEI alignment, one ``Alignment`` for each two graphs.

    Args:
        links: ``source``, ``target``, ``probability`` (null for 1) and, where they have one,
            ``predicate``; owl:sameAs and skos:exactMatch are the relation ``=``.

    Returns:
        RDF/XML. The measure is the probability, in full. In IRIs that aren't valid, as those with
        spaces, what is wrong is percent-encoded; valid ones stand as they are.
    """
    rows = named(links)
    if not set(GRAPH_COLUMNS) <= set(rows.columns):
        return _HEAD + _alignment(rows) + _TAIL
    parts = rows.partition_by(GRAPH_COLUMNS, maintain_order=True)
    return _HEAD + "".join(_alignment(part) for part in parts) + _TAIL


def _alignment(links: pl.DataFrame) -> str:
    ends = [valid_iris(links[side]) for side in ("source", "target")]
    alone = all(not end.is_duplicated().any() for end in ends)
    ontologies = [commonest_namespace(end) or "urn:kgalign:graph" for end in ends]
    head = [
        "<Alignment>",
        "  <xml>yes</xml>",
        "  <level>0</level>",
        f"  <type>{'11' if alone else '**'}</type>",
        *(
            f"  <onto{number}><Ontology rdf:about={quoteattr(iri)}/></onto{number}>"
            for number, iri in enumerate(ontologies, 1)
        ),
    ]
    return "\n".join([*head, *_cells(links, ends), "</Alignment>\n"])


def _cells(links: pl.DataFrame, ends: list[pl.Series]) -> list[str]:
    predicate = pl.col("predicate") if "predicate" in links.columns else pl.lit(None, pl.String)
    relation = predicate.fill_null(OWL_SAME_AS).replace(RELATION_OF_PREDICATE)
    lines = links.with_columns(source=ends[0], target=ends[1]).select(
        pl.format(
            '  <map><Cell><entity1 rdf:resource="{}"/><entity2 rdf:resource="{}"/>'
            f'<relation>{{}}</relation><measure rdf:datatype="{_FLOAT}">{{}}</measure></Cell></map>',
            _escaped(pl.col("source")),
            _escaped(pl.col("target")),
            _escaped(relation),
            pl.col("probability").fill_null(1.0).cast(pl.String),
        )
    )
    cells: list[str] = lines.to_series().to_list()
    return cells


def _escaped(text: pl.Expr) -> pl.Expr:
    return text.str.replace_many(list(_TEXT_ESCAPES), list(_TEXT_ESCAPES.values()))
