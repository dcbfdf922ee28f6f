"""Names that ``kgalign align`` finds for WebNLG's entities, instead of those that people linked.

Two graphs are made of the data. The English one has all triples, with English names. The Russian one has
the entities that people gave a Russian name, under numbers for IRIs, with that name alone, and two thirds
of the triples among them, under numbers for relations. Half of the entities that no checked text speaks of
have no partner, since the English graph lacks them, as it has many that the Russian one lacks. The aligner
sees neither links nor seeds; whatever it accepts gives an English entity a Russian name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from aligner_runs import run_align
from webnlg import Entry

from kgalign.kg.ntriples import literal_terms, nodes
from kgalign.verify.verdicts import Name, Term

_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
_ENGLISH, _RUSSIAN = "http://en.example/", "http://ru.example/"
_KEPT = 2 / 3
_UNKNOWN = 0.5


@dataclass(frozen=True)
class AlignedNames:
    """What the aligner found.

    Attributes:
        names: Russian names by the English entity's value.
        precision: share of the accepted links that people made, too.
        recall: share of people's links, of entities in both graphs, that were accepted.
        links: how many were accepted.
    """

    names: dict[str, list[Name]]
    precision: float
    recall: float
    links: int


def aligned_names(
    checked: Sequence[Entry], others: Sequence[Entry], folder: Path, seed: int = 0
) -> AlignedNames:
    """Make the two graphs of entries with people's names, align them, and read the names off.

    Args:
        checked: entries whose texts are checked.
        others: further entries, of which come the entities without a partner.
        folder: for the graphs and the run.
        seed: of what is left out.
    """
    rng = np.random.default_rng(seed)
    entries = [*checked, *others]
    gold = _russian_names(entries)
    wanted = _russian_names(checked)
    order = rng.permutation(len(gold))
    number = {value: int(place) for value, place in zip(gold, order, strict=True)}
    unknown = {value for value in gold if value not in wanted and rng.random() < _UNKNOWN}
    triples = list(
        dict.fromkeys(
            (fact.subject.value, fact.relation.value, fact.object.value, fact.object.literal)
            for entry in entries
            for fact in entry.facts
        )
    )
    english = [row for row in triples if not {row[0], row[2]} & unknown]
    own = [row for row in triples if row[0] in gold and (row[3] or row[2] in gold)]
    russian = [row for row in own if rng.random() < _KEPT]
    relations = sorted({row[1] for row in russian})
    places = rng.permutation(len(relations)).tolist()
    opaque = {relation: f"r/{place}" for relation, place in zip(relations, places, strict=True)}
    known = sorted({value for row in english for value in (row[0], *(() if row[3] else (row[2],)))})
    folder.mkdir(parents=True, exist_ok=True)
    plain = {value: value for value in known}
    _write(folder / "en.nt", english, _ENGLISH, plain, {row[1]: f"r/{row[1]}" for row in english})
    _write_labels(folder / "en.nt", [(f"{_ENGLISH}{each}", each.replace("_", " "), "en") for each in known])
    numbers = {value: str(place) for value, place in number.items()}
    _write(folder / "ru.nt", russian, _RUSSIAN, numbers, opaque)
    _write_labels(
        folder / "ru.nt", [(f"{_RUSSIAN}{numbers[value]}", name, "ru") for value, name in gold.items()]
    )
    run = run_align([folder / "en.nt", folder / "ru.nt"], folder / "run")
    links = run.links.filter(pl.col("status") == "accepted")
    by_number = {f"{_RUSSIAN}{place}": value for value, place in number.items()}
    found = {
        source.removeprefix(_ENGLISH): by_number[target]
        for source, target in links.select("source", "target").iter_rows()
    }
    right = sum(source == target for source, target in found.items())
    both = sum(value in gold for value in known)
    return AlignedNames(
        {source: [Name(text=gold[target], language="ru")] for source, target in found.items()},
        round(right / max(len(found), 1), 4),
        round(right / max(both, 1), 4),
        len(found),
    )


def _russian_names(entries: Sequence[Entry]) -> dict[str, str]:
    """The first Russian name of every entity that people gave one."""
    found: dict[str, str] = {}
    for entry in entries:
        for fact in entry.facts:
            for term in (fact.subject, fact.object):
                name = _russian(term)
                if name is not None and not term.literal:
                    found.setdefault(term.value, name)
    return dict(sorted(found.items()))


def _russian(term: Term) -> str | None:
    return next((name.text for name in term.names if name.language == "ru"), None)


def _write(
    path: Path,
    triples: Sequence[tuple[str, str, str, bool]],
    namespace: str,
    entities: Mapping[str, str],
    relations: Mapping[str, str],
) -> None:
    """Statements as N-Triples, with the graph's own names for entities and relations."""
    rows = pl.DataFrame(
        {
            "subject": [f"{namespace}{entities[row[0]]}" for row in triples],
            "relation": [f"{namespace}{relations[row[1]]}" for row in triples],
            "object": [row[2] if row[3] else f"{namespace}{entities[row[2]]}" for row in triples],
            "literal": [row[3] for row in triples],
        }
    ).with_columns(language=pl.lit(None, pl.String))
    literals, things = literal_terms(rows, "object"), nodes(rows["object"])
    objects = pl.select(pl.when(rows["literal"]).then(literals).otherwise(things))
    _append(path, nodes(rows["subject"]), nodes(rows["relation"]), objects.to_series())


def _write_labels(path: Path, labels: Sequence[tuple[str, str, str]]) -> None:
    """Labels, behind what is in the file."""
    rows = pl.DataFrame(labels, schema=["subject", "text", "language"], orient="row")
    relation = pl.Series([_LABEL]).new_from_index(0, len(rows))
    _append(path, nodes(rows["subject"]), nodes(relation), literal_terms(rows, "text"))


def _append(path: Path, subjects: pl.Series, relations: pl.Series, objects: pl.Series) -> None:
    lines = pl.select(pl.format("{} {} {} .", subjects, relations, objects)).to_series()
    with path.open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
