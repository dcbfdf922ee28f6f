"""How the aligner's time and memory grow with the graphs.

Grows a real pair (see grown_graphs.py) 1, 2, 4 and 8 times, aligns each in a fresh process with an
empty cache, and fits the exponents: the slopes of log time and of log memory over log entities. Time
is CPU seconds of all stages but reading and encoding; labels are encoded as character n-grams, which
no model slows down. zh_en is grown by its training links, and F1 is against their copies.

    python tools/bench/alignment_sizes.py --base graph_data --factors 1 2 --json-output sizes.json

Options that this script does not know go to ``kgalign align``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from aligner_runs import RunFailed, circumstances, cold_cache, run_align
from benchmark_data import DATA_SETS, DataSet

from kgalign.files import atomic_file


@dataclass(frozen=True)
class Size:
    """What aligning one grown pair took.

    Attributes:
        factor: how many times as large as the real pair.
        entities: entities of both graphs.
        triples: statements between entities, of both graphs.
        stages: CPU seconds of each stage but reading and encoding.
        cpu_seconds: their sum.
        wall_seconds: from start to end, reading and encoding included.
        peak_bytes: highest resident memory.
        f1: F1 of the links against the grown reference.
    """

    factor: int
    entities: int
    triples: int
    stages: dict[str, float]
    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int
    f1: float


def main() -> int:
    """Measure each size, print a table and the exponents, write them as JSON if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0], allow_abbrev=False)
    parser.add_argument("--base", choices=["zh_en", "graph_data"], default="zh_en", help="the real pair")
    parser.add_argument(
        "--factors", type=int, nargs="+", default=[1, 2, 4, 8], help="how many times as large"
    )
    parser.add_argument("--rewired", type=float, default=0.5, help="share of joined links rewired")
    parser.add_argument("--growth-seed", type=int, default=0, help="random seed of the growth")
    parser.add_argument("--work", type=Path, help="folder for the grown graphs while they are needed")
    parser.add_argument("--json-output", type=Path, help="write the figures here")
    options, passed = parser.parse_known_args()
    data = DATA_SETS[options.base]
    if not data.present:
        print(f"{data.folder}: the data set is not here.", file=sys.stderr)
        return 2
    sizes = []
    for factor in options.factors:
        try:
            sizes.append(measure(data, factor, options, passed))
        except RunFailed as error:
            print(f"{factor}x failed: {error}", file=sys.stderr)
            break
        print(f"{factor}x: {sizes[-1].cpu_seconds:.1f} CPU s", file=sys.stderr)
    exponents = fit_exponents(sizes)
    print(table(sizes, exponents))
    if options.json_output:
        content = {
            "base": data.name,
            "rewired": options.rewired,
            "growth_seed": options.growth_seed,
            "arguments": passed,
            "sizes": [asdict(size) for size in sizes],
            "exponents": exponents,
            **circumstances(),
        }
        with atomic_file(options.json_output) as scratch:
            scratch.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return 0 if len(sizes) == len(options.factors) else 1


def measure(data: DataSet, factor: int, options: argparse.Namespace, passed: Sequence[str]) -> Size:
    """Grow *data* and align the result.

    Raises:
        RunFailed: if the aligner ends with an error.
    """
    with tempfile.TemporaryDirectory(dir=options.work) as name, cold_cache(options.work) as cache:
        folder = Path(name) / f"{factor}x"
        # In a process of its own: its memory would count as the aligner's (see run_align).
        grower = [sys.executable, str(Path(__file__).with_name("grown_graphs.py"))]
        grown = [*map(str, data.graph_paths), str(data.growth_links), "-o", name, "--factors", str(factor)]
        drawn = ["--rewired", str(options.rewired), "--seed", str(options.growth_seed)]
        subprocess.run([*grower, *grown, *drawn], check=True, stdout=subprocess.DEVNULL)
        graphs = [str(folder / "first.nt.gz"), str(folder / "second.nt.gz")]
        scored = ["--reference", str(folder / "reference.tsv")]
        run = run_align([*graphs, *scored, "--encoder", "characters", *passed], Path(name) / "run", cache)
    stages = run.stage_cpu_seconds
    return Size(
        factor=factor,
        entities=sum(graph["entities"] for graph in run.told["graphs"]),
        triples=sum(graph["entity_triples"] for graph in run.told["graphs"]),
        stages=stages,
        cpu_seconds=sum(stages.values()),
        wall_seconds=run.wall_seconds,
        peak_bytes=run.peak_bytes,
        f1=run.told["f1"],
    )


def fit_exponents(sizes: Sequence[Size]) -> dict[str, dict[str, float]]:
    """Slopes of log cost over log entities: over all sizes (``all``), and between the two largest (``last``).

    Memory has a part that does not grow, the program itself, so its slope over all sizes flatters;
    the last step says more. Empty for fewer than two sizes.
    """
    if len(sizes) < 2:
        return {}
    ordered = sorted(sizes, key=lambda size: size.entities)
    costs: dict[str, Callable[[Size], float]] = {
        "cpu_seconds": lambda size: size.cpu_seconds,
        "peak_bytes": lambda size: size.peak_bytes,
    }
    return {
        name: {"all": _slope(ordered, cost), "last": _slope(ordered[-2:], cost)}
        for name, cost in costs.items()
    }


def _slope(sizes: Sequence[Size], cost: Callable[[Size], float]) -> float:
    entities = np.log([size.entities for size in sizes])
    spent = np.log([cost(size) for size in sizes])
    return round(float(np.polyfit(entities, spent, 1)[0]), 4)


def table(sizes: Sequence[Size], exponents: dict[str, dict[str, float]]) -> str:
    """The figures, a size a line, as Markdown."""
    stages = list(dict.fromkeys(stage for size in sizes for stage in size.stages))
    head = ["size", "entities", "triples", *(f"{stage}, CPU s" for stage in stages)]
    rows = [[*head, "all of these", "wall s", "peak GB", "F1"]]
    rows.append(["---:"] * len(rows[0]))
    rows += [_row(size, stages) for size in sizes]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    for name, title in (("cpu_seconds", "CPU time"), ("peak_bytes", "peak memory")):
        if name in exponents:
            overall, last = exponents[name]["all"], exponents[name]["last"]
            lines.append(f"{title} grows as entities^{overall:.2f}, in the last step as entities^{last:.2f}")
    return "\n".join(lines)


def _row(size: Size, stages: Sequence[str]) -> list[str]:
    return [
        f"{size.factor}×",
        f"{size.entities:,}",
        f"{size.triples:,}",
        *(f"{size.stages.get(stage, 0.0):.1f}" for stage in stages),
        f"{size.cpu_seconds:.1f}",
        f"{size.wall_seconds:.1f}",
        f"{size.peak_bytes / 1e9:.2f}",
        f"{size.f1:.3f}",
    ]


if __name__ == "__main__":
    sys.exit(main())
