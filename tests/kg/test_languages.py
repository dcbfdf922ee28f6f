import pytest

from kgalign.kg.languages import canonical_tag


@pytest.mark.parametrize(
    ("tag", "canonical"),
    [
        ("EN", "en"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("SL-rozaj-BISKE", "sl-rozaj-biske"),
        ("de-1996", "de-1996"),
        ("es-419", "es-419"),
        ("en-X-US-LATN", "en-x-us-latn"),
        ("x-klingon", "x-klingon"),
    ],
)
def test_letter_case_is_that_of_bcp_47(tag: str, canonical: str) -> None:
    assert canonical_tag(tag) == canonical
    assert canonical_tag(canonical) == canonical
