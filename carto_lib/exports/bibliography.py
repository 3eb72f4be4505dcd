"""Works as BibTeX and RIS."""

import re
from typing import IO, Any

import bibtexparser
import rispy
from bibtexparser.middlewares import AddEnclosingMiddleware
from bibtexparser.model import Entry, ExplicitComment, Field

from carto_lib.exports.content import Stamp, exported_works
from carto_lib.tables import Atlas

BIBTEX_TYPES = {
    "thesis": "phdthesis",
    "report": "techreport",
    "conference": "inproceedings",
    "book": "book",
    "chapter": "incollection",
    "preprint": "unpublished",
}
BIBTEX_VENUES = {
    "article": "journal",
    "inproceedings": "booktitle",
    "incollection": "booktitle",
    "techreport": "institution",
}
RIS_TYPES = {
    **dict.fromkeys(("article", "review", "editorial", "letter", "protocol", "cohort_profile"), "JOUR"),
    "thesis": "THES",
    "report": "RPRT",
    "conference": "CONF",
    "abstract": "ABST",
    "book": "BOOK",
    "chapter": "CHAP",
    "dataset": "DATA",
    "preprint": "UNPB",
}
_SPECIAL = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{character: f"\\{character}" for character in "&%$#_"},
    }
)


def write_bibtex(atlas: Atlas, stamp: Stamp, file: IO[bytes]) -> None:
    """Write a view's works as BibTeX (UTF-8), a comment first."""
    library = bibtexparser.Library()
    library.add(ExplicitComment(str(stamp).replace("{", "(").replace("}", ")")))
    seen: dict[str, int] = {}
    for work in exported_works(atlas):
        key = re.sub(r"[^a-z0-9]+", "_", work["work_id"].lower()).strip("_")
        seen[key] = seen.get(key, 0) + 1
        library.add(_entry(work, key if seen[key] == 1 else f"{key}_{seen[key]}"))
    stack = [AddEnclosingMiddleware(reuse_previous_enclosing=False, enclose_integers=True, default_enclosing="{")]
    file.write(bibtexparser.write_string(library, unparse_stack=stack).encode("utf-8"))


def _entry(work: dict[str, Any], key: str) -> Entry:
    kind = BIBTEX_TYPES.get(work.get("type", ""), "article" if work.get("journal") else "misc")
    venues = {
        "article": "journal",
        "inproceedings": "booktitle",
        "incollection": "booktitle",
        "techreport": "institution",
    }
    venue = venues.get(kind, "howpublished")
    texts = {
        "title": work.get("title"),
        venue: work.get("journal"),
        "abstract": work.get("abstract"),
        "keywords": ", ".join(work["databases"]),
    }
    plain = {
        "year": work.get("year"),
        "doi": work.get("doi"),
        "pmid": work.get("pmid"),
        "issn": work.get("issn_l"),
        "url": work.get("url"),
        "language": work.get("language"),
    }
    names = [_name(author) for author in work["authors"]]
    fields = [Field("author", " and ".join(names))] if names else []
    fields += [Field(name, _text(value)) for name, value in texts.items() if value]
    fields += [Field(name, _balanced(str(value))) for name, value in plain.items() if value]
    return Entry(kind, key, fields)


def _name(author: str) -> str:
    text = _text(author)
    return f"{{{text}}}" if re.search(r"\band\b", author) else text


def _text(text: str) -> str:
    return " ".join(text.split()).translate(_SPECIAL)


def _balanced(text: str) -> str:
    """Keep identifiers and addresses as they are, save braces, which would close the field."""
    return text.replace("{", "%7B").replace("}", "%7D")


class _PlainRis(rispy.RisWriter):
    """RIS without the running numbers that rispy writes before each reference: some readers refuse them."""

    def set_header(self, count: int) -> str:
        return ""


def write_ris(atlas: Atlas, stamp: Stamp, file: IO[bytes]) -> None:
    """Write a view's works as RIS (UTF-8); each says the export's query, date and version in N1."""
    entries = [_reference(work, stamp) for work in exported_works(atlas)]
    file.write(rispy.dumps(entries, implementation=_PlainRis).encode("utf-8"))


def _reference(work: dict[str, Any], stamp: Stamp) -> dict[str, Any]:
    reference = {
        "type_of_reference": RIS_TYPES.get(work.get("type", ""), "JOUR" if work.get("journal") else "GEN"),
        "id": work["work_id"],
        "authors": [_line(name) for name in work["authors"]],
        "title": work.get("title"),
        "journal_name": work.get("journal"),
        "year": str(work["year"]) if "year" in work else None,
        "doi": work.get("doi"),
        "accession_number": work.get("pmid"),
        "name_of_database": "PubMed" if "pmid" in work else None,
        "issn": work.get("issn_l"),
        "abstract": work.get("abstract"),
        "language": work.get("language"),
        "urls": [work["url"]] if "url" in work else None,
        "keywords": list(work["databases"]) or None,
        "notes": [str(stamp)],
        "access_date": stamp.date.replace("-", "/"),
    }
    return {name: _line(value) if isinstance(value, str) else value for name, value in reference.items() if value}


def _line(text: str) -> str:
    return " ".join(text.split())
