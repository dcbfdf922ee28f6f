"""What a person can choose about an alignment."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Signal = Literal["labels", "attributes", "structure"]
ALL_SIGNALS: tuple[Signal, ...] = ("labels", "attributes", "structure")


class AlignOptions(BaseModel):
    """Options of :func:`kgalign.align.align`; the defaults serve every data set.

    Attributes:
        encoder: name or path of the label encoder.
        signals: which kinds of evidence to use.
        candidates: how many targets per source (and sources per target) each label signal proposes.
        structure_candidates: how many the matched neighbourhoods propose.
        hub_limit: a relation value shared by more entities than this proposes no candidates
            (it still counts as evidence).
        rounds: at most this many rounds of bootstrapping.
        threshold: links below this probability are not accepted.
        uncertain: links below this probability are not even written as uncertain.
        labels_per_entity: at most this many labels of an entity are compared, preferred ones first.
        name_pairs_limit: with more pairs of names than this, candidates are proposed by the mean of
            each entity's names instead of by every name.
        same_iri: entities with the same IRI in both graphs are the same, as RDF has it.
        use_same_as: owl:sameAs statements found in the graphs are seed links.
        device: where the encoder runs: ``auto``, ``cpu``, ``cuda``.
        seed: random seed. Nothing in this aligner draws random numbers yet; it is recorded.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str = "e5"
    signals: tuple[Signal, ...] = ALL_SIGNALS
    candidates: int = Field(default=30, ge=1, le=1000)
    structure_candidates: int = Field(default=15, ge=1, le=1000)
    hub_limit: int = Field(default=60, ge=1)
    rounds: int = Field(default=8, ge=1, le=100)
    threshold: float = Field(default=0.5, ge=0.0, le=1.0)
    uncertain: float = Field(default=0.1, ge=0.0, le=1.0)
    labels_per_entity: int = Field(default=8, ge=1)
    name_pairs_limit: int = Field(default=4_000_000_000, ge=1)
    same_iri: bool = True
    use_same_as: bool = False
    seed: int = 0
    device: str = "auto"
