"""The pairs of a run, packed for the viewer in the page.

The viewer gets one JSON object of columns, so that what repeats stands once: entities, relations,
texts and languages are numbered, namespaces are cut from IRIs, numbers are rounded to what is shown.
Lists of pairs (names, neighbours, values) lie end to end beside their lengths. -1 stands for
"none" wherever a number names something, null where a figure is unknown.

============================  ================================================================
key                           what
============================  ================================================================
``graphs``                    names of the graphs
``statuses``, ``methods``     words that ``pairs`` numbers
``namespaces``                what IRIs begin with
``entities``                  ``namespace``, ``local`` and ``label``; 0 stands for a label that is
                              the local name with spaces for underscores, null for none
``relations``                 IRIs, ``^`` before an inverse relation
``texts``, ``languages``      names and values; language tags with spaces between them
``signals``, ``weights``      names of the signals; of each two graphs, the signals' weights
``pairs``                     a column each: ``source``, ``target``, ``source_graph``,
                              ``target_graph``, ``status``, ``method``, ``probability`` (1/10,000),
                              ``score`` (1/100), ``weights`` (number of the row), ``rival``,
                              ``rival_side`` (1: it would replace the target), ``rival_score``,
                              ``rival_probability``, ``neighbours_shared``, ``attributes_shared``
``contributions``             a column per signal, in 1/100; what is missing from the score is
                              its background
``rival_contributions``       the same of the best rival
``names``                     of each side: ``length``, ``text``, ``language``
``neighbours``                ``length``, ``relation``, ``neighbour``, ``counterpart_relation``,
                              ``counterpart``, ``information`` (1/100 nat)
``attributes``                ``length``, ``attribute``, ``value``, ``counterpart_attribute``,
                              ``counterpart_value``, ``information``
``via``                       ``length``, ``entity``: what a joined link follows from
``order``                     numbers of the pairs in the order of review; empty in a report
============================  ================================================================
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from typing import Any

import polars as pl

from kgalign.align.explanation import BACKGROUND
from kgalign.align.links import GRAPH_COLUMNS
from kgalign.report.numbering import Numbering

_SIDES = ("source", "target")
_EVIDENCE = ("neighbours", "attributes")
_NONE = -1

Column = list[Any]


@dataclass(frozen=True)
class PairData:
    """Pairs as the viewer takes them.

    Attributes:
        columns: the JSON object.
        rows: ``source``, ``target``, ``source_graph``, ``target_graph`` and ``row`` (its number in the
            viewer) of each pair.
        left_out: number of pairs that were left out.
        evidence_left_out: number of neighbours and values that were left out of the pairs kept.
    """

    columns: dict[str, Any]
    rows: pl.DataFrame
    left_out: int
    evidence_left_out: int

    def packed(self) -> str:
        """The columns as JSON, deflated (RFC 1950), in Base64: letters that no markup can end."""
        text = json.dumps(self.columns, ensure_ascii=False, separators=(",", ":"))
        return base64.b64encode(zlib.compress(text.encode("utf-8", "replace"), 9)).decode("ascii")


@dataclass(frozen=True)
class _Lists:
    """A list for each pair, end to end: how long each is, and a row for each element of all."""

    lengths: list[int]
    rows: pl.DataFrame


def pair_data(
    links: pl.DataFrame, most_pairs: int, most_evidence: int, order: pl.DataFrame | None = None
) -> PairData:
    """Pack *links* for the viewer.

    Args:
        links: as in ``links.parquet``, with both graphs' names.
        most_pairs: of more pairs, those first in *order* are kept, the least probable without one.
        most_evidence: the most neighbours, and values, of each pair.
        order: ``source``, ``target``, ``source_graph``, ``target_graph``, ``probability``: the pairs
            in the order of review. Those that are no links are added without evidence.
    """
    every = links if order is None else _with_others(links, order)
    kept = _kept(every, most_pairs, order)
    rows = kept.select(*_SIDES, *GRAPH_COLUMNS).with_row_index("row")
    neighbours, values = (_flat(kept, name, most_evidence) for name in _EVIDENCE)
    vias = _vias(kept)
    graphs = Numbering.of(*(kept[column] for column in GRAPH_COLUMNS))
    statuses, methods = Numbering.of(kept["status"]), Numbering.of(kept["method"])
    near = (neighbours.rows["neighbour"], neighbours.rows["counterpart"])
    entities = Numbering.of(*(kept[side] for side in _SIDES), kept["rival"], *near, vias.explode())
    signals, row_of_weights = _signal_columns(kept)
    columns = {
        "graphs": graphs.values,
        "statuses": statuses.values,
        "methods": methods.values,
        **_entity_columns(entities, _labels(kept, neighbours.rows)),
        **_evidence_columns(kept, neighbours, values, entities),
        **signals,
        "via": {
            "length": vias.list.len().to_list(),
            "entity": entities.numbers(vias.explode(empty_as_null=False)),
        },
        "order": [] if order is None else _order(rows, order),
        "pairs": {
            **{side: entities.numbers(kept[side]) for side in _SIDES},
            **{column: graphs.numbers(kept[column]) for column in GRAPH_COLUMNS},
            "status": statuses.numbers(kept["status"]),
            "method": methods.numbers(kept["method"]),
            "probability": _rounded(kept["probability"], 10_000),
            "score": _rounded(kept["score"], 100),
            "weights": row_of_weights,
            "rival": entities.numbers(kept["rival"]),
            "rival_side": (kept["rival_side"] == "target").fill_null(False).cast(pl.Int8).to_list(),
            "rival_score": _rounded(kept["rival_score"], 100),
            "rival_probability": _rounded(kept["rival_probability"], 10_000),
            **{f"{name}_shared": kept[f"{name}_shared"].fill_null(0).to_list() for name in _EVIDENCE},
        },
    }
    had = sum(int(kept[name].list.len().fill_null(0).sum()) for name in _EVIDENCE)
    lost = had - neighbours.rows.height - values.rows.height
    return PairData(columns, rows, every.height - kept.height, lost)


def _with_others(links: pl.DataFrame, order: pl.DataFrame) -> pl.DataFrame:
    """*links*, and after them the pairs that people are asked about although no link was made."""
    keys = [*_SIDES, *GRAPH_COLUMNS]
    others = order.join(links, on=keys, how="anti", maintain_order="left").select(
        *keys, "probability", status=pl.lit("rejected"), method=pl.lit("aligned")
    )
    return pl.concat([links, others], how="diagonal")


def _kept(links: pl.DataFrame, most: int, order: pl.DataFrame | None) -> pl.DataFrame:
    if links.height <= most:
        return links
    numbered = links.with_row_index("place")
    if order is None:
        chosen = numbered.sort("probability", "place", descending=[False, True]).head(most)
    else:
        keys = [*_SIDES, *GRAPH_COLUMNS]
        asked = order.select(keys).with_row_index("asked")
        chosen = (
            numbered.join(asked, on=keys, how="left", maintain_order="left")
            .sort("asked", "place", nulls_last=True)
            .head(most)
            .drop("asked")
        )
    return chosen.sort("place").drop("place")


def _order(rows: pl.DataFrame, order: pl.DataFrame) -> list[int]:
    keys = [*_SIDES, *GRAPH_COLUMNS]
    found = order.select(keys).join(rows, on=keys, how="inner", maintain_order="left")
    numbers: list[int] = found["row"].to_list()
    return numbers


def _flat(links: pl.DataFrame, name: str, most: int) -> _Lists:
    """The first *most* structs in each pair's list called *name*."""
    kept = links.select(pl.col(name).list.head(most))
    lengths = kept.to_series().list.len().fill_null(0).to_list()
    return _Lists(lengths, kept.explode(name, empty_as_null=False, keep_nulls=False).unnest(name))


def _vias(links: pl.DataFrame) -> pl.Series:
    """What each pair follows from, a list of IRIs."""
    if "via" in links.columns:
        return links["via"].fill_null([])
    return pl.Series("via", [[]] * links.height, dtype=pl.List(pl.String))


def _labels(links: pl.DataFrame, neighbours: pl.DataFrame) -> pl.DataFrame:
    """``entity`` and ``label`` of all that the pairs name, each once."""
    named = [
        *(links.select(entity=side, label=f"{side}_label") for side in _SIDES),
        links.select(entity="rival", label="rival_label"),
        *(neighbours.select(entity=side, label=f"{side}_label") for side in ("neighbour", "counterpart")),
    ]
    return pl.concat(named).drop_nulls().unique("entity", keep="first", maintain_order=True)


def _entity_columns(entities: Numbering, labels: pl.DataFrame) -> dict[str, Any]:
    table = entities.table("entity").join(labels, on="entity", how="left", maintain_order="left")
    table = table.with_columns(
        namespace=pl.col("entity").str.extract(r"^(.*[/#])[^/#]+$", 1).fill_null("")
    ).with_columns(local=pl.col("entity").str.strip_prefix(pl.col("namespace")))
    plain = (table["label"] == table["local"].str.replace_all("_", " ", literal=True)).fill_null(False)
    namespaces = Numbering.of(table["namespace"])
    return {
        "namespaces": namespaces.values,
        "entities": {
            "namespace": namespaces.numbers(table["namespace"]),
            "local": table["local"].to_list(),
            "label": [
                0 if same else label for same, label in zip(plain, table["label"].to_list(), strict=True)
            ],
        },
    }


def _evidence_columns(
    links: pl.DataFrame, neighbours: _Lists, attributes: _Lists, entities: Numbering
) -> dict[str, Any]:
    near, values = neighbours.rows, attributes.rows
    names = {side: _names_of(links, side) for side in _SIDES}
    texts = Numbering.of(
        *(of_side.rows["text"] for of_side in names.values()), values["value"], values["counterpart_value"]
    )
    languages = Numbering.of(*(of_side.rows["language"] for of_side in names.values()))
    relations = Numbering.of(
        near["relation"], near["counterpart_relation"], values["attribute"], values["counterpart_attribute"]
    )
    return {
        "relations": relations.values,
        "texts": texts.values,
        "languages": languages.values,
        "names": {
            side: {
                "length": of_side.lengths,
                "text": texts.numbers(of_side.rows["text"]),
                "language": languages.numbers(of_side.rows["language"]),
            }
            for side, of_side in names.items()
        },
        "neighbours": {
            "length": neighbours.lengths,
            **{name: relations.numbers(near[name]) for name in ("relation", "counterpart_relation")},
            **{name: entities.numbers(near[name]) for name in ("neighbour", "counterpart")},
            "information": _rounded(near["information"], 100),
        },
        "attributes": {
            "length": attributes.lengths,
            **{name: relations.numbers(values[name]) for name in ("attribute", "counterpart_attribute")},
            **{name: texts.numbers(values[name]) for name in ("value", "counterpart_value")},
            "information": _rounded(values["information"], 100),
        },
    }


def _names_of(links: pl.DataFrame, side: str) -> _Lists:
    """The names of each pair's entity on one side: ``text`` and ``language``.

    An entity that has only its label, in no known language, keeps none: it is said already.
    """
    names, languages = f"{side}_names", f"{side}_languages"
    unknown = pl.col(names).list.eval(pl.element().str.head(0))
    tags = pl.col(languages) if languages in links.columns else unknown
    table = links.select(
        pl.col(names).fill_null([]).alias("text"),
        tags.fill_null([]).alias("language"),
        label=f"{side}_label",
    )
    said = (pl.col("text").list.len() == 1) & (pl.col("language").list.first() == "")
    bare = said & (pl.col("text").list.first() == pl.col("label"))
    table = table.select(
        pl.when(bare.fill_null(False)).then([]).otherwise(pl.col(name)).alias(name)
        for name in ("text", "language")
    )
    return _Lists(table["text"].list.len().to_list(), table.explode("text", "language", empty_as_null=False))


def _signal_columns(links: pl.DataFrame) -> tuple[dict[str, Any], list[int]]:
    """Contributions by signal, the background aside, with the weights; and each pair's row of them."""
    terms = (
        links.select("contributions")
        .with_row_index("row")
        .explode("contributions", empty_as_null=False, keep_nulls=False)
        .unnest("contributions")
        .filter(pl.col("signal") != BACKGROUND)
    )
    signals = Numbering.of(terms["signal"])
    every = links.select(*GRAPH_COLUMNS).with_row_index("row")
    weights = (
        terms.join(every, on="row", how="left", maintain_order="left")
        .group_by([*GRAPH_COLUMNS, "signal"], maintain_order=True)
        .agg(pl.col("weight").first())
    )
    known = weights.select(GRAPH_COLUMNS).unique(maintain_order=True).with_row_index("weights")
    of_pair = every.join(known, on=list(GRAPH_COLUMNS), how="left", maintain_order="left")["weights"]
    row_of_weights: list[int] = of_pair.cast(pl.Int64).fill_null(_NONE).to_list()
    columns = {
        "signals": signals.values,
        "weights": [
            _of_signals(weights.join(row, on=list(GRAPH_COLUMNS), how="semi"), signals)
            for row in known.iter_slices(1)
        ],
        **{
            f"{prefix}contributions": [
                _rounded(
                    every.join(
                        terms.filter(pl.col("signal") == signal), on="row", how="left", maintain_order="left"
                    )[f"{prefix}contribution"],
                    100,
                )
                for signal in signals.values
            ]
            for prefix in ("", "rival_")
        },
    }
    return columns, row_of_weights


def _of_signals(weights: pl.DataFrame, signals: Numbering) -> list[float]:
    by_name = dict(weights.select("signal", "weight").iter_rows())
    return [round(by_name.get(signal, 0.0), 4) for signal in signals.values]


def _rounded(values: pl.Series, steps: int) -> Column:
    """*values* in whole steps of 1/*steps*; null stays."""
    return (values.cast(pl.Float64) * steps).round().cast(pl.Int64).to_list()
