"""Side A: the world as Unicode CLDR describes it, in Japanese, Russian and Arabic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graph_data.model import RDFS_LABEL, SKOS, GraphBuilder, Key, Vocabulary
from graph_data.packages import CLDR_BCP47, CLDR_CORE, CLDR_DATES, CLDR_NAMES, CLDR_NUMBERS, Packages

LANGUAGES = ("ja", "ru", "ar")
MINTED = Vocabulary(
    entities="https://sekai.example/項目/",
    terms="https://sekai.example/語彙/",
    salt="sekai",
    label=RDFS_LABEL,
    alternative=f"{SKOS}altLabel",
    properties={
        "contains": ("含む", {"ja": "含む", "ru": "содержит", "ar": "يحتوي على"}),
        "official": ("公用語", {"ja": "公用語", "ru": "официальный язык", "ar": "لغة رسمية"}),
        "regional": (
            "地方公用語",
            {"ja": "地方公用語", "ru": "региональный официальный язык", "ar": "لغة رسمية إقليمية"},
        ),
        "spoken": ("話される言語", {"ja": "話される言語", "ru": "используемый язык", "ar": "لغة متداولة"}),
        "home": ("主な使用地", {"ja": "主な使用地", "ru": "основная территория", "ar": "الإقليم الرئيسي"}),
        "script": ("表記文字", {"ja": "表記文字", "ru": "письменность", "ar": "نظام الكتابة"}),
        "second_script": (
            "副次的な文字",
            {"ja": "副次的な文字", "ru": "дополнительная письменность", "ar": "نظام كتابة ثانوي"},
        ),
        "origin": ("発祥地", {"ja": "発祥地", "ru": "место происхождения", "ar": "بلد المنشأ"}),
        "main_language": ("代表言語", {"ja": "代表言語", "ru": "основной язык", "ar": "اللغة الرئيسية"}),
        "tender": ("通貨", {"ja": "通貨", "ru": "валюта", "ar": "العملة"}),
        "old_tender": ("旧通貨", {"ja": "旧通貨", "ru": "прежняя валюта", "ar": "عملة سابقة"}),
        "located": ("所在地", {"ja": "所在地", "ru": "находится в", "ar": "يقع في"}),
        "observes": ("標準時", {"ja": "標準時", "ru": "часовой пояс", "ar": "التوقيت"}),
        "representative": (
            "代表都市",
            {"ja": "代表都市", "ru": "представительный город", "ar": "مدينة ممثلة"},
        ),
        "population": ("人口", {"ja": "人口", "ru": "население", "ar": "عدد السكان"}),
        "gdp": (
            "国内総生産",
            {"ja": "国内総生産", "ru": "валовой внутренний продукт", "ar": "الناتج المحلي"},
        ),
        "literacy": ("識字率", {"ja": "識字率", "ru": "грамотность", "ar": "نسبة معرفة القراءة والكتابة"}),
        "since": ("導入日", {"ja": "導入日", "ru": "дата введения", "ar": "تاريخ الإصدار"}),
        "digits": ("小数桁数", {"ja": "小数桁数", "ru": "число дробных знаков", "ar": "عدد المنازل العشرية"}),
        "rtl": (
            "右から左",
            {"ja": "右から左に書く", "ru": "письмо справа налево", "ar": "من اليمين إلى اليسار"},
        ),
    },
    classes={
        "country": ("国・地域", {"ja": "国・地域", "ru": "страна или территория", "ar": "بلد أو إقليم"}),
        "region": ("地方", {"ja": "地方", "ru": "регион мира", "ar": "منطقة من العالم"}),
        "language": ("言語", {"ja": "言語", "ru": "язык", "ar": "لغة"}),
        "script": ("文字体系", {"ja": "文字体系", "ru": "письменность", "ar": "نظام كتابة"}),
        "currency": ("貨幣", {"ja": "通貨", "ru": "валюта", "ar": "عملة"}),
        "city": ("地点", {"ja": "都市・地点", "ru": "город или место", "ar": "مدينة أو موقع"}),
        "time zone": ("時間帯", {"ja": "時間帯", "ru": "часовой пояс", "ar": "منطقة زمنية"}),
    },
)
_OFFICIAL = {"official": "official", "de_facto_official": "official", "official_regional": "regional"}


class CldrSide:
    """Reads CLDR into a :class:`GraphBuilder`."""

    def __init__(self, packages: Packages, to_alpha_3: Mapping[str, str], codes: frozenset[str]) -> None:
        """Prepare to read; *to_alpha_3* maps the language codes of CLDR to ISO 639-3."""
        self._packages, self._to_alpha_3 = packages, to_alpha_3
        self.graph = GraphBuilder(codes)

    def build(self) -> GraphBuilder:
        """Read everything."""
        self._territories()
        self._languages()
        self._scripts()
        self._currencies()
        self._cities()
        return self.graph

    def language(self, tag: str) -> Key:
        """Give the key of a language tag; its script and region are cut off."""
        code = tag.replace("_", "-").split("-")[0]
        return ("language", self._to_alpha_3.get(code, code))

    def _supplement(self, name: str) -> Any:
        return self._packages.json(CLDR_CORE, f"supplemental/{name}.json")["supplemental"]

    def _display_names(self, kind: str) -> dict[str, dict[str, str]]:
        """Give, for each language of the labels, the display names of one kind."""
        return {
            language: self._packages.json(CLDR_NAMES, f"main/{language}/{kind}.json")["main"][language][
                "localeDisplayNames"
            ][kind]
            for language in LANGUAGES
        }

    def _declare_all(self, names: Mapping[str, Mapping[str, str]], class_: str) -> None:
        """Declare every code without an extension as an entity, its ``-alt-`` names as other labels."""
        for code in sorted({code for table in names.values() for code in table}):
            base, _, form = code.partition("-alt-")
            if "-" in base:
                continue
            key, kind = self._key(class_, base)
            if not form:
                self.graph.entity(key, kind, {language: names[language].get(code) for language in LANGUAGES})
                continue
            for language in LANGUAGES:
                self.graph.alternative(key, language, names[language].get(code))

    def _key(self, class_: str, code: str) -> tuple[Key, str]:
        if class_ == "language":
            return self.language(code), class_
        if class_ == "country":
            return _territory(code), _territory(code)[0]
        return (class_, code), class_

    def _territories(self) -> None:
        self._declare_all(self._display_names("territories"), "country")
        for group, content in self._supplement("territoryContainment")["territoryContainment"].items():
            if "deprecated" in group:
                continue
            for member in content["_contains"]:
                self.graph.relate(_territory(group.split("-")[0]), "contains", _territory(member))
        for code, facts in self._supplement("territoryInfo")["territoryInfo"].items():
            self._territory_facts(_territory(code), facts)

    def _territory_facts(self, key: Key, facts: Mapping[str, Any]) -> None:
        self.graph.state(key, "population", facts.get("_population"), "integer")
        self.graph.state(key, "gdp", facts.get("_gdp"), "integer")
        self.graph.state(key, "literacy", facts.get("_literacyPercent"), "decimal")
        for tag, use in facts.get("languagePopulation", {}).items():
            relation = _OFFICIAL.get(use.get("_officialStatus", ""), "spoken")
            self.graph.relate(key, relation, self.language(tag))

    def _languages(self) -> None:
        self._declare_all(self._display_names("languages"), "language")
        for tag, facts in self._supplement("languageData")["languageData"].items():
            code, _, form = tag.partition("-alt-")
            for script in facts.get("_scripts", []):
                self.graph.relate(
                    self.language(code), "second_script" if form else "script", ("script", script)
                )
        for tag, likely in self._supplement("likelySubtags")["likelySubtags"].items():
            parts = likely.split("-")
            if tag.isalpha() and tag.islower() and len(parts) == 3:
                self.graph.relate(self.language(tag), "home", _territory(parts[2]))

    def _scripts(self) -> None:
        self._declare_all(self._display_names("scripts"), "script")
        metadata = self._packages.json(CLDR_CORE, "scriptMetadata.json")["scriptMetadata"]
        for code, facts in metadata.items():
            key = ("script", code)
            self.graph.relate(key, "origin", _territory(facts["originCountry"]))
            self.graph.relate(key, "main_language", self.language(facts["likelyLanguage"]))
            self.graph.state(key, "rtl", {"YES": "true", "NO": "false"}.get(facts["rtl"]), "boolean")

    def _currencies(self) -> None:
        tables = {
            language: self._packages.json(CLDR_NUMBERS, f"main/{language}/currencies.json")["main"][language][
                "numbers"
            ]["currencies"]
            for language in LANGUAGES
        }
        for code in sorted({code for table in tables.values() for code in table}):
            names = {language: table.get(code, {}).get("displayName") for language, table in tables.items()}
            self.graph.entity(("currency", code), "currency", names)
        data = self._supplement("currencyData")["currencyData"]
        for code, fraction in data["fractions"].items():
            self.graph.state(("currency", code), "digits", fraction["_digits"], "integer")
        introduced: dict[str, str] = {}
        for territory, uses in data["region"].items():
            for code, use in ((code, use) for entry in uses for code, use in entry.items()):
                if use.get("_tender") == "false":
                    continue
                relation = "old_tender" if "_to" in use else "tender"
                self.graph.relate(_territory(territory), relation, ("currency", code))
                if "_from" in use:
                    introduced[code] = min(use["_from"], introduced.get(code, use["_from"]))
        for code, date in introduced.items():
            self.graph.state(("currency", code), "since", date, "date")

    def _cities(self) -> None:
        tables = {
            language: self._packages.json(CLDR_DATES, f"main/{language}/timeZoneNames.json")["main"][
                language
            ]["dates"]["timeZoneNames"]
            for language in LANGUAGES
        }
        canonical, home = self._zones()
        cities = {language: dict(_exemplar_cities(table["zone"])) for language, table in tables.items()}
        for zone in sorted({zone for table in cities.values() for zone in table}):
            key = ("city", canonical.get(zone, zone))
            self.graph.entity(key, "city", {language: cities[language].get(zone) for language in LANGUAGES})
            if zone in home:
                self.graph.relate(key, "located", _territory(home[zone]))
        for name in sorted({name for table in tables.values() for name in table["metazone"]}):
            names = {
                language: _time_name(table["metazone"].get(name, {})) for language, table in tables.items()
            }
            self.graph.entity(("time", name), "time zone", names)
        self._observed_times(canonical)

    def _observed_times(self, canonical: Mapping[str, str]) -> None:
        zones = self._supplement("metaZones")["metaZones"]
        for zone, periods in _leaves(zones["metazoneInfo"]["timezone"]):
            for period in periods:
                if "_to" not in period["usesMetazone"]:
                    time = ("time", period["usesMetazone"]["_mzone"])
                    self.graph.relate(("city", canonical.get(zone, zone)), "observes", time)
        for entry in zones["metazones"]:
            place = entry["mapZone"]
            if place["_territory"] == "001":
                city = ("city", canonical.get(place["_type"], place["_type"]))
                self.graph.relate(("time", place["_other"]), "representative", city)

    def _zones(self) -> tuple[dict[str, str], dict[str, str]]:
        """Map CLDR's zone identifiers to IANA's present ones, and to their territory."""
        canonical: dict[str, str] = {}
        home: dict[str, str] = {}
        registry = self._packages.json(CLDR_BCP47, "bcp47/timezone.json")["keyword"]["u"]["tz"]
        for short, facts in registry.items():
            if short.startswith("_") or "_alias" not in facts:
                continue
            names = facts["_alias"].split()
            canonical |= dict.fromkeys(names, facts.get("_iana", names[0]))
            if len(short) == 5:  # a UN/LOCODE: country, then place
                home |= dict.fromkeys(names, short[:2].upper())
        for entry in self._supplement("windowsZones")["windowsZones"]["mapTimezones"]:
            place = entry["mapZone"]
            if place["_territory"] not in {"001", "ZZ"}:
                home |= dict.fromkeys(place["_type"].split(), place["_territory"])
        return canonical, home


def _territory(code: str) -> Key:
    """Give the key of a territory: a region if its code is a number or a grouping."""
    return ("region" if code.isdigit() or code in {"EU", "EZ", "UN", "QO"} else "country", code)


def _exemplar_cities(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """List (zone identifier, city name) of CLDR's nested time zone names."""
    for name, branch in tree.items():
        zone = f"{path}{name}"
        if not isinstance(branch, dict):
            continue
        if "exemplarCity" in branch and "/" in zone and not zone.startswith("Etc/"):
            yield zone, branch["exemplarCity"]
        else:
            yield from _exemplar_cities(branch, f"{zone}/")


def _leaves(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, list[Any]]]:
    """List (zone identifier, periods) of CLDR's nested metazone table."""
    for name, branch in tree.items():
        if isinstance(branch, list):
            yield f"{path}{name}", branch
        else:
            yield from _leaves(branch, f"{path}{name}/")


def _time_name(names: Mapping[str, Any]) -> str | None:
    """Choose the general name of a metazone, else that of its standard time."""
    long: Mapping[str, str] = names.get("long", {})
    return long.get("generic") or long.get("standard")
