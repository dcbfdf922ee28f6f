"""Writing the folder that a fusion leaves behind (see :mod:`kgalign.fuse.fused_files`)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import tomli_w

from kgalign.align.run_files import LINKS
from kgalign.errors import InputError
from kgalign.files import atomic_directory
from kgalign.fuse import fused_files as files
from kgalign.fuse.fusion import Fusion
from kgalign.fuse.provenance import provenance
from kgalign.fuse.quads import write_nquads, write_trig
from kgalign.fuse.sources import Sources
from kgalign.kg import ALIAS_PROPERTIES, IRI_ORIGIN, IngestOptions, KnowledgeGraph, ingest
from kgalign.kg.store import MANIFEST, Manifest

_NQUADS = files.FUSED["nquads"]


def write_fused(
    fusion: Fusion,
    folder: Path,
    links: Path,
    summary: Mapping[str, object],
    configuration: Mapping[str, object],
) -> dict[str, str]:
    """Write *fusion* into *folder*, all of it or nothing.

    The store is read from the N-Quads written before, so that whoever reads them has the same graph.

    Args:
        fusion: what was made.
        folder: where to; made if it isn't there.
        links: the run or file that the links came from.
        summary: the figures for ``summary.json``; those of the store are added under ``fused``.
        configuration: the resolved options for ``config.toml``.

    Returns:
        The path of each file written, by what it is.

    Raises:
        OutputError: if the folder can't be written.
    """
    written = files.FUSED[fusion.options.format]
    with atomic_directory(folder) as scratch:
        write_nquads(fusion, scratch / _NQUADS)
        store = _store(fusion.sources, scratch / _NQUADS, scratch / files.STORE)
        if written != _NQUADS:
            (scratch / _NQUADS).unlink()
            write_trig(fusion, scratch / written)
        (scratch / files.PROVENANCE).write_text(provenance(fusion, _identified(links)), "utf-8")
        _write_table(stated(fusion), scratch / files.STATEMENTS)
        _write_table(fusion.entities.clusters, scratch / files.CLUSTERS)
        _write_table(fusion.conflicts.table, scratch / files.CONFLICTS)
        _write_table(fusion.suspicious, scratch / files.SUSPICIOUS)
        figures = {**summary, "store": store.manifest.rows}
        (scratch / files.SUMMARY).write_text(
            json.dumps(figures, indent=2, ensure_ascii=False) + "\n", "utf-8"
        )
        (scratch / files.CONFIG).write_text(tomli_w.dumps(configuration), "utf-8")
    return {
        "store": str(folder / files.STORE),
        "fused": str(folder / written),
        "provenance": str(folder / files.PROVENANCE),
        "statements": str(folder / files.STATEMENTS),
        "clusters": str(folder / files.CLUSTERS),
        "conflicts": str(folder / files.CONFLICTS),
        "suspicious": str(folder / files.SUSPICIOUS),
        "summary": str(folder / files.SUMMARY),
        "config": str(folder / files.CONFIG),
    }


def stated(fusion: Fusion) -> pl.DataFrame:
    """Every source's statements (without labels) beside the fused ones that they became.

    Returns:
        ``subject``, ``relation``, ``object`` (IRI or text), ``language``, ``datatype`` of the fused
        statement (both null for an entity), ``graph``, and ``stated_subject``, ``stated_relation``,
        ``stated_object``, ``stated_language``, ``stated_datatype`` as the graph has it.
    """
    statements, entities = fusion.statements, fusion.entities.canonical
    relations, sources = fusion.relations.iris, fusion.sources
    triples, attributes = statements.triples, statements.attributes
    absent = {name: pl.lit(None, pl.String) for name in ("language", "datatype")}
    absent |= {f"stated_{name}": value for name, value in absent.items()}

    def named(table: pl.DataFrame) -> dict[str, pl.Series]:
        return {
            "subject": entities.gather(table["subject"]),
            "relation": relations.gather(table["relation"]),
            "graph": sources.named(table["graph"].to_numpy()),
            "stated_subject": sources.entity_iris.gather(table["stated_subject"]),
            "stated_relation": sources.relation_iris.gather(table["stated_relation"]),
        }

    parts = [
        triples.select(
            **named(triples),
            object=entities.gather(triples["object"]),
            stated_object=sources.entity_iris.gather(triples["stated_object"]),
            **absent,
        ),
        attributes.select(
            **named(attributes),
            object="value",
            stated_object="stated_value",
            **{name: pl.col(name) for name in absent},
        ),
    ]
    columns = ["subject", "relation", "object", "language", "datatype", "graph"]
    columns += [f"stated_{name}" for name in ("subject", "relation", "object", "language", "datatype")]
    return pl.concat([part.select(columns) for part in parts])


def _store(sources: Sources, nquads: Path, folder: Path) -> KnowledgeGraph:
    """The store of what *nquads* says, with the files of *sources* as its own."""
    graph = ingest([nquads], folder, reading_options(sources))
    manifest = graph.manifest.model_copy(
        update={"sources": tuple(file for source in sources.graphs for file in source.manifest.sources)}
    )
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return KnowledgeGraph(folder, Manifest.model_validate(manifest))


def reading_options(sources: Sources) -> IngestOptions:
    """How the fused graph is to be read so that the names in it are names, as they were in *sources*."""
    labels = list(dict.fromkeys(iri for graph in sources.graphs for iri in graph.manifest.label_properties))
    origins = pl.concat(
        [
            table["origin"].unique()
            for graph in sources.graphs
            for table in (graph.labels, graph.relation_labels)
        ]
    ).unique()
    others = [*ALIAS_PROPERTIES, *origins.sort().to_list()]
    aliases = dict.fromkeys(iri for iri in others if iri not in labels and iri != IRI_ORIGIN)
    return IngestOptions(label_properties=tuple(labels), alias_properties=tuple(aliases))


def _identified(links: Path) -> tuple[str, str]:
    """The name and SHA-256 of the table or file of links."""
    path = links / LINKS if links.is_dir() else links
    try:
        with path.open("rb") as file:
            return path.name, hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"can't be read ({error.strerror})", path=path) from error


def _write_table(table: pl.DataFrame, path: Path) -> None:
    table.write_parquet(path, compression="zstd")
