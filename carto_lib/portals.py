"""What public catalogues say of a database: DDI-Codebook 2.5 (FReSH, Portail Épidémiologie-France) and the HDH's list.

Files that a user downloads; nothing is fetched here. DDI: https://ddialliance.org/Specification/DDI-Codebook/2.5/
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lxml import etree

from carto_lib.errors import CartoError, FileFormatError, SourceError
from carto_lib.i18n import translate
from carto_lib.sources.answers import decoded, inner_text, load_xml
from carto_lib.sources.fields import clean
from carto_lib.text import fold

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
FIRST_YEAR = 1900
# what the description of a study's design holds, and the kind that it means: the first found wins
KINDS = (
    ("registre", "registry"),
    ("registry", "registry"),
    ("entrepot", "warehouse"),
    ("warehouse", "warehouse"),
    ("vigilance", "surveillance"),
    ("surveillance", "surveillance"),
    ("cohort", "cohort"),
    ("longitudinal", "cohort"),
    ("enquete", "survey"),
    ("survey", "survey"),
    ("transversal", "survey"),
    ("cross sectional", "survey"),
    ("remboursement", "claims"),
    ("administrative", "claims"),
)
# the column of an HDH list, and the headers (folded) under which it is read
HDH_COLUMNS = {
    "french": ("nom", "nom de la base", "nom de la base de donnees", "base", "base de donnees", "titre"),
    "acronym": ("sigle", "acronyme", "nom court"),
    "holder": ("responsable", "responsable de donnees", "producteur", "organisme", "responsable de traitement"),
    "since": ("date", "date de l acte", "date de l arrete", "date d inscription", "date d entree au catalogue"),
    "act": ("acte", "arrete", "texte", "texte de reference", "acte juridique"),
    "site": ("url", "lien", "site", "adresse"),
}


@dataclass
class Study:
    """What a catalogue says of one database; what it doesn't say is None.

    Attributes
    ----------
    french, english, acronym : str or None
        Names.
    first, last : int or None
        Years of the data.
    since, act : str or None
        Date (YYYY-MM-DD) and legal act of its entry in the Health Data Hub's catalogue.
    source : str
        Where this is said: the record's address, else its number.
    """

    source: str
    french: str | None = None
    english: str | None = None
    acronym: str | None = None
    kind: str | None = None
    holder: str | None = None
    ror: str | None = None
    first: int | None = None
    last: int | None = None
    site: str | None = None
    since: str | None = None
    act: str | None = None

    @property
    def id(self) -> str:
        """The identifier proposed: the acronym's, else the name's, in lower case and hyphens."""
        return (
            re.sub(r"[^a-z0-9]+", "-", fold(self.acronym or self.french or self.english or ""))
            .strip("-")[:40]
            .strip("-")
        )


def read_studies(file: Path) -> list[Study]:
    """Read a catalogue's file.

    Parameters
    ----------
    file : Path
        ``.xml`` (DDI-Codebook 2.5, one study) or ``.csv`` (the HDH's list, one base a line).

    Raises
    ------
    FileFormatError
        If it can't be read, is of another format, or names no database.
    """
    try:
        body = file.read_bytes()
    except OSError as error:
        raise FileFormatError(translate("runs.unreadable", path=file, why=error.strerror or error)) from error
    readers = {".xml": _read_ddi, ".csv": _read_hdh, ".tsv": _read_hdh}
    if file.suffix.lower() not in readers:
        raise FileFormatError(f"{file.name}: a catalogue is .xml (DDI-Codebook 2.5) or .csv (list of the HDH)")
    try:
        studies = list(readers[file.suffix.lower()](body, file.name))
    except CartoError as error:
        raise FileFormatError(f"{file.name}: {error}") from error
    named = [study for study in studies if study.id]
    if not named:
        raise FileFormatError(f"{file.name} names no database: download it again")
    return named


def _read_ddi(body: bytes, name: str) -> Iterator[Study]:
    root = load_xml(body, "DDI")
    for element in root.iter(etree.Element):
        element.tag = etree.QName(element).localname
    study = root.find("stdyDscr")
    if root.tag != "codeBook" or study is None:
        raise SourceError(
            f"a DDI codeBook with a stdyDscr is expected, got <{root.tag}>: export it as DDI-Codebook 2.5"
        )
    titles = study.find("citation/titlStmt")
    if titles is None:
        titles = root.find("docDscr/citation/titlStmt")
    if titles is None:
        raise SourceError("the study has no title (citation/titlStmt): complete the record in its catalogue")
    number = inner_text(titles.find("IDNo")) or name
    english_file = number.lower().endswith("-en")
    title, parallel = inner_text(titles.find("titl")), inner_text(titles.find("parTitl"))
    language = (titles.find("titl").get(LANG, "") if titles.find("titl") is not None else "").lower()
    in_english = english_file or language.startswith("en")
    years = sorted(_years(study))
    open_ended = not any(element.get("event") == "end" for element in _dates(study))
    holder, ror = _holder(study)
    yield Study(
        source=_address(study) or number,
        french=parallel if in_english else title,
        english=title if in_english else parallel,
        acronym=_acronym(titles),
        kind=_kind(study),
        holder=holder,
        ror=ror,
        first=years[0] if years else None,
        last=None if open_ended or len(years) < 2 else years[-1],
        site=_address(study),
    )


def _acronym(titles: etree._Element) -> str | None:
    """Return the alternative title, where it looks like an acronym or a short name."""
    found = [text for element in titles.findall("altTitl") if (text := inner_text(element))]
    return next((text for text in found if len(text) <= 30 and len(text.split()) <= 3 and "," not in text), None)


def _dates(study: etree._Element) -> list[etree._Element]:
    paths = ("stdyInfo/sumDscr/timePrd", "stdyInfo/sumDscr/collDate")
    return [element for path in paths for element in study.iterfind(path)]


def _years(study: etree._Element) -> Iterator[int]:
    for element in _dates(study):
        for text in (element.get("date"), inner_text(element)):
            for year in re.findall(r"\b(?:19|20)\d\d\b", text or ""):
                if FIRST_YEAR <= int(year) <= date.today().year:
                    yield int(year)


def _kind(study: etree._Element) -> str | None:
    paths = (
        "stdyInfo/sumDscr/dataKind",
        "method/dataColl/timeMeth",
        "method/dataColl/collMode",
        "citation/titlStmt/titl",
    )
    for path in paths:
        said = " ".join(fold(inner_text(element) or "") for element in study.iterfind(path))
        for word, kind in KINDS:
            if word in said:
                return kind
    return None


def _holder(study: etree._Element) -> tuple[str | None, str | None]:
    """Return the organisation that answers for the study, and its ROR identifier."""
    paths = ("citation/rspStmt/AuthEnty", "citation/prodStmt/producer", "citation/distStmt/distrbtr")
    for path in paths:
        for element in study.iterfind(path):
            links = [link.get("URI") or "" for link in element.iterfind("ExtLink")]
            ror = next((link for link in links if re.fullmatch(r"https://ror\.org/0[a-z0-9]{6}\d{2}", link)), None)
            name = clean(element.get("affiliation"))
            if name:
                return name, ror
    return None, None


def _address(study: etree._Element) -> str | None:
    for path in ("citation/holdings", "dataAccs/setAvail/accsPlac"):
        for element in study.iterfind(path):
            if (element.get("URI") or "").startswith(("https://", "http://")):
                return str(element.get("URI"))
    return None


def _read_hdh(body: bytes, name: str) -> Iterator[Study]:
    text = decoded(body)
    first = text.splitlines()[0] if text.strip() else ""
    delimiter = max(";,\t", key=first.count)
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    headers = {fold(header or ""): header for header in rows.fieldnames or ()}
    columns = {
        field: headers[spelling]
        for field, known in HDH_COLUMNS.items()
        for spelling in known[::-1]
        if spelling in headers
    }
    if "french" not in columns:
        raise SourceError(f"no column of names: expected one of {', '.join(HDH_COLUMNS['french'])}")
    for line, row in enumerate(rows, 2):
        said = {field: clean(row.get(header)) for field, header in columns.items()}
        yield Study(
            source=f"{name}, ligne {line}",
            french=said.get("french"),
            acronym=said.get("acronym"),
            holder=said.get("holder"),
            site=said.get("site"),
            since=_iso(said.get("since"), line),
            act=said.get("act"),
        )


def _iso(text: str | None, line: int) -> str | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text) or re.fullmatch(r"(\d{2})/(\d{2})/(\d{4})", text)
    if match is None:
        raise SourceError(f"line {line}: {text!r} is no date: write YYYY-MM-DD or DD/MM/YYYY")
    year, month, day = match.groups() if len(match[1]) == 4 else match.groups()[::-1]
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError as error:
        raise SourceError(f"line {line}: {text!r} is no date ({error})") from error
