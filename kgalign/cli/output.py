"""What commands print."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import click

from kgalign.kg import KnowledgeGraph
from kgalign.resources import Stage


def print_json(value: Mapping[str, object]) -> None:
    """Print one JSON object on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False))


def print_rows(rows: Sequence[tuple[str, str]]) -> None:
    """Print names with their values, aligned."""
    width = max((len(name) for name, _ in rows), default=0)
    for name, value in rows:
        click.echo(f"  {name:<{width}}  {value}")


def print_table(rows: Sequence[Mapping[str, object]]) -> None:
    """Print records of one shape as a table: numbers to the right, shares with three decimals."""
    if not rows:
        return
    cells = [[_cell(value) for value in row.values()] for row in rows]
    heads = list(rows[0])
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    numeric = [not isinstance(value, str) for value in rows[0].values()]
    for line in [heads, *cells]:
        parts = zip(line, widths, numeric, strict=True)
        click.echo(
            "  "
            + "  ".join(text.rjust(width) if right else text.ljust(width) for text, width, right in parts)
        )


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def describe_graph(graph: KnowledgeGraph) -> str:
    """The counts of one graph, for a person."""
    rows = graph.manifest.rows
    parts = [
        f"{rows['entities']:,} entities",
        f"{rows['triples']:,} triples",
        f"{rows['relations']:,} relations",
        f"{rows['attributes']:,} attributes",
        f"{rows['labels']:,} labels",
    ]
    if graph.manifest.rejected:
        parts.append(f"{graph.manifest.rejected:,} lines rejected")
    return ", ".join(parts)


def stage_costs(stages: Sequence[Stage]) -> list[dict[str, object]]:
    """Cost per stage, under the keys that ``--json`` documents."""
    return [
        {key: round(value, 3) if isinstance(value, float) else value for key, value in asdict(stage).items()}
        for stage in stages
    ]


def describe_costs(stages: Sequence[Stage]) -> str:
    """The cost of a run, for a person."""
    seconds = sum(stage.seconds for stage in stages)
    processor = sum(stage.cpu_seconds for stage in stages)
    peak = max((stage.peak_bytes for stage in stages), default=0)
    slowest = max(stages, key=lambda stage: stage.seconds)
    return (
        f"{seconds:.1f} s (CPU {processor:.1f} s), peak memory {peak / 2**20:,.0f} MiB; "
        f"longest: {slowest.name} {slowest.seconds:.1f} s"
    )
