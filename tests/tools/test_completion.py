from __future__ import annotations

from pathlib import Path

import numpy as np
from completion import Measured, Methods, Row, report, table

from kgalign.adapters.completion.copying import CopyingScorer
from tests.adapters.completion.conftest import made


def test_what_was_ranked_is_kept_and_told_by_language(tmp_path: Path) -> None:
    links = [(number, 4 + number) for number in range(4)]
    data = made([4, 4], links, 1, [(4, 0, 5)], test=[(0, 0, 1), (2, 0, 3)], graphs=("el", "en"))
    methods = Methods(data, tmp_path)
    found = methods.ranked(Row("copy", lambda: CopyingScorer(data, direct=True)))
    assert found.ranks.tolist() == [1.0, 2.5]

    def never() -> CopyingScorer:
        raise AssertionError("it was ranked before")

    again = methods.ranked(Row("copy", never))
    np.testing.assert_array_equal(again.ranks, found.ranks)
    told = report(data, {"copy": Measured(found.ranks, 1.0)})
    greek = told[0]["languages"]["el"]
    assert greek["copyable"]["mrr"] == 1.0
    assert greek["others"]["triples"] == 1
    assert told[0]["languages"]["en"]["all"]["triples"] == 0
    assert "| copy | 50.0 | 100.0 | 100.0 | 70.0 | 100.0 | 40.0 | 40.0 | 1 |" in table(told[:1])
