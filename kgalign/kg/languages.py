"""Language tags: compared without regard to case, kept in the case BCP 47 recommends."""

from __future__ import annotations


def canonical_tag(tag: str) -> str:
    """Give *tag* the letter case of RFC 5646, section 2.1.1.

    The language is in lower case, a four-letter script in title case, a two-letter region in upper
    case; everything after a singleton (an extension or private use) is in lower case.

    >>> canonical_tag("ZH-hant-tw"), canonical_tag("en-X-US")
    ('zh-Hant-TW', 'en-x-us')
    """
    parts = tag.lower().split("-")
    for place, part in enumerate(parts[1:], start=1):
        if len(part) == 1:
            break
        if len(part) == 2:
            parts[place] = part.upper()
        elif len(part) == 4 and part.isalpha():
            parts[place] = part.title()
    return "-".join(parts)
