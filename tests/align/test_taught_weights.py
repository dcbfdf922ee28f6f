from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kgalign.align.bootstrapping import STARTING
from kgalign.align.combination import Combination
from kgalign.align.taught_weights import read_weights, write_weights
from kgalign.errors import InputError


def test_weights_come_back_as_they_were_written(tmp_path: Path) -> None:
    taught = Combination(STARTING.names, STARTING.weights * 1.5, 321)
    write_weights(taught, tmp_path / "weights.json")
    found = read_weights(tmp_path / "weights.json")
    assert (found.names, found.learnt_from) == (taught.names, 321)
    np.testing.assert_array_equal(found.weights, taught.weights)


def test_signals_that_are_not_named_keep_their_starting_weights(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    path.write_text('{"weights": {"label": 3}, "learnt_from": 5}')
    found = dict(zip(STARTING.names, read_weights(path).weights, strict=True))
    start = dict(zip(STARTING.names, STARTING.weights, strict=True))
    assert found == start | {"label": 3.0}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("no json", "no weights"),
        ('{"weights": {}}', "no weights"),
        ('{"weights": {"label": 1, "smell": 2}, "learnt_from": 1}', "'smell'"),
        ('{"weights": {"label": -1}, "learnt_from": 1}', "finite number"),
        ('{"weights": {"label": 1e999}, "learnt_from": 1}', "weight"),
    ],
)
def test_what_is_no_file_of_weights_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "weights.json"
    path.write_text(text)
    with pytest.raises(InputError, match=complaint):
        read_weights(path)
    with pytest.raises(InputError, match="can't be read"):
        read_weights(tmp_path / "nothing.json")
