"""The Wikidata facts of X-FACTR as one store: facts, types, names in 23 languages, names of relations.

The facts and names come from X-FACTR (Jiang et al. 2020, as N-Triples under ``xfactr_nt``), the relations'
English names from its table of relations, those in six languages from CoDEx (Safavi and Koutra 2020). The
names of relations are read as ``rdfs:label`` statements about the properties' IRIs. A store that was made
from the same files is used as it is.

    python tools/bench/wikidata_graph.py FOLDER [DATA]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from contextlib import suppress
from pathlib import Path

import polars as pl
from benchmark_data import SHARED_DATA

from kgalign.errors import InputError
from kgalign.kg import KnowledgeGraph, SourceFile, ingest
from kgalign.kg.ntriples import literal_terms
from kgalign.kg.sources import opened

PROPERTY = "http://www.wikidata.org/prop/direct/"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
RELATION_LABELS = "relation-labels.nt"
CODEX_LANGUAGES = ("ar", "de", "en", "es", "ru", "zh")


def main() -> None:
    """Make the store, and say what is in it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the store is, or is to be")
    parser.add_argument("data", type=Path, nargs="?", default=SHARED_DATA, help="the benchmark data")
    arguments = parser.parse_args()
    graph = wikidata_graph(arguments.folder, arguments.data)
    print(f"{graph.entity_count:,} entities, {graph.triples.height:,} triples in {graph.folder}")
    with pl.Config(tbl_rows=-1, tbl_hide_dataframe_shape=True):
        print(
            graph.labels.group_by("language").agg(names=pl.len(), preferred=pl.sum("preferred")).sort("names")
        )
        print(graph.relation_labels.group_by("language").agg(relations=pl.len()).sort("language"))


def wikidata_graph(folder: Path, data: Path = SHARED_DATA) -> KnowledgeGraph:
    """The store in *folder*, made from *data* unless it already is one of the same files.

    Raises:
        InputError: if *data* lacks a file.
        OutputError: if *folder* can't be written.
    """
    with tempfile.TemporaryDirectory() as scratch:
        relations = Path(scratch) / RELATION_LABELS
        relations.write_text(relation_label_statements(data), "utf-8")
        facts = data / "xfactr_nt"
        sources = [facts / "facts.nt.gz", facts / "types.nt.gz", facts / "labels-*.nt.gz", relations]
        with opened(sources) as dumps:
            wanted = [(dump.name, dump.sha256) for dump in dumps]
        with suppress(InputError):
            graph = KnowledgeGraph.open(folder)
            if [_named(source) for source in graph.manifest.sources] == wanted:
                return graph
        return ingest(sources, folder)


def relation_label_statements(data: Path) -> str:
    """The names of X-FACTR's relations as N-Triples, sorted; its own English ones before those of CoDEx."""
    tables = [_xfactr_labels(data / "xfactr" / "TREx-relations.jsonl")]
    for language in CODEX_LANGUAGES:
        path = data / "codex" / "relations" / language / "relations.json"
        named = json.loads(path.read_text("utf-8"))
        tables.append(_labels(language, {key: entry["label"] for key, entry in named.items()}))
    # A name of a property that no fact uses would make an entity of it.
    labels = pl.concat(tables).join(tables[0], on="relation", how="semi", maintain_order="left")
    labels = labels.with_columns(literal=literal_terms(labels, "text")).unique(maintain_order=True)
    labels = labels.sort("relation", "language", maintain_order=True)
    statements = labels.select(
        pl.format("<{}{}> <{}> {} .\n", pl.lit(PROPERTY), "relation", pl.lit(LABEL), "literal")
    )
    return "".join(statements.to_series().to_list())


def _xfactr_labels(path: Path) -> pl.DataFrame:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return _labels("en", {row["relation"]: row["label"] for row in rows})


def _labels(language: str, named: dict[str, str]) -> pl.DataFrame:
    columns = {"relation": list(named), "text": list(named.values())}
    return pl.DataFrame(columns).with_columns(language=pl.lit(language))


def _named(source: SourceFile) -> tuple[str, str]:
    return source.name, source.sha256


if __name__ == "__main__":
    main()
