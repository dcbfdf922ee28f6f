"""What links say: the predicates of RDF and SSSOM, and the relations of OAEI alignments."""

from __future__ import annotations

import polars as pl

from kgalign.align.links import OWL_SAME_AS

SKOS = "http://www.w3.org/2004/02/skos/core#"
SKOS_EXACT_MATCH = f"{SKOS}exactMatch"
OWL_DIFFERENT_FROM = "http://www.w3.org/2002/07/owl#differentFrom"
# Prefixes that SSSOM has built in, so that files needn't declare them.
PREFIXES = {
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": SKOS,
    "sssom": "https://w3id.org/sssom/",
}
# What doesn't say that two entities are the same; of predicates that aren't known here it is believed.
NO_EQUIVALENCE = (
    OWL_DIFFERENT_FROM,
    *(f"{SKOS}{name}" for name in ("broadMatch", "narrowMatch", "relatedMatch")),
    "http://www.w3.org/2000/01/rdf-schema#subClassOf",
    "http://www.w3.org/2000/01/rdf-schema#subPropertyOf",
    "http://www.w3.org/2000/01/rdf-schema#seeAlso",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
)
# The relations of the Alignment API (Euzenat 2004) that have a predicate.
PREDICATE_OF_RELATION = {
    "=": OWL_SAME_AS,
    "<": f"{SKOS}broadMatch",
    ">": f"{SKOS}narrowMatch",
    "%": OWL_DIFFERENT_FROM,
}
RELATION_OF_PREDICATE = {
    **{predicate: relation for relation, predicate in PREDICATE_OF_RELATION.items()},
    SKOS_EXACT_MATCH: "=",
    "http://www.w3.org/2002/07/owl#equivalentClass": "=",
    "http://www.w3.org/2002/07/owl#equivalentProperty": "=",
}


def equivalent(links: pl.DataFrame) -> pl.DataFrame:
    """Those of *links* whose ``predicate`` says that two entities are the same; or that have none."""
    return links.filter(~pl.col("predicate").is_in(NO_EQUIVALENCE).fill_null(False))
