"""The aligner by setting and data set in one table, with an ablation and other aligners' figures.

    python tools/bench/alignment.py [--only NAME ...] [--seeds 5] [--warm]
    python tools/bench/alignment.py --quick       # the small data sets
    python tools/bench/alignment.py --print       # what was measured so far, without running anything

Each run is a process of its own with a cache folder that holds nothing but the encoder. Settings that
draw random numbers are run with several seeds. Results are merged into results/alignment.json beside
this script, with the commit, the number of cores and the versions that they were taken with.

No option of the aligner may be chosen by these figures: they are on test links.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from fnmatch import fnmatch
from pathlib import Path

import dbp5l
import polars as pl
from aligner_runs import Run, RunFailed, circumstances, cold_cache, run_align
from alignment_results import RESULTS, Figures, Measured, merge_result, read_results, results_table
from alignment_settings import QUICK, SETTINGS, Setting
from benchmark_data import DATA_SETS, DataSet, known_links
from dangling import run_dangling

from kgalign.evaluate import expected_calibration_error, judged_links


def main() -> int:
    """Run the settings chosen, keep their figures, and print the table of all that were kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help="settings to run; * stands for any characters"
    )
    parser.add_argument("--quick", action="store_true", help=f"run only {' and '.join(QUICK)}")
    parser.add_argument("--list", action="store_true", help="name the settings and run none")
    parser.add_argument("--print", action="store_true", help="print the table and run nothing")
    parser.add_argument(
        "--seeds", type=int, default=5, help="random seeds of settings that draw (default: 5)"
    )
    parser.add_argument("--warm", action="store_true", help="use graphs and vectors kept from earlier runs")
    parser.add_argument("--keep", type=Path, help="keep each setting's graphs and run in a folder here")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the file that results are merged into")
    options = parser.parse_args()
    if options.seeds < 1:
        parser.error("--seeds is at least 1")
    if options.list:
        print("\n".join(setting.name for setting in SETTINGS))
        return 0
    failed = 0
    if not options.print:
        chosen = choose(QUICK if options.quick else options.only)
        if not chosen:
            parser.error("no setting has such a name; --list names them")
        failed = run_all(chosen, options)
    print(results_table(read_results(options.results)))
    return 1 if failed else 0


def choose(patterns: Sequence[str] | None) -> list[Setting]:
    """The settings whose names fit one of *patterns*; all of them for None."""
    if patterns is None:
        return list(SETTINGS)
    return [one for one in SETTINGS if any(fnmatch(one.name, pattern) for pattern in patterns)]


def run_all(settings: Sequence[Setting], options: argparse.Namespace) -> int:
    """Run *settings* one after another and merge the figures of each; gives the number that failed."""
    failed = 0
    for setting in settings:
        try:
            figures = measure(setting, options.seeds, warm=options.warm, keep=options.keep)
        except RunFailed as error:
            failed += 1
            print(f"{setting.name}: failed: {error}", file=sys.stderr)
            continue
        cache = "warm" if options.warm else "cold"
        measured = Measured(setting.arguments, cache, tuple(figures), circumstances())
        merge_result(setting.name, measured, options.results)
        print(f"{setting.name}: F1 {figures[0].f1:.4f}, {figures[0].cpu_seconds:.0f} CPU s", file=sys.stderr)
    return failed


def measure(setting: Setting, seeds: int, *, warm: bool = False, keep: Path | None = None) -> list[Figures]:
    """Run *setting* once, or with *seeds* random seeds if it draws.

    Raises:
        RunFailed: if its data set is not here or the aligner ends with an error.
    """
    found = []
    for seed in range(seeds if setting.random else 1):
        drawn = ("--seed", str(seed)) if setting.random else ()
        place = nullcontext(None) if warm else cold_cache()
        with run_folder(keep, f"{setting.name}-{seed}") as folder, place as cache:
            found.append(measure_once(setting, drawn, folder, cache))
    return found


@contextmanager
def run_folder(keep: Path | None, name: str) -> Iterator[Path]:
    """A folder for one run: *name* below *keep*, or one that is removed afterwards."""
    if keep is not None:
        (keep / name).mkdir(parents=True, exist_ok=True)
        yield keep / name
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def measure_once(setting: Setting, drawn: tuple[str, ...], folder: Path, cache: Path | None) -> Figures:
    """Run *setting* with the further options *drawn*.

    Raises:
        RunFailed: as :func:`measure`.
    """
    if setting.kind == "dbp5l":
        return measure_five_graphs([*setting.arguments, *drawn], folder, cache)
    data = DATA_SETS[setting.data]
    if not data.present:
        raise RunFailed(f"{data.folder}: the data set is not here")
    arguments = [*placed(setting.arguments, data), *drawn]
    if setting.kind == "dangling":
        run, dangling = run_dangling(data, arguments, folder, cache=cache)
        # The links of the targets taken away judge too: whatever their sources were given is wrong.
        return figures_of(
            run,
            known_links(data, data.reference_path, data.growth_links),
            precision=dangling.links.precision,
            recall=dangling.links.recall,
            f1=dangling.links.f1,
            dangling_precision=dangling.precision,
            dangling_recall=dangling.recall,
            dangling_f1=dangling.f1,
        )
    run = run_align(
        [*data.graph_paths, "--reference", data.reference_path, *arguments], folder / "run", cache
    )
    reference = known_links(data, data.reference_path)
    return figures_of(run, reference, **(every_link_judged(run, reference) if data.complete else {}))


def measure_five_graphs(arguments: Sequence[str], folder: Path, cache: Path | None) -> Figures:
    """Align the five graphs of DBP-5L at once; the figures are means over the pairs of graphs.

    Raises:
        RunFailed: as :func:`measure`.
    """
    if not dbp5l.DATA.is_dir():
        raise RunFailed(f"{dbp5l.DATA}: the data set is not here")
    graphs = [dbp5l.write_graph(dbp5l.DATA, language, folder) for language in dbp5l.LANGUAGES]
    reference = dbp5l.write_references(dbp5l.DATA / "seed_alignlinks", folder)
    return figures_of(run_align([*graphs, "--reference", reference, *arguments], folder / "run", cache), None)


def placed(arguments: Sequence[str], data: DataSet) -> list[str]:
    """*arguments* with the data set's files named in full."""
    return [str(data.folder / word) if word.endswith(".tsv") else word for word in arguments]


def figures_of(run: Run, reference: pl.DataFrame | None, **others: float) -> Figures:
    """The figures of *run*; *others* stand in place of those that it told itself.

    Args:
        run: a finished run that was given a reference.
        reference: ``source`` and ``target`` to judge probabilities by; None to leave that out.
        others: figures by name.
    """
    told = run.told
    figures = {
        "hits_reference": told.get("reference_targets", told).get("hits@1"),
        "hits_all": told.get("all_targets", {}).get("hits@1"),
        "precision": told["precision"],
        "recall": told["recall"],
        "f1": told["f1"],
        "calibration_error": None if reference is None else calibration_error(run.links, reference),
        "cpu_seconds": run.cpu_seconds,
        "aligning_cpu_seconds": sum(run.stage_cpu_seconds.values()),
        "wall_seconds": run.wall_seconds,
        "peak_gigabytes": run.peak_bytes / 1e9,
    }
    return Figures(**figures | others)


def every_link_judged(run: Run, reference: pl.DataFrame) -> dict[str, float]:
    """Figures of *run* where a link that *reference* lacks is wrong, whichever entities it links."""
    right = reference.select("source", "target").unique().with_columns(correct=pl.lit(True))
    links = run.links.filter(pl.col("method") != "seed").join(right, on=["source", "target"], how="left")
    links = links.with_columns(pl.col("correct").fill_null(False))
    accepted = links.filter(pl.col("status") == "accepted")["correct"]
    return {
        "all_links_precision": int(accepted.sum()) / len(accepted) if len(accepted) else 1.0,
        "all_links_calibration_error": expected_calibration_error(links["probability"], links["correct"]),
    }


def calibration_error(links: pl.DataFrame, reference: pl.DataFrame) -> float:
    """Expected calibration error of the *links* that *reference* judges; given seeds are no claims."""
    judged = judged_links(links.filter(pl.col("method") != "seed"), reference)
    return expected_calibration_error(judged["probability"], judged["correct"])


if __name__ == "__main__":
    sys.exit(main())
