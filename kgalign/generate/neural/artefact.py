"""A generation model as a folder: weights, vocabulary, ``generator.json``, and the model card."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from kgalign import __version__
from kgalign.adapters.checkpoints import LogLine, log_lines
from kgalign.errors import InputError
from kgalign.files import atomic_directory, file_sha256
from kgalign.generate.common_words import CommonWords
from kgalign.generate.neural.building import empty
from kgalign.generate.neural.linearise import Form
from kgalign.generate.neural.network import FactToText
from kgalign.generate.neural.pieces import Pieces
from kgalign.generate.neural.weights import all_tensors, put_bottlenecks, take

FORMAT_VERSION = 3
DESCRIPTION, WEIGHTS, VOCABULARY, COMMON, CARD, LOG = (
    "generator.json", "model.safetensors", "spiece.model", "common_words.json", "README.md", "training.jsonl",
)  # fmt: skip


class GeneratorDescription(BaseModel):
    """A generation model, without its weights.

    Attributes:
        form: of its input and output.
        names: whether names follow placeholders in its input.
        fact_aware: whether it adds embeddings of roles and facts.
        languages: that it writes, with the number of texts learnt.
        spells: those of them that it can spell names of other scripts in.
        most_facts: that it can put into one text.
        longest: tokens of a text, at most.
        marks_from: id of the first mark.
        tied: whether the output layer is the word embeddings.
        bottleneck: width of bottleneck adapters; None where there are none.
        config: of the mT5.
        options: how it was trained.
        texts: that were learnt; those that weren't fit are not counted.
        steps: of the training.
        chosen: the step whose weights these are.
        chrf: chrF++ of the development data there; None if there was none.
        sha256: of the weights' file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: int = FORMAT_VERSION
    kgalign_version: str = __version__
    form: Form
    names: bool
    fact_aware: bool
    languages: dict[str, int]
    spells: tuple[str, ...] = ()
    most_facts: int
    longest: int
    marks_from: int
    tied: bool
    bottleneck: int | None = None
    config: dict[str, Any]
    options: dict[str, Any] = {}
    texts: int = 0
    steps: int = 0
    chosen: int = 0
    chrf: float | None = None
    sha256: str = ""


def write_artefact(
    folder: Path,
    description: GeneratorDescription,
    network: FactToText,
    pieces: Pieces,
    common: CommonWords,
    log: Sequence[LogLine] = (),
) -> GeneratorDescription:
    """Write a model, whole or not at all; gives the description with the weights' hash.

    Raises:
        OutputError: if the place can't be written.
    """
    from safetensors.torch import save

    with atomic_directory(folder) as scratch:
        (scratch / WEIGHTS).write_bytes(save(all_tensors(network)))
        complete = description.model_copy(update={"sha256": file_sha256(scratch / WEIGHTS)})
        (scratch / VOCABULARY).write_bytes(pieces.model)
        (scratch / COMMON).write_text(common.to_json() + "\n", "utf-8")
        (scratch / DESCRIPTION).write_text(complete.model_dump_json(indent=1) + "\n", "utf-8")
        (scratch / CARD).write_text(model_card(complete), "utf-8")
        (scratch / LOG).write_text(log_lines(log), "utf-8")
    return complete


def read_description(folder: str | Path) -> GeneratorDescription:
    """The description in a folder.

    Raises:
        InputError: if there is none, or it is damaged or of another format.
    """
    place = Path(folder)
    try:
        found = GeneratorDescription.model_validate_json((place / DESCRIPTION).read_bytes())
    except FileNotFoundError:
        raise InputError(
            f"there is no generation model: {DESCRIPTION} is missing",
            path=place,
            remedy="train one with 'kgalign generate train', or check the path",
        ) from None
    except (OSError, ValidationError) as error:
        raise InputError(
            "is no description of a generation model that this kgalign can read",
            path=place / DESCRIPTION,
            remedy="train the model again",
        ) from error
    if found.format_version != FORMAT_VERSION:
        raise InputError(
            f"the model has format {found.format_version}, and this kgalign reads {FORMAT_VERSION}",
            path=place,
            remedy="train the model again",
        )
    return found


def read_pieces(folder: str | Path, description: GeneratorDescription) -> Pieces:
    """The vocabulary in a folder, with the marks.

    Raises:
        InputError: if there is none.
    """
    return Pieces.read(Path(folder) / VOCABULARY, tuple(description.languages), description.marks_from)


def read_common(folder: str | Path) -> CommonWords:
    """The words that the model in a folder may write whatever the facts are.

    Raises:
        InputError: if there are none.
    """
    path = Path(folder) / COMMON
    try:
        return CommonWords.from_json(path.read_bytes())
    except (OSError, InputError) as error:
        raise InputError("can't be read", path=path, remedy="train or copy the model again") from error


def read_network(folder: str | Path, description: GeneratorDescription) -> FactToText:
    """The model in a folder, ready to write.

    Raises:
        InputError: if its weights are missing or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = Path(folder) / WEIGHTS
    try:
        intact = file_sha256(path) == description.sha256
        tensors = load_file(path) if intact else {}
    except (OSError, SafetensorError) as error:
        raise InputError("can't be read", path=path, remedy="train or copy the model again") from error
    if not intact:
        raise InputError("is damaged", path=path, remedy="train or copy the model again")
    network = FactToText(empty(description.config, description.tied), description.fact_aware)
    if description.bottleneck is not None:
        put_bottlenecks(network, description.bottleneck)
    take(network, tensors)
    return network.eval()


def model_card(description: GeneratorDescription) -> str:
    """The model card (Markdown), with the metadata that the Hugging Face hub reads on top."""
    base = description.options.get("base", "scratch")
    counts = ", ".join(f"{language} {count:,}" for language, count in description.languages.items())
    lines = ["---", "library_name: kgalign", "language:"]
    lines += [f"- {language}" for language in description.languages]
    lines += ["---", "", "# Texts from facts", ""]
    origin = "trained from nothing" if base == "scratch" else f"trained from {base}"
    lines += [
        f"An mT5 {origin} by kgalign {description.kgalign_version}: facts in, a text out, in the "
        f"{description.form} form.",
        "",
        f"**Texts learnt, by language**: {counts}",
        "",
        f"**Training**: {description.steps:,} steps; the weights are those after step {description.chosen:,}"
        + ("." if description.chrf is None else f", chrF++ {description.chrf:.2f} on development data."),
        "",
        "**Use**: `kgalign generate GRAPH --language CODE --model THIS_FOLDER -o DIR`. What it writes isn't "
        "reliable by itself; kgalign verifies each clause.",
        "",
        "**Licence**: the model was made from texts: heed their licence, and that of the base model, before "
        "you pass it on.",
        "",
    ]
    return "\n".join(lines)
