from pathlib import Path

import pytest

from kgalign.errors import InputError
from kgalign.kg import IngestOptions
from kgalign.kg.rejected import REJECTED, RejectedLog, first_rejections


def test_rows_stay_on_one_line_and_are_cut(tmp_path: Path) -> None:
    with RejectedLog(tmp_path / REJECTED, IngestOptions()) as log:
        log.add("x.nt", 3, "a reason", b"tab\there\rnul\x00 back\\slash \xff" + "語".encode() * 500)
    header, row, end = (tmp_path / REJECTED).read_text(encoding="utf-8").split("\n")
    assert header == "file\tline\treason\ttext"
    name, line, reason, text = row.split("\t")
    assert (name, line, reason, end) == ("x.nt", "3", "a reason", "")
    assert text.startswith("tab\\there\\rnul\\x00 back\\\\slash \\\\xff語語")
    assert 150 < text.count("語") < 200
    assert first_rejections(tmp_path, 5) == ["x.nt:3: a reason"]


def test_rewind_forgets(tmp_path: Path) -> None:
    with RejectedLog(tmp_path / REJECTED, IngestOptions(max_errors=2)) as log:
        log.add("x", 1, "kept", b"")
        mark = log.mark()
        log.add("x", 2, "forgotten", b"")
        log.rewind(mark)
        log.add("x", 3, "kept too", b"")
        assert log.count == 2
    assert first_rejections(tmp_path, 9) == ["x:1: kept", "x:3: kept too"]
    assert first_rejections(tmp_path, 1) == ["x:1: kept"]


def test_abort_stops_at_the_first(tmp_path: Path) -> None:
    with RejectedLog(tmp_path / REJECTED, IngestOptions(on_error="abort")) as log:
        with pytest.raises(InputError, match=r"^x:7: a reason; --on-error skip"):
            log.add("x", 7, "a reason", b"")
        assert log.count == 0


def test_too_many(tmp_path: Path) -> None:
    with RejectedLog(tmp_path / REJECTED, IngestOptions(max_errors=1)) as log:
        log.add("x", 1, "first", b"")
        with pytest.raises(InputError, match=r"^x:2: more than 1 lines rejected, the last one: second"):
            log.add("x", 2, "second", b"")


def test_no_log_no_rejections(tmp_path: Path) -> None:
    assert first_rejections(tmp_path, 3) == []
