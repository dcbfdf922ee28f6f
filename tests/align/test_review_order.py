from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from kgalign.align import review_order

NEIGHBOURS = pl.List(pl.Struct({"neighbour": pl.String, "counterpart": pl.String, "information": pl.Float32}))


def link(name: str, probability: float, *neighbours: tuple[str, float], **others: Any) -> dict[str, Any]:
    return {
        "source_graph": "one",
        "target_graph": "two",
        "source": f"s{name}",
        "target": f"t{name}",
        "probability": probability,
        "status": "accepted",
        "method": "aligned",
        "rival": None,
        "neighbours": [
            {"neighbour": f"s{other}", "counterpart": f"t{other}", "information": information}
            for other, information in neighbours
        ],
        **others,
    }


def links(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema_overrides={"neighbours": NEIGHBOURS})


def candidates(*rows: tuple[str, str, float]) -> pl.DataFrame:
    return pl.DataFrame(
        [("one", "two", f"s{source}", f"t{target}", probability) for source, target, probability in rows],
        schema=["source_graph", "target_graph", "source", "target", "probability"],
        orient="row",
    )


def order(table: pl.DataFrame, rivals: pl.DataFrame | None = None) -> list[str]:
    return review_order(table, rivals)["source"].to_list()


def test_the_most_doubtful_pair_comes_first() -> None:
    found = review_order(links(link("a", 0.99), link("b", 0.5), link("c", 0.2), link("d", 1.0)))
    assert found["source"].to_list() == ["sb", "sc", "sa", "sd"]
    assert found["value"].to_list() == pytest.approx([0.25, 0.16, 0.0099, 0.0])
    assert found.columns == ["source", "target", "source_graph", "target_graph", "probability", "value"]


def test_a_pair_that_unsure_pairs_depend_on_comes_before_another() -> None:
    rows = [
        link("a", 0.5),
        link("b", 0.5),
        link("c", 0.4, ("b", 3.0), ("x", 1.0)),
        link("d", 1.0, ("a", 1.0)),
    ]
    found = review_order(links(*rows))
    # b is three quarters of the evidence of c, which is unsure; a is all of that of d, which is sure.
    assert found["source"].to_list() == ["sb", "sa", "sc", "sd"]
    assert found["value"][0] == pytest.approx(0.25 * (1 + 0.24 * 0.75))
    assert found["value"][1] == pytest.approx(0.25)


def test_a_pair_with_a_likely_rival_comes_before_another() -> None:
    table = links(link("a", 0.6), link("b", 0.6), link("c", 0.6))
    rivals = candidates(("a", "a", 0.6), ("b", "x", 0.3), ("y", "a", 0.35), ("b", "z", 0.1), ("c", "x", 0.5))
    found = review_order(table, rivals)
    assert found["source"].to_list() == ["sc", "sb", "sa"]
    assert found["value"].to_list() == pytest.approx([0.24 + 0.4, 0.24 + 0.3, 0.24])
    beside = table.with_columns(
        rival_probability=pl.Series([0.2, 0.9, 0.1]), rival_side=pl.Series(["target", "source", "target"])
    )
    assert order(beside) == ["sa", "sc", "sb"]


def test_what_is_known_is_not_asked_about() -> None:
    methods = ("seed", "same-iri", "confirmed", "joined")
    rows = [link(method, 0.5, method=method) for method in methods]
    assert order(links(*rows)) == ["sjoined"]


def test_pairs_of_other_graphs_are_told_apart() -> None:
    # The same entities in another pair of graphs: the evidence counts only where it was found.
    rows = [
        link("a", 0.5),
        link("a", 0.5, target_graph="three"),
        link("b", 0.5, ("a", 1.0), target_graph="three"),
    ]
    found = review_order(links(*rows))
    assert found.select("source", "target_graph").rows()[0] == ("sa", "three")
    assert found["value"].to_list() == pytest.approx([0.3125, 0.25, 0.25])


def test_links_without_evidence_are_ordered_by_their_probability() -> None:
    table = links(link("a", 0.9), link("b", 0.4)).drop("neighbours")
    assert order(table) == ["sb", "sa"]
    assert review_order(table.clear()).height == 0
