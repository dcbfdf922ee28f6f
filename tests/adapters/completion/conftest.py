"""Two small graphs, and the slice of DBP-5L that tests can afford."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from completion_data import read_dbp5l

from kgalign.adapters.completion.data import CompletionData, Triples, join_entities

Fact = tuple[int, int, int]


def facts(*rows: Fact) -> Triples:
    return Triples(*np.array(rows, np.int64).reshape(-1, 3).T)


def made(
    sizes: Sequence[int],
    links: Sequence[tuple[int, int]],
    relations: int,
    known: Sequence[Fact],
    validation: Sequence[Fact] = (),
    test: Sequence[Fact] = (),
    graphs: Sequence[str] = "abcde",
) -> CompletionData:
    """Completion data whose labels are numbers."""
    offsets = np.cumsum([0, *sizes], dtype=np.int64)
    first, second = np.array(links, np.int64).reshape(-1, 2).T
    return CompletionData(
        graphs=tuple(graphs[: len(sizes)]),
        offsets=offsets,
        link_first=first,
        link_second=second,
        joined=join_entities(int(offsets[-1]), first, second),
        entity_labels=tuple(f"entity {number}" for number in range(offsets[-1])),
        relation_labels=tuple(f"relation {number}" for number in range(relations)),
        known=facts(*known),
        validation=facts(*validation),
        test=facts(*test),
    )


@pytest.fixture(scope="session")
def dbp5l(shared_data: Path) -> CompletionData:
    return read_dbp5l(shared_data / "dbp5l")
