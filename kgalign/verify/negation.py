"""Words by which a sentence denies what it names."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from kgalign.verify.words import Word

# Closed classes; verbs that hold the negation (નથી, नाही, নাই) are listed in their usual forms.
_NEGATIONS = {
    "as": "নহয় নাই নাছিল নহল নকৰে নকৰিলে নোহোৱা নাছিলে নহ'ল নাথাকে",
    "bg": "не няма",
    "bn": "না নয় নেই ছিলেন না নন",
    "br": "ket",
    "ca": "no mai",
    "cs": "ne není nebyl nebyla nebylo nejsou nebyli nikdy nemá nenarodil",
    "cy": "ddim nid",
    "de": "nicht kein keine keinen keiner keinem keines nie niemals weder",
    "el": "δεν όχι ποτέ",
    "en": "not never no isn wasn aren weren don doesn didn hasn haven cannot neither nor",
    "es": "no nunca jamás tampoco",
    "fi": "ei eivät ole",
    "fr": "pas jamais aucun aucune ne",
    "ga": "ní níl níor nach",
    "gu": "નથી નહોતા નહોતો નહોતી નહોતું નહીં નહિ ન",
    "hi": "नहीं नही न मत",
    "hu": "nem nincs soha",
    "it": "non mai nessun nessuna",
    "ja": "ない ません なかった",
    "kn": "ಇಲ್ಲ ಅಲ್ಲ",
    "ko": "않 아니 없",
    "mr": "नाही नाहीत नव्हता नव्हती नव्हते नव्हत्या नसून नाहीये नव्हे",
    "mt": "mhux ma mhix",
    "nl": "niet geen nooit",
    "or": "ନାହିଁ ନାହାନ୍ତି ନଥିଲେ ନଥିଲା ନୁହଁ ନୁହେଁ ନୁହନ୍ତି ନୁହଁନ୍ତି ନ",
    "pl": "nie nigdy",
    "pt": "não nunca jamais",
    "ru": "не нет никогда",
    "sv": "inte aldrig ingen",
    "ta": "இல்லை அல்ல",
    "te": "కాదు లేదు కాలేదు లేరు",
    "tr": "değil",
    "uk": "не немає ніколи",
    "ur": "نہیں نہ",
    "zh": "不 没 非 未",
}  # fmt: skip
# Languages whose verbs may end in a negation.
_SUFFIXED = frozenset({"as", "bn", "gu", "mr", "or"})
_SHORTEST_ENDING = 4
# "not only … but also" denies nothing.
_BUT = {"only", "solo", "sólo", "solamente", "soltanto", "nur", "только", "seulement", "merely", "just"}


def negations(found: Sequence[Word], language: str) -> list[int]:
    """Which of a sentence's words deny something."""
    known = frozenset(_plain(word) for word in _NEGATIONS.get(language, "").split())
    endings = tuple(word for word in sorted(known) if len(word) >= _SHORTEST_ENDING)
    return [
        place
        for place, word in enumerate(found)
        if _denies(word, known, endings if language in _SUFFIXED else ())
        and not (place + 1 < len(found) and found[place + 1].text.lower() in _BUT)
        and not _is_abbreviation(found, place)
    ]


def _denies(word: Word, known: frozenset[str], endings: tuple[str, ...]) -> bool:
    plain = _plain(word.text)
    return plain in known or plain.endswith(endings)


def _plain(word: str) -> str:
    return unicodedata.normalize("NFC", word).casefold()


def _is_abbreviation(found: Sequence[Word], place: int) -> bool:
    """Whether ``No`` stands before a number."""
    word = found[place]
    return word.key == "no" and place + 1 < len(found) and found[place + 1].digits
