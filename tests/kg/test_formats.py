import pytest

from kgalign.errors import InputError
from kgalign.kg.formats import Format, Recognised, by_extension, line_format, recognise, sniff

LINE = b"<http://a/s> <http://a/p> <http://a/o> .\n"


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("a.nt", Format.NTRIPLES),
        ("a.NT.GZ", Format.NTRIPLES),
        ("a.nq.zst", Format.NQUADS),
        ("dbpedia.2016.ttl.bz2", Format.TURTLE),
        ("a.trig", Format.TRIG),
        ("a.rdf.xz", Format.RDFXML),
        ("a.jsonld", Format.JSONLD),
        ("a.n3", Format.N3),
        ("a.owl", None),
        ("a.gz", None),
        ("nt", None),
    ],
)
def test_extension(name: str, format: Format | None) -> None:
    assert by_extension(name) is format


@pytest.mark.parametrize(
    ("head", "format"),
    [
        (b'<?xml version="1.0"?><rdf:RDF/>', Format.RDFXML),
        (b"  <rdf:RDF xmlns:rdf='x'>", Format.RDFXML),
        (b'{ "@id": "http://a" }', Format.JSONLD),
        (b'[{"@id": "http://a"}]', Format.JSONLD),
        (b"# a comment\n\n" + LINE, Format.NTRIPLES),
        (LINE + b'_:a <http://a/p> "x \\" y"@en <http://g> . # end\n', Format.NQUADS),
        (b"@prefix a: <http://a/> .\na:b a a:c .", Format.TURTLE),
        (b"PREFIX a: <http://a/>\na:b a a:c .", Format.TURTLE),
        (b"@prefix a: <http://a/> .\na:g {\n a:b a a:c }", Format.TRIG),
        (b"name,age\nx,1\n", None),
        (b"\x00\x01\x02", None),
        (b"# only a comment\n", None),
    ],
)
def test_sniff(head: bytes, format: Format | None) -> None:
    assert sniff(head) is format


def test_line_shaped_turtle_is_read_as_lines_with_turtle_to_fall_back_to() -> None:
    assert recognise("x.ttl.bz2", LINE * 3, None) == Recognised(Format.NTRIPLES, Format.TURTLE)
    assert recognise("x.ttl", LINE * 3, None).doubtful
    assert not recognise("x.ttl", b"@prefix a: <http://a/> .\n" + LINE, None).doubtful


def test_a_head_cut_within_a_line_is_still_line_shaped() -> None:
    head = (LINE * 2000)[: 1 << 16]
    assert line_format(head) is Format.NTRIPLES


def test_a_broken_line_does_not_hide_the_line_shape() -> None:
    assert line_format(LINE * 10 + b"<http://a/s> broken\n") is Format.NTRIPLES
    assert line_format(LINE * 9 + b"<http://a/s> broken\n") is None
    assert line_format(LINE * 1000 + b"@prefix a: <http://a/> .\n") is None


def test_override_wins_over_extension() -> None:
    assert recognise("x.nt", b"whatever", Format.TURTLE).format is Format.TURTLE


def test_unknown_names_formats_and_option() -> None:
    with pytest.raises(
        InputError, match=r"data\.csv: .*--format ntriples\|nquads\|turtle\|trig\|rdfxml\|jsonld\|n3"
    ):
        recognise("data.csv", b"a,b\n1,2\n", None)


@pytest.mark.parametrize(
    "head",
    [
        b"<!DOCTYPE html>\n<html>",
        b"\n <html lang='en'>",
        b'<?xml version="1.0"?>\n<!-- x -->\n<!doctype HTML PUBLIC "-//W3C//DTD XHTML">',
    ],
)
@pytest.mark.parametrize("name", ["x.nt", "x.rdf", "x.ttl.gz", "x"])
def test_html_is_refused(head: bytes, name: str) -> None:
    with pytest.raises(InputError, match="is an HTML page"):
        recognise(name, head, None)


@pytest.mark.parametrize(
    ("head", "kind"),
    [(b"PK\x03\x04..", "ZIP"), (b"PAR1", "Parquet"), (b"\xff\xfe<\x00", "UTF-16"), (b"$HDT", "HDT")],
)
def test_foreign_files_are_named(head: bytes, kind: str) -> None:
    with pytest.raises(InputError, match=kind):
        recognise("x.nt", head, None)
