"""From texts with their facts to the folder of an alignment function."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kgalign import __version__
from kgalign.adapters.artefact import describe_base
from kgalign.adapters.base_model import BaseModel
from kgalign.adapters.checkpoints import FILE as CHECKPOINT
from kgalign.adapters.checkpoints import log_lines
from kgalign.files import atomic_file
from kgalign.verify.alignment.artefact import AlignmentArtefact, AlignmentDescription, write_alignment
from kgalign.verify.alignment.calibration import calibrate
from kgalign.verify.alignment.options import AlignmentOptions
from kgalign.verify.alignment.reader import AlignmentReader
from kgalign.verify.alignment.training import train
from kgalign.verify.alignment.training_data import examples_of, split_lessons
from kgalign.verify.evidence import Gatherer
from kgalign.verify.lexicon import Lesson, Lexicon
from kgalign.verify.phrasing import Phrasing
from kgalign.verify.verifier import Verifier

LOG = "training.jsonl"


def train_alignment(
    lessons: Sequence[Lesson], options: AlignmentOptions, folder: str | Path
) -> AlignmentDescription:
    """Train an alignment function and write it to *folder*.

    A part of the texts is held out, to judge it and to fit how it is weighed with the model-free layer.
    A training of the same that was interrupted goes on from its checkpoint in *folder*.

    Args:
        lessons: texts with the facts that they state, in as many languages as there are.
        options: how to train.
        folder: where to write.

    Raises:
        InputError: if there is nothing to learn from, or the base can't be used.
        OutputError: if *folder* can't be written.
    """
    place = Path(folder)
    taught, kept = split_lessons(lessons, options.lessons, options.held_out, options.seed)
    base = BaseModel.open(options.base, device=options.device)
    model, log = train(base, examples_of(taught, options.seed), options, place)
    tensors = {name: tensor.half() for name, tensor in model.weights.tensors().items()}
    learnt = [lesson for own in taught.values() for lesson in own]
    lexicon = Lexicon.learn(learnt)
    phrasing = Phrasing.learn(learnt, Gatherer(lexicon), options.seed)
    calibration = calibrate(
        AlignmentReader(base, options, tensors),
        Verifier(lexicon=lexicon, phrasing=phrasing),
        kept,
        options.seed + 1,
    )
    description = AlignmentDescription(
        kgalign_version=__version__,
        base=describe_base(base),
        options=options,
        languages={language: len(own) for language, own in taught.items()},
        held_out=calibration.held_out,
        combination=calibration.both,
        alone=calibration.alone,
    )
    write_alignment(place, AlignmentArtefact(description, tensors, lexicon, phrasing))
    with atomic_file(place / LOG) as scratch:
        scratch.write_text(log_lines(log), encoding="utf-8")
    (place / CHECKPOINT).unlink(missing_ok=True)
    return description
