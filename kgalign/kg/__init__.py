"""Reading RDF into a columnar knowledge graph, and writing it back.

:func:`ingest` turns dumps into a store (a folder of Parquet files, see :mod:`kgalign.kg.store`),
:func:`load` opens a store or a dump alike, :func:`write_ntriples` writes a store as RDF.
"""

from kgalign.kg.cache import clear_graphs, load
from kgalign.kg.counts import graph_counts
from kgalign.kg.formats import Format
from kgalign.kg.ingestion import ingest
from kgalign.kg.languages import canonical_tag
from kgalign.kg.ntriples import write_ntriples
from kgalign.kg.options import ALIAS_PROPERTIES, LABEL_PROPERTIES, IngestOptions
from kgalign.kg.rejected import REJECTED, first_rejections
from kgalign.kg.sources import short_names
from kgalign.kg.store import IRI_ORIGIN, KnowledgeGraph, Manifest, SourceFile

__all__ = [
    "ALIAS_PROPERTIES",
    "IRI_ORIGIN",
    "LABEL_PROPERTIES",
    "REJECTED",
    "Format",
    "IngestOptions",
    "KnowledgeGraph",
    "Manifest",
    "SourceFile",
    "clear_graphs",
    "canonical_tag",
    "first_rejections",
    "graph_counts",
    "ingest",
    "load",
    "short_names",
    "write_ntriples",
]
