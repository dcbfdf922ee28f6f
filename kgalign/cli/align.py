"""``kgalign align``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click
import polars as pl

from kgalign.align import (
    OWL_SAME_AS,
    Alignment,
    AlignOptions,
    Seeds,
    align as align_graphs,
    labels_of,
    one_per_entity,
    read_labels,
    read_pairs,
    resolve,
    write_run,
)
from kgalign.cli.metrics import Scores, describe_scores, score_alignment, score_keys
from kgalign.cli.options import as_toml, common_options, reading_options, resolved
from kgalign.cli.output import describe_costs, describe_graph, graph_counts, print_json, print_rows, stage_costs
from kgalign.errors import InputError
from kgalign.files import writable_directory
from kgalign.kg import IngestOptions, KnowledgeGraph, load
from kgalign.progress import say
from kgalign.resources import StageClock, peak_resident_bytes

_PREDICATES = {"sameAs": OWL_SAME_AS, "exactMatch": "http://www.w3.org/2004/02/skos/core#exactMatch"}


@click.command()
@click.argument("graphs", nargs=-1, required=True, metavar="A B")
@click.option("-o", "--output", default="kgalign-run", show_default=True, type=click.Path(), metavar="DIR", help="Where to write the links.")
@click.option("--seeds", type=click.Path(), metavar="FILE", help="Links known to be true: TSV, owl:sameAs RDF or SSSOM.")
@click.option("--use-sameas", "use_same_as", is_flag=True, default=None, help="Take owl:sameAs between the two graphs as seed links.")
@click.option("--labels", "label_files", multiple=True, type=click.Path(), metavar="FILE", help="Further names: IRI, tab, text, and optionally tab, language.")
@click.option("--reference", type=click.Path(), metavar="FILE", help="Links to score the result against; never used for aligning.")
@click.option("--encoder", metavar="NAME", help="Label encoder: e5 (default), characters, a folder, or a Hugging Face name.")
@click.option("--signals", metavar="LIST", help="Evidence to use, of labels,attributes,structure (default: all).")
@click.option("--threshold", type=click.FloatRange(0, 1), help="Accept links from this probability on.")
@click.option("--rounds", type=click.IntRange(1, 100), help="The most rounds of bootstrapping.")
@click.option("--candidates", type=click.IntRange(1, 1000), help="Candidates per entity that each label signal proposes.")
@click.option("--structure-candidates", type=click.IntRange(1, 1000), help="Candidates per entity that neighbours propose.")
@click.option("--hub-limit", type=click.IntRange(1), help="Neighbours with more entities than this propose no candidates.")
@click.option("--labels-per-entity", type=click.IntRange(1), help="The most names of an entity that are compared.")
@click.option("--same-iri/--no-same-iri", default=None, help="Whether one IRI in both graphs means one entity (default: yes).")
@click.option("--predicate", type=click.Choice(list(_PREDICATES)), default="sameAs", show_default=True, help="How links are written in RDF and SSSOM.")
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
    flags["signals"] = None if signals is None else [name.strip() for name in signals.split(",") if name.strip()]
    configuration = resolved(config, {"ingest": reading, "align": flags})
    inputs = _Inputs.read(seeds, label_files, reference)
    folder = writable_directory(Path(output))
    clock = StageClock()
    with clock.stage("ingest"):
        first, second = _load(graphs, configuration.ingest)
    alignment = align_graphs(
        first,
        second,
        configuration.align,
        seeds=_seeds(first, second, inputs.seeds, seeds, configuration.align),
        extra_labels=_extra_labels(first, second, inputs.labels),
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


@dataclass(frozen=True)
class _Inputs:
    """The small files, read before the long work so that a mistake in one is told at once."""

    seeds: pl.DataFrame | None
    labels: pl.DataFrame | None
    reference: pl.DataFrame | None

    @classmethod
    def read(cls, seeds: str | None, labels: tuple[str, ...], reference: str | None) -> _Inputs:
        return cls(
            None if seeds is None else read_pairs(seeds),
            pl.concat([read_labels(path) for path in labels]) if labels else None,
            None if reference is None else read_pairs(reference),
        )


def _load(names: tuple[str, ...], options: IngestOptions) -> tuple[KnowledgeGraph, KnowledgeGraph]:
    if names[0] == names[1] == "-":
        raise InputError("standard input can be only one of the two graphs", remedy="name a file for the other")
    first, second = (load(name, options) for name in names)
    for name, graph in zip(names, (first, second), strict=True):
        if graph.entity_count == 0:
            raise InputError("the graph has no entity", path=name, remedy="name a dump with statements about entities")
    contents = [sorted(source.sha256 for source in graph.manifest.sources) for graph in (first, second)]
    if contents[0] == contents[1]:
        raise InputError(
            f"{names[0]} and {names[1]} are the same graph", remedy="name two different graphs"
        )
    for name, graph in zip(names, (first, second), strict=True):
        _tell_thin(name, graph)
    return first, second


def _tell_thin(name: str, graph: KnowledgeGraph) -> None:
    """Say it when a graph lacks a kind of evidence: the person may have named the wrong file."""
    stated = graph.labels.filter(pl.col("origin") != "iri").height
    if stated == 0:
        say(f"kgalign: {name} has no labels; names are taken from its IRIs where they read as names.")
    if graph.manifest.rows["triples"] == 0:
        say(f"kgalign: {name} has no relations between entities; names and attributes alone decide.")
    if graph.entity_count == 1:
        say(f"kgalign: {name} has only one entity.")


def _seeds(
    first: KnowledgeGraph,
    second: KnowledgeGraph,
    given: pl.DataFrame | None,
    path: str | None,
    options: AlignOptions,
) -> Seeds | None:
    parts = [] if given is None else [given]
    if options.use_same_as:
        stated = [graph.same_as.with_columns(line=pl.lit(None, pl.UInt32)) for graph in (first, second)]
        turned = stated[1].select(source="target", target="source", line="line")
        here = pl.concat([stated[0], stated[1], turned, stated[0].select(source="target", target="source", line="line")])
        known = here.join(first.entities, left_on="source", right_on="iri", how="semi").join(
            second.entities, left_on="target", right_on="iri", how="semi"
        )
        parts.append(known.unique(maintain_order=True))
        if known.height == 0:
            say("kgalign: no owl:sameAs statement links the two graphs; aligning without seeds.")
    if not parts or all(part.height == 0 for part in parts):
        return None
    found = resolve(pl.concat(parts), first, second)
    if len(found.source) == 0 and found.first_unknown is not None:
        line, iri = found.first_unknown
        raise InputError(
            f"none of the {found.unknown:,} seed links names entities of both graphs (the first names <{iri}>)",
            path=path,
            line=line,
            remedy="check that the seeds belong to these graphs",
        )
    if found.first_unknown is not None:
        line, iri = found.first_unknown
        place = path if line is None else f"{path}:{line}"
        say(f"kgalign: {place}: {found.unknown:,} seed links name unknown entities (first: <{iri}>); they are left out.")
    source, target = one_per_entity(found)
    return Seeds(source, target)


def _extra_labels(
    first: KnowledgeGraph, second: KnowledgeGraph, labels: pl.DataFrame | None
) -> tuple[pl.DataFrame | None, pl.DataFrame | None]:
    if labels is None:
        return None, None
    own = labels_of(first, labels), labels_of(second, labels)
    if own[0].height + own[1].height == 0:
        raise InputError("none of the labels names an entity of the graphs", remedy="check --labels")
    return own


def _summary(
    first: KnowledgeGraph, second: KnowledgeGraph, alignment: Alignment, scores: Scores | None
) -> dict[str, object]:
    accepted = alignment.links.accepted
    return {
        "command": "align",
        "graphs": [
            {**graph_counts(graph), "linked": accepted[side].n_unique(), "unlinked": graph.entity_count - accepted[side].n_unique()}
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
