"""What a person can choose about generation."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Acceptance = Literal["verified", "best-effort", "off"]
Selection = Literal["top", "all"]


class GenerateOptions(BaseModel):
    """Options of :func:`kgalign.generate.session.described`.

    Attributes:
        select: facts of an entity to tell: the most telling ones or all.
        most: how many the most telling ones are; what it is comes in addition.
        properties: IRIs of the only relations to tell of, in this order; empty for any.
        query: file of a SPARQL query that chooses the facts (see :mod:`kgalign.generate.query`); None for
            the choice by ``select`` and ``properties``.
        accept: emit only what the verifier supports, or mark what it doesn't, or don't verify.
        rounds: times that a text is repaired, at most.
        hypotheses: texts tried in each round, at most.
        templates: folder of learnt templates; None for those that come with kgalign alone.
        model: folder of a trained generation model; None for templates alone.
        device: where the model runs: ``auto``, ``cpu`` or ``cuda``.
        generic: tell facts without a template as a list, "subject – relation: object".
        seed: the same entity and seed give the same text.
        batch: entities verified together.
        namespace: where the IRIs of named graphs begin.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    select: Selection = "top"
    most: int = Field(default=6, ge=1)
    properties: tuple[str, ...] = ()
    query: str | None = None
    accept: Acceptance = "verified"
    rounds: int = Field(default=4, ge=1)
    hypotheses: int = Field(default=4, ge=1)
    templates: str | None = None
    model: str | None = None
    device: str = "auto"
    generic: bool = False
    seed: int = 0
    batch: int = Field(default=64, ge=1)
    namespace: str = "urn:kgalign:"

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        if self.query is not None and self.properties:
            raise ValueError("facts are chosen by a query or by properties, not by both")
        return self
