from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kgalign.encode.token_lengths import groups_of_equal_length, run_groups


@given(st.lists(st.integers(1, 30), max_size=200), st.integers(1, 100))
def test_groups(lengths: list[int], tokens: int) -> None:
    groups = list(groups_of_equal_length(lengths, tokens))
    assert sorted(member for group in groups for member in group) == list(range(len(lengths)))
    for group in groups:
        assert len({lengths[member] for member in group}) == 1
        assert len(group) == 1 or len(group) * lengths[group[0]] <= tokens


def test_every_group_runs_and_threads_are_restored() -> None:
    threads = torch.get_num_threads()
    seen: list[int] = []
    kernels: set[int] = set()

    def work(group: list[int]) -> None:
        kernels.add(torch.get_num_threads())
        seen.extend(group)

    run_groups([[0, 1], [2], [3]], work, torch.device("cpu"))
    assert sorted(seen) == [0, 1, 2, 3]
    assert kernels == {1}
    assert torch.get_num_threads() == threads


def test_an_error_reaches_the_caller() -> None:
    def fail(group: list[int]) -> None:
        raise RuntimeError("no")

    threads = torch.get_num_threads()
    with pytest.raises(RuntimeError, match="no"):
        run_groups([[0], [1]], fail, torch.device("cpu"))
    assert torch.get_num_threads() == threads
