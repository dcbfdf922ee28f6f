from __future__ import annotations

import errno
from pathlib import Path

import polars as pl
import pytest

from kgalign.errors import OutputError
from kgalign.files import atomic_directory, atomic_file, writable_directory

FULL = [
    OSError(errno.ENOSPC, "No space left on device"),
    pl.exceptions.ComputeError("parquet: underlying IO error: No space left on device (os error 28)"),
]


@pytest.mark.parametrize("error", FULL)
def test_a_full_disk_is_explained_and_nothing_stays(error: Exception, tmp_path: Path) -> None:
    for manager in (atomic_file, atomic_directory):
        with (
            pytest.raises(OutputError, match=r"out: the disk is full; free some space"),
            manager(tmp_path / "out"),
        ):
            raise error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), ValueError("a defect"), pl.exceptions.ComputeError("a defect")]
)
def test_other_failures_pass_and_leave_nothing(error: BaseException, tmp_path: Path) -> None:
    for manager in (atomic_file, atomic_directory):
        with pytest.raises(type(error)), manager(tmp_path / "out") as scratch:
            if scratch.is_dir():
                (scratch / "half").write_text("written")
            raise error
    assert list(tmp_path.iterdir()) == []


def test_a_folder_keeps_what_others_put_there(tmp_path: Path) -> None:
    target = tmp_path / "out"
    for text in ("first", "second"):
        with atomic_directory(target) as scratch:
            (scratch / "result").write_text(text)
        (target / "notes").write_text("mine")
    assert (target / "result").read_text() == "second"
    assert (target / "notes").read_text() == "mine"


def test_a_file_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "sub" / "out"
    with atomic_file(target) as scratch:
        scratch.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"


def test_a_place_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="is a file"):
        writable_directory(tmp_path / "file" / "run")
    assert writable_directory(tmp_path / "new" / "run") == tmp_path / "new" / "run"
    assert not (tmp_path / "new").exists()
