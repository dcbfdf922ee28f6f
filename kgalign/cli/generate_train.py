"""``kgalign generate train`` and ``kgalign generate export``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from kgalign.cli.options import resolved
from kgalign.cli.output import describe_costs, print_json, print_rows, stage_costs
from kgalign.cli.resuming import resumable
from kgalign.errors import InputError
from kgalign.files import writable_directory
from kgalign.generate import Example, learnt, read_examples
from kgalign.resources import StageClock


@click.command()
@click.option("--templates", is_flag=True, help="Learn templates.")
@click.option("--base", metavar="scratch|NAME|PATH", help="Train a model: a small new one, or an mT5.")
@click.option(
    "--data",
    "data",
    multiple=True,
    required=True,
    type=click.Path(),
    metavar="[CODE=]FILE",
    help="JSON by line (.jsonl, .jsonl.gz): plain, XAlign, or WebNLG as CODE=FILE; repeat it.",
)
@click.option(
    "--dev", "dev", multiple=True, type=click.Path(), metavar="[CODE=]FILE",
    help="Development data, likewise: training ends when chrF++ no longer rises.",
)  # fmt: skip
@click.option("--form", type=click.Choice(["delexicalised", "plain"]), help="Input and output of the model.")
@click.option("--teach", type=click.Choice(["complete", "found", "all"]), help="Which texts are learnt.")
@click.option("--fact-aware/--no-fact-aware", default=None, help="Fact-aware embeddings, as in XF2T.")
@click.option("--e5/--no-e5", default=None, help="Start from the embedded e5's vectors (--width 384).")
@click.option("--vocabulary", type=click.IntRange(300), help="Pieces of a new vocabulary (default: 8000).")
@click.option("--width", type=click.IntRange(8), help="Width of a new model (default: 256).")
@click.option("--layers", type=click.IntRange(1), help="Layers of its encoder, and decoder (default: 4).")
@click.option("--heads", type=click.IntRange(1), help="Heads of its attention (default: 4).")
@click.option("--method", type=click.Choice(["full", "lora", "bottleneck"]), help="What is trained.")
@click.option("--epochs", type=click.IntRange(1), help="How often the data is gone through (default: 15).")
@click.option("--batch", type=click.IntRange(1), help="Tokens in a batch (default: 4000).")
@click.option("--accumulate", type=click.IntRange(1), help="Batches before each update (default: 1).")
@click.option("--rate", type=float, help="Highest learning rate (default: 0.002).")
@click.option("--seed", type=int, help="The same data, options and seed give the same weights.")
@click.option("--device", help="auto, cpu or cuda.")
@click.option("--prepare", is_flag=True, help="Only make the texts ready; the same command then trains.")
@click.option("--config", type=click.Path(), metavar="FILE", help="TOML; its table is [train].")
@click.option(
    "-o", "--output", required=True, type=click.Path(), metavar="DIR", help="Where to write what was learnt."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")
def train(
    templates: bool,
    data: tuple[str, ...],
    dev: tuple[str, ...],
    prepare: bool,
    config: str | None,
    output: str,
    as_json: bool,
    **flags: object,
) -> None:
    """Learn to put facts into words from texts that state them: templates, or a model.

    A training of a model that broke off goes on, if it is started again with the same options and folder.
    """
    if templates == (flags["base"] is not None):
        raise InputError("exactly one of --templates and --base is needed")
    folder = writable_directory(Path(output))
    clock = StageClock()
    with clock.stage("read"):
        examples = list(read_examples(data))
    with clock.stage("learn"):
        if templates:
            told = _templates(examples, data[0], folder)
        elif prepare:
            told = _prepared(examples, config, flags, folder)
        else:
            told = _model(examples, list(read_examples(dev)), config, flags, folder)
    if as_json:
        print_json(
            {
                "command": "generate train",
                "examples": len(examples),
                **told,
                "stages": stage_costs(clock.stages),
                "output": output,
            }
        )
        return
    rows = [("texts", f"{len(examples):,}")]
    for name, value in told.items():
        shown = ", ".join(f"{k} {v:,}" for k, v in value.items()) if isinstance(value, dict) else str(value)
        rows.append((name, shown))
    print_rows([*rows, ("time", describe_costs(clock.stages)), ("written", output)])


def _templates(examples: Sequence[Example], path: str, folder: Path) -> dict[str, object]:
    store = learnt(examples)
    if not store.templates:
        raise InputError(
            f"none of the {len(examples):,} texts became a template",
            path=path,
            remedy="a text must name every subject and object of its facts",
        )
    store.write(folder)
    counts = Counter(template.language for template in store.templates)
    return {"templates": dict(sorted(counts.items()))}


def _prepared(
    examples: Sequence[Example], config: str | None, flags: dict[str, object], folder: Path
) -> dict[str, object]:
    from kgalign.generate.neural.preparation import prepared

    found = prepared(examples, resolved(config, {"train": flags}).train, folder)
    return {"texts to learn": len(found.texts), "words of names": len(found.names)}


def _model(
    examples: Sequence[Example],
    dev: Sequence[Example],
    config: str | None,
    flags: dict[str, object],
    folder: Path,
) -> dict[str, object]:
    from kgalign.adapters.checkpoints import FILE as CHECKPOINT
    from kgalign.generate.neural.session import train_generator

    options = resolved(config, {"train": flags}).train
    with resumable(folder, CHECKPOINT):
        found = train_generator(examples, dev, options, folder)
    return {
        "learnt": found.languages,
        "steps": found.steps,
        "chosen": found.chosen,
        "chrf": found.chrf,
        "fingerprint": found.sha256[:16],
    }


@click.command("self-train")
@click.argument("model", type=click.Path())
@click.option(
    "--data", "data", multiple=True, required=True, type=click.Path(), metavar="[CODE=]FILE",
    help="Facts to write about, with texts that are gone over again; as for 'train'; repeat it.",
)  # fmt: skip
@click.option("--texts", type=click.IntRange(1), help="Texts written of the same facts (default: 4).")
@click.option("--most", type=click.IntRange(1), help="Sets of facts of a language (default: 3000).")
@click.option("--replay", type=float, help="Texts of people for each of the model's own (default: 1).")
@click.option("--epochs", type=click.IntRange(1), help="How often they are gone through (default: 1).")
@click.option("--rate", type=float, help="Highest learning rate (default: 0.0003).")
@click.option("--seed", type=int, help="The same model, data, options and seed give the same weights.")
@click.option("--device", help="auto, cpu or cuda.")
@click.option("--config", type=click.Path(), metavar="FILE", help="TOML; its table is [self_train].")
@click.option("-o", "--output", required=True, type=click.Path(), metavar="DIR", help="Where to write it.")
def self_training(
    model: str, data: tuple[str, ...], config: str | None, output: str, **flags: object
) -> None:
    """Let MODEL learn from those of its own sentences that are verified."""
    from kgalign.generate.neural.self_training import self_train

    options = resolved(config, {"self_train": flags}).self_train
    folder = writable_directory(Path(output))
    found = self_train(Path(model), list(read_examples(data)), options, folder)
    rows = [("steps", f"{found.description.steps:,}")]
    for when, scores in (("before", found.before), ("after", found.after)):
        if scores is not None:
            told = f"precision {scores.precision:.3f}, recall {scores.recall:.3f} of facts that were held out"
            rows.append((when, told))
    print_rows([*rows, ("fingerprint", found.description.sha256[:16]), ("written", output)])


@click.command()
@click.argument("model", type=click.Path())
@click.option(
    "--quantization",
    type=click.Choice(["int8", "int8_float32", "int16", "float32"]),
    default="int8",
    show_default=True,
    help="Of the weights.",
)
@click.option("-o", "--output", required=True, type=click.Path(), metavar="DIR", help="Where to write it.")
def export(model: str, quantization: str, output: str) -> None:
    """Write MODEL for ctranslate2, which is faster on a CPU; 'generate --model' takes it as well."""
    from kgalign.generate.neural.export import export as exported

    exported(Path(model), writable_directory(Path(output)), quantization)
    print_rows([("written", output)])
