"""How much of a run its page keeps."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ReportOptions(BaseModel):
    """What is left out of a page, so that a browser on a telephone can hold it.

    Attributes:
        most_pairs: pairs in the viewer; of more, the least probable are kept, since the others need
            no looking at.
        most_evidence: matched neighbours and shared values of each pair, the most informative ones.
        most_listed: rows in each of the tables of clusters, suspicious items and conflicts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    most_pairs: int = Field(default=25_000, ge=1)
    most_evidence: int = Field(default=8, ge=0)
    most_listed: int = Field(default=100, ge=1)
