"""Names of countries, states and provinces that affiliations print beyond those of CLDR and ISO 3166."""

import pycountry

EXTRA_COUNTRIES = {
    "canary islands": "ES",
    "iles canaries": "ES",
    "islas canarias": "ES",
    "usa": "US",
    "u s a": "US",
    "united states of america": "US",
    "etats unis": "US",
    "estados unidos": "US",
    "us": "US",
    "uk": "GB",
    "u k": "GB",
    "england": "GB",
    "angleterre": "GB",
    "scotland": "GB",
    "ecosse": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "irlande du nord": "GB",
    "great britain": "GB",
    "royaume uni": "GB",
    "korea": "KR",
    "republic of korea": "KR",
    "south korea": "KR",
    "coree": "KR",
    "coree du sud": "KR",
    "pr china": "CN",
    "p r china": "CN",
    "people s republic of china": "CN",
    "peoples republic of china": "CN",
    "russia": "RU",
    "russian federation": "RU",
    "russie": "RU",
    "czech republic": "CZ",
    "republique tcheque": "CZ",
    "the netherlands": "NL",
    "holland": "NL",
    "pays bas": "NL",
    "viet nam": "VN",
    "iran": "IR",
    "islamic republic of iran": "IR",
    "ivory coast": "CI",
    "cote d ivoire": "CI",
    "brasil": "BR",
    "turkiye": "TR",
    "ksa": "SA",
    "kingdom of saudi arabia": "SA",
    "uae": "AE",
    "u a e": "AE",
    "hong kong": "HK",
    "macau": "MO",
    "macao": "MO",
    "taiwan r o c": "TW",
    "taiwan": "TW",
    "dr congo": "CD",
    "democratic republic of congo": "CD",
    "republique democratique du congo": "CD",
    "republic of congo": "CG",
    "congo brazzaville": "CG",
    "palestine": "PS",
    "kosovo": "XK",
    "macedonia": "MK",
    "swaziland": "SZ",
    "burma": "MM",
    "la reunion": "FR",
    "reunion island": "FR",
    "ile de la reunion": "FR",
    "guadeloupe": "FR",
    "martinique": "FR",
    "guyane": "FR",
    "guyane francaise": "FR",
    "french guiana": "FR",
    "french guyana": "FR",
    "mayotte": "FR",
    "reunion": "FR",
    "french west indies": "FR",
    "french polynesia": "PF",
    "polynesie francaise": "PF",
    "new caledonia": "NC",
    "nouvelle caledonie": "NC",
    "republic of ireland": "IE",
    "syria": "SY",
    "laos": "LA",
    "tanzania": "TZ",
    "bolivia": "BO",
    "venezuela": "VE",
    "moldova": "MD",
    "brunei": "BN",
    "cape verde": "CV",
    "bosnia": "BA",
    "slovak republic": "SK",
    "hellas": "GR",
    "federal republic of germany": "DE",
    "frankreich": "FR",
    "francia": "FR",
}
AMBIGUOUS = frozenset(
    "georgia georgie jersey jordan chad niger lebanon cuba peru mexico guinea monaco turkey grenada dominica "
    "panama malta reunion maurice israel".split()
)
STATES = {
    name: "US"
    for name in (
        "alabama alaska arizona arkansas california colorado connecticut delaware florida hawaii idaho illinois "
        "indiana iowa kansas "
        "kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana "
        "nebraska nevada ohio oklahoma "
        "oregon pennsylvania tennessee texas utah vermont virginia wisconsin wyoming"
    ).split()
    if name != "maine"
} | dict.fromkeys(
    (
        "new york",
        "new jersey",
        "new mexico",
        "new hampshire",
        "north carolina",
        "south carolina",
        "north dakota",
        "south dakota",
        "west virginia",
        "rhode island",
        "district of columbia",
        "washington dc",
        "washington d c",
    ),
    "US",
)
STATE_CODES = frozenset(
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK "
    "OR PA RI SC SD TN "
    "TX UT VT VA WA WV WI WY DC".split()
)
PROVINCES = dict.fromkeys(
    (
        "ontario",
        "quebec",
        "british columbia",
        "alberta",
        "manitoba",
        "nova scotia",
        "saskatchewan",
        "new brunswick",
        "newfoundland",
    ),
    "CA",
) | dict.fromkeys(("new south wales", "queensland", "tasmania", "western australia", "south australia"), "AU")
REGIONS = PROVINCES | STATES
CODES_3 = (
    {country.alpha_3: country.alpha_2 for country in pycountry.countries}
    | {country.alpha_2: country.alpha_2 for country in pycountry.countries}
    | {"UK": "GB", "RE": "FR", "GP": "FR", "MQ": "FR", "GF": "FR", "YT": "FR"}
)
STOP_CITIES = frozenset(
    "university universite college centre center institute institut research hospital hopital service department "
    "departement "
    "sante public national general science sciences medical social orange normal nord sud est ouest union police "
    "liberty "
    "marie pierre louis paul jean saint sainte bernard claude descartes pasteur curie diderot mobile progress of "
    "and the des "
    "avenue cedex france chu inserm cnrs bâle victoria regional clinic mission central campus laval santa david "
    "medias bank".split()
)
