"""A trained alignment function as a folder.

``alignment.safetensors`` and ``alignment.json``, what the model-free layer learnt of the same texts
(``lexicon.parquet``, ``phrasing.parquet``), and ``README.md``, the model card.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from torch import Tensor

from kgalign.adapters.description import BaseDescription
from kgalign.errors import InputError
from kgalign.files import atomic_directory, file_sha256
from kgalign.verify.alignment.options import AlignmentOptions
from kgalign.verify.combination import Combination
from kgalign.verify.lexicon import Lexicon
from kgalign.verify.phrasing import Phrasing

FORMAT_VERSION = 1
WEIGHTS, DESCRIPTION, CARD = "alignment.safetensors", "alignment.json", "README.md"
LEXICON, PHRASING = "lexicon.parquet", "phrasing.parquet"


class HeldOut(BaseModel):
    """How the held-out texts of a language were judged.

    Attributes:
        texts: how many examples were made of them.
        stated: AUC of stated facts against others.
        wrong: AUC of unsupported words against others.
        holds: AUC of faithful texts against faulty ones; None if there were no two kinds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    texts: int
    stated: float | None
    wrong: float | None
    holds: float | None


class AlignmentDescription(BaseModel):
    """An alignment function without its weights.

    Attributes:
        base: the only model that it runs on.
        options: how it was trained.
        languages: texts learnt, by language.
        held_out: by language.
        combination: how its answers are weighed with the model-free layer's.
        alone: how they are weighed without it.
        sha256: of the weights.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: int = FORMAT_VERSION
    kgalign_version: str
    base: BaseDescription
    options: AlignmentOptions
    languages: dict[str, int]
    held_out: dict[str, HeldOut]
    combination: Combination
    alone: Combination
    sha256: str = ""


@dataclass(frozen=True)
class AlignmentArtefact:
    """An alignment function as its folder holds it.

    Attributes:
        description: what it is.
        tensors: its weights.
        lexicon: which words go with which labels, learnt from the same texts.
        phrasing: how relations are put into words, likewise.
    """

    description: AlignmentDescription
    tensors: dict[str, Tensor]
    lexicon: Lexicon
    phrasing: Phrasing


def write_alignment(folder: Path, artefact: AlignmentArtefact) -> None:
    """Write an alignment function; its weights are kept as float16.

    Raises:
        OutputError: if the place can't be written.
    """
    from safetensors.torch import save

    with atomic_directory(folder) as scratch:
        halves = {name: tensor.half() for name, tensor in artefact.tensors.items()}
        (scratch / WEIGHTS).write_bytes(save(halves))
        artefact.lexicon.write(scratch / LEXICON)
        artefact.phrasing.write(scratch / PHRASING)
        complete = artefact.description.model_copy(update={"sha256": file_sha256(scratch / WEIGHTS)})
        (scratch / DESCRIPTION).write_text(complete.model_dump_json(indent=1) + "\n", encoding="utf-8")
        (scratch / CARD).write_text(_card(complete), encoding="utf-8")


def read_alignment(folder: str | Path) -> AlignmentArtefact:
    """Read an alignment function.

    Raises:
        InputError: if there is none, or it is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    place = Path(folder)
    remedy = "make one with 'kgalign verify train', or check the path"
    try:
        description = AlignmentDescription.model_validate_json((place / DESCRIPTION).read_bytes())
        if file_sha256(place / WEIGHTS) != description.sha256:
            raise InputError("is damaged", path=place / WEIGHTS, remedy="train or copy it again")
        tensors: dict[str, Any] = load_file(place / WEIGHTS)
    except FileNotFoundError:
        raise InputError("holds no alignment function", path=place, remedy=remedy) from None
    except (OSError, ValidationError, SafetensorError) as error:
        raise InputError(
            "holds no alignment function that this kgalign can read", path=place, remedy=remedy
        ) from error
    return AlignmentArtefact(
        description,
        {name: tensor.float() for name, tensor in tensors.items()},
        Lexicon.read(place / LEXICON),
        Phrasing.read(place / PHRASING),
    )


def _card(description: AlignmentDescription) -> str:
    """The model card (Markdown)."""
    base = description.base
    lines = ["---", f"base_model: {base.name}", "library_name: kgalign", "language:"]
    lines += [f"- {language}" for language in description.languages]
    learnt = ", ".join(f"{language} {count:,}" for language, count in description.languages.items())
    lines += [
        "---", "", f"# Alignment function on {base.name}", "",
        f"It says which facts a text states, and which words no fact supports. Made by kgalign "
        f"{description.kgalign_version} ({description.options.steps:,} steps, "
        f"{description.options.method} trained, base fingerprint {base.fingerprint}).", "",
        f"**Learnt from** texts with their facts, by language: {learnt}; mistakes in them were made.", "",
        "AUC on texts that were held out:", "",
        "| language | examples | facts stated | words wrong | texts that hold |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for language, each in description.held_out.items():
        figures = " | ".join(
            "–" if one is None else f"{one:.3f}" for one in (each.stated, each.wrong, each.holds)
        )
        lines.append(f"| {language} | {each.texts:,} | {figures} |")
    lines += [
        "",
        "Heed the licences of the texts that it was trained on, and of the base, before you pass it on.",
        "",
    ]
    return "\n".join(lines)
