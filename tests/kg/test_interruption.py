import signal
import threading

import pytest

from kgalign.kg.interruption import deferred_interruption


def test_the_block_ends_before_the_interrupt() -> None:
    reached = []
    with pytest.raises(KeyboardInterrupt), deferred_interruption() as interruption:
        signal.raise_signal(signal.SIGINT)
        reached.append(interruption.requested)
    assert reached == [True]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_an_interrupt_and_in_another_thread_nothing_happens() -> None:
    with deferred_interruption() as interruption:
        pass
    found = []

    def elsewhere() -> None:
        with deferred_interruption() as other:
            found.append(other.requested)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert (interruption.requested, found) == (False, [False])
