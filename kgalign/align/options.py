"""What a person can choose about an alignment."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Signal = Literal["labels", "attributes", "structure"]
Structure = Literal["propagation", "gnn", "both", "none"]
Cardinality = Literal["one-to-one", "many-to-one"]
ALL_SIGNALS: tuple[Signal, ...] = ("labels", "attributes", "structure")


class AlignOptions(BaseModel):
    """Options of :func:`kgalign.align.align`; the defaults serve every data set.

    Attributes:
        encoder: name or path of the label encoder.
        signals: which kinds of evidence to use.
        lexicon: learn from the run's surest pairs which parts of names translate each other.
        adapt_encoder: train the label encoder on the run's own surest pairs, and go on with it.
        structure: which structure encoders to use besides the evidence of matched neighbours:
            ``propagation`` (no training), ``gnn`` (a graph attention network, trained in the run),
            ``both`` or ``none``.
        candidates: how many targets per source (and sources per target) each label signal proposes.
        structure_candidates: how many the matched neighbourhoods propose.
        hub_limit: a relation value shared by more entities than this proposes no candidates
            (it still counts as evidence).
        rounds: at most this many rounds of bootstrapping; the training of the label encoder starts them anew.
        threshold: links below this probability are never accepted.
        precision: links are accepted, the most probable first, only as far as their mean probability,
            which is their expected precision, stays at this.
        uncertain: links below this probability are not even written as uncertain.
        labels_per_entity: at most this many labels of an entity are compared, preferred ones first.
        name_pairs_limit: with more pairs of names than this, candidates are proposed by the mean of
            each entity's names instead of by every name.
        same_iri: entities with the same IRI in both graphs are the same, as RDF has it.
        use_same_as: owl:sameAs statements found in the graphs are seed links.
        device: where the encoder runs: ``auto``, ``cpu``, ``cuda``.
        cardinality: ``one-to-one``, or ``many-to-one`` where several sources may share a target, as when
            the first graph holds duplicates.
        seed: random seed of the structure encoders.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str = "e5"
    signals: tuple[Signal, ...] = ALL_SIGNALS
    lexicon: bool = True
    adapt_encoder: bool = False
    structure: Structure = "propagation"
    candidates: int = Field(default=30, ge=1, le=1000)
    structure_candidates: int = Field(default=15, ge=1, le=1000)
    hub_limit: int = Field(default=60, ge=1)
    rounds: int = Field(default=8, ge=1, le=100)
    threshold: float = Field(default=0.5, ge=0.0, le=1.0)
    precision: float = Field(default=0.95, ge=0.0, le=1.0)
    uncertain: float = Field(default=0.1, ge=0.0, le=1.0)
    labels_per_entity: int = Field(default=8, ge=1)
    name_pairs_limit: int = Field(default=4_000_000_000, ge=1)
    same_iri: bool = True
    use_same_as: bool = False
    cardinality: Cardinality = "one-to-one"
    seed: int = 0
    device: str = "auto"
