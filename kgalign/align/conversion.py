"""Links from one format into another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import polars as pl

from kgalign.align.iris import valid_iris
from kgalign.align.link_files import LINK_FILE_SCHEMA
from kgalign.align.links import GRAPH_COLUMNS, LINK_COLUMNS, OWL_SAME_AS, named, ntriples
from kgalign.align.oaei import oaei
from kgalign.align.predicates import SKOS_EXACT_MATCH, equivalent
from kgalign.align.sssom import sssom_of
from kgalign.errors import InputError
from kgalign.files import atomic_file

LinkFormat = Literal["sssom", "oaei", "sameas", "exactmatch", "csv", "parquet"]
LINK_FORMATS: tuple[LinkFormat, ...] = get_args(LinkFormat)

_ENDINGS: dict[str, LinkFormat] = {
    ".sssom.tsv": "sssom",
    ".tsv": "sssom",
    ".rdf": "oaei",
    ".xml": "oaei",
    ".nt": "sameas",
    ".csv": "csv",
    ".parquet": "parquet",
}
_RDF: tuple[LinkFormat, ...] = ("oaei", "sameas", "exactmatch")
_PLAIN: tuple[LinkFormat, ...] = ("csv", "parquet")


@dataclass(frozen=True)
class Converted:
    """What was written.

    Attributes:
        written: number of links in the file.
        blank: number of links left out because a blank node means nothing outside its file.
        other: number of links left out because the format has only links between equals.
    """

    written: int
    blank: int
    other: int


def format_by_name(path: str | Path) -> LinkFormat:
    """The format that a file's name stands for.

    Raises:
        InputError: if it stands for none.
    """
    name = Path(path).name.lower()
    for ending, form in _ENDINGS.items():
        if name.endswith(ending):
            return form
    raise InputError(
        "the name tells no format of links",
        path=path,
        remedy=f"end it in one of {', '.join(_ENDINGS)}, or name the format with --to",
    )


def write_links(
    links: pl.DataFrame, path: str | Path, form: LinkFormat, predicate: str = OWL_SAME_AS
) -> Converted:
    """Write *links* to a file, whole or not at all.

    Every format holds source and target. SSSOM, CSV and Parquet hold the probability, labels, predicate,
    status and method as well; OAEI the probability and the relation. Parquet also keeps what else is in
    *links*, such as the evidence. Blank nodes stand only in CSV and Parquet.

    Args:
        links: as :func:`~kgalign.align.link_files.read_links` gives them.
        path: the file.
        form: its format.
        predicate: of the links that name none, in SSSOM.

    Raises:
        InputError: if RDF is asked for and an entity's name is no IRI.
        OutputError: if the file can't be written.
    """
    rows = links if form in _PLAIN else named(links)
    same = equivalent(rows) if form in ("sameas", "exactmatch") else rows
    if form in _RDF:
        _check_iris(same)
    with atomic_file(path) as scratch:
        if form == "parquet":
            _whole(same).write_parquet(scratch, compression="zstd")
        else:
            # Not as text: no line end may become another one.
            scratch.write_bytes(_TEXTS[form](same, predicate).encode("utf-8"))
    return Converted(same.height, links.height - rows.height, rows.height - same.height)


def _whole(links: pl.DataFrame) -> pl.DataFrame:
    """All columns but those that describe the file read; a run's tables have none of these."""
    empty = [name for name in ("predicate",) if links[name].is_null().all()]
    graphs = [name for name in GRAPH_COLUMNS if name in links.columns]
    order = [*graphs, *LINK_COLUMNS]
    return links.drop("line", *empty).select(*order, pl.exclude(*order))


def _csv(links: pl.DataFrame, predicate: str) -> str:
    columns = [*GRAPH_COLUMNS, *LINK_FILE_SCHEMA]
    rows = _whole(links)
    return rows.select(name for name in columns if name in rows.columns).write_csv()


_TEXTS: dict[LinkFormat, Callable[[pl.DataFrame, str], str]] = {
    "sssom": sssom_of,
    "oaei": lambda links, predicate: oaei(links),
    "sameas": lambda links, predicate: ntriples(links, OWL_SAME_AS),
    "exactmatch": lambda links, predicate: ntriples(links, SKOS_EXACT_MATCH),
    "csv": _csv,
}


def _check_iris(links: pl.DataFrame) -> None:
    for side in ("source", "target"):
        wrong = links.filter(valid_iris(links[side]).is_null())[side]
        if len(wrong):
            raise InputError(
                f"{len(wrong):,} links name no IRI (first: {wrong[0]!r}), and RDF knows only IRIs",
                remedy="choose CSV, Parquet or SSSOM, or spell the names out as IRIs",
            )
