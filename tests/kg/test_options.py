import pytest
from pydantic import ValidationError

from kgalign.kg import IngestOptions


@pytest.mark.parametrize(
    "wrong",
    [
        {"formt": "turtle"},
        {"format": "rdfa"},
        {"on_error": "ignore"},
        {"max_errors": -1},
        {"label_properties": ("http://a/p", "http://a/p")},
        {"label_properties": ("http://a/p",), "alias_properties": ("http://a/p",)},
    ],
)
def test_mistakes_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        IngestOptions.model_validate(wrong)
