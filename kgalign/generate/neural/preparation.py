"""Texts made ready to be learnt: delexicalised, in numbers, and kept in a file.

Making a hundred thousand texts ready takes longer than many a training, so it is done once. The file also
serves another machine, on which a training then begins at once.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import torch
from torch import Tensor

from kgalign.errors import InputError
from kgalign.files import atomic_file, file_sha256
from kgalign.generate.common_words import CommonWords, WordCounter
from kgalign.generate.examples import Example
from kgalign.generate.neural.artefact import WEIGHTS, read_description, read_pieces
from kgalign.generate.neural.batches import Lesson
from kgalign.generate.neural.building import pretrained_pieces
from kgalign.generate.neural.drafter import is_generator
from kgalign.generate.neural.options import SCRATCH, NeuralOptions
from kgalign.generate.neural.pieces import END, Pieces, Tokens
from kgalign.generate.neural.spellings import Spelling, asked_for, letters, spellings
from kgalign.generate.neural.targets import Pair, pairs
from kgalign.progress import say
from kgalign.verify.verdicts import Term

FILE = "prepared.safetensors"
# Options that texts and vocabulary depend on.
_OWN = {"base", "form", "names", "teach", "spell", "vocabulary", "most_facts", "most_tokens"}
_VERSION = 3


@dataclass(frozen=True)
class Prepared:
    """What is learnt, in numbers.

    Attributes:
        pieces: the vocabulary.
        texts: inputs with their texts.
        names: words of names with their spellings in other scripts.
        common: the words that may stand in a text whatever its facts are.
    """

    pieces: Pieces
    texts: list[Lesson]
    names: list[Lesson]
    common: CommonWords

    @property
    def languages(self) -> tuple[str, ...]:
        """Those of the texts."""
        return self.pieces.languages

    @property
    def spells(self) -> tuple[str, ...]:
        """Those that names are spelt in."""
        return tuple(sorted({lesson.language.removeprefix(_NAMES) for lesson in self.names}))


_NAMES = "names in "


def prepared(examples: Iterable[Example], options: NeuralOptions, folder: Path) -> Prepared:
    """Make *examples* ready, or take what an earlier call left in *folder* for the same ones.

    Raises:
        InputError: if nothing can be learnt of them, or the base can't be used.
        OutputError: if *folder* can't be written.
    """
    every = list(examples)
    key = _key(every, options)
    known = _read(folder / FILE, key)
    if known is not None:
        return known
    taught = _taught(every, options)
    languages = tuple(sorted({pair.example.language for pair in taught}))
    spelt = spellings(every) if options.spell and options.form == "delexicalised" else []
    spelt = [each for each in spelt if each.language in languages]
    pieces = _pieces(taught, spelt, languages, options)
    found = Prepared(
        pieces,
        _lessons(taught, pieces, options),
        [_spelling_lesson(each, pieces) for each in spelt],
        _common(taught) if options.form == "delexicalised" else CommonWords(),
    )
    _write(folder / FILE, key, found)
    return found


def _taught(every: Sequence[Example], options: NeuralOptions) -> list[Pair]:
    found = list(
        pairs(
            every,
            options.form,
            most_facts=options.most_facts,
            names=options.names,
            teach=options.teach,
        )
    )
    if not found:
        raise InputError(
            f"none of the {len(every):,} texts is fit to be learnt",
            remedy="a text must name every object of its facts; --teach all learns from others, too",
        )
    kept, given = (Counter(each.language for each in own) for own in ((p.example for p in found), every))
    shares = ", ".join(f"{language} {kept[language]:,}/{given[language]:,}" for language in sorted(given))
    say(f"texts fit to be learnt: {shares}")
    return found


def _common(taught: Iterable[Pair]) -> CommonWords:
    counter = WordCounter()
    for pair in taught:
        told = pair.example
        words = (None if segment.mark else segment.text for segment in pair.target)
        counter.add(told.language, told.facts[0].subject.value, words)
    return counter.common()


def _pieces(
    taught: Sequence[Pair], spelt: Sequence[Spelling], languages: Sequence[str], options: NeuralOptions
) -> Pieces:
    """The base's vocabulary, or a new one."""
    if is_generator(options.base):
        known = read_description(options.base)
        if new := sorted(set(languages) - set(known.languages)):
            raise InputError(
                f"the model has no mark for {', '.join(new)}",
                path=options.base,
                remedy="leave out their data",
            )
        return read_pieces(options.base, known)
    if options.base != SCRATCH:
        return pretrained_pieces(options.base, languages)
    texts = sorted(
        [segment.text for pair in taught for segment in (*pair.source, *pair.target) if not segment.mark]
        # Letter by letter, as they are spelt.
        + [" ".join(text) for each in spelt for text in (each.word, each.text)]
    )
    return Pieces.trained(texts, options.vocabulary, languages)


def _lessons(taught: Sequence[Pair], pieces: Pieces, options: NeuralOptions) -> list[Lesson]:
    every = (lesson_of(pair, pieces) for pair in taught)
    found = [
        lesson
        for lesson in every
        if len(lesson.source.ids) <= options.most_tokens and len(lesson.target) <= options.most_tokens
    ]
    if not found or any(not lesson.target or lesson.target[-1] != END for lesson in found):
        raise InputError(
            "every text is too long to be learnt", remedy="raise most_tokens in the configuration"
        )
    return found


def lesson_of(pair: Pair, pieces: Pieces) -> Lesson:
    """A pair in numbers."""
    return Lesson(pieces.tokens(pair.source), pieces.tokens(pair.target).ids, pair.example.language)


def _spelling_lesson(spelling: Spelling, pieces: Pieces) -> Lesson:
    """Drawn apart from the language's texts, so that neither crowds out the other."""
    return Lesson(
        pieces.tokens(asked_for(spelling.word, spelling.language)),
        pieces.tokens(letters(spelling.text)).ids,
        f"{_NAMES}{spelling.language}",
    )


def _key(examples: Sequence[Example], options: NeuralOptions) -> str:
    digest = hashlib.sha256(f"{_VERSION}{options.model_dump_json(include=_OWN)}".encode())
    if is_generator(options.base):
        digest.update(file_sha256(Path(options.base) / WEIGHTS).encode())
    known: dict[Term, str] = {}

    def told(term: Term) -> str:
        if term not in known:
            known[term] = term.model_dump_json()
        return known[term]

    for example in examples:
        digest.update(f"\n{example.language}\t{example.text}".encode())
        for fact in example.facts:
            own = (told(fact.subject), told(fact.relation), told(fact.object))
            digest.update("\t".join((*own, *map(repr, fact.qualifiers))).encode())
    return digest.hexdigest()


def _write(path: Path, key: str, found: Prepared) -> None:
    from safetensors.torch import save_file

    lessons = [*found.texts, *found.names]
    tensors = {
        "vocabulary": _bytes(found.pieces.model),
        "common_words": _bytes(found.common.to_json().encode()),
        "inputs": _numbers([lesson.source.ids for lesson in lessons], torch.int32),
        "roles": _numbers([lesson.source.roles for lesson in lessons], torch.uint8),
        "facts": _numbers([lesson.source.facts for lesson in lessons], torch.uint8),
        "input_lengths": torch.tensor([len(lesson.source.ids) for lesson in lessons]),
        "outputs": _numbers([lesson.target for lesson in lessons], torch.int32),
        "output_lengths": torch.tensor([len(lesson.target) for lesson in lessons]),
    }
    own = sorted({lesson.language for lesson in lessons})
    tensors["languages"] = torch.tensor([own.index(lesson.language) for lesson in lessons])
    metadata = {
        "key": key,
        "texts": str(len(found.texts)),
        "names": json.dumps(own),
        "languages": json.dumps(found.languages),
        "marks_from": str(found.pieces.offset),
    }
    with atomic_file(path) as scratch:
        save_file(tensors, scratch, metadata=metadata)


def _read(path: Path, key: str) -> Prepared | None:
    """What *path* holds; None if it is missing, or of something else."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as stored:
            told = stored.metadata() or {}
            if told.get("key") != key:
                return None
            read = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    except (OSError, SafetensorError):
        return None
    pieces = Pieces(bytes(read["vocabulary"].numpy()), json.loads(told["languages"]), int(told["marks_from"]))
    own = json.loads(told["names"])
    sources = zip(
        *(_rows(read[name], read["input_lengths"]) for name in ("inputs", "roles", "facts")), strict=True
    )
    outputs = _rows(read["outputs"], read["output_lengths"])
    lessons = [
        Lesson(Tokens(*source), target, own[language])
        for source, target, language in zip(sources, outputs, read["languages"].tolist(), strict=True)
    ]
    texts = int(told["texts"])
    common = CommonWords.from_json(bytes(read["common_words"].numpy()))
    return Prepared(pieces, lessons[:texts], lessons[texts:], common)


def _bytes(content: bytes) -> Tensor:
    return torch.frombuffer(bytearray(content), dtype=torch.uint8)


def _numbers(rows: Sequence[Sequence[int]], kind: torch.dtype) -> Tensor:
    return torch.tensor([each for row in rows for each in row], dtype=kind)


def _rows(numbers: Tensor, lengths: Tensor) -> list[list[int]]:
    every: list[int] = numbers.tolist()
    ends = list(accumulate(lengths.tolist()))
    return [every[start:end] for start, end in zip([0, *ends], ends, strict=False)]
