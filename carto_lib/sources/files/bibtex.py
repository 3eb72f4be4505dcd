"""BibTeX and BibLaTeX files."""

import re
from typing import Any

import bibtexparser
from bibtexparser.middlewares import (
    LatexDecodingMiddleware,
    LibraryMiddleware,
    RemoveEnclosingMiddleware,
    ResolveStringReferencesMiddleware,
    SeparateCoAuthors,
)
from bibtexparser.middlewares.names import parse_single_name_into_parts

from carto_lib.errors import FileFormatError
from carto_lib.sources.answers import decoded
from carto_lib.sources.fields import (
    Record,
    author,
    clean,
    normal_date,
    normal_doi,
    normal_hal_id,
    normal_language,
    normal_pmcid,
    normal_pmid,
    partial_date,
    record,
    year_of,
)

TYPES = {
    "article": "article",
    "review": "review",
    "book": "book",
    "collection": "book",
    "proceedings": "book",
    "inbook": "chapter",
    "incollection": "chapter",
    "inproceedings": "conference",
    "conference": "conference",
    "phdthesis": "thesis",
    "mastersthesis": "thesis",
    "thesis": "thesis",
    "techreport": "report",
    "report": "report",
    "dataset": "dataset",
    "unpublished": "preprint",
}
_BRACED = r"\{(?:[^{}]|\{[^{}]*\})*\}"
_PART = re.compile(rf'\s*(?:"((?:[^"{{}}]|{_BRACED})*)"|({_BRACED})|([^\s"#{{}}]+))\s*(?:#|$)')
_PREPRINT_SERVER = re.compile(r"(?:arxiv|medrxiv|biorxiv)\b", re.IGNORECASE)


class _Concatenate(LibraryMiddleware):
    """Join values such as ``"The " # snds # " study"``, which the library leaves as they are written."""

    def transform(self, library: bibtexparser.Library) -> bibtexparser.Library:
        strings = {name.lower(): str(found.value) for name, found in library.strings_dict.items()}
        for entry in library.entries:
            for field in entry.fields:
                parts = _PART.findall(str(field.value)) if "#" in str(field.value) else []
                if len(parts) > 1 and not _PART.sub("", str(field.value)):
                    texts = (
                        quoted or braced[1:-1] or strings.get(name.lower(), name) for quoted, braced, name in parts
                    )
                    field.value = "{" + "".join(text.strip('"') for text in texts) + "}"
        return library


def parse_bibtex(body: bytes) -> list[Record]:
    """Read a BibTeX or BibLaTeX file (strings resolved, LaTeX decoded, names split; a name in braces is a collective).

    Raises
    ------
    FileFormatError
        If an entry can't be parsed: its line is named.
    """
    library = bibtexparser.parse_string(
        decoded(body),
        parse_stack=[
            _Concatenate(),
            ResolveStringReferencesMiddleware(),
            RemoveEnclosingMiddleware(),
            LatexDecodingMiddleware(keep_braced_groups=True, keep_math_mode=False),
            SeparateCoAuthors(),
        ],
    )
    entries: list[Any] = list(library.entries)
    for block in library.failed_blocks:
        if not isinstance(block, bibtexparser.model.DuplicateBlockKeyBlock):
            reason = clean(str(getattr(block, "error", ""))) or "syntax error"
            raise FileFormatError(
                f"line {(block.start_line or 0) + 1}: BibTeX entry can't be read ({reason}): correct it"
            )
        entries.append(block.ignore_error_block)
    return [
        _record(entry.entry_type.lower(), {field.key.lower(): field.value for field in entry.fields})
        for entry in entries
    ]


def _record(kind: str, fields: dict[str, Any]) -> Record:
    names = fields.get("author") or []
    values = {key: clean(re.sub(r"[{}]", "", value)) for key, value in fields.items() if isinstance(value, str)}
    date = normal_date(values.get("date")) or partial_date(values.get("year"), values.get("month"), values.get("day"))
    title, subtitle = values.get("title"), values.get("subtitle")
    journal = values.get("journal") or values.get("journaltitle") or values.get("booktitle")
    archive = (values.get("archiveprefix") or values.get("eprinttype") or "").lower()
    people = [_author(name) for name in names if name.strip("{} ").lower() != "others"]
    return record(
        "bibtex",
        "",
        title=f"{title}: {subtitle}" if title and subtitle else title,
        abstract=values.get("abstract"),
        date=date,
        year=year_of(date),
        type="preprint" if _PREPRINT_SERVER.match(journal or archive) else TYPES.get(kind.lower()),
        language=normal_language(values.get("language") or values.get("langid")),
        journal=journal,
        doi=normal_doi(values.get("doi")) or normal_doi(values.get("url")),
        pmid=normal_pmid(values.get("pmid") or (values.get("eprint") if archive == "pubmed" else None)),
        pmcid=normal_pmcid(values.get("pmcid") or values.get("pmc")),
        hal_id=normal_hal_id(values.get("hal_id") or values.get("url")),
        url=values.get("url"),
        authors=people,
        authors_complete=False if len(people) < len(names) else None,
        keywords=[part.strip() for part in re.split(r"[;,]", values.get("keywords") or "") if part.strip()],
    )


def _author(name: str) -> dict[str, Any]:
    bare = clean(re.sub(r"[{}]", "", name)) or ""
    if re.fullmatch(r"\{[^{}]*\}", name):
        return author(name=bare, collective=True)
    if "family=" in bare:  # BibLaTeX's extended form: family=Fontaine, given=Jean, prefix=de la
        said = dict(part.strip().split("=", 1) for part in bare.split(",") if "=" in part)
        given, family = said.get("given"), " ".join(filter(None, (said.get("prefix"), said.get("family"))))
    else:
        parts = parse_single_name_into_parts(bare, strict=False)
        given, family = " ".join(parts.first), " ".join(parts.von + parts.last + parts.jr)
    return author(name=" ".join(filter(None, (given, family))), given=given, family=family if given else None)
