"""``kgalign fuse``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kgalign.cli.inputs import load_graphs
from kgalign.cli.options import as_toml, common_options, reading_options, resolved
from kgalign.cli.output import describe_costs, describe_graph, print_json, print_rows, stage_costs
from kgalign.errors import InputError
from kgalign.files import writable_directory
from kgalign.fuse import Sources, figures, read_linking, write_fused
from kgalign.fuse import fuse as fuse_graphs
from kgalign.kg import short_names
from kgalign.resources import StageClock, peak_resident_bytes


@click.command()
@click.argument("graphs", nargs=-1, required=True, metavar="A B [C…]")
@click.option(
    "--links",
    required=True,
    type=click.Path(),
    metavar="RUN",
    help="What is the same: a run's folder, or a file of links (TSV, owl:sameAs RDF, SSSOM, OAEI).",
)
@click.option(
    "-o",
    "--output",
    default="kgalign-fused",
    show_default=True,
    type=click.Path(),
    metavar="DIR",
    help="Where to write the fused graph.",
)
@click.option(
    "--canonical",
    type=click.Choice(["keep", "mint", "prefer"]),
    help="The IRI of a cluster: the first graph's (keep, the default), a new one, or that of --prefer.",
)
@click.option(
    "--on-conflict",
    type=click.Choice(["keep-all", "prefer", "newest", "most-sources"]),
    help="Which of values that contradict each other to keep (default: keep-all).",
)
@click.option(
    "--prefer",
    multiple=True,
    metavar="GRAPH",
    help="The graph that 'prefer' means; repeat it in order of preference.",
)
@click.option(
    "--date",
    "dates",
    multiple=True,
    metavar="GRAPH=YYYY-MM-DD",
    help="When a graph was made, for 'newest'; without any, a graph is newer than those before it.",
)
@click.option(
    "--namespace", metavar="IRI", help="Where minted IRIs and named graphs begin (default: urn:kgalign:)."
)
@click.option(
    "--several-per-graph/--one-per-graph",
    default=None,
    help="Whether a cluster may hold several entities of one graph (default: one).",
)
@click.option(
    "--same-iri/--no-same-iri",
    default=None,
    help="Whether one IRI in two graphs means one entity (default: yes).",
)
@click.option(
    "--uncertain/--no-uncertain", default=None, help="Take the run's uncertain links, too (default: no)."
)
@click.option(
    "--relation-agreement",
    type=click.FloatRange(0, 1, min_open=True),
    help="Merge relations where this share of each is found under the other (default: 0.5).",
)
@click.option(
    "--functionality",
    type=click.FloatRange(0, 1, min_open=True),
    help="A property can be contradicted if this share of its statements has its own subject (default: 0.9).",
)
@click.option(
    "--output-format",
    type=click.Choice(["nquads", "trig"]),
    help="How the fused graph is written (default: nquads).",
)
@reading_options
@common_options
def fuse(
    graphs: tuple[str, ...],
    links: str,
    output: str,
    prefer: tuple[str, ...],
    dates: tuple[str, ...],
    output_format: str | None,
    config: str | None,
    as_json: bool,
    reading: dict[str, object],
    **flags: object,
) -> None:
    """Join linked graphs into one, and list what they contradict each other in.

    A, B and so on are dumps or stores, as for 'kgalign align'. What is the same becomes one entity, what
    means the same one statement, with the sources that state it. The output has the fused graph (a store,
    and RDF with a named graph for each source), the conflicts, and all links in order of suspicion.
    """
    if len(graphs) < 2:
        raise click.UsageError(f"fuse takes two graphs or more, and {len(graphs)} was given")
    flags |= {"prefer": prefer or None, "dates": _dates(dates) or None, "format": output_format}
    configuration = resolved(config, {"ingest": reading, "fuse": flags})
    folder = writable_directory(Path(output))
    clock = StageClock()
    with clock.stage("ingest"):
        sources = Sources.of(short_names(graphs), load_graphs(graphs, configuration.ingest))
    linking = read_linking(links, sources, uncertain=configuration.fuse.uncertain)
    fusion = fuse_graphs(sources, linking, configuration.fuse, clock=clock)
    summary = {"command": "fuse", **figures(fusion)}
    with clock.stage("write"):
        paths = write_fused(fusion, folder, Path(links), summary, as_toml(configuration, "ingest", "fuse"))
    if as_json:
        stages = clock.by_name()
        print_json(
            {
                **summary,
                "seconds": round(sum(stage.seconds for stage in stages), 3),
                "peak_memory_bytes": peak_resident_bytes(),
                "stages": stage_costs(stages),
                "outputs": paths,
            }
        )
        return
    rows = [(name, describe_graph(graph)) for name, graph in zip(sources.names, sources.graphs, strict=True)]
    rows += _rows(summary)
    rows.append(("cost", describe_costs(clock.by_name())))
    print_rows(rows + [("written" if not number else "", path) for number, path in enumerate(paths.values())])


def _dates(given: tuple[str, ...]) -> dict[str, str]:
    """``GRAPH=YYYY-MM-DD`` as a table; graphs' names may hold ``=``, dates don't."""
    dates = {}
    for text in given:
        name, separator, date = text.rpartition("=")
        if not separator:
            raise InputError(f"--date {text}: a date is given as GRAPH=YYYY-MM-DD")
        dates[name] = date
    return dates


def _rows(summary: dict[str, Any]) -> list[tuple[str, str]]:
    sizes = ", ".join(f"{count:,} of {size}" for size, count in summary["cluster_sizes"].items())
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in summary["conflict_kinds"].items())
    doubtful = ", ".join(
        f"{count:,} {kind}" for kind, count in summary["suspicious"].items() if kind != "nothing odd"
    )
    languages = ", ".join(f"{language} {count:,}" for language, count in summary["languages"].items())
    return [
        ("links", f"{summary['links']:,}, of which {summary['links_cut']:,} were cut"),
        ("clusters", f"{summary['clusters']:,}" + (f": {sizes} entities" if sizes else "")),
        ("fused", f"{summary['entities']:,} entities, {summary['relations']:,} relations"),
        (
            "",
            f"{summary['statements']:,} statements, {summary['statements_of_several']:,} of them by several "
            "graphs",
        ),
        ("labels", f"{summary['labels']:,}" + (f" ({languages})" if languages else "")),
        (
            "conflicts",
            f"{summary['conflicts']:,}"
            + (f": {kinds}; {summary['not_kept']:,} values not kept" if kinds else ""),
        ),
        ("suspicious", doubtful or "nothing"),
    ]
