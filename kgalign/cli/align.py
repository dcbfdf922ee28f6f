"""``kgalign align``."""

from __future__ import annotations

from pathlib import Path

import click

from kgalign.align import OWL_SAME_AS, Alignment, write_run
from kgalign.align import align as align_graphs
from kgalign.cli.inputs import Inputs, extra_labels, load_graphs, seed_links
from kgalign.cli.metrics import Scores, describe_scores, score_alignment, score_keys
from kgalign.cli.options import as_toml, common_options, reading_options, resolved
from kgalign.cli.output import (
    describe_costs,
    describe_graph,
    graph_counts,
    print_json,
    print_rows,
    stage_costs,
)
from kgalign.files import writable_directory
from kgalign.kg import KnowledgeGraph
from kgalign.resources import StageClock, peak_resident_bytes

_PREDICATES = {"sameAs": OWL_SAME_AS, "exactMatch": "http://www.w3.org/2004/02/skos/core#exactMatch"}


@click.command()
@click.argument("graphs", nargs=-1, required=True, metavar="A B")
@click.option(
    "-o",
    "--output",
    default="kgalign-run",
    show_default=True,
    type=click.Path(),
    metavar="DIR",
    help="Where to write the links.",
)
@click.option(
    "--seeds", type=click.Path(), metavar="FILE", help="Links known to be true: TSV, owl:sameAs RDF or SSSOM."
)
@click.option(
    "--use-sameas",
    "use_same_as",
    is_flag=True,
    default=None,
    help="Take owl:sameAs between the two graphs as seed links.",
)
@click.option(
    "--labels",
    "label_files",
    multiple=True,
    type=click.Path(),
    metavar="FILE",
    help="Further names: IRI, tab, text, and optionally tab, language.",
)
@click.option(
    "--reference",
    type=click.Path(),
    metavar="FILE",
    help="Links to score the result against; never used for aligning.",
)
@click.option(
    "--encoder",
    metavar="NAME",
    help="Label encoder: e5 (default), characters, a folder, or a Hugging Face name.",
)
@click.option(
    "--signals", metavar="LIST", help="Evidence to use, of labels,attributes,structure (default: all)."
)
@click.option("--threshold", type=click.FloatRange(0, 1), help="Accept links from this probability on.")
@click.option("--rounds", type=click.IntRange(1, 100), help="The most rounds of bootstrapping.")
@click.option(
    "--candidates",
    type=click.IntRange(1, 1000),
    help="Candidates per entity that each label signal proposes.",
)
@click.option(
    "--structure-candidates",
    type=click.IntRange(1, 1000),
    help="Candidates per entity that neighbours propose.",
)
@click.option(
    "--hub-limit",
    type=click.IntRange(1),
    help="Neighbours with more entities than this propose no candidates.",
)
@click.option(
    "--labels-per-entity", type=click.IntRange(1), help="The most names of an entity that are compared."
)
@click.option(
    "--same-iri/--no-same-iri",
    default=None,
    help="Whether one IRI in both graphs means one entity (default: yes).",
)
@click.option(
    "--predicate",
    type=click.Choice(list(_PREDICATES)),
    default="sameAs",
    show_default=True,
    help="How links are written in RDF and SSSOM.",
)
@click.option("--seed", type=int, help="Random seed.")
@click.option("--device", help="auto (default), cpu or cuda.")
@reading_options
@common_options
def align(
    graphs: tuple[str, ...],
    output: str,
    seeds: str | None,
    label_files: tuple[str, ...],
    reference: str | None,
    signals: str | None,
    predicate: str,
    config: str | None,
    as_json: bool,
    format: str | None,
    on_error: str | None,
    max_errors: int | None,
    label_properties: tuple[str, ...],
    **flags: object,
) -> None:
    """Link the entities of two graphs that are the same.

    A and B are dumps (a file, a pattern in quotes, a comma-separated list, - for standard input) or
    stores that 'kgalign ingest' made. No seed links are needed. Entities without a probable partner
    stay unlinked.
    """
    if len(graphs) != 2:
        raise click.UsageError(f"align takes two graphs, and {len(graphs)} were given")
    reading = {
        "format": format,
        "on_error": on_error,
        "max_errors": max_errors,
        "label_properties": label_properties or None,
    }
    flags["signals"] = (
        None if signals is None else [name.strip() for name in signals.split(",") if name.strip()]
    )
    configuration = resolved(config, {"ingest": reading, "align": flags})
    inputs = Inputs.read(seeds, label_files, reference)
    folder = writable_directory(Path(output))
    clock = StageClock()
    with clock.stage("ingest"):
        first, second = load_graphs(graphs, configuration.ingest)
    alignment = align_graphs(
        first,
        second,
        configuration.align,
        seeds=seed_links(first, second, inputs.seeds, seeds, configuration.align),
        extra_labels=extra_labels(first, second, inputs.labels),
        clock=clock,
    )
    scores = None
    if inputs.reference is not None:
        with clock.stage("evaluate"):
            scores = score_alignment(alignment, inputs.reference, first, second, str(reference))
    summary = _summary(first, second, alignment, scores)
    with clock.stage("write"):
        paths = write_run(alignment, folder, summary, as_toml(configuration), _PREDICATES[predicate])
    if as_json:
        print_json(
            {
                **summary,
                "seconds": round(sum(stage.seconds for stage in clock.stages), 3),
                "peak_memory_bytes": peak_resident_bytes(),
                "stages": stage_costs(clock.stages),
                "outputs": paths,
            }
        )
    else:
        print_rows(_report(graphs, first, second, alignment, scores, clock, paths))


def _summary(
    first: KnowledgeGraph, second: KnowledgeGraph, alignment: Alignment, scores: Scores | None
) -> dict[str, object]:
    accepted = alignment.links.accepted
    return {
        "command": "align",
        "graphs": [
            {
                **graph_counts(graph),
                "linked": accepted[side].n_unique(),
                "unlinked": graph.entity_count - accepted[side].n_unique(),
            }
            for graph, side in ((first, "source"), (second, "target"))
        ],
        "links": accepted.height,
        "uncertain": alignment.links.uncertain.height,
        "seeds": alignment.seeds_used,
        "relation_correspondences": alignment.relations.height,
        "weights": alignment.weights,
        "rounds": [
            {"candidates": step.candidates, "matched": step.matched, "changed": step.changed}
            for step in alignment.rounds
        ],
        **({} if scores is None else score_keys(scores)),
    }


def _report(
    names: tuple[str, ...],
    first: KnowledgeGraph,
    second: KnowledgeGraph,
    alignment: Alignment,
    scores: Scores | None,
    clock: StageClock,
    paths: dict[str, str],
) -> list[tuple[str, str]]:
    accepted = alignment.links.accepted.height
    unlinked = [graph.entity_count - accepted for graph in (first, second)]
    rows = [
        ("A", f"{names[0]}: {describe_graph(first)}"),
        ("B", f"{names[1]}: {describe_graph(second)}"),
        (
            "links",
            f"{accepted:,} accepted, {alignment.links.uncertain.height:,} uncertain; "
            f"without a partner: {unlinked[0]:,} of A, {unlinked[1]:,} of B",
        ),
    ]
    if scores is not None:
        rows += describe_scores(scores)
    rows.append(("cost", describe_costs(clock.stages)))
    rows += [("written" if not number else "", path) for number, path in enumerate(paths.values())]
    return rows
