import io
from collections import Counter
from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgalign.errors import InputError
from kgalign.kg import IngestOptions
from kgalign.kg.compression import DumpStream
from kgalign.kg.formats import Format
from kgalign.kg.lines import LineReader, NotLineShaped, blocks
from kgalign.kg.rejected import RejectedLog
from kgalign.kg.statements import Statements

GOOD = '<http://a/s> <http://a/p> "{}" .'


def read_lines(
    content: bytes, folder: Path, format: Format = Format.NTRIPLES, *, doubtful: bool = False
) -> tuple[LineReader, Statements, list[list[str]]]:
    statements = Statements(folder)
    with RejectedLog(folder / "rejected.tsv", IngestOptions()) as rejected:
        reader = LineReader("x.nt", format, statements, rejected, file=0, doubtful=doubtful)
        reader.read(DumpStream(io.BytesIO(content), "x.nt"))
    rows = (folder / "rejected.tsv").read_text(encoding="utf-8").split("\n")[1:-1]
    return reader, statements, [row.split("\t") for row in rows]


def texts(statements: Statements) -> list[str]:
    return [text for series in statements._waiting for text in series]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
def test_blocks_end_at_line_ends(end: bytes, size: int) -> None:
    content = end.join(b"x" * (number % 50) for number in range(100)) + end
    cut = list(blocks(DumpStream(io.BytesIO(content), "x"), size))
    assert b"".join(cut) == content
    assert all(block.endswith(end) for block in cut)


def test_a_block_holds_the_last_line_without_its_end() -> None:
    assert list(blocks(DumpStream(io.BytesIO(b"a\nb"), "x"), 100)) == [b"a\n", b"b"]


def test_every_good_line_around_a_bad_one_is_kept(tmp_path: Path) -> None:
    lines = [GOOD.format(number) for number in range(2000)]
    lines[700] = "<http://a/s> <http://a/p> nonsense ."
    lines[1300] = '<http://a/s> <http://a/p> "no end'
    _, statements, rejected = read_lines("\n".join(lines).encode(), tmp_path)
    assert texts(statements) == [str(number) for number in range(2000) if number not in (700, 1300)]
    assert [row[:2] for row in rejected] == [["x.nt", "701"], ["x.nt", "1301"]]
    assert rejected[0][3] == lines[700]


def test_a_missing_dot_is_blamed_on_its_own_line(tmp_path: Path) -> None:
    content = f"{GOOD.format(1)}\n<http://a/s> <http://a/p> <http://a/o>\n{GOOD.format(2)}\n"
    _, statements, rejected = read_lines(content.encode(), tmp_path)
    assert texts(statements) == ["1", "2"]
    assert [row[1] for row in rejected] == ["2"]
    assert "dot" in rejected[0][2]


def test_lenient_lines_are_counted_as_repaired(tmp_path: Path) -> None:
    content = "\n".join(
        [
            GOOD.format("good"),
            '<http://a/with space> <http://a/p> "space" .',
            '<http://a/s> <http://a/p> "tag"@muchtoolongatag .',
            '<http://a/s> <http://a/p> "graph" <http://a/g> .',
            '<http://a/with space> <http://a/p> "space again" .',
        ]
    )
    reader, statements, rejected = read_lines(content.encode(), tmp_path)
    assert texts(statements) == ["good", "space", "tag", "graph", "space again"]
    assert reader.repaired == 4
    assert rejected == []


def test_two_statements_in_a_line_are_both_taken(tmp_path: Path) -> None:
    reader, statements, rejected = read_lines(
        f"{GOOD.format(1)} {GOOD.format(2)}\n{GOOD.format(3)}\n".encode(), tmp_path
    )
    assert (texts(statements), reader.repaired, rejected) == (["1", "2", "3"], 2, [])


def test_an_unclosed_literal_does_not_swallow_the_next_line(tmp_path: Path) -> None:
    content = f'<http://a/s> <http://a/p> "open\n<http://a/s> <http://a/p> close" .\n{GOOD.format(1)}\n'
    _, statements, rejected = read_lines(content.encode(), tmp_path)
    assert texts(statements) == ["1"]
    assert [row[1] for row in rejected] == ["1", "2"]


def test_invalid_utf_8_rejects_the_line_only(tmp_path: Path) -> None:
    content = GOOD.format(1).encode() + b'\n<http://a/s> <http://a/p> "caf\xe9" .\n' + GOOD.format(2).encode()
    _, statements, rejected = read_lines(content, tmp_path)
    assert texts(statements) == ["1", "2"]
    assert rejected == [["x.nt", "2", "invalid UTF-8", '<http://a/s> <http://a/p> "caf\\\\xe9" .']]


def test_a_literal_of_several_megabytes(tmp_path: Path) -> None:
    long = "長い" * 1_000_000
    _, statements, _ = read_lines(f"{GOOD.format(1)}\n{GOOD.format(long)}\n".encode(), tmp_path)
    assert texts(statements) == ["1", long]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_comments_and_blank_lines(end: str, tmp_path: Path) -> None:
    lines = ["# comment", "", GOOD.format(1), "  ", GOOD.format(2) + " # end", "bad", GOOD.format(3)]
    _, statements, rejected = read_lines(end.join(lines).encode(), tmp_path)
    assert texts(statements) == ["1", "2", "3"]
    assert [row[1] for row in rejected] == ["6"]


def test_quads_leave_their_graph_aside(tmp_path: Path) -> None:
    content = '_:s <http://a/p> "1" <http://a/g> .\n_:s <http://a/p> "2" .\n'
    reader, statements, _ = read_lines(content.encode(), tmp_path, Format.NQUADS)
    assert (texts(statements), reader.repaired) == (["1", "2"], 0)
    assert statements.terms.texts().to_list() == ["_:f0_s"]


def test_triple_terms_are_rejected_with_a_reason(tmp_path: Path) -> None:
    term = "<<( <http://a/s> <http://a/p> <http://a/o> )>>"
    _, _, rejected = read_lines(f"{GOOD.format(1)}\n<http://a/s> <http://a/p> {term} .\n".encode(), tmp_path)
    assert "triple terms" in rejected[0][2]


@pytest.mark.parametrize("content", ["# nothing\n\n", "one\ntwo\n", "\x00\x01\n" * 3000])
def test_no_statement_at_all_is_an_error(content: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"x\.nt: (it holds no statements|none of its \d+ lines)"):
        read_lines(content.encode(), tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "@prefix a: <http://a/> .",
        "PREFIX a: <http://a/>",
        "a:s a:p a:o .",
        "<http://a/s> <http://a/p> <http://a/o> ;",
        '<http://a/s> <http://a/p> """long',
        "<s> <p> <o> .",
    ],
)
def test_what_only_turtle_explains_gives_up_a_doubtful_dump(line: str, tmp_path: Path) -> None:
    content = f"{GOOD.format(1)}\n{line}\n".encode()
    with pytest.raises(NotLineShaped):
        read_lines(content, tmp_path, doubtful=True)
    read_lines(content, tmp_path)


def test_a_bad_line_in_a_doubtful_dump_is_rejected(tmp_path: Path) -> None:
    content = f"{GOOD.format(1)}\n_:a <http://a/p> 'x, y' z .\n<http://a/s> broken\n".encode()
    _, _, rejected = read_lines(content, tmp_path, doubtful=True)
    assert [row[1] for row in rejected] == ["2", "3"]


_FRAGMENTS = [
    "<http://a/s> ", "<http://a/é> ", "<http://a/with space> ", "<http://a/%zz> ", "<rel> ", "_:b ",
    '"x" ', '"x"@en ', '"x"@EN-us ', '"x"@toolongsub ', '"1"^^<http://a/d> ', '"open', '\\" ', "\\u00e9",
    '"y"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString> ', "\\uD83D\\uDE00", "\\q", "\x00",
    ".", " . ", "\n", "\r", "# c",
]  # fmt: skip
_STATEMENT = st.sampled_from(
    [
        "<http://a/s> <http://a/p> <http://a/o> .",
        '<http://a/s> <http://a/p> "x" .',
        '_:b <http://a/p> "x\\u00e9"@en .',
        '<http://a/s> <http://a/p> "1"^^<http://a/d> .',
    ]
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(_STATEMENT | st.lists(st.sampled_from(_FRAGMENTS), max_size=6).map("".join), max_size=8)
)
def test_the_fast_path_takes_what_the_strict_parser_takes(tmp_path: Path, lines: list[str]) -> None:
    block = "\n".join(lines).encode()
    statements = Statements(tmp_path)
    with RejectedLog(tmp_path / "rejected.tsv", IngestOptions()) as rejected:
        reader = LineReader("x.nt", Format.NTRIPLES, statements, rejected, file=0)
        try:
            taken = reader._taken_fast(block)
        except SyntaxError:
            return
    if taken:
        strict = list(pyoxigraph.parse(block, format=pyoxigraph.RdfFormat.N_TRIPLES))
        assert statements.count == len(strict)
        assert texts(statements) == [
            quad.object.value for quad in strict if isinstance(quad.object, pyoxigraph.Literal)
        ]


def _is_good(line: bytes) -> bool:
    try:
        return bool(list(pyoxigraph.parse(line, format=pyoxigraph.RdfFormat.N_TRIPLES)))
    except SyntaxError:
        return False


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_corruption_never_loses_a_good_line(tmp_path: Path, data: st.DataObject) -> None:
    lines = [GOOD.format(number).encode() for number in range(data.draw(st.integers(1, 40)))]
    for _ in range(data.draw(st.integers(0, 6))):
        place = data.draw(st.integers(0, len(lines) - 1))
        at = data.draw(st.integers(0, len(lines[place])))
        junk = data.draw(st.binary(max_size=3)).replace(b"\n", b"").replace(b"\r", b"").replace(b"#", b"")
        lines[place] = lines[place][:at] + junk + lines[place][at + data.draw(st.integers(0, 4)) :]
    content = b"\n".join(lines) + b"\n"
    try:
        reader, statements, rejected = read_lines(content, tmp_path)
    except InputError:
        assert not any(_is_good(line) for line in lines)
        return
    bad = {int(row[1]) - 1 for row in rejected}
    strictly_good = [number for number, line in enumerate(lines) if _is_good(line)]
    assert not bad & set(strictly_good)
    blank = sum(not line.strip() for line in lines)
    assert statements.count + len(bad) + blank >= len(lines)
    assert statements.count - reader.repaired == len(strictly_good)
    expected = Counter(
        quad.object.value
        for number in strictly_good
        for quad in pyoxigraph.parse(lines[number], format=pyoxigraph.RdfFormat.N_TRIPLES)
    )
    assert not expected - Counter(texts(statements))
