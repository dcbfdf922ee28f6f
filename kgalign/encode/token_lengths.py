"""Running an encoder over texts of equal length, in parallel and without padding.

Padding would spend time on nothing and let a text's vector depend on its neighbours. Groups of one
token length avoid both, and on a CPU each group runs on one thread while other threads take other
groups: short labels make matrices too small to be worth splitting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch

# Tokens in a group: enough for full speed, few enough to stay in a core's cache.
CPU_TOKENS = 1024
# On a GPU every group of one length has one shape, so that one kernel serves it whatever its size.
CUDA_TOKENS = 8192


def groups_of_equal_length(lengths: Sequence[int], tokens: int) -> Iterator[list[int]]:
    """Positions of texts with the same length, at most about *tokens* tokens together, short ones first."""
    group: list[int] = []
    for position in sorted(range(len(lengths)), key=lengths.__getitem__):
        length = lengths[position]
        if group and (lengths[group[0]] != length or (len(group) + 1) * length > tokens):
            yield group
            group = []
        group.append(position)
    if group:
        yield group


def run_groups(groups: Sequence[list[int]], work: Callable[[list[int]], None], device: torch.device) -> None:
    """Call *work* for every group; on a CPU in as many threads as PyTorch uses, each single-threaded."""
    if device.type != "cpu":
        for group in groups:
            work(group)
        return
    with single_threaded_kernels() as threads:
        if threads == 1 or len(groups) < 2:
            for group in groups:
                work(group)
            return
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            for _ in pool.map(work, groups):
                pass


@contextmanager
def single_threaded_kernels() -> Iterator[int]:
    """Let PyTorch compute in the calling thread alone; gives the number of threads it had."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield threads
    finally:
        torch.set_num_threads(threads)
