from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
STATES = {
    "one": ("مصر", "日本", "Iceland", "Slovenia", "Peru"),
    "two": ("مصر", "日本", "ICELAND", "Slovenia", "Chad"),
}
TOWNS = ("القاهرة", "東京", "Reykjavík", "Ljubljana", "Arequipa")


@pytest.fixture
def run(command, tmp_path: Path) -> Path:
    """A finished run on two atlases; the last country and town of the first have no partner."""
    dumps = []
    for graph, states in STATES.items():
        lines = []
        for number, (state, town) in enumerate(zip(states, TOWNS, strict=True)):
            lines += [
                f'<http://{graph}/{number}> {LABEL} "{state}" .',
                f"<http://{graph}/{number}> <http://{graph}/capital> <http://{graph}/t{number}> .",
                f'<http://{graph}/t{number}> {LABEL} "{town if number < 4 else graph + " port"}" .',
            ]
        # Two things of one name, which are not the same.
        lines += [f'<http://{graph}/river> {LABEL} "Amazon" .', f'<http://{graph}/shop> {LABEL} "Amazon" .']
        lines += [f"<http://{graph}/river> <http://{graph}/reaches> <http://{graph}/4> ."]
        path = tmp_path / f"{graph}.nt"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        dumps.append(path)
    output = tmp_path / "run"
    assert command("align", *dumps, "-o", output, "--encoder", "characters").code == 0
    # One source is made to have lost its link.
    table = pl.read_parquet(output / "links.parquet")
    table.filter(pl.col("source") != "http://one/4").write_parquet(output / "links.parquet")
    return output


def only_link(result) -> dict[str, object]:
    assert result.code == 0, result.err
    told = json.loads(result.out)
    assert told["command"] == "explain"
    (link,) = told["links"]
    return link


@pytest.mark.parametrize(
    "name", ["http://one/1", "<http://one/1>", "http://two/1", "日本", "\u2068日本\u2069", "%68ttp://one/1"]
)
def test_an_entity_is_found_by_its_iri_on_either_side_and_by_its_label(name: str, run: Path, command) -> None:
    link = only_link(command("explain", run, name, "--json"))
    assert (link["source"], link["target"]) == ("http://one/1", "http://two/1")


def test_labels_are_compared_without_case_if_nothing_is_called_so_exactly(run: Path, command) -> None:
    assert only_link(command("explain", run, "iCELAND", "--json"))["source"] == "http://one/2"


def test_json_holds_the_whole_explanation(run: Path, command) -> None:
    link = only_link(command("explain", run / "links.parquet", "Slovenia", "--json"))
    assert sum(term["contribution"] for term in link["contributions"]) == pytest.approx(
        link["score"], abs=1e-3
    )
    (near,) = link["neighbours"]
    assert (near["neighbour_label"], near["counterpart_label"]) == ("Ljubljana", "Ljubljana")
    assert link["rival"] not in (link["source"], link["target"])
    table = pl.read_parquet(run / "links.parquet")
    side, other = ("target", "source") if link["rival_side"] == "target" else ("source", "target")
    partners = table.filter(pl.col(side) == link["rival"])[other].to_list()
    assert [partner["iri"] for partner in link["rival_links"]] == partners


def test_a_person_reads_it_in_one_screen(run: Path, command) -> None:
    result = command("explain", run, "Slovenia")
    assert result.code == 0
    for words in (
        "Slovenia = Slovenia",
        "<http://one/3>",
        "accepted: by the evidence below",
        "structure_certainty",
        "background",
        "capital → capital  Ljubljana = Ljubljana",
        "best rival in place of Slovenia: ",
        "it lost by",
    ):
        assert words in result.out
    assert len(result.out.splitlines()) < 40


def test_right_to_left_labels_are_isolated(run: Path, command) -> None:
    out = command("explain", run, "مصر").out
    assert "\u2068مصر\u2069 = \u2068مصر\u2069" in out
    assert out.count("\u2068") == out.count("\u2069")


def test_without_a_link_the_best_candidates_are_told(run: Path, command) -> None:
    result = command("explain", run, "Peru")
    assert result.code == 0
    assert "Peru has no link" in result.out
    told = json.loads(command("explain", run, "Peru", "--json").out)
    assert told["links"] == []
    assert {candidate["source"] for candidate in told["candidates"]} == {"http://one/4"}
    weights = [candidate["weight"] for candidate in told["candidates"]]
    assert weights == sorted(weights, reverse=True)
    best = told["candidates"][0]
    assert "characters" in best
    for partner in best["links"]:
        assert f"it is linked with {partner['label']}" in result.out


def test_several_entities_of_one_name_are_listed(run: Path, command) -> None:
    result = command("explain", run, "Amazon")
    assert result.code == 2
    assert result.out == ""
    for iri in ("http://one/river", "http://one/shop", "http://two/river", "http://two/shop"):
        assert f"<{iri}>" in result.err
    assert result.err.splitlines()[-1].startswith("kgalign: 4 entities are called 'Amazon'; give the IRI")
    assert command("explain", run, "http://one/river").code == 0


def told(result, *words: str) -> None:
    assert result.code == 2, result.err
    assert result.out == ""
    (line,) = result.err.splitlines()
    assert line.startswith("kgalign: ")
    for word in words:
        assert word in line


def test_an_unknown_entity(run: Path, command) -> None:
    told(command("explain", run, "Atlantis"), "Atlantis", "IRI")


def test_what_is_no_run(run: Path, command, tmp_path: Path) -> None:
    told(command("explain", tmp_path / "nowhere", "Peru"), "nowhere", "no links here")
    told(command("explain", run / "links.nt", "Peru"), "links.nt", "not a table of links")
    told(command("explain", run / "candidates.parquet", "Peru"), "candidates.parquet", "not a table of links")
    (tmp_path / "empty").mkdir()
    told(command("explain", tmp_path / "empty", "Peru"), "empty", "no links here")


def test_links_without_their_evidence(run: Path, command, tmp_path: Path) -> None:
    old = tmp_path / "old.parquet"
    pl.read_parquet(run / "links.parquet").drop("contributions").write_parquet(old)
    told(command("explain", old, "Slovenia"), "without their evidence", "kgalign align")


def test_links_alone_still_explain_themselves(run: Path, command, tmp_path: Path) -> None:
    alone = tmp_path / "alone.parquet"
    alone.write_bytes((run / "links.parquet").read_bytes())
    assert only_link(command("explain", alone, "http://one/0", "--json"))["target"] == "http://two/0"
    told(command("explain", alone, "http://one/4"), "http://one/4")


def test_a_link_through_other_graphs(run: Path, command) -> None:
    table = pl.read_parquet(run / "links.parquet")
    row = table.filter(pl.col("source") == "http://one/0")
    empty = {
        name: None for name in ("score", "contributions", "neighbours", "attributes", "rival", "rival_side")
    }
    joined = row.with_columns(
        source=pl.lit("http://zero/0"),
        method=pl.lit("joined"),
        via=pl.lit(["http://one/0"]),
        **{name: pl.lit(value).cast(table.schema[name]) for name, value in empty.items()},
    )
    pl.concat([table, joined], how="diagonal").write_parquet(run / "links.parquet")
    result = command("explain", run, "http://zero/0")
    assert result.code == 0
    assert "it follows from links with other graphs" in result.out
    assert "<http://one/0>" in result.out
