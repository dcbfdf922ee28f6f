"""``kgalign adapt``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click
import tomli_w

from kgalign.adapters.adapted_encoder import open_encoder
from kgalign.adapters.artefact import Artefact, read_artefact
from kgalign.adapters.base_model import BaseModel
from kgalign.adapters.checkpoints import FILE as CHECKPOINT
from kgalign.adapters.composition import stack
from kgalign.adapters.hub_adapters import import_adapter
from kgalign.adapters.label_vectors import write_label_vectors
from kgalign.adapters.leaving_out import entities_named, read_name_pairs
from kgalign.adapters.objectives import OBJECTIVES
from kgalign.adapters.options import as_published
from kgalign.adapters.session import Session
from kgalign.cli.adapt_evaluate import evaluate
from kgalign.cli.adapt_report import describe_adapter, show_plan
from kgalign.cli.options import as_toml, common_options, reading_options, resolved
from kgalign.cli.output import print_json, print_rows
from kgalign.cli.resuming import resumable
from kgalign.files import atomic_file, writable_directory
from kgalign.kg import load
from kgalign.resources import peak_resident_bytes


@click.group()
def adapt() -> None:
    """Teach a frozen language model what a graph knows, and use what it learnt."""


@adapt.command()
@click.argument("graph")
@click.option("--base", metavar="MODEL", help="The frozen model: e5 (default), a folder, a hub name.")
@click.option("--method", type=click.Choice(["bottleneck", "lora"]), help="What is trained (bottleneck).")
@click.option(
    "--objective",
    "objectives",
    multiple=True,
    type=click.Choice(list(OBJECTIVES)),
    help="What is learnt (default: ep); several take turns in one adapter.",
)
@click.option(
    "--fuse",
    "fused",
    multiple=True,
    type=click.Path(),
    metavar="ADAPTER",
    help="Train AdapterFusion over these adapters; they stay as they are.",
)
@click.option(
    "--language", "languages", multiple=True, metavar="CODE", help="Learn only this language; repeat it."
)
@click.option(
    "--leave-out",
    type=click.Path(),
    metavar="FILE",
    help="Pairs of names (TSV); an entity that has both names of a pair is not learnt.",
)
@click.option(
    "--untold",
    type=click.FloatRange(0, 1, max_open=True),
    metavar="SHARE",
    help="Tell this share of each language's facts in other languages only (default: 0).",
)
@click.option("--steps", type=click.IntRange(1), help="Updates of the weights (default: 600).")
@click.option("--batch", type=click.IntRange(2), help="Pairs in a batch (default: the objective's own).")
@click.option("--accumulate", type=click.IntRange(1), help="Batches before each update (default: 1).")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Highest learning rate.")
@click.option("--reduction", type=click.IntRange(1), help="Width of the model over that of the adapter (16).")
@click.option("--rank", type=click.IntRange(1), help="Rank of LoRA's matrices (default: 8).")
@click.option("--layers", type=click.IntRange(1), help="Only so many of the upper layers get adapters (all).")
@click.option(
    "--as-published", "published", is_flag=True, help="The choices of Hou et al. (2022), for comparison."
)
@click.option("--seed", type=int, help="Random seed.")
@click.option("--device", help="auto (default), cpu or cuda.")
@click.option("--dry-run", is_flag=True, help="Show samples, sizes and the time it will take; train nothing.")
@click.option(
    "-o",
    "--output",
    default="kgalign-adapter",
    show_default=True,
    type=click.Path(),
    metavar="DIR",
    help="Where to write the adapter.",
)
@reading_options
@common_options
def train(
    graph: str,
    fused: tuple[str, ...],
    leave_out: str | None,
    published: bool,
    dry_run: bool,
    output: str,
    objectives: tuple[str, ...],
    languages: tuple[str, ...],
    config: str | None,
    as_json: bool,
    reading: dict[str, object],
    **flags: Any,
) -> None:
    """Train an adapter on GRAPH: a fused store, or any dump with names, best in several languages.

    A training that was interrupted goes on where it was, if it is started again with the same options.
    """
    flags |= {"objectives": objectives or None, "languages": languages or None}
    configuration = resolved(config, {"ingest": reading, "adapt": flags})
    options = as_published(configuration.adapt) if published else configuration.adapt
    pairs = None if leave_out is None else read_name_pairs(Path(leave_out))
    folder = writable_directory(Path(output))
    adapters = tuple((Path(place).resolve().name, read_artefact(place)) for place in fused)
    learnt = load(graph, configuration.ingest)
    session = Session(
        learnt,
        options,
        BaseModel.open(options.base, device=options.device, precision=options.precision),
        adapters,
        None if pairs is None else entities_named(learnt, pairs),
    )
    if dry_run:
        show_plan(session, as_json)
        return
    start, processor = time.perf_counter(), time.process_time()
    with resumable(folder, CHECKPOINT):
        description = session.train(folder)
    used = configuration.model_copy(update={"adapt": options})
    with atomic_file(folder / "config.toml") as scratch:
        scratch.write_text(tomli_w.dumps(as_toml(used, "ingest", "adapt")), "utf-8")
    costs = {
        "seconds": round(time.perf_counter() - start, 3),
        "cpu_seconds": round(time.process_time() - processor, 3),
        "peak_memory_bytes": peak_resident_bytes(),
    }
    if as_json:
        told = description.model_dump(mode="json")
        print_json({"command": "adapt train", "output": output, **told, **costs})
        return
    print_rows(
        [
            *describe_adapter(description),
            ("cost", f"{costs['seconds']:.1f} s (CPU {costs['cpu_seconds']:.1f} s)"),
            ("written", output),
        ]
    )


@adapt.command()
@click.argument("adapters", nargs=-1, required=True, metavar="ADAPTER ADAPTER...")
@click.option("-o", "--output", required=True, type=click.Path(), metavar="DIR", help="Where to write it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")
def compose(adapters: tuple[str, ...], output: str, as_json: bool) -> None:
    """Put adapters one upon the other, the first lowest.

    Fusing them needs a training: see 'kgalign adapt train --fuse'.
    """
    folder = writable_directory(Path(output))
    read: list[tuple[str, Artefact]] = [
        (Path(place).resolve().name, read_artefact(place)) for place in adapters
    ]
    description = stack(read, folder)
    if as_json:
        print_json({"command": "adapt compose", "output": output, **description.model_dump(mode="json")})
        return
    print_rows([*describe_adapter(description), ("written", output)])


@adapt.command("import")
@click.argument("source", metavar="FOLDER", type=click.Path())
@click.option("--base", required=True, metavar="MODEL", help="The model that it was trained on.")
@click.option("-o", "--output", required=True, type=click.Path(), metavar="DIR", help="Where to write it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")
def import_(source: str, base: str, output: str, as_json: bool) -> None:
    """Take over an adapter that the library 'adapters' saved, such as those published on AdapterHub."""
    folder = writable_directory(Path(output))
    description = import_adapter(Path(source), BaseModel.open(base), folder)
    if as_json:
        print_json({"command": "adapt import", "output": output, **description.model_dump(mode="json")})
        return
    print_rows([*describe_adapter(description), ("written", output)])


adapt.add_command(evaluate)


@adapt.command()
@click.argument("adapter", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")
def info(adapter: str, as_json: bool) -> None:
    """Say what an adapter is, what it learnt and how well."""
    description = read_artefact(adapter).description
    if as_json:
        print_json({"command": "adapt info", **description.model_dump(mode="json")})
        return
    print_rows(describe_adapter(description))


@adapt.command()
@click.argument("adapter", metavar="ENCODER", type=click.Path())
@click.argument("graph")
@click.option("--base", metavar="MODEL", help="Where the adapter's base model lies, if not where it was.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")
@click.option(
    "-o",
    "--output",
    default="vectors.parquet",
    show_default=True,
    type=click.Path(),
    metavar="FILE",
    help="Where to write the vectors.",
)
@reading_options
@common_options
def encode(
    adapter: str,
    graph: str,
    base: str | None,
    device: str,
    output: str,
    config: str | None,
    as_json: bool,
    reading: dict[str, object],
) -> None:
    """Write the vector of every name in GRAPH: entity, language, text, vector (Parquet).

    ENCODER is an adapter's folder, or any encoder that 'kgalign align --encoder' takes.
    """
    configuration = resolved(config, {"ingest": reading})
    encoder = open_encoder(adapter, device=device, base=base)
    written = write_label_vectors(load(graph, configuration.ingest), encoder, Path(output))
    if as_json:
        print_json(
            {"command": "adapt encode", "output": output, "names": written, "dimension": encoder.dimension}
        )
        return
    print_rows([("names", f"{written:,} of {encoder.dimension} dimensions"), ("written", output)])
