"""``kgalign ingest`` and ``kgalign info``."""

from __future__ import annotations

from pathlib import Path

import click

from kgalign.cli.options import common_options, reading_options, resolved
from kgalign.cli.output import (
    describe_costs,
    describe_graph,
    print_json,
    print_rows,
    stage_costs,
)
from kgalign.kg import REJECTED, KnowledgeGraph, graph_counts, load
from kgalign.kg import ingest as ingest_dumps
from kgalign.resources import StageClock


@click.command()
@click.argument("dumps", nargs=-1, required=True, metavar="DUMP...")
@click.option(
    "-o", "--output", required=True, type=click.Path(), metavar="DIR", help="Where to make the store."
)
@reading_options
@common_options
def ingest(
    dumps: tuple[str, ...], output: str, config: str | None, as_json: bool, reading: dict[str, object]
) -> None:
    """Read RDF dumps into a store.

    DUMP is a file, a pattern in quotes, or - for standard input; several make one graph. The formats
    are N-Triples, N-Quads, Turtle, TriG, RDF/XML, JSON-LD and N3, plain or compressed by gzip, bzip2,
    xz or zstd.
    """
    options = resolved(config, {"ingest": reading}).ingest
    clock = StageClock()
    with clock.stage("ingest"):
        graph = ingest_dumps(dumps, Path(output), options)
    if as_json:
        print_json(
            {
                "command": "ingest",
                "output": output,
                **graph_counts(graph),
                "seconds": round(clock.stages[0].seconds, 3),
                "stages": stage_costs(clock.stages),
            }
        )
        return
    rows = [
        ("graph", describe_graph(graph)),
        ("read", f"{graph.manifest.triples:,} triples, {graph.manifest.repaired:,} repaired"),
    ]
    if graph.manifest.rejected:
        rows.append(("rejected", f"{graph.manifest.rejected:,} lines, listed in {Path(output) / REJECTED}"))
    print_rows([*rows, ("time", describe_costs(clock.stages)), ("written", output)])


@click.command()
@click.argument("source")
@reading_options
@common_options
def info(source: str, config: str | None, as_json: bool, reading: dict[str, object]) -> None:
    """Say what is in a dump or a store."""
    graph = load(source, resolved(config, {"ingest": reading}).ingest)
    languages = _languages(graph)
    relations = _relations(graph)
    if as_json:
        print_json(
            {
                "command": "info",
                **graph_counts(graph),
                "languages": dict(languages),
                "relation_counts": dict(relations),
            }
        )
        return
    print_rows(
        [
            ("graph", describe_graph(graph)),
            ("from", ", ".join(file.name for file in graph.manifest.sources)),
            (
                "languages",
                ", ".join(f"{language} {count:,}" for language, count in languages[:20]) or "none stated",
            ),
            *(
                ("relation" if not number else "", f"{count:,}  {iri}")
                for number, (iri, count) in enumerate(relations[:15])
            ),
        ]
    )


def _languages(graph: KnowledgeGraph) -> list[tuple[str, int]]:
    counted = graph.labels.drop_nulls("language").group_by("language").len()
    return list(counted.sort("len", "language", descending=[True, False]).iter_rows())


def _relations(graph: KnowledgeGraph) -> list[tuple[str, int]]:
    counted = (
        graph.triples.group_by("relation").len().join(graph.relations, left_on="relation", right_on="id")
    )
    return list(counted.select("iri", "len").sort("len", "iri", descending=[True, False]).iter_rows())
