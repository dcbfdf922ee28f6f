"""Five graphs at once: what ``kgalign align`` makes of DBP-5L, without seed links.

DBP-5L (Chen et al. 2020; Chakrabarti et al. 2022) holds five language editions of DBpedia with the links
between each two of them. The training, validation and test triples of each language become one graph
of N-Triples with IRIs of its own, so that neither IRIs nor ids tell which entities are the same;
an entity's only name is its title. The five are aligned in one call and scored pair by pair.

    python tools/bench/dbp5l.py [DATA] [--links FOLDER] [--keep DIR] [-- OPTIONS OF kgalign align]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from kgalign.align.iris import encoded_iri

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared/data/dbp5l"
LANGUAGES = ("el", "en", "es", "fr", "ja")
PARTS = ("train", "val", "test")
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?", default=DATA, help="the folder of DBP-5L")
    parser.add_argument(
        "--links",
        default="seed_alignlinks",
        help="the folder of links to score against (default: seed_alignlinks)",
    )
    parser.add_argument("--keep", type=Path, help="keep graphs, references and the run here")
    parser.add_argument("options", nargs="*", help="further options of kgalign align, after --")
    arguments = parser.parse_args()
    if arguments.keep is not None:
        run(arguments.data, arguments.links, arguments.keep, arguments.options)
        return
    with tempfile.TemporaryDirectory(prefix="kgalign-dbp5l-") as folder:
        run(arguments.data, arguments.links, Path(folder), arguments.options)


def run(data: Path, links: str, folder: Path, options: list[str]) -> None:
    """Convert *data*, align the five graphs and print the figures."""
    folder.mkdir(parents=True, exist_ok=True)
    graphs = [write_graph(data, language, folder) for language in LANGUAGES]
    reference = write_references(data / links, folder)
    print_figures(align(graphs, reference, folder / "run", options))


def write_graph(data: Path, language: str, folder: Path, parts: Sequence[str] = PARTS) -> Path:
    """One language's names, and the triples of these *parts*, as N-Triples."""
    relations = pl.Series([encoded_iri(iri) for iri in read_list(data / "relations.txt")])
    triples = pl.concat(
        [
            pl.read_csv(
                data / f"kg/{language}-{part}.tsv",
                separator="\t",
                has_header=False,
                new_columns=["head", "relation", "tail"],
            )
            for part in parts
        ]
    )
    statements = triples.select(
        pl.format(
            "<{}> <{}> <{}> .",
            entity_iri(language, pl.col("head")),
            relations.gather(triples["relation"]),
            entity_iri(language, pl.col("tail")),
        )
    ).to_series()
    titles = pl.DataFrame({"iri": read_list(data / f"entity/{language}.tsv")}).with_row_index("entity")
    text = pl.col("iri").str.extract(r"/resource/(.*)$").str.replace_all("_", " ", literal=True)
    names = titles.select(
        pl.format(
            '<{}> <{}> "{}"@{} .',
            entity_iri(language, pl.col("entity")),
            pl.lit(LABEL),
            text.str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True),
            pl.lit(language),
        )
    ).to_series()
    path = folder / f"{language}.nt"
    path.write_text("\n".join([*names.to_list(), *statements.to_list(), ""]), "utf-8")
    return path


def write_references(links: Path, folder: Path) -> Path:
    """Each pair's links as ``FIRST-SECOND.tsv``, and all of them in one file, whose path is given."""
    tables = []
    for source in sorted(links.glob("*.tsv")):
        first, second = source.stem.split("-")
        numbers = pl.read_csv(
            source, separator="\t", has_header=False, new_columns=["first", "second"]
        ).with_columns(pl.all().cast(pl.Int64))
        table = numbers.select(
            pl.format("{}", entity_iri(first, pl.col("first"))).alias("source"),
            pl.format("{}", entity_iri(second, pl.col("second"))).alias("target"),
        )
        table.write_csv(folder / source.name, separator="\t", include_header=False)
        tables.append(table)
    path = folder / "all.tsv"
    pl.concat(tables).write_csv(path, separator="\t", include_header=False)
    return path


def entity_iri(language: str, number: pl.Expr) -> pl.Expr:
    """The IRI of an entity: it tells nothing but the language."""
    return pl.format("http://{}.dbp5l/entity/{}", pl.lit(language), number)


def read_list(path: Path) -> list[str]:
    """The lines of *path*; a line's position is its number in the other files."""
    return path.read_text("utf-8").splitlines()


def align(graphs: list[Path], reference: Path, output: Path, options: list[str]) -> dict[str, Any]:
    """Run ``kgalign align`` on all graphs and give what it tells."""
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "kgalign", "align", *map(str, graphs)),
            *("--reference", str(reference), "-o", str(output), "--json", *options),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if finished.returncode:
        sys.exit(finished.returncode)
    told: dict[str, Any] = json.loads(finished.stdout)
    return told


def print_figures(told: dict[str, Any]) -> None:
    """Precision, recall and F1 of each pair and their mean, and what the run cost."""
    print(f"{'pair':8}{'links':>8}{'precision':>11}{'recall':>8}{'F1':>8}{'Hits@1':>8}")
    for pair in told["pairs"]:
        name = f"{pair['source_graph']}-{pair['target_graph']}"
        print(row(name, pair))
    mean = {**told, "links": round(told["links"] / len(told["pairs"]))}
    print(row("mean", mean))
    processor = sum(stage["cpu_seconds"] for stage in told["stages"])
    peak = told["peak_memory_bytes"] / 2**20
    print(f"{told['seconds']:.0f} s, CPU {processor:.0f} s, peak memory {peak:,.0f} MiB")


def row(name: str, figures: dict[str, Any]) -> str:
    """One line of the table."""
    return (
        f"{name:8}{figures['links']:>8,}{figures['precision']:>11.4f}{figures['recall']:>8.4f}"
        f"{figures['f1']:>8.4f}{figures['hits@1']:>8.4f}"
    )


if __name__ == "__main__":
    main()
