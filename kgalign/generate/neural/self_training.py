"""Self-training: a model learns from those of its own sentences that the verifier finds right.

For facts whose texts it may never have seen, the model writes several texts; each sentence is verified
against the facts. Of the text that fares best the verified sentences are learnt, and the others are read
but not learnt: their tokens have no part in the loss. The idea of learning from masked verdicts is that of
Mask-DPO and KLCF, here without a second model or a reward. Texts that people wrote are gone over beside
them, so that the model doesn't drift into the few sentences that it is surest of.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from kgalign.encode.linear import resolve_precision
from kgalign.encode.transformer import resolve_device
from kgalign.errors import InputError
from kgalign.files import atomic_file
from kgalign.generate.drafting import Clause, Hypothesis
from kgalign.generate.examples import Example
from kgalign.generate.learning import numbered
from kgalign.generate.neural import marks
from kgalign.generate.neural.artefact import GeneratorDescription, write_artefact
from kgalign.generate.neural.batches import Lesson, Plan
from kgalign.generate.neural.drafter import NeuralDrafter, open_drafter
from kgalign.generate.neural.linearise import Segment, linearised
from kgalign.generate.neural.options import NeuralOptions, SelfTrainingOptions
from kgalign.generate.neural.pieces import Pieces
from kgalign.generate.neural.preparation import lesson_of
from kgalign.generate.neural.targets import pairs
from kgalign.generate.neural.training import Trainer, training_key
from kgalign.generate.neural.weights import trainable
from kgalign.generate.neural.writers import TransformersWriter, Written
from kgalign.generate.verified import doubtful, settled
from kgalign.generate.wording import DENSE, WordedText, in_words, with_used_names
from kgalign.progress import progress, say
from kgalign.verify import Fact, Request, VerifiedText, Verifier

# Inputs that are written and verified together.
_TOGETHER = 256
_ONE_IN = 10
SCORES = "self_training.json"
_Asked = tuple[tuple[Fact, ...], str]


@dataclass(frozen=True)
class Judged:
    """A text of the model's own, and which of its sentences are right.

    Attributes:
        facts: what was to be said.
        language: of the text.
        clauses: its sentences.
        right: for each whether it was verified.
    """

    facts: tuple[Fact, ...]
    language: str
    clauses: tuple[Clause, ...]
    right: tuple[bool, ...]

    @property
    def stated(self) -> int:
        """How many facts the right sentences state."""
        return len(
            {fact for own, right in zip(self.clauses, self.right, strict=True) if right for fact in own.facts}
        )


@dataclass(frozen=True)
class FactScores:
    """What a model says of facts, unrepaired.

    Attributes:
        precision: share of its sentences that are verified.
        recall: share of the facts that verified sentences state.
        sentences: how many there were.
    """

    precision: float
    recall: float
    sentences: int


@dataclass(frozen=True)
class SelfTrained:
    """What came of it.

    Attributes:
        description: of the model.
        before: what it said of facts that were held out, unrepaired; None if there were too few.
        after: likewise, afterwards.
    """

    description: GeneratorDescription
    before: FactScores | None
    after: FactScores | None


def self_train(
    folder: Path, examples: Sequence[Example], options: SelfTrainingOptions, output: Path
) -> SelfTrained:
    """Teach the model in *folder* its own verified sentences, and write it to *output*.

    Whether that helps is seen on facts that are held out: the scores are given, and are written beside the
    model.

    Args:
        folder: a model that writes placeholders.
        examples: facts, with the texts that are gone over beside the model's own.
        options: see :class:`SelfTrainingOptions`.
        output: another folder, for checkpoints and the model.

    Raises:
        InputError: if the model can't be trained on, or writes nothing that is verified.
        OutputError: if *output* can't be written.
    """
    drafter = open_drafter(folder, options.device)
    description, writer = drafter.description, drafter.writer
    if not isinstance(writer, TransformersWriter) or description.form != "delexicalised":
        raise InputError("self-training needs a model with placeholders that wasn't exported", path=folder)
    asked, held_out = _split(asked_of(examples, drafter, options), options.held_out)
    before = _scores(drafter, held_out)
    judged = best_texts(drafter, asked, options.texts)
    own = [lesson for each in judged if (lesson := _lesson(each, writer.pieces, description)) is not None]
    if not own:
        raise InputError("no sentence of the model was verified", path=folder, remedy="train it longer")
    say(f"{len(own):,} texts of the model's own, {sum(all(each.right) for each in judged):,} of them right")
    chosen = _options(description, options)
    lessons = own + _replayed(examples, writer.pieces, description, round(len(own) * options.replay))
    network = writer.network.to(resolve_device(options.device))
    trainer = Trainer(
        network,
        trainable(network, chosen, description.marks_from),
        Plan(lessons, chosen.batch, chosen.smoothing, chosen.seed),
        chosen,
        resolve_precision("auto", network.device),
        None,
        output,
    )
    log = trainer.run(training_key(chosen, lessons, description.sha256))
    found = SelfTrained(
        write_artefact(
            output,
            description.model_copy(
                update={"steps": description.steps + len(log), "options": chosen.model_dump(mode="json")}
            ),
            network,
            writer.pieces,
            drafter.common,
            log,
        ),
        before,
        _scores(drafter, held_out),
    )
    with atomic_file(output / SCORES) as scratch:
        told = {name: own and asdict(own) for name, own in (("before", before), ("after", found.after))}
        scratch.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return found


def _split(asked: Sequence[_Asked], most: int) -> tuple[list[_Asked], list[_Asked]]:
    """What is learnt from, and of each language one in ten that judge."""
    held_out: list[_Asked] = []
    for language in sorted({each[1] for each in asked}):
        own = [each for each in asked if each[1] == language]
        held_out += own[_ONE_IN - 1 :: _ONE_IN][:most]
    judging = set(held_out)
    return [each for each in asked if each not in judging], held_out


def _scores(drafter: NeuralDrafter, asked: Sequence[_Asked]) -> FactScores | None:
    """What the model's first text for each says."""
    if not asked:
        return None
    return fact_scores(best_texts(drafter, asked, 1), sum(len(facts) for facts, _ in asked))


def asked_of(
    examples: Sequence[Example], drafter: NeuralDrafter, options: SelfTrainingOptions
) -> list[_Asked]:
    """Distinct facts of *examples* that the model can put into one text, with the language."""
    most = drafter.description.most_facts
    found: dict[str, dict[tuple[Fact, ...], None]] = {}
    for example in examples:
        facts = tuple(with_used_names(fact, example.language) for fact in dict.fromkeys(example.facts))
        if 0 < len(facts) <= most and len(numbered(facts)) <= marks.MOST_TERMS:
            own = found.setdefault(example.language, {})
            if len(own) < options.most:
                own[facts] = None
    known = drafter.languages()
    return [(facts, language) for language in sorted(found) if language in known for facts in found[language]]


def best_texts(drafter: NeuralDrafter, asked: Sequence[_Asked], texts: int) -> list[Judged]:
    """Of *texts* texts for each set of facts the one of which least is wrong, then most is said."""
    found = []
    with progress("writing", len(asked), "text") as bar:
        for start in range(0, len(asked), _TOGETHER):
            part = asked[start : start + _TOGETHER]
            inputs = [
                linearised(facts, language, "delexicalised", drafter.description.names)
                for facts, language in part
            ]
            outputs = drafter.writer.write(inputs, texts)
            found += [
                min(own, key=lambda each: (each.right.count(False), -each.stated))
                for own in _judged(drafter, part, outputs)
                if own
            ]
            bar.update(len(part))
    return found


def fact_scores(judged: Sequence[Judged], facts: int) -> FactScores:
    """Precision and recall of texts; *facts* is how many there were to be said."""
    right = [each for own in judged for each in own.right]
    return FactScores(
        sum(right) / max(len(right), 1), sum(own.stated for own in judged) / max(facts, 1), len(right)
    )


def _judged(
    drafter: NeuralDrafter,
    asked: Sequence[_Asked],
    outputs: Sequence[Sequence[Written]],
) -> list[list[Judged]]:
    """Each output's sentences with their verdicts."""
    texts: list[list[tuple[tuple[Clause, ...], WordedText]]] = []
    requests = []
    for (facts, language), own in zip(asked, outputs, strict=True):
        texts.append([])
        for output in own:
            told = drafter.told(output, facts, language)
            if not told:
                continue
            worded = in_words(Hypothesis(told), facts, language)
            if len(worded.clauses) == len(told):
                texts[-1].append((told, worded))
                requests.append(Request(worded.text, language, facts[0].subject.value, list(facts)))
    verified = iter(Verifier().verify_all(requests))
    return [
        [
            Judged(facts, language, told, _right(facts, worded, settled(facts, worded, next(verified))))
            for told, worded in own
        ]
        for (facts, language), own in zip(asked, texts, strict=True)
    ]


def _right(facts: Sequence[Fact], text: WordedText, verified: VerifiedText) -> tuple[bool, ...]:
    wrong = doubtful(facts, text, verified)
    return tuple(clause not in wrong for clause in text.clauses)


def _lesson(judged: Judged, pieces: Pieces, description: GeneratorDescription) -> Lesson | None:
    """The text as it is learnt; None if no sentence is right."""
    if not any(judged.right):
        return None
    numbers = numbered(judged.facts)
    ids: list[int] = []
    taught: list[bool] = []
    for place, (clause, right) in enumerate(zip(judged.clauses, judged.right, strict=True)):
        apart = place == 0 or (judged.language not in DENSE and not _begins_with_space(clause))
        segments = [Segment(" ")] if apart else []
        for piece in clause.pieces:
            if isinstance(piece, str):
                segments.append(Segment(piece))
            else:
                told = [marks.placeholder(numbers[piece.term(judged.facts)]), *marks.form_marks(piece.form)]
                segments += [Segment(mark, True) for mark in told]
        own = pieces.tokens(_run_together(segments)).ids[:-1]
        ids += own
        taught += [right] * len(own)
    end = pieces.tokens([]).ids
    source = linearised(judged.facts, judged.language, "delexicalised", description.names)
    return Lesson(
        pieces.tokens(source), [*ids, *end], judged.language, (*taught, *[all(judged.right)] * len(end))
    )


def _begins_with_space(clause: Clause) -> bool:
    first = clause.pieces[0] if clause.pieces else ""
    return isinstance(first, str) and first.startswith(" ")


def _run_together(segments: Sequence[Segment]) -> list[Segment]:
    """Words that follow each other as one segment, as the model reads texts."""
    found: list[Segment] = []
    for segment in segments:
        if found and not segment.mark and not found[-1].mark:
            found[-1] = Segment(found[-1].text + segment.text)
        else:
            found.append(segment)
    return found


def _replayed(
    examples: Sequence[Example], pieces: Pieces, description: GeneratorDescription, count: int
) -> list[Lesson]:
    """So many texts of people, spread over *examples*."""
    step = max(1, len(examples) // max(count, 1))
    found = pairs(
        examples[::step],
        "delexicalised",
        most_facts=description.most_facts,
        names=description.names,
        teach="found",
    )
    return [lesson_of(pair, pieces) for pair in found]


def _options(description: GeneratorDescription, options: SelfTrainingOptions) -> NeuralOptions:
    given = {name: value for name, value in description.options.items() if name in NeuralOptions.model_fields}
    return NeuralOptions.model_validate(
        given
        | {
            "method": "full",
            "epochs": options.epochs,
            "rate": options.rate,
            "batch": options.batch,
            "seed": options.seed,
            "device": options.device,
        }
    )
