from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from alignment import calibration_error, choose, placed
from alignment_results import Figures, Measured, merge_result, read_results, results_table
from alignment_settings import SETTINGS
from benchmark_data import DATA_SETS


def figures(f1: float, calibration_error: float | None = 0.02) -> Figures:
    return Figures(0.9, 0.8, 0.95, 0.85, f1, calibration_error, 100.0, 40.0, 60.0, 1.25)


def test_results_are_merged_and_shown_beside_the_peers(tmp_path: Path) -> None:
    path = tmp_path / "alignment.json"
    setting = next(one for one in SETTINGS if one.name == "zh_en-structure-gnn")
    measured = Measured(setting.arguments, "cold", (figures(0.8), figures(0.9)), {"commit": "c0ffee"})
    merge_result("persons", Measured((), "warm", (figures(1.0, None),), {}), path)
    merge_result(setting.name, measured, path)
    assert list(read_results(path)) == [setting.name, "persons"]
    assert read_results(path)[setting.name] == measured
    table = results_table(read_results(path))
    own = next(line for line in table.splitlines() if "--structure gnn" in line)
    assert ".850 ± .071" in own
    assert "2 random seeds" in own
    assert "earlier options" not in own
    assert [line for line in table.splitlines() if "LightEA, 3 rounds" in line and ".808" in line]
    assert "SEU" not in table
    persons = next(line for line in table.splitlines() if "persons | kgalign" in line)
    assert "warm cache" in persons
    assert "–" in persons


def test_probabilities_are_judged_where_the_reference_can() -> None:
    links = pl.DataFrame(
        {
            "source": ["a", "b", "x", "s"],
            "target": ["1", "9", "8", "3"],
            "probability": [0.9, 0.5, 0.1, 1.0],
            "method": ["aligned", "aligned", "aligned", "seed"],
        }
    )
    reference = pl.DataFrame({"source": ["a", "b", "s"], "target": ["1", "2", "4"]})
    assert calibration_error(links, reference) == pytest.approx((0.1 + 0.5) / 2)


def test_settings_have_names_of_their_own_and_known_data() -> None:
    names = [setting.name for setting in SETTINGS]
    assert len(set(names)) == len(names)
    assert all(one.kind == "dbp5l" or one.data in DATA_SETS for one in SETTINGS)
    assert [one.name for one in choose(["zh_en-structure-*", "persons"])] == [
        *(f"zh_en-structure-{name}" for name in ("none", "propagation", "gnn", "both")),
        "persons",
    ]
    data = DATA_SETS["zh_en"]
    assert placed(("--seeds", "links_train.tsv"), data) == ["--seeds", str(data.folder / "links_train.tsv")]
