from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from kgalign.fuse import FuseOptions, Fusion, Sources, fuse, read_linking
from kgalign.kg import load

Fuse = Callable[..., Fusion]
XSD = "http://www.w3.org/2001/XMLSchema#"


def dump(folder: Path, name: str, lines: str) -> Path:
    """Write N-Triples where ``a:x`` stands for ``<http://a/x>``, a statement a line without its dot."""
    written = []
    for line in lines.strip().splitlines():
        parts = line.strip().split(" ", 2)
        nodes = [_node(part) for part in parts[:2]]
        thing = parts[2] if parts[2].startswith(('"', "_:")) else _node(parts[2])
        written.append(" ".join([*nodes, thing, "."]))
    path = folder / f"{name}.nt"
    path.write_text("\n".join(written) + "\n", "utf-8")
    return path


def _node(text: str) -> str:
    if text.startswith(("_:", "<")):
        return text
    if text == "label":
        return "<http://www.w3.org/2000/01/rdf-schema#label>"
    graph, _, rest = text.partition(":")
    return f"<http://{graph}/{rest}>"


@pytest.fixture
def make_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], Sources]:
    """Load graphs given as text (see :func:`dump`)."""
    monkeypatch.setattr("kgalign.kg.cache.cache_folder", lambda: tmp_path / "cache")

    def call(graphs: dict[str, str]) -> Sources:
        return Sources.of(tuple(graphs), [load(dump(tmp_path, name, text)) for name, text in graphs.items()])

    return call


@pytest.fixture
def link_file(tmp_path: Path) -> Callable[[str], Path]:
    """Write links, two names a line, as tab-separated values."""

    def call(links: str) -> Path:
        table = tmp_path / "links.tsv"
        rows = [line.split() for line in links.strip().splitlines()]
        table.write_text(
            "".join(f"{_node(one)[1:-1]}\t{_node(other)[1:-1]}\n" for one, other in rows), "utf-8"
        )
        return table

    return call


@pytest.fixture
def fuse_texts(make_sources: Callable[..., Sources], link_file: Callable[[str], Path]) -> Fuse:
    """Fuse graphs given as text by links given as text: ``fuse_texts({"a": …}, "a:1 b:1", **options)``."""

    def call(graphs: dict[str, str], links: str, **options: object) -> Fusion:
        sources = make_sources(graphs)
        linking = read_linking(link_file(links), sources)
        return fuse(sources, linking, FuseOptions.model_validate(options))

    return call


@pytest.fixture
def run_folder(tmp_path: Path) -> Callable[..., Path]:
    """Write a run's ``links.parquet``: graph, graph, source, target, probability and status of each link."""

    def call(*rows: tuple[str, str, str, str, float, str]) -> Path:
        columns = ["source_graph", "target_graph", "source", "target", "probability", "status"]
        folder = tmp_path / "run"
        folder.mkdir(exist_ok=True)
        table = pl.DataFrame(rows, schema=columns, orient="row").with_columns(
            pl.col(name).map_elements(lambda text: _node(text)[1:-1], return_dtype=pl.String)
            for name in ("source", "target")
        )
        table.with_columns(method=pl.lit("aligned")).write_parquet(folder / "links.parquet")
        return folder

    return call
