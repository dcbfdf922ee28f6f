"""``kgalign describe``."""

from __future__ import annotations

from pathlib import Path

import click
import tomli_w

from kgalign.cli.inputs import adapted_encoder, load_graphs
from kgalign.cli.options import as_toml, common_options, reading_options, resolved
from kgalign.cli.output import describe_costs, describe_graph, print_json, print_rows, stage_costs
from kgalign.cli.resuming import resumable
from kgalign.cli.texts import facts_row, outcomes_row, show, text_counts, writer, writing_options
from kgalign.files import atomic_file, writable_directory
from kgalign.generate.pipeline import STEPS, Pipeline, Plan
from kgalign.generate.wanted import Wanted
from kgalign.kg import short_names
from kgalign.progress import say
from kgalign.resources import StageClock, peak_resident_bytes
from kgalign.verify.language_forms import base_language

_TABLES = ("ingest", "align", "fuse", "verify", "generate")


@click.command()
@click.argument("graphs", nargs=-1, required=True, metavar="A B [C…]")
@click.option(
    "--language", "languages", multiple=True, required=True, metavar="CODE", help="Write it; repeat it."
)
@writing_options
@click.option("--seed", type=int, help="Random seed of all steps.")
@click.option(
    "-o", "--output", required=True, type=click.Path(), metavar="DIR", help="Where to write everything."
)
@reading_options
@common_options
def describe(
    graphs: tuple[str, ...],
    languages: tuple[str, ...],
    wanted: Wanted,
    writing: dict[str, object],
    seed: int | None,
    output: str,
    config: str | None,
    as_json: bool,
    reading: dict[str, object],
) -> None:
    """Align graphs, fuse them, and describe their entities in several languages.

    A, B and so on are dumps or stores, as for 'kgalign align'. The output has the folders 'links' and
    'fused', as 'kgalign align' and 'kgalign fuse' write them, and in 'descriptions' one for each language,
    as 'kgalign generate' writes it. Further options of each step stand in its table of --config. A run that
    broke off goes on where it was, if it is started again with the same options.
    """
    if len(graphs) < 2:
        raise click.UsageError(f"describe takes two graphs or more, and {len(graphs)} was given")
    configuration = resolved(
        config,
        {"ingest": reading, "align": {"seed": seed}, "generate": {"seed": seed, **writing}},
    )
    folder = writable_directory(Path(output))
    codes = list(dict.fromkeys(map(base_language, languages)))
    plan = Plan(configuration.align, configuration.fuse, configuration.generate, configuration.verify)
    clock = StageClock()
    with clock.stage("ingest"):
        loaded = load_graphs(graphs, configuration.ingest)
    pipeline = Pipeline(
        loaded,
        short_names(graphs),
        plan,
        folder,
        encoder=adapted_encoder(configuration.align),
        clock=clock,
    )
    say(writer(configuration.generate))
    with resumable(folder, STEPS):
        made = pipeline.run(codes, wanted)
    with atomic_file(folder / "config.toml") as scratch:
        scratch.write_text(tomli_w.dumps(as_toml(configuration, *_TABLES)), "utf-8")
    stages = clock.by_name()
    if as_json:
        print_json(
            {
                "command": "describe",
                **{key: made.figures[key] for key in ("links", "clusters", "entities", "conflicts")},
                "languages": {code: text_counts(texts) for code, texts in made.descriptions.items()},
                "seconds": round(sum(stage.seconds for stage in stages), 3),
                "peak_memory_bytes": peak_resident_bytes(),
                "stages": stage_costs(stages),
                "outputs": {code: str(place) for code, place in made.folders.items()},
            }
        )
        return
    for texts in made.descriptions.values():
        show(texts, 1)
    print_rows(
        [
            ("links", f"{made.figures['links']:,}"),
            ("fused", f"{describe_graph(made.graph)}; {made.figures['conflicts']:,} conflicts"),
            *(
                (code, f"{outcomes_row(texts)}; facts {facts_row(texts)}")
                for code, texts in made.descriptions.items()
            ),
            ("cost", describe_costs(stages)),
            *(
                ("" if number else "written", str(place))
                for number, place in enumerate(made.folders.values())
            ),
        ]
    )
