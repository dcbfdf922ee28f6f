"""What a person can choose about a vote."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Tally = Literal["corrected", "majority"]


class VoteOptions(BaseModel):
    """Options of :func:`kgalign.vote.voting.vote`.

    Attributes:
        low: sources whose best candidate is less probable than this are not asked about.
        high: nor are those whose best candidate is more probable than this.
        candidates: how many targets a question shows, beside "none of these".
        rounds: in how many orders each question is asked at most; as many as there are options make a
            full cycle, in which each option stands once in each place.
        budget: at most this many calls, spent where the aligner is least sure; None for no limit.
        controls: how many questions whose answer is known from the run's surest links are asked, to
            measure how much the model's word is worth.
        tally: ``corrected`` weighs the answers by the model's measured reliability, with its liking for
            places taken out, against the aligner's probability; ``majority`` takes what more than half
            of the rounds named, as LLM-Align does.
        stop_early: stop asking about a pair once further rounds would hardly change the outcome.
        seed: random seed of the orders and of the choice of control questions.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: float = Field(default=0.1, ge=0.0, le=1.0)
    high: float = Field(default=0.9, ge=0.0, le=1.0)
    candidates: int = Field(default=5, ge=1, le=20)
    rounds: int = Field(default=6, ge=1, le=100)
    budget: int | None = Field(default=None, ge=1)
    controls: int = Field(default=100, ge=0)
    tally: Tally = "corrected"
    stop_early: bool = True
    seed: int = 0
