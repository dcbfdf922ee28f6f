"""DBP-5L as completion data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from dbp5l import LANGUAGES, read_list

from kgalign.adapters.completion.data import CompletionData, Ids, Triples, join_entities, together
from kgalign.adapters.phrases import relation_words


def read_dbp5l(folder: Path, links: str = "seed_alignlinks") -> CompletionData:
    """The five graphs of *folder* (Chen et al. 2020) with its own parts for training, validation and test.

    Args:
        folder: as the benchmark has it.
        links: its folder of links.
    """
    names = [
        [
            iri.split("/resource/", 1)[1].replace("_", " ")
            for iri in read_list(folder / f"entity/{language}.tsv")
        ]
        for language in LANGUAGES
    ]
    offsets = np.cumsum([0, *map(len, names)], dtype=np.int64)
    first, second = _links(folder / links, offsets)
    return CompletionData(
        graphs=LANGUAGES,
        offsets=offsets,
        link_first=first,
        link_second=second,
        joined=join_entities(int(offsets[-1]), first, second),
        entity_labels=tuple(name for part in names for name in part),
        relation_labels=tuple(
            relation_words(iri.rsplit("/", 1)[1]) for iri in read_list(folder / "relations.txt")
        ),
        known=_part(folder, "train", offsets),
        validation=_part(folder, "val", offsets),
        test=_part(folder, "test", offsets),
    )


def _links(folder: Path, offsets: Ids) -> tuple[Ids, Ids]:
    sides: tuple[list[Ids], list[Ids]] = ([], [])
    for path in sorted(folder.glob("*.tsv")):
        pairs = np.loadtxt(path, ndmin=2).astype(np.int64)
        for side, language, column in zip(sides, path.stem.split("-"), pairs.T, strict=True):
            side.append(column + offsets[LANGUAGES.index(language)])
    return np.concatenate(sides[0]), np.concatenate(sides[1])


def _part(folder: Path, part: str, offsets: Ids) -> Triples:
    found = []
    for language, offset in zip(LANGUAGES, offsets, strict=False):
        head, relation, tail = np.loadtxt(folder / f"kg/{language}-{part}.tsv", dtype=np.int64, ndmin=2).T
        found.append(Triples(head + offset, relation, tail + offset))
    return together(found)
