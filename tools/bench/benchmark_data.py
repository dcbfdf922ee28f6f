"""The data sets that the alignment benchmarks run on, and where their files are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kgalign.align import read_pairs, resolve
from kgalign.kg import load

ROOT = Path(__file__).resolve().parents[2]
SHARED_DATA = ROOT.parent / "shared" / "data"


@dataclass(frozen=True)
class DataSet:
    """Two graphs and the links that are known between them.

    Attributes:
        name: how settings call it.
        title: how tables call it.
        folder: where its files are; file names in a setting's arguments are relative to it.
        graphs: file names of the two graphs.
        reference: file name of the links that results are scored against.
        training: file name of the links that may be used for aligning; None if there are none.
        complete: whether entities that no link names are known to have no partner.
    """

    name: str
    title: str
    folder: Path
    graphs: tuple[str, str]
    reference: str
    training: str | None = None
    complete: bool = False

    @property
    def graph_paths(self) -> tuple[Path, Path]:
        """The two graphs."""
        return self.folder / self.graphs[0], self.folder / self.graphs[1]

    @property
    def reference_path(self) -> Path:
        """The links that results are scored against."""
        return self.folder / self.reference

    @property
    def growth_links(self) -> Path:
        """The links by which the pair is grown: those for training, so that no test link is looked at."""
        return self.folder / (self.training or self.reference)

    @property
    def present(self) -> bool:
        """Whether its files are here."""
        return all(path.is_file() for path in (*self.graph_paths, self.reference_path))


_KG = ("kg1.nt.gz", "kg2.nt.gz")
_LINKS = ("links_test.tsv", "links_train.tsv")

DATA_SETS = {
    data.name: data
    for data in (
        DataSet("zh_en", "DBP15K zh-en", SHARED_DATA / "dbp15k" / "zh_en", _KG, *_LINKS),
        DataSet("fr_en", "SRPRS fr-en", SHARED_DATA / "srprs" / "fr_en", _KG, *_LINKS),
        DataSet(
            "persons",
            "OAEI 2010 persons",
            SHARED_DATA / "oaei2010" / "person",
            ("person11.rdf", "person12.rdf"),
            "person-gold.ttl",
        ),
        DataSet(
            "graph_data",
            "sample graphs",
            ROOT / "graph_data",
            ("world_ja_ru_ar.nt.gz", "world_en_fr_hi.ttl"),
            "reference.tsv",
            complete=True,
        ),
    )
}


def known_links(data: DataSet, *paths: Path) -> pl.DataFrame:
    """The links of link files of *data* whose entities are there: ``source``, ``target`` IRIs, sorted."""
    first, second = (load(path) for path in data.graph_paths)
    pairs = pl.concat([read_pairs(path) for path in dict.fromkeys(paths)])
    found = resolve(pairs, first, second)
    columns = {
        "source": first.entities["iri"].gather(found.source),
        "target": second.entities["iri"].gather(found.target),
    }
    return pl.DataFrame(columns).unique().sort("source", "target")
