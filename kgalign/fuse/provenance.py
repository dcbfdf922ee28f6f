"""How the fused graph came to be, in the terms of PROV-O (W3C, 2013)."""

from __future__ import annotations

from rdflib import RDF, RDFS, XSD, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, PROV

from kgalign import __version__
from kgalign.fuse.fusion import Fusion
from kgalign.fuse.quads import graph_iri, identity_iri

_SHA256 = "urn:sha256:"


def provenance(fusion: Fusion, links: tuple[str, str]) -> str:
    """The fused graph, the graphs and files that it was derived from, and what derived it, as Turtle.

    Each named graph is derived from the files of its source, which are known by their SHA-256; the graph
    of what is the same is derived from the links. No time is told: the same input gives the same bytes.

    Args:
        fusion: what was made.
        links: name and SHA-256 of the table or file of links.
    """
    namespace = fusion.options.namespace
    graph, activity = activity_graph(namespace, "fusing", fusion.options.model_dump_json())
    fused = URIRef(f"{namespace}fused")
    graph.add((fused, RDF.type, PROV.Entity))
    graph.add((fused, PROV.wasGeneratedBy, activity))
    table = file_node(graph, *links)
    graph.add((activity, PROV.used, table))
    identity = URIRef(identity_iri(namespace))
    graph.add((identity, RDF.type, PROV.Entity))
    graph.add((identity, PROV.wasDerivedFrom, table))
    graph.add((fused, PROV.hadMember, identity))
    for name, source in zip(fusion.sources.names, fusion.sources.graphs, strict=True):
        named = URIRef(graph_iri(namespace, name))
        graph.add((named, RDF.type, PROV.Entity))
        graph.add((named, RDFS.label, Literal(name)))
        graph.add((named, PROV.wasGeneratedBy, activity))
        graph.add((fused, PROV.hadMember, named))
        for file in source.manifest.sources:
            dump = file_node(graph, file.name, file.sha256)
            graph.add((dump, DCTERMS.extent, Literal(file.bytes, datatype=XSD.integer)))
            graph.add((named, PROV.wasDerivedFrom, dump))
            graph.add((fused, PROV.wasDerivedFrom, dump))
            graph.add((activity, PROV.used, dump))
        if name in fusion.options.dates:
            graph.add((named, DCTERMS.date, Literal(fusion.options.dates[name])))
    graph.add((fused, RDF.type, PROV.Collection))
    return graph.serialize(format="turtle")


def activity_graph(namespace: str, name: str, options: str) -> tuple[Graph, URIRef]:
    """A graph that begins with what kgalign did.

    Args:
        namespace: where the IRIs of the activity and of kgalign begin.
        name: the activity's.
        options: how it was done.

    Returns:
        The graph, and the activity's IRI.
    """
    graph = Graph()
    graph.bind("prov", PROV)
    graph.bind("dcterms", DCTERMS)
    activity, agent = URIRef(f"{namespace}{name}"), URIRef(f"{namespace}kgalign")
    graph.add((activity, RDF.type, PROV.Activity))
    graph.add((activity, PROV.wasAssociatedWith, agent))
    graph.add((activity, DCTERMS.description, Literal(options)))
    graph.add((agent, RDF.type, PROV.SoftwareAgent))
    graph.add((agent, RDFS.label, Literal(f"kgalign {__version__}")))
    return graph, activity


def file_node(graph: Graph, name: str, sha256: str) -> URIRef:
    """The IRI of a file, which is known by its content, and in *graph* what it is."""
    file = URIRef(f"{_SHA256}{sha256}")
    graph.add((file, RDF.type, PROV.Entity))
    graph.add((file, DCTERMS.title, Literal(name)))
    return file
