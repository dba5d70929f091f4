"""What invented people are called and where they live: real towns with real postcodes, numbers nobody has."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """Lists to draw a household from, and the domain of its mailboxes."""

    code: str
    first: tuple[str, ...]
    last: tuple[str, ...]
    streets: tuple[str, ...]
    towns: tuple[tuple[str, str], ...]
    domain: str


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SWEDEN = Country(
    "SE",
    _words(
        "Anna Åsa Björn Cecilia David Elin Erik Fredrik Gösta Hanna Ida Ingrid Jörgen Karin Lars Lena Märta Mikael "
        "Nils Olof Per Ragnhild René Sara Sören Tove Ulla Viktor Zoë Åke Örjan Renée Amir Fatima Mehmet Maj-Britt"
    ),
    _words(
        "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Öberg Åkesson "
        "Sjöström Lindström Bäcklund Nyström Quist Hägg Rydén Ekström Håkansson Söderlund Lindén Lindgren-Åberg Öztürk "
        "Hassan Kowalski Virtanen Fältskog Almén Brännström Dahlbäck Ståhl Wikström Zetterlund"
    ),
    _words(
        "Storgatan Drottninggatan Kungsgatan Björkvägen Ängsvägen Skolgatan Kyrkogatan Lönnvägen Östergatan "
        "Strandvägen Vasagatan Järnvägsgatan Nygatan Ringvägen Parkvägen Tallstigen Åsgatan Hantverkargatan Bergsgatan "
        "Sjövägen"
    ),
    (
        ("11455", "Stockholm"), ("21145", "Malmö"), ("41118", "Göteborg"), ("75320", "Uppsala"), ("70210", "Örebro"),
        ("58222", "Linköping"), ("25220", "Helsingborg"), ("90325", "Umeå"), ("83130", "Östersund"),
        ("39231", "Kalmar"), ("60220", "Norrköping"), ("97232", "Luleå"), ("30242", "Halmstad"), ("35230", "Växjö"),
    ),
    "example.com",
)  # fmt: skip

GERMANY = Country(
    "DE",
    _words(
        "Jürgen Käthe Günter Björn Sören Jörg Bärbel Ursula Hans-Jürgen Anneliese Matthias Sabine Thorsten Heike "
        "Wolfgang Renate Lukas Leonie Özlem Mehmet René Zoë Götz Änne Rüdiger Ute"
    ),
    _words(
        "Müller Schröder Weiß Großmann Schäfer Köhler König Krüger Jäger Böhm Voß Groß Strauß Förster Götz Vogel "
        "Schmidt Schneider Fischer Weber Wagner Hoffmann Koch Richter Klein Wolf Yilmaz Kowalski Nowak "
        "Müller-Lüdenscheidt Preuß Weiss Gross"
    ),
    (
        "Hauptstraße", "Goethestraße", "Schillerstraße", "Bahnhofstraße", "Gartenweg", "Lindenallee", "Königsallee",
        "Mühlenweg", "Am Markt", "Schloßstraße", "Äußere Bayreuther Straße", "Rosenweg", "Kölner Straße", "Bergstraße",
        "Friedrich-Ebert-Straße", "Am Überseetor", "Dorfstraße", "Tübinger Straße",
    ),
    (
        ("10115", "Berlin"), ("20095", "Hamburg"), ("80331", "München"), ("50667", "Köln"),
        ("60311", "Frankfurt am Main"), ("70173", "Stuttgart"), ("40213", "Düsseldorf"), ("04109", "Leipzig"),
        ("01067", "Dresden"), ("44135", "Dortmund"), ("28195", "Bremen"), ("30159", "Hannover"), ("90402", "Nürnberg"),
        ("48143", "Münster"), ("97070", "Würzburg"), ("23552", "Lübeck"), ("37073", "Göttingen"), ("72070", "Tübingen"),
    ),
    "example.org",
)  # fmt: skip

_PLAIN = (("å", "a"), ("ä", "a"), ("ö", "o"), ("ü", "u"), ("ß", "ss"), ("é", "e"), ("ë", "e"), (" ", ""))
_GERMAN = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"))


def mailbox(first: str, last: str, number: int, country: Country) -> str:
    """An e-mail address spelt as people of the country write their letters without umlauts."""
    local = f"{first}.{last}{number}".lower()
    for letter, plain in (_GERMAN if country is GERMANY else ()) + _PLAIN:
        local = local.replace(letter, plain)
    return f"{local}@{country.domain}"


# Berlin, Frankfurt, Hamburg, Cologne, Munich: kept free by the Bundesnetzagentur for films, a thousand each
_GERMAN_PHONES = ("+493023125", "+496990009", "+494066969", "+492214710", "+498999998")


def phone(number: int, country: Country) -> str:
    """The phone of subscriber `number`, valid in its numbering plan; German ones repeat after 5,000."""
    if country is GERMANY:
        return f"{_GERMAN_PHONES[number // 1000 % len(_GERMAN_PHONES)]}{number % 1000:03d}"
    return f"+4670{1740605 + number}"
