"""The marks of the generator's input and output: tokens of their own that no text can contain.

They are never read out of a string, so a label such as ``<e1>`` stays words.
"""

from __future__ import annotations

from kgalign.generate.lexicalise import BEFORE_COMMA, WHOLE
from kgalign.generate.spelling import JOIN, SPELLINGS, parts_of
from kgalign.generate.values import VALUE_FORMS

# As in XF2T (arXiv 2209.11252): subject, relation, object; relation and object of a qualifier.
SUBJECT, RELATION, OBJECT, QUALIFIER_RELATION, QUALIFIER_OBJECT = "<H>", "<R>", "<T>", "<QR>", "<QT>"
ENTITY, DATE, YEAR_NUMBER, NUMBER, TEXT, TYPE = "<entity>", "<date>", "<year>", "<number>", "<text>", "<type>"
# What follows is a word of a name to be spelt in another script.
SPELL = "<spell>"
MOST_TERMS = 40

_FORMS = (WHOLE, BEFORE_COMMA, *VALUE_FORMS, *SPELLINGS)
FORM_MARKS = {f"<as {form}>": form for form in _FORMS}
_MARK_OF_FORM = {form: mark for mark, form in FORM_MARKS.items()}
PLACEHOLDERS = {f"<e{number}>": number for number in range(MOST_TERMS)}
STRUCTURE = (
    SUBJECT, RELATION, OBJECT, QUALIFIER_RELATION, QUALIFIER_OBJECT,
    ENTITY, DATE, YEAR_NUMBER, NUMBER, TEXT, TYPE, SPELL,
)  # fmt: skip


def placeholder(number: int) -> str:
    """The mark that stands for a term."""
    return f"<e{number}>"


def form_marks(form: str) -> list[str]:
    """The marks after a placeholder whose name is wanted in a form; none for the usual form."""
    return [_MARK_OF_FORM[part] for part in parts_of(form)]


def with_mark(form: str, mark: str) -> str:
    """*form* with the part that one more mark asks for."""
    return JOIN.join([*parts_of(form), FORM_MARKS[mark]])


def language_mark(language: str) -> str:
    """The mark at the beginning of the input that says which language to write."""
    return f"<to {language}>"


def all_marks(languages: tuple[str, ...]) -> tuple[str, ...]:
    """Every mark of a model for *languages*, in the order of their ids."""
    return (*STRUCTURE, *FORM_MARKS, *PLACEHOLDERS, *map(language_mark, languages))
