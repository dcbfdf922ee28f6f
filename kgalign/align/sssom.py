"""Links as SSSOM TSV (Simple Standard for Sharing Ontological Mappings, version 1)."""

from __future__ import annotations

import polars as pl

from kgalign import __version__
from kgalign.align.links import OWL_SAME_AS, Links, named
from kgalign.align.pairs import encoded_iri

_COMPOSITE = "semapv:CompositeMatching"
_JUSTIFICATIONS = {
    "confirmed": "semapv:ManualMappingCuration",
    "seed": "semapv:ManualMappingCuration",
    "joined": "semapv:MappingChaining",
}
_KNOWN_PREDICATES = {
    OWL_SAME_AS: "owl:sameAs",
    "http://www.w3.org/2004/02/skos/core#exactMatch": "skos:exactMatch",
}
_PREFIXES = {
    "owl": "http://www.w3.org/2002/07/owl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "semapv": "https://w3id.org/semapv/vocab/",
}


def sssom(links: Links, predicate: str = OWL_SAME_AS) -> str:
    """The accepted links between named entities as SSSOM TSV; IRIs are percent-encoded.

    The most frequent namespace of either side becomes the prefix ``source`` or ``target``; other
    IRIs stand in full. No date is written: the same run gives the same bytes.
    """
    rows = named(links.accepted)
    columns = {side: _ascii(rows[side]) for side in ("source", "target")}
    prefixes = dict(_PREFIXES)
    for side, iris in columns.items():
        namespace = _commonest_namespace(iris)
        if namespace is not None:
            prefixes[side] = namespace
            columns[side] = _shortened(iris, side, namespace)
    table = pl.DataFrame(
        {
            "subject_id": columns["source"],
            "subject_label": _one_line(rows["source_label"]),
            "predicate_id": pl.repeat(_KNOWN_PREDICATES[predicate], rows.height, eager=True),
            "object_id": columns["target"],
            "object_label": _one_line(rows["target_label"]),
            "mapping_justification": rows.select(
                pl.col("method").replace_strict(_JUSTIFICATIONS, default=_COMPOSITE)
            ).to_series(),
            "confidence": rows["probability"].round(6),
            "mapping_tool": pl.repeat("kgalign", rows.height, eager=True),
            "mapping_tool_version": pl.repeat(__version__, rows.height, eager=True),
        }
    )
    return _header(prefixes) + table.write_csv(separator="\t", quote_style="necessary")


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
