"""Making a sentence deny what it says, by the usual form of its language's commonest verbs."""

from __future__ import annotations

import regex

# Of each language: verb as a pattern, and what it becomes; the first that a text has counts.
_DENIALS: dict[str, tuple[tuple[str, str], ...]] = {
    "as": (("আছিল", "নাছিল"), ("হয়", "নহয়"), ("হৈছিল", "হোৱা নাছিল"), ("কৰিছিল", "কৰা নাছিল"),
           ("কৰে", "নকৰে"), ("আছে", "নাই"), ("লাভ কৰে", "লাভ নকৰে"), ("জন্মগ্ৰহণ কৰিছিল", "জন্মগ্ৰহণ কৰা নাছিল")),
    "de": (("ist", "ist nicht"), ("war", "war nicht"), ("wurde", "wurde nicht"), ("sind", "sind nicht"),
           ("hat", "hat nicht"), ("liegt", "liegt nicht")),
    "en": (("is", "is not"), ("was", "was not"), ("are", "are not"), ("were", "were not"),
           ("has", "does not have"), ("can", "can not"), ("played", "did not play")),
    "es": (("es", "no es"), ("fue", "no fue"), ("está", "no está"), ("se encuentra", "no se encuentra"),
           ("son", "no son"), ("tiene", "no tiene"), ("nació", "no nació"), ("era", "no era")),
    "gu": (("છે", "નથી"), ("હતા", "નહોતા"), ("હતો", "નહોતો"), ("હતી", "નહોતી"), ("હતું", "નહોતું")),
    "it": (("è", "non è"), ("fu", "non fu"), ("si trova", "non si trova"), ("sono", "non sono"),
           ("ha", "non ha"), ("era", "non era"), ("nacque", "non nacque")),
    "mr": (("आहे", "नाही"), ("आहेत", "नाहीत"), ("होते", "नव्हते"), ("होता", "नव्हता"), ("होती", "नव्हती"),
           ("होत्या", "नव्हत्या"), ("झाला", "झाला नाही"), ("झाले", "झाले नाही")),
    "or": (("ଥିଲେ", "ନଥିଲେ"), ("ଥିଲା", "ନଥିଲା"), ("ଅଟନ୍ତି", "ନୁହଁନ୍ତି"), ("ଅଟେ", "ନୁହେଁ"), ("ଅଛି", "ନାହିଁ"),
           ("ହୋଇଥିଲା", "ହୋଇନଥିଲା"), ("କରିଥିଲେ", "କରିନଥିଲେ"), ("ହୋଇଥିଲେ", "ହୋଇନଥିଲେ")),
    "ru": (("является", "не является"), ("был", "не был"), ("была", "не была"), ("находится", "не находится"),
           ("родился", "не родился"), ("входит", "не входит"), ("имеет", "не имеет"), ("было", "не было"),
           ("расположен", "не расположен"), ("умер", "не умер"), ("играет", "не играет"), ("это", "это не")),
}  # fmt: skip


def denied(text: str, language: str) -> tuple[str, int, int] | None:
    """*text* with its first known verb denied, and where the changed words stand.

    None if the language or all of the text's verbs are unknown.
    """
    found = []
    for verb, denial in _DENIALS.get(language, ()):
        match = regex.search(rf"(?<![\p{{L}}\p{{M}}]){regex.escape(verb)}(?![\p{{L}}\p{{M}}])", text)
        if match is not None:
            found.append((match.start(), -match.end(), denial))
    if not found:
        return None
    start, end, denial = min(found)
    return text[:start] + denial + text[-end:], start, start + len(denial)
