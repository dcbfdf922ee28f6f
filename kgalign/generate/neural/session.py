"""From texts with their facts to a generation model in a folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from kgalign.adapters.checkpoints import FILE as CHECKPOINT
from kgalign.encode.linear import resolve_precision
from kgalign.encode.transformer import resolve_device
from kgalign.errors import InputError
from kgalign.generate.examples import Example
from kgalign.generate.neural import preparation
from kgalign.generate.neural.artefact import (
    GeneratorDescription,
    read_common,
    read_description,
    read_network,
    write_artefact,
)
from kgalign.generate.neural.batches import Plan
from kgalign.generate.neural.building import is_tied, pretrained, scratch
from kgalign.generate.neural.development import Question, chrf, need_sacrebleu, questions, written
from kgalign.generate.neural.drafter import NeuralDrafter, is_generator
from kgalign.generate.neural.network import FactToText
from kgalign.generate.neural.options import SCRATCH, NeuralOptions
from kgalign.generate.neural.pieces import Pieces
from kgalign.generate.neural.preparation import Prepared, prepared
from kgalign.generate.neural.training import BEST, Trainer, best_look, training_key
from kgalign.generate.neural.weights import bottleneck_width, merged, trainable
from kgalign.generate.neural.writers import TransformersWriter
from kgalign.progress import say

# A text may become longer than those that were learnt.
_LONGER = 16


def train_generator(
    examples: Iterable[Example], development: Iterable[Example], options: NeuralOptions, folder: Path
) -> GeneratorDescription:
    """Train a generation model and write it to *folder*.

    A training of the same that was interrupted goes on from its checkpoint in *folder*.

    Args:
        examples: what is learnt.
        development: what early stopping looks at; may be empty.
        options: see :class:`NeuralOptions`.
        folder: for checkpoints and the model.

    Raises:
        InputError: if nothing can be learnt, or the base can't be used.
        OutputError: if *folder* can't be written.
    """
    asked = questions(development, options.dev_texts, options.most_facts)
    if asked:
        need_sacrebleu()
    given = prepared(examples, options, folder)
    asked = [question for question in asked if question.language in given.languages]
    network = _network(given.pieces, options).to(resolve_device(options.device))
    weights = trainable(network, options, given.pieces.offset)
    description = _description(network, given, options)
    precision = resolve_precision(options.precision, network.device)
    writer = TransformersWriter(network, given.pieces, description.longest, precision)
    drafter = NeuralDrafter(description, writer, given.common, beams=1, fill=False)
    lessons = [*given.texts, *given.names]
    trainer = Trainer(
        network,
        weights,
        Plan(lessons, options.batch, options.smoothing, options.seed),
        options,
        precision,
        (lambda: chrf(written(drafter, asked), asked)) if asked else None,
        folder,
    )
    parameters = sum(weight.numel() for weight in weights.trained())
    say(
        f"{len(given.texts):,} texts, {len(given.names):,} words of names, {trainer.steps:,} steps, "
        f"{parameters:,} parameters, {precision}"
    )
    log = trainer.run(training_key(options, lessons, _subject(asked)))
    merged(network, options)
    best = best_look(log)
    steps = log[-1].step if log else 0
    description = description.model_copy(
        update={
            "steps": steps,
            "chosen": best.step if best else steps,
            "chrf": best.loss if best else None,
        }
    )
    common = given.common
    if is_generator(options.base):
        common = common.joined(read_common(options.base))
    complete = write_artefact(folder, description, network, given.pieces, common, log)
    for name in (CHECKPOINT, BEST, preparation.FILE):
        (folder / name).unlink(missing_ok=True)
    return complete


def _network(pieces: Pieces, options: NeuralOptions) -> FactToText:
    """The model to begin with."""
    if options.base == SCRATCH:
        return FactToText(scratch(pieces, options), options.fact_aware)
    if not is_generator(options.base):
        return FactToText(pretrained(options.base, pieces, options.seed), options.fact_aware)
    known = read_description(options.base)
    own = (known.form, known.names, known.fact_aware)
    if own != (options.form, options.names, options.fact_aware) or known.bottleneck is not None:
        raise InputError(
            f"the model was trained with form {known.form}, names {known.names} and fact-aware "
            f"{known.fact_aware}",
            path=options.base,
            remedy="train on with the same, and no bottlenecks",
        )
    return read_network(options.base, known)


def _description(network: FactToText, given: Prepared, options: NeuralOptions) -> GeneratorDescription:
    counts = Counter(lesson.language for lesson in given.texts)
    return GeneratorDescription(
        form=options.form,
        names=options.names,
        fact_aware=options.fact_aware,
        languages={language: counts[language] for language in given.languages},
        spells=given.spells,
        most_facts=options.most_facts,
        longest=max(len(lesson.target) for lesson in given.texts) + _LONGER,
        marks_from=given.pieces.offset,
        tied=is_tied(network.model),
        bottleneck=bottleneck_width(network, options) if options.method == "bottleneck" else None,
        config=network.model.config.to_diff_dict(),
        options=options.model_dump(mode="json", exclude={"checkpoint_every", "device"}),
        texts=len(given.texts),
    )


def _subject(asked: Sequence[Question]) -> str:
    return str([(each.language, each.references) for each in asked])
