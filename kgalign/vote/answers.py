"""From what a language model wrote to the option it chose; what isn't clear is malformed, never guessed."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence

# A letter stands alone unless letters of an alphabet touch it; Chinese, Japanese and Korean don't
# put spaces around one.
_TOUCHING = r"[^\W\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_ALONE = re.compile(rf"(?<!{_TOUCHING})(?<!{_TOUCHING}['’])([A-Z])(?!{_TOUCHING})(?!['’]{_TOUCHING})")
# "A city", "I think": words, not letters.
_WORD = re.compile(r"[AIai] +[a-z]")
_DECORATION = " $\t\r\n\"'`*_~()[]{}<>“”‘’«»「」『』【】"
_STOPS = ".,:;!。、,:;!"
_WRAPPED = re.escape(_DECORATION)
_FIRST = re.compile(rf"[{_WRAPPED}]*([A-Za-z])(?:[ *_)\]]*[.):\]、,:]|[ \t]+[-–—]|[*_ \t]*\n)")
_CUED = re.compile(
    r"(?:answer|option|choice|letter|答案|选项|選項|选择|選択肢|答え|回答|정답)"
    rf"(?:[{_WRAPPED}]|:|=|-|\bis\b|是|は|은|는|为|為)*([A-Za-z])(?!{_TOUCHING})",
    re.IGNORECASE,
)
_THOUGHTS = re.compile(r"\s*<think>.*?(?:</think>|\Z)", re.DOTALL)
_FENCED = re.compile(r"```(?:json)?\s*(.*?)\s*```", re.DOTALL)


def letter_index(text: str, letters: Sequence[str]) -> int | None:
    """Which of the *letters* an answer names.

    Understood are a bare letter in any dress (``B``, ``(b)``, ``**B**``), a letter that opens the
    answer (``B. Paris``), one announced as the answer (``Answer: B``, ``答案是B``), and a JSON object with
    a key ``answer``; thoughts in ``<think>`` before it don't count.

    Args:
        text: the answer.
        letters: the capital letters that were offered, in order.

    Returns:
        The place of the letter among *letters*; ``None`` where the answer is malformed: it names no
        letter, several, or one that wasn't offered.
    """
    read = _THOUGHTS.sub("", unicodedata.normalize("NFKC", text)).strip()
    fenced = _FENCED.fullmatch(read)
    if fenced:
        read = fenced[1]
    if read[:1] in ("{", '"'):
        try:
            return _of_json(json.loads(read, object_pairs_hook=_only_answer), letters)
        except (ValueError, RecursionError):
            pass
    named = _bare(read) or _in_prose(read)
    return None if named is None or named not in letters else letters.index(named)


def _of_json(value: object, letters: Sequence[str]) -> int | None:
    return letter_index(value, letters) if isinstance(value, str) else None


def _only_answer(pairs: list[tuple[str, object]]) -> object:
    """What an object says under ``answer``; nothing if it says so twice."""
    answers = [value for key, value in pairs if key.casefold() == "answer"]
    return answers[0] if len(answers) == 1 else None


def _bare(text: str) -> str | None:
    letter = text.strip(_DECORATION + _STOPS)
    return letter.upper() if len(letter) == 1 and letter.isascii() and letter.isalpha() else None


def _in_prose(text: str) -> str | None:
    """The one letter that a longer answer opens with or announces."""
    first = _FIRST.match(text)
    cued = [match[1].upper() for match in _CUED.finditer(text) if not _WORD.match(text, match.start(1))]
    announced = {*cued, *([first[1].upper()] if first else [])}
    named = {match[1] for match in _ALONE.finditer(text) if not _WORD.match(text, match.start())}
    if len(announced) != 1 or named - announced:
        return None
    return announced.pop()
