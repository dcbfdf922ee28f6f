"""Figures of the alignment benchmark: kept between runs, and shown as one table."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import groupby
from pathlib import Path
from typing import Any

from alignment_settings import SETTINGS, Setting
from peer_figures import Peer

from kgalign.files import atomic_file

RESULTS = Path(__file__).resolve().parent / "results" / "alignment.json"


@dataclass(frozen=True)
class Figures:
    """What one run reached and took; None where the run has no such figure.

    Attributes:
        hits_reference: Hits@1 among the reference's targets.
        hits_all: Hits@1 among all targets.
        precision: of the accepted links.
        recall: of the accepted links.
        f1: of the accepted links.
        calibration_error: expected calibration error of all written links that the reference judges.
        cpu_seconds: of the whole process.
        aligning_cpu_seconds: of all stages but reading and encoding.
        wall_seconds: from start to end of the process.
        peak_gigabytes: highest resident memory.
        dangling_precision: of the sources left unlinked.
        dangling_recall: of the sources without a partner.
        dangling_f1: harmonic mean of these two.
        all_links_precision: of the accepted links, every one that the reference lacks being wrong;
            for a data set whose reference has all links.
        all_links_calibration_error: of all written links, judged likewise.
    """

    hits_reference: float | None
    hits_all: float | None
    precision: float
    recall: float
    f1: float
    calibration_error: float | None
    cpu_seconds: float
    aligning_cpu_seconds: float
    wall_seconds: float
    peak_gigabytes: float
    dangling_precision: float | None = None
    dangling_recall: float | None = None
    dangling_f1: float | None = None
    all_links_precision: float | None = None
    all_links_calibration_error: float | None = None


@dataclass(frozen=True)
class Measured:
    """The runs of one setting.

    Attributes:
        arguments: the aligner's options when it was run.
        cache: ``cold``, or ``warm`` where graphs and vectors of earlier runs were at hand.
        figures: one for each random seed.
        circumstances: commit, cores and versions.
    """

    arguments: tuple[str, ...]
    cache: str
    figures: tuple[Figures, ...]
    circumstances: Mapping[str, Any]


def read_results(path: Path = RESULTS) -> dict[str, Measured]:
    """The results kept in *path*, by setting; none where there is no such file."""
    if not path.is_file():
        return {}
    content = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: Measured(
            tuple(entry["arguments"]),
            entry["cache"],
            tuple(Figures(**figures) for figures in entry["figures"]),
            entry["circumstances"],
        )
        for name, entry in content.items()
    }


def merge_result(name: str, measured: Measured, path: Path = RESULTS) -> None:
    """Keep *measured* in *path* as the result of the setting *name*, in place of an earlier one."""
    results = read_results(path) | {name: measured}
    order = [setting.name for setting in SETTINGS if setting.name in results]
    order += sorted(results.keys() - set(order))
    content = {name: asdict(results[name]) for name in order}
    with atomic_file(path) as scratch:
        scratch.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def summarised(figures: Sequence[Figures]) -> dict[str, tuple[float, float] | None]:
    """Mean and sample standard deviation (0 for a single run) of each figure, None where it is lacking."""
    found: dict[str, tuple[float, float] | None] = {}
    for field in fields(Figures):
        values = [getattr(one, field.name) for one in figures]
        known = [value for value in values if value is not None]
        spread = statistics.stdev(known) if len(known) > 1 else 0.0
        found[field.name] = (statistics.fmean(known), spread) if known else None
    return found


def _share(value: float) -> str:
    # Three decimals without the zero before the point, as papers print them.
    return f"{value:.3f}".removeprefix("0")


def _whole(value: float) -> str:
    return f"{value:.0f}"


def _tenth(value: float) -> str:
    return f"{value:.1f}"


_COLUMNS: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("hits_reference", "Hits@1, test targets", _share),
    ("hits_all", "Hits@1, all targets", _share),
    ("precision", "precision", _share),
    ("recall", "recall", _share),
    ("f1", "F1", _share),
    ("calibration_error", "ECE", _share),
    ("cpu_seconds", "CPU s", _whole),
    ("aligning_cpu_seconds", "without reading, encoding", _whole),
    ("wall_seconds", "wall s", _whole),
    ("peak_gigabytes", "peak GB", _tenth),
)
_LEGEND = """\
± is the standard deviation over the random seeds that the notes count. CPU seconds are of the whole
process; the next column leaves the stages of reading and encoding out. ECE: expected calibration error,
in 10 bins, of all links written, accepted or uncertain, that the reference judges. “Published” is copied
from the literature; “measured there” was run before this aligner was made, on two cores shared with other
work: compare its CPU seconds rather than wall time."""


def results_table(results: Mapping[str, Measured], settings: Sequence[Setting] = SETTINGS) -> str:
    """All results with the peers of their tasks as one Markdown table; settings not run are left out."""
    titles = ["task", "method", *(title for _, title, _ in _COLUMNS), "figures", "notes"]
    rows = [titles, ["---"] * 2 + ["---:"] * len(_COLUMNS) + ["---"] * 2]
    run = [setting for setting in settings if setting.name in results]
    for task, members in groupby(run, key=lambda setting: setting.task):
        group = list(members)
        rows += [_own_row(setting, results[setting.name]) for setting in group]
        rows += [_peer_row(task, peer) for peer in dict.fromkeys(peer for one in group for peer in one.peers)]
    return "\n".join(["| " + " | ".join(row) + " |" for row in rows] + ["", _LEGEND])


def _own_row(setting: Setting, measured: Measured) -> list[str]:
    means = summarised(measured.figures)
    cells = [_cell(means[name], written) for name, _, written in _COLUMNS]
    method = f"kgalign `{' '.join(measured.arguments)}`" if measured.arguments else "kgalign"
    return [setting.task, method, *cells, "measured here", _notes(setting, measured, means)]


def _notes(setting: Setting, measured: Measured, means: Mapping[str, tuple[float, float] | None]) -> str:
    notes = []
    if means["dangling_f1"] is not None:
        told = [_cell(means[f"dangling_{name}"], _share) for name in ("precision", "recall", "f1")]
        notes.append(f"dangling sources: precision {told[0]}, recall {told[1]}, F1 {told[2]}")
    if means["all_links_precision"] is not None:
        told = [_cell(means[f"all_links_{name}"], _share) for name in ("precision", "calibration_error")]
        notes.append(f"every link judged: precision {told[0]}, ECE {told[1]}")
    if len(measured.figures) > 1:
        notes.append(f"{len(measured.figures)} random seeds")
    if measured.cache != "cold":
        notes.append(f"{measured.cache} cache")
    if measured.arguments != setting.arguments:
        notes.append("run with earlier options")
    return "; ".join(notes)


def _peer_row(task: str, peer: Peer) -> list[str]:
    cells = []
    for name, _, written in _COLUMNS:
        value = getattr(peer, name, None)
        cells.append(_cell(None if value is None else (value, 0.0), written))
    needs = f" ({peer.needs})" if peer.needs else ""
    return [task, f"{peer.method}{needs}", *cells, peer.origin, peer.note]


def _cell(value: tuple[float, float] | None, written: Callable[[float], str]) -> str:
    if value is None:
        return "–"
    mean, spread = value
    return f"{written(mean)} ± {written(spread)}" if spread else written(mean)
