import pytest

from kgalign.errors import InputError

RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:a="http://a/">'
    '<rdf:Description rdf:about="{about}"><a:p>{text}</a:p></rdf:Description>\n</rdf:RDF>'
)


@pytest.mark.parametrize(
    "encoding", ["windows-1252", "ISO-8859-1", "utf-8", "UTF8", "us-ascii", "windows-1251"]
)
def test_declared_encodings(encoding: str, read) -> None:
    text = {"us-ascii": "cafe", "windows-1251": "кафе"}.get(encoding, "café")
    content = f'<?xml version="1.0" encoding="{encoding}"?>\n' + RDF.format(about="http://a/s", text=text)
    graph = read(content.encode(encoding), "x.rdf")
    assert graph.attributes["value"].to_list() == [text]


def test_a_declared_encoding_over_many_chunks(read) -> None:
    text = "é€" * 400_000
    content = '<?xml version="1.0" encoding="windows-1252"?>' + RDF.format(about="http://a/s", text=text)
    assert read(content.encode("windows-1252"), "x.rdf").attributes["value"].to_list() == [text]


def test_bytes_outside_the_declared_encoding(read) -> None:
    content = (
        b'<?xml version="1.0" encoding="windows-1252"?>' + RDF.format(about="http://a/s", text="@").encode()
    )
    with pytest.raises(InputError, match=r"^x\.rdf: is not in the encoding cp1252 that it declares"):
        read(content.replace(b"@", b"\x81"), "x.rdf")


@pytest.mark.parametrize("encoding", ["no-such", "hex", "utf-16"])
def test_encodings_that_cannot_be_read(encoding: str, read) -> None:
    with pytest.raises(InputError, match=f"declares the encoding '{encoding}', which can't be read"):
        read(
            f'<?xml version="1.0" encoding="{encoding}"?>' + RDF.format(about="http://a/s", text="x"), "x.rdf"
        )


def test_simple_entities_abbreviate_namespaces(read) -> None:
    doctype = """<?xml version="1.0"?>
<!-- a comment with <!DOCTYPE in it -->
<!DOCTYPE rdf:RDF [
  <!ENTITY ex "http://example.org/" > <!-- don't > stop -->
  <!ENTITY owl 'http://www.w3.org/2002/07/owl#'>
]>
"""
    graph = read(doctype + RDF.format(about="&ex;thing", text="&lt;&#233;"), "x.owl")
    assert graph.entities["iri"].to_list() == ["http://example.org/thing"]
    assert graph.attributes["value"].to_list() == ["<é"]


@pytest.mark.parametrize(
    ("doctype", "message"),
    [
        ('<!DOCTYPE r SYSTEM "http://a/x.dtd">', "external entities"),
        ('<!DOCTYPE r PUBLIC "-//x" "http://a/x.dtd">', "external entities"),
        ('<!DOCTYPE r [ <!ENTITY e SYSTEM "file:///etc/hostname"> ]>', "external entities"),
        ("<!DOCTYPE r [ <!ENTITY a 'x'> <!ENTITY b '&a;&a;'> ]>", "entities by other entities"),
        ("<!DOCTYPE r [ <!ENTITY % a 'x'> ]>", "entities by other entities"),
        (f"<!DOCTYPE r [ <!ENTITY a '{'x' * 2000}'> ]>", "very long XML entities"),
        (
            "<!DOCTYPE r [" + "".join(f"<!ENTITY a{n} '{'x' * 900}'>" for n in range(100)) + "]>",
            "very long XML",
        ),
        (f"<!--{'x' * 2_000_000}-->", "longer than 1 MiB"),
    ],
)
def test_dangerous_declarations_are_refused(doctype: str, message: str, read) -> None:
    with pytest.raises(InputError, match=message):
        read('<?xml version="1.0"?>' + doctype + RDF.format(about="http://a/s", text="x"), "x.rdf")


def test_a_declaration_may_not_hide_behind_an_encoding_or_further_down(read) -> None:
    hidden = "<!DOCTYPE r [ <!ENTITY a 'x'> <!ENTITY b '&a;&a;'> ]>"
    content = RDF.format(about="http://a/s", text="x")
    encoded = b'<?xml version="1.0" encoding="utf-7"?>' + (hidden + content).encode("utf-7")
    with pytest.raises(InputError):
        read(encoded, "x.rdf")
    with pytest.raises(InputError, match="after its beginning"):
        read(content.replace("<rdf:Description", hidden + "<rdf:Description"), "x.rdf")


@pytest.mark.parametrize("content", ["<?xml version='1.0'?>", "<!DOCTYPE r [", "<!-- open", "<rdf:RDF"])
def test_a_file_that_ends_in_its_prolog(content: str, read) -> None:
    with pytest.raises(InputError, match=r"^x\.rdf"):
        read(content, "x.rdf")
