"""What a person can choose about verification."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

VerdictFormat = Literal["jsonl", "csv", "html"]


class VerifyOptions(BaseModel):
    """Options of :class:`kgalign.verify.Verifier`; the defaults serve every language.

    Attributes:
        language: language tag of texts that don't state theirs.
        mention: how much of a name a text must hold for a mention, in its words' weight.
        stated: facts whose score reaches this count as stated.
        relation: how much of a relation's words a sentence must hold for a value that the graph doesn't
            have to contradict the one that it has.
        functionality: relations with at least so many subjects per statement can be contradicted.
        names: find any entity of the graph by its names, so that those without a fact are reported.
        facts: at most so many facts about an entity are looked for in a text.
        neighbours: facts about the objects of the entity's facts count as well, at most so many.
        lexicon: path of a lexicon learnt from facts and texts; None for the graph's own labels alone.
        phrasing: path of what was learnt of how relations are put into words; None for nothing.
        alignment: folder of a trained alignment function; None for the model-free layer alone.
        model_free: whether the model-free layer has a say beside the alignment function. Without it that
            judges facts and texts alone; spans are found by the model-free layer either way.
        read: facts that the alignment function reads beside a text, at most; the likeliest by their names.
        wrong: from this probability on, a place that the alignment function doubts is wrong.
        device: where the alignment function computes: ``auto``, ``cpu`` or ``cuda``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: str = "en"
    mention: float = Field(default=0.72, gt=0.0, le=1.0)
    stated: float = Field(default=0.5, gt=0.0, le=1.0)
    relation: float = Field(default=0.6, ge=0.0, le=1.0)
    functionality: float = Field(default=0.9, gt=0.0, le=1.0)
    names: bool = True
    facts: int = Field(default=10_000, ge=1)
    neighbours: int = Field(default=2_000, ge=0)
    lexicon: str | None = None
    phrasing: str | None = None
    alignment: str | None = None
    model_free: bool = True
    read: int = Field(default=64, ge=1)
    wrong: float = Field(default=0.9, gt=0.5, lt=1.0)
    device: str = "auto"
