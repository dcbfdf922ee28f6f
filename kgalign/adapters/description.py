"""What an adapter's folder says about it: ``adapter.json``, and the model card made from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

FORMAT_VERSION = 1
DESCRIPTION = "adapter.json"
Kind = Literal["bottleneck", "stack", "fusion", "lora"]


class BaseDescription(BaseModel):
    """The frozen model that an adapter belongs to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    given: str
    fingerprint: str
    architecture: str
    hidden: int


class LearntDescription(BaseModel):
    """Held-out pairs of one objective: how many, and the share (or loss) before and after."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pairs: int
    before: float
    after: float


class SourceDescription(BaseModel):
    """The graph that was learnt."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sha256: str
    entities: int
    facts: int
    left_out: int
    languages: dict[str, int]


class AdapterDescription(BaseModel):
    """An adapter, without its weights.

    Attributes:
        kind: what it is made of.
        base: the only model that it can be loaded onto.
        width: of the bottlenecks; for LoRA the rank.
        places: where something stands, from the lowest layer up.
        members: the names of the adapters within a stack or fusion, and where each stands.
        source: the graph; None for an adapter that was imported or put together.
        options: how it was trained.
        learnt: by objective.
        sha256: of ``adapter.safetensors``.
        note: a remark for the model card.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: int = FORMAT_VERSION
    kgalign_version: str
    kind: Kind
    base: BaseDescription
    width: int
    places: tuple[str, ...]
    members: dict[str, MemberDescription] = {}
    source: SourceDescription | None = None
    options: dict[str, Any] = {}
    learnt: dict[str, LearntDescription] = {}
    sha256: str = ""
    note: str = ""


class MemberDescription(BaseModel):
    """One adapter of a stack or fusion: the width of its bottlenecks and where they stand."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int
    places: tuple[str, ...]


AdapterDescription.model_rebuild()

_WHAT = {
    "bottleneck": "bottleneck adapters (Pfeiffer et al., 2021)",
    "stack": "a stack of bottleneck adapters",
    "fusion": "AdapterFusion (Pfeiffer et al., 2021) over bottleneck adapters",
    "lora": "low-rank changes (LoRA; Hu et al., 2022)",
}
_GOALS = {
    "ep": "EP: a name of an entity finds another of its names",
    "tp": "TP: subject and relation find the object",
    "es": "ES: a description finds the entity's name",
    "ts": "TS: a sentence with a gap finds the object",
    "t2t": "T2T: subject and relation are translated into the object",
}
LICENCE_NOTE = (
    "The adapter holds no text of the graph, but was made from it: heed the licence of the graph, and "
    "that of the base model, before you pass it on."
)


def is_adapter(folder: str | Path) -> bool:
    """Whether *folder* holds an adapter."""
    return (Path(folder) / DESCRIPTION).is_file()


def model_card(description: AdapterDescription) -> str:
    """The model card (Markdown), with the metadata that the Hugging Face hub reads on top."""
    base, source = description.base, description.source
    lines = ["---", f"base_model: {base.name}", "library_name: kgalign"]
    if source is not None:
        lines += ["language:", *(f"- {language}" for language in source.languages)]
    lines += ["---", "", f"# Adapter for {base.name}", ""]
    lines += [
        f"This is {_WHAT[description.kind]}, made by kgalign {description.kgalign_version} for the frozen "
        f"model {base.name} ({base.architecture}, fingerprint {base.fingerprint}), width "
        f"{description.width}, at {len(description.places)} places.",
        "",
    ]
    if description.members:
        lines += [f"It holds: {', '.join(description.members)}.", ""]
    if source is not None:
        languages = ", ".join(f"{language} {count:,}" for language, count in source.languages.items())
        lines += [
            f"**Learnt from** {source.name} (SHA-256 of its manifest {source.sha256}): {source.entities:,} "
            f"entities with names, {source.facts:,} facts; {source.left_out:,} entities were left out on "
            "purpose.",
            "",
            f"**Names by language**: {languages}",
            "",
        ]
    if description.learnt:
        lines += ["| objective | pairs held out | before | after |", "|---|---|---|---|"]
        lines += [
            f"| {_GOALS[name]} | {learnt.pairs:,} | {learnt.before:.4f} | {learnt.after:.4f} |"
            for name, learnt in description.learnt.items()
        ]
        lines += [
            "",
            "(Share that finds its answer among those held out; for T2T the loss per token.)",
            "",
        ]
    if description.note:
        lines += [description.note, ""]
    lines += [
        "**Use**: `kgalign align A B --encoder THIS_FOLDER`, or",
        '`kgalign.adapters.open_encoder("THIS_FOLDER")` from Python.',
        "",
        f"**Licence**: {LICENCE_NOTE}",
        "",
    ]
    return "\n".join(lines)
