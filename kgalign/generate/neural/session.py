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
from kgalign.generate.neural.artefact import (
    GeneratorDescription,
    read_description,
    read_network,
    read_pieces,
    write_artefact,
)
from kgalign.generate.neural.batches import Lesson, Plan
from kgalign.generate.neural.building import is_tied, pretrained, scratch
from kgalign.generate.neural.development import Question, chrf, need_sacrebleu, questions, written
from kgalign.generate.neural.drafter import NeuralDrafter, is_generator
from kgalign.generate.neural.network import FactToText
from kgalign.generate.neural.options import SCRATCH, NeuralOptions
from kgalign.generate.neural.pieces import END, Pieces
from kgalign.generate.neural.spellings import Spelling, asked_for, letters, spellings
from kgalign.generate.neural.targets import Pair, pairs
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
    every = list(examples)
    taught = _taught(every, options)
    spelt = spellings(every) if options.spell and options.form == "delexicalised" else []
    languages = tuple(sorted({pair.example.language for pair in taught}))
    asked = [question for question in asked if question.language in languages]
    spelt = [each for each in spelt if each.language in languages]
    network, pieces = _base(taught, spelt, languages, options)
    lessons = _lessons(taught, pieces, options)
    network = network.to(resolve_device(options.device))
    weights = trainable(network, options, pieces.offset)
    description = _description(network, pieces, lessons, options).model_copy(
        update={"spells": tuple(sorted({each.language for each in spelt}))}
    )
    lessons += [_spelling_lesson(each, pieces) for each in spelt]
    precision = resolve_precision(options.precision, network.device)
    writer = TransformersWriter(network, pieces, description.longest, precision)
    drafter = NeuralDrafter(description, writer, beams=1, fill=False)
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
        f"{description.texts:,} texts, {len(spelt):,} words of names, {trainer.steps:,} steps, "
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
    complete = write_artefact(folder, description, network, pieces, log)
    for name in (CHECKPOINT, BEST):
        (folder / name).unlink(missing_ok=True)
    return complete


def _taught(every: Sequence[Example], options: NeuralOptions) -> list[Pair]:
    found = list(
        pairs(
            every,
            options.form,
            most_facts=options.most_facts,
            names=options.names,
            teach=options.teach,
        )
    )
    if not found:
        raise InputError(
            f"none of the {len(every):,} texts is fit to be learnt",
            remedy="a text must name every object of its facts; --teach all learns from others, too",
        )
    kept, given = (Counter(each.language for each in own) for own in ((p.example for p in found), every))
    shares = ", ".join(f"{language} {kept[language]:,}/{given[language]:,}" for language in sorted(given))
    say(f"texts fit to be learnt: {shares}")
    return found


def _base(
    taught: Sequence[Pair], spelt: Sequence[Spelling], languages: Sequence[str], options: NeuralOptions
) -> tuple[FactToText, Pieces]:
    """The model to begin with, and its vocabulary."""
    if is_generator(options.base):
        return _generator(Path(options.base), languages, options)
    if options.base != SCRATCH:
        model, pieces = pretrained(options.base, languages, options.seed)
        return FactToText(model, options.fact_aware), pieces
    texts = sorted(
        [segment.text for pair in taught for segment in (*pair.source, *pair.target) if not segment.mark]
        # Letter by letter, as they are spelt.
        + [" ".join(text) for each in spelt for text in (each.word, each.text)]
    )
    pieces = Pieces.trained(texts, options.vocabulary, languages)
    return FactToText(scratch(pieces, options), options.fact_aware), pieces


def _generator(folder: Path, languages: Sequence[str], options: NeuralOptions) -> tuple[FactToText, Pieces]:
    """A generation model that learns on."""
    known = read_description(folder)
    own = (known.form, known.names, known.fact_aware)
    if own != (options.form, options.names, options.fact_aware) or known.bottleneck is not None:
        raise InputError(
            f"the model was trained with form {known.form}, names {known.names} and fact-aware "
            f"{known.fact_aware}",
            path=folder,
            remedy="train on with the same, and no bottlenecks",
        )
    if new := sorted(set(languages) - set(known.languages)):
        raise InputError(
            f"the model has no mark for {', '.join(new)}", path=folder, remedy="leave out their data"
        )
    return read_network(folder, known), read_pieces(folder, known)


def _lessons(taught: Sequence[Pair], pieces: Pieces, options: NeuralOptions) -> list[Lesson]:
    found = []
    for pair in taught:
        source = pieces.tokens(pair.source)
        target = pieces.tokens(pair.target).ids
        if len(source.ids) <= options.most_tokens and len(target) <= options.most_tokens:
            found.append(Lesson(source, target, pair.example.language))
    if not found or any(not lesson.target or lesson.target[-1] != END for lesson in found):
        raise InputError(
            "every text is too long to be learnt", remedy="raise most_tokens in the configuration"
        )
    return found


def _spelling_lesson(spelling: Spelling, pieces: Pieces) -> Lesson:
    """Drawn apart from the language's texts, so that neither crowds out the other."""
    return Lesson(
        pieces.tokens(asked_for(spelling.word, spelling.language)),
        pieces.tokens(letters(spelling.text)).ids,
        f"names in {spelling.language}",
    )


def _description(
    network: FactToText, pieces: Pieces, lessons: Sequence[Lesson], options: NeuralOptions
) -> GeneratorDescription:
    counts = Counter(lesson.language for lesson in lessons)
    return GeneratorDescription(
        form=options.form,
        names=options.names,
        fact_aware=options.fact_aware,
        languages={language: counts[language] for language in pieces.languages},
        most_facts=options.most_facts,
        longest=max(len(lesson.target) for lesson in lessons) + _LONGER,
        marks_from=pieces.offset,
        tied=is_tied(network.model),
        bottleneck=bottleneck_width(network, options) if options.method == "bottleneck" else None,
        config=network.model.config.to_diff_dict(),
        options=options.model_dump(mode="json", exclude={"checkpoint_every", "device"}),
        texts=len(lessons),
    )


def _subject(asked: Sequence[Question]) -> str:
    return str([(each.language, each.references) for each in asked])
