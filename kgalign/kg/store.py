"""The columnar store: one knowledge graph as a folder of Parquet files.

======================  =============================================================
table                   columns
======================  =============================================================
``entities``            ``id`` u32 (dense, 0-based), ``iri`` str; blank nodes are ``_:…``
``relations``           ``id`` u32 (dense, 0-based), ``iri`` str; every predicate once,
                        whether its objects are entities or literals
``triples``             ``head`` u32, ``relation`` u32, ``tail`` u32; distinct
``attributes``          ``entity`` u32, ``attribute`` u32 (an id of ``relations``),
                        ``value`` str, ``language`` str or null, ``datatype`` str or null
``labels``              ``entity`` u32, ``text`` str, ``language`` str or null,
                        ``preferred`` bool (one per entity and language), ``origin`` str:
                        the label property's IRI, or :data:`IRI_ORIGIN` where the text
                        was taken from the IRI itself
``relation_labels``     ``relation`` u32, ``text``, ``language``, ``preferred``, ``origin``
``same_as``             ``source`` str, ``target`` str: owl:sameAs as found, by IRI
======================  =============================================================
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from kgalign.errors import InputError

MANIFEST = "manifest.json"
IRI_ORIGIN = "iri"
FORMAT_VERSION = 1

SCHEMAS: dict[str, pl.Schema] = {
    "entities": pl.Schema({"id": pl.UInt32, "iri": pl.String}),
    "relations": pl.Schema({"id": pl.UInt32, "iri": pl.String}),
    "triples": pl.Schema({"head": pl.UInt32, "relation": pl.UInt32, "tail": pl.UInt32}),
    "attributes": pl.Schema(
        {
            "entity": pl.UInt32,
            "attribute": pl.UInt32,
            "value": pl.String,
            "language": pl.String,
            "datatype": pl.String,
        }
    ),
    "labels": pl.Schema(
        {
            "entity": pl.UInt32,
            "text": pl.String,
            "language": pl.String,
            "preferred": pl.Boolean,
            "origin": pl.String,
        }
    ),
    "relation_labels": pl.Schema(
        {
            "relation": pl.UInt32,
            "text": pl.String,
            "language": pl.String,
            "preferred": pl.Boolean,
            "origin": pl.String,
        }
    ),
    "same_as": pl.Schema({"source": pl.String, "target": pl.String}),
}


class SourceFile(BaseModel):
    """One input file as it was read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sha256: str
    format: str
    bytes: int


class Manifest(BaseModel):
    """What ``manifest.json`` says of a store: where it came from and what is in it.

    ``triples`` counts the statements read (entities, literals, labels and owl:sameAs alike, before
    duplicates are removed); ``repaired`` those that only a lenient parse accepted; ``rejected``
    the lines that gave no statement.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: int = FORMAT_VERSION
    kgalign_version: str
    sources: tuple[SourceFile, ...]
    triples: int
    repaired: int
    rejected: int
    rows: dict[str, int]
    label_properties: tuple[str, ...]


@dataclass(frozen=True)
class KnowledgeGraph:
    """A knowledge graph in integer-coded columns; ids are dense and local to the graph.

    Open one with :meth:`open`; tables are read from Parquet when first asked for.

    Attributes:
        folder: the store's folder.
        manifest: counts and provenance.
    """

    folder: Path
    manifest: Manifest

    @classmethod
    def open(cls, folder: str | Path) -> KnowledgeGraph:
        """Open the store in *folder*.

        Raises:
            InputError: if *folder* is not a store, or one written by another format version.
        """
        place = Path(folder)
        try:
            manifest = Manifest.model_validate_json((place / MANIFEST).read_bytes())
        except FileNotFoundError:
            raise InputError(
                "this folder is no kgalign store (it has no manifest.json)",
                path=place,
                remedy="make one with 'kgalign ingest DUMP -o DIR', or name the dump files themselves",
            ) from None
        except (ValidationError, UnicodeDecodeError, json.JSONDecodeError):
            raise InputError(
                "the manifest is not one that this kgalign can read",
                path=place / MANIFEST,
                remedy="ingest the dump again",
            ) from None
        if manifest.format_version != FORMAT_VERSION:
            raise InputError(
                f"the store has format {manifest.format_version}, and this kgalign reads {FORMAT_VERSION}",
                path=place,
                remedy="ingest the dump again",
            )
        for table in SCHEMAS:
            if not (place / f"{table}.parquet").is_file():
                raise InputError(
                    f"the store lacks {table}.parquet", path=place, remedy="ingest the dump again"
                )
        return cls(place, manifest)

    @property
    def entity_count(self) -> int:
        """Number of entities; ids run from 0 to this, exclusive."""
        return self.manifest.rows["entities"]

    @property
    def relation_count(self) -> int:
        """Number of relations (predicates of any kind)."""
        return self.manifest.rows["relations"]

    def scan(self, table: str) -> pl.LazyFrame:
        """A lazy view of *table*, for queries that need not hold it whole."""
        return pl.scan_parquet(self.folder / f"{table}.parquet")

    @cached_property
    def entities(self) -> pl.DataFrame:
        """Entity ids and IRIs, in id order."""
        return self._read("entities")

    @cached_property
    def relations(self) -> pl.DataFrame:
        """Relation ids and IRIs, in id order."""
        return self._read("relations")

    @cached_property
    def triples(self) -> pl.DataFrame:
        """Statements between entities."""
        return self._read("triples")

    @cached_property
    def attributes(self) -> pl.DataFrame:
        """Statements with a literal, labels left out."""
        return self._read("attributes")

    @cached_property
    def labels(self) -> pl.DataFrame:
        """Names of entities."""
        return self._read("labels")

    @cached_property
    def relation_labels(self) -> pl.DataFrame:
        """Names of relations."""
        return self._read("relation_labels")

    @cached_property
    def same_as(self) -> pl.DataFrame:
        """owl:sameAs statements as found; never part of the structure."""
        return self._read("same_as")

    def _read(self, table: str) -> pl.DataFrame:
        path = self.folder / f"{table}.parquet"
        try:
            return pl.read_parquet(path, memory_map=True)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise InputError(
                f"the table can't be read ({str(error).splitlines()[0]})",
                path=path,
                remedy="ingest the dump again",
            ) from error
