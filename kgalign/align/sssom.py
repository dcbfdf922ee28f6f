"""Links as SSSOM TSV (Simple Standard for Sharing Ontological Mappings, version 1)."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from kgalign import __version__
from kgalign.align.links import OWL_SAME_AS, Links
from kgalign.align.pairs import encoded_iri
from kgalign.files import atomic_file

_JUSTIFICATION = "semapv:CompositeMatching"
_MANUAL = "semapv:ManualMappingCuration"
_KNOWN_PREDICATES = {
    OWL_SAME_AS: "owl:sameAs",
    "http://www.w3.org/2004/02/skos/core#exactMatch": "skos:exactMatch",
}
_PREFIXES = {
    "owl": "http://www.w3.org/2002/07/owl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "semapv": "https://w3id.org/semapv/vocab/",
}


def write_sssom(links: Links, path: Path, predicate: str = OWL_SAME_AS) -> int:
    """Write the accepted links between named entities; IRIs are percent-encoded.

    The most frequent namespace of either side becomes the prefix ``source`` or ``target``; other
    IRIs stand in full. No date is written: the same run gives the same bytes.

    Returns:
        The number of rows written.
    """
    accepted = links.accepted
    named = accepted.filter(
        ~(pl.col("source").str.starts_with("_:") | pl.col("target").str.starts_with("_:"))
    )
    columns = {side: _ascii(named[side]) for side in ("source", "target")}
    prefixes = dict(_PREFIXES)
    for side, iris in columns.items():
        namespace = _commonest_namespace(iris)
        if namespace is not None:
            prefixes[side] = namespace
            columns[side] = _shortened(iris, side, namespace)
    table = pl.DataFrame(
        {
            "subject_id": columns["source"],
            "subject_label": _one_line(named["source_label"]),
            "predicate_id": pl.repeat(_KNOWN_PREDICATES[predicate], named.height, eager=True),
            "object_id": columns["target"],
            "object_label": _one_line(named["target_label"]),
            "mapping_justification": named.select(
                pl.when(pl.col("method") == "seed").then(pl.lit(_MANUAL)).otherwise(pl.lit(_JUSTIFICATION))
            ).to_series(),
            "confidence": named["probability"].round(6),
            "mapping_tool": pl.repeat("kgalign", named.height, eager=True),
            "mapping_tool_version": pl.repeat(__version__, named.height, eager=True),
        }
    )
    body = io.BytesIO()
    table.write_csv(body, separator="\t", quote_style="necessary")
    with atomic_file(path) as scratch:
        scratch.write_bytes(_header(prefixes).encode() + body.getvalue())
    return table.height


def _header(prefixes: dict[str, str]) -> str:
    lines = ["#curie_map:"]
    lines += [f'#  {name}: "{iri}"' for name, iri in sorted(prefixes.items())]
    lines += [
        "#license: https://w3id.org/sssom/license/unspecified",
        "#mapping_set_id: https://w3id.org/sssom/mappings/kgalign",
        "#sssom_version: '1.0'",
    ]
    return "".join(line + "\n" for line in lines)


def _ascii(iris: pl.Series) -> pl.Series:
    return pl.Series([encoded_iri(iri) for iri in iris.to_list()], dtype=pl.String)


def _one_line(labels: pl.Series) -> pl.Series:
    return labels.fill_null("").str.replace_all(r"[\t\r\n]+", " ").str.strip_chars()


def _commonest_namespace(iris: pl.Series) -> str | None:
    spaces = pl.DataFrame({"space": iris.str.extract(r"^(.*[/#])[^/#]+$", 1)}).drop_nulls()
    if spaces.height == 0:
        return None
    counted = spaces.group_by("space").len().sort("len", "space", descending=[True, False])
    return str(counted["space"][0])


def _shortened(iris: pl.Series, prefix: str, namespace: str) -> pl.Series:
    frame = pl.DataFrame({"iri": iris})
    local = pl.col("iri").str.strip_prefix(namespace)
    plain = pl.col("iri").str.starts_with(namespace) & local.str.contains(r"^[^/#?]+$")
    return frame.select(
        pl.when(plain).then(pl.lit(f"{prefix}:") + local).otherwise(pl.col("iri")).alias("iri")
    ).to_series()
