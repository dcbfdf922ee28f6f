"""``kgalign align``."""

from __future__ import annotations

from pathlib import Path

import click

from kgalign.align import align_many, check_cardinality, read_earlier, write_run
from kgalign.align.taught_weights import read_weights
from kgalign.cli.align_report import AlignReport
from kgalign.cli.inputs import Inputs, adapted_encoder, decided_pairs, extra_labels, load_graphs, seed_links
from kgalign.cli.metrics import score_alignment
from kgalign.cli.options import PREDICATES, as_toml, common_options, reading_options, resolved
from kgalign.cli.output import print_json, print_rows, stage_costs
from kgalign.files import writable_directory
from kgalign.kg import short_names
from kgalign.resources import StageClock, peak_resident_bytes


@click.command()
@click.argument("graphs", nargs=-1, required=True, metavar="A B [C…]")
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
    "--decisions",
    type=click.Path(),
    metavar="FILE",
    help="What people decided in 'kgalign review': confirmed pairs are seed links, declined ones never link.",
)
@click.option(
    "--use-sameas",
    "use_same_as",
    is_flag=True,
    default=None,
    help="Take owl:sameAs between the graphs as seed links.",
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
    "--warm-start",
    type=click.Path(),
    metavar="RUN",
    help="The folder of an earlier run over these graphs: only new entities are searched for.",
)
@click.option(
    "--weights",
    type=click.Path(),
    metavar="FILE",
    help="Weights of the signals to start from, as 'kgalign vote --teach' writes them.",
)
@click.option(
    "--encoder",
    metavar="NAME",
    help="Label encoder: e5 (default), characters, a folder, or a Hugging Face name.",
)
@click.option(
    "--signals", metavar="LIST", help="Evidence to use, of labels,attributes,structure (default: all)."
)
@click.option(
    "--lexicon/--no-lexicon",
    default=None,
    help="Learn from the run's surest pairs how parts of names translate (default: yes).",
)
@click.option(
    "--adapt-encoder/--no-adapt-encoder",
    default=None,
    help="Train the label encoder on the run's own surest pairs (default: no).",
)
@click.option(
    "--structure",
    type=click.Choice(["propagation", "gnn", "both", "none"]),
    help="Structure encoders besides the evidence of matched neighbours (default: propagation).",
)
@click.option(
    "--threshold", type=click.FloatRange(0, 1), help="Accept no link below this probability (default: 0.5)."
)
@click.option(
    "--precision",
    type=click.FloatRange(0, 1),
    help="Accept links as far as their expected precision stays at this (default: 0.95).",
)
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
    "--cardinality",
    type=click.Choice(["one-to-one", "many-to-one"]),
    help="many-to-one lets several entities of A share one of B (default: one-to-one).",
)
@click.option(
    "--predicate",
    type=click.Choice(list(PREDICATES)),
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
    decisions: str | None,
    label_files: tuple[str, ...],
    reference: str | None,
    warm_start: str | None,
    weights: str | None,
    signals: str | None,
    predicate: str,
    config: str | None,
    as_json: bool,
    reading: dict[str, object],
    **flags: object,
) -> None:
    """Link the entities of two or more graphs that are the same.

    A, B and so on are dumps (a file, a pattern in quotes, a comma-separated list, - for standard input)
    or stores that 'kgalign ingest' made. No seed links are needed. Entities without a probable partner
    stay unlinked. The links of more than two graphs agree: what A and B, and B and C, link is linked
    between A and C too.
    """
    if len(graphs) < 2:
        raise click.UsageError(f"align takes two graphs or more, and {len(graphs)} was given")
    flags["signals"] = (
        None if signals is None else [name.strip() for name in signals.split(",") if name.strip()]
    )
    configuration = resolved(config, {"ingest": reading, "align": flags})
    check_cardinality(len(graphs), configuration.align)
    inputs = Inputs.read(seeds, decisions, label_files, reference)
    starting = None if weights is None else read_weights(weights)
    folder = writable_directory(Path(output))
    clock = StageClock()
    with clock.stage("ingest"):
        loaded = load_graphs(graphs, configuration.ingest)
    alignment = align_many(
        loaded,
        short_names(graphs),
        configuration.align,
        seeds=seed_links(loaded, inputs.seeds, seeds, configuration.align),
        decided=decided_pairs(loaded, inputs.decisions, decisions, configuration.align),
        extra_labels=extra_labels(loaded, inputs.labels),
        encoder=adapted_encoder(configuration.align),
        earlier=None if warm_start is None else read_earlier(warm_start, loaded),
        starting=starting,
        clock=clock,
    )
    scores = None
    if inputs.reference is not None:
        with clock.stage("evaluate"):
            scores = score_alignment(alignment, inputs.reference, loaded, str(reference))
    report = AlignReport(graphs, loaded, alignment, scores)
    summary = report.summary()
    with clock.stage("write"):
        paths = write_run(
            alignment, folder, summary, as_toml(configuration, "ingest", "align"), PREDICATES[predicate]
        )
    stages = clock.by_name()
    if as_json:
        print_json(
            {
                **summary,
                "seconds": round(sum(stage.seconds for stage in stages), 3),
                "peak_memory_bytes": peak_resident_bytes(),
                "stages": stage_costs(stages),
                "outputs": paths,
            }
        )
    else:
        print_rows(report.rows(stages, paths))
