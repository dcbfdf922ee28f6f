from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgalign.adapters.evaluation.prompts import (
    FEMININE,
    MASCULINE,
    Choice,
    FunctionWord,
    Option,
    Part,
    Prompt,
    Thing,
    UnclosedBracket,
    read_prompts,
)
from kgalign.errors import InputError

FRENCH = "[X] est [né;X-Gender=MASC|née;X-Gender=FEM] [PREPLOC;Y] [Y] ."


def test_a_template_is_taken_apart() -> None:
    assert Prompt.parse(FRENCH).parts == (
        Thing("X"),
        " est ",
        Choice((Option("né", "X", "Gender", "MASC"), Option("née", "X", "Gender", "FEM"))),
        " ",
        FunctionWord("PREPLOC;Y"),
        " ",
        Thing("Y"),
        " .",
    )


@pytest.mark.parametrize(
    ("template", "gender", "hidden", "sentence"),
    [
        (FRENCH, None, "", "Zoé est né."),
        (FRENCH, FEMININE, "", "Zoé est née."),
        (FRENCH, MASCULINE, "…", "Zoé est né …."),
        ("[DEF;X] [X.Nom] γεννήθηκε [PREPDEF;Y] [Y.Acc] .", None, "[MASK]", "Zoé γεννήθηκε [MASK]."),
        ("[X] [Y.IN+ESS] született .", None, "", "Zoé született."),
        ("[X.GEN] জন্ম হয়েছিল [Y.LOC] ।", None, "", "Zoé জন্ম হয়েছিল।"),
        ("[X]的出生地是[Y]。", None, "", "Zoé的出生地是。"),
        ("[Х] [גובל;X-Gender=MASC|גובלת;X-Gender=FEM] ב[Y] .", FEMININE, "", "Zoé גובלת ב."),
        ("[X.Gen] resmi dili [Y;be] .", None, "", "Zoé resmi dili."),
        ("[X] [βρίσκεται;X-Number=SG|βρίσκονται;X-Number=PL] [Y.Acc] .", FEMININE, "", "Zoé βρίσκεται."),
        ("[Y] a [pris;Y-Gender=MASC|prise;Y-Gender=FEM] [X] .", FEMININE, "", "a pris Zoé."),
        ("[X] [human: একজন ; non-human: একটি] [Y] ।", None, "", "Zoé।"),
        ("Nagtikang an [X bad] ha [Y] .", None, "", "Nagtikang an Zoé ha."),
    ],
)
def test_what_a_subject_is_asked_for(template: str, gender: str | None, hidden: str, sentence: str) -> None:
    assert Prompt.parse(template).render("Zoé", gender, hidden) == sentence


def test_a_label_stands_as_it_is() -> None:
    label = "Mr .  [Y] |;X-Gender"
    assert Prompt.parse("The [X] of [Y] .").render(label) == f"The {label} of."


@pytest.mark.parametrize("template", ["[Y] dia [Y] .", "[X] is", "", "[DEF;X] is [Y]"])
def test_both_places_are_needed(template: str) -> None:
    with pytest.raises(ValueError, match="no place for the"):
        Prompt.parse(template)


@pytest.mark.parametrize("template", ["[X] is [Y", "[X]] is [Y]", "[[X]] is [Y]"])
def test_brackets_have_partners(template: str) -> None:
    with pytest.raises(UnclosedBracket):
        Prompt.parse(template)


word = st.text("abc é点.'", min_size=1, max_size=6)
slot = st.sampled_from("XY")
option = st.builds(Option, word, slot, st.sampled_from(["Gender", "Number"]), st.sampled_from(["MASC", "PL"]))
part = st.one_of(
    word,
    st.builds(Thing, slot),
    st.builds(Choice, st.lists(option, min_size=1, max_size=3).map(tuple)),
    st.builds(FunctionWord, st.sampled_from(["DEF;X", "PREPDEF-à;Y", "ART;X-Gender", "DEF.Gen;X"])),
)


def written(some: Part) -> str:
    match some:
        case Thing():
            return f"[{some.slot}]"
        case Choice():
            return (
                "["
                + "|".join(f"{one.word};{one.slot}-{one.feature}={one.value}" for one in some.options)
                + "]"
            )
        case FunctionWord():
            return f"[{some.told}]"
    return some


def joined(parts: list[Part]) -> tuple[Part, ...]:
    """Neighbouring texts are one."""
    together: list[Part] = []
    for some in parts:
        if isinstance(some, str) and together and isinstance(together[-1], str):
            together[-1] += some
        else:
            together.append(some)
    return tuple(together)


@given(st.lists(part, max_size=6), st.permutations([Thing("X"), Thing("Y")]))
def test_parsing_undoes_writing(parts: list[Part], things: list[Part]) -> None:
    everything = [things[0], *parts, things[1]]
    prompt = Prompt.parse("".join(map(written, everything)))
    assert prompt.parts == joined(everything)
    sentence = prompt.render("SUBJECT", FEMININE)
    assert sentence.count("SUBJECT") == everything.count(Thing("X"))
    assert not set("[]|;=") & set(sentence)
    assert sentence == sentence.strip()
    assert "  " not in sentence


@given(st.text(max_size=40))
def test_any_text_is_a_prompt_or_a_clear_error(template: str) -> None:
    try:
        prompt = Prompt.parse(template)
    except ValueError as error:
        assert str(error)
    else:
        assert "S" in prompt.render("S")


def test_the_real_table(shared_data: Path) -> None:
    prompts = read_prompts(shared_data / "xfactr" / "TREx_prompts.csv")
    assert len(prompts.prompts) == 46 * 23 - 1
    assert prompts.left_out == (("P31", "mg"),)
    birth = prompts.of("http://www.wikidata.org/prop/direct/P19", "ru")
    assert birth is not None
    assert birth.render("Мария Кюри", FEMININE) == "Мария Кюри родилась в."
    assert prompts.of("http://www.wikidata.org/prop/direct/P999", "ru") is None
    for prompt in prompts.prompts.values():
        sentence = prompt.render("SUBJECT", hidden="OBJECT")
        assert sentence.count("SUBJECT") == 1
        assert sentence.count("OBJECT") == 1
        assert not set("[];=") & set(sentence)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("relation,en\n", "not a table of prompts"),
        ("pid,relation,en\nP1,born\n", ":2: 2 columns instead of 3"),
        ("pid,relation,en\nP1,born,[X] in [Y\n", ":2: a bracket"),
        ('pid,relation,en\nP1,born,"[X] in [Y]\n', "not a table of prompts"),
    ],
)
def test_a_bad_table_is_refused(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "prompts.csv"
    path.write_text(content, "utf-8")
    with pytest.raises(InputError, match=told):
        read_prompts(path)
