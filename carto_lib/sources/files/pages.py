"""A holder's own page of publications, saved as HTML: identifiers in links, citation lines, and what they say."""

import re
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from carto_lib.errors import FileFormatError
from carto_lib.sources.fields import Record, clean, normal_doi, normal_hal_id, record, without_emails

LARGEST = 30_000_000  # bytes
BLOCKS = ("li", "p", "tr", "dd", "article", "div", "blockquote")
EMPHASIS = ("cite", "em", "i", "strong", "b", "a", "h3", "h4", "h5")
SHORTEST_CITATION, SHORTEST_TITLE = 60, 25
_PMID = re.compile(
    r"(?:pubmed\.ncbi\.nlm\.nih\.gov/|ncbi\.nlm\.nih\.gov/pubmed/|\bPMID\s*:?\s*)(\d{4,9})\b", re.IGNORECASE
)
_HAL_LINK = re.compile(r"https?://(?:[\w-]+\.)*(?:hal\.science|archives-ouvertes\.fr)/([a-z][a-z0-9_]*-\d{5,})")
_HAL_TEXT = re.compile(r"\b(?:hal|halshs|inserm|tel|pasteur)-\d{6,}\b")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_QUOTED = re.compile(r"[«“\"]\s*([^«»“”\"]{20,400}?)\s*[»”\"]")


@dataclass(frozen=True)
class Adapter:
    """How one site writes its entries: CSS selectors of an entry and of the title in it."""

    entry: str
    title: str


# What the generic reading does less well; a site is added here, with a page of its form in the tests.
ADAPTERS = {"pubmed.ncbi.nlm.nih.gov": Adapter("article.full-docsum", "a.docsum-title")}


def parse_page(body: bytes) -> list[Record]:
    """Read a saved page.

    An entry is the smallest block that holds an identifier (DOI, PMID, HAL), or a line that reads as a citation (a year
    and a title). Scripts, menus and forms aren't read.

    Raises
    ------
    FileFormatError
        If the page is too large.
    """
    if len(body) > LARGEST:
        raise FileFormatError(f"a page of {len(body):,} bytes is too large: save the list of publications only")
    soup = BeautifulSoup(body, "lxml")
    adapter = ADAPTERS.get(_site(soup))
    for useless in soup(["script", "style", "nav", "form", "noscript", "template", "svg", "iframe", "object"]):
        useless.decompose()
    entries = soup.select(adapter.entry) if adapter else _entries(soup)
    return [found for entry in entries if (found := _read(entry, adapter))]


def _site(soup: BeautifulSoup) -> str:
    """Return the host that the page says it comes from."""
    link = soup.find("link", rel="canonical")
    address = link.get("href") if isinstance(link, Tag) else None
    if not address:
        meta = soup.find("meta", property="og:url")
        address = meta.get("content") if isinstance(meta, Tag) else None
    try:
        return urlsplit(str(address or "")).hostname or ""
    except ValueError:
        return ""


def _entries(soup: BeautifulSoup) -> list[Tag]:
    """Return the smallest blocks that are entries, in order: the inner ones are met first from the end."""
    found: list[Tag] = []
    outer: set[int] = set()
    for block in reversed(soup.find_all(BLOCKS)):
        if id(block) not in outer and _is_entry(block):
            found.append(block)
            outer.update(map(id, block.parents))
    return found[::-1]


def _is_entry(block: Tag) -> bool:
    return any(_identifiers(block)) or _is_citation(_text(block))


def _is_citation(text: str) -> bool:
    return len(text) >= SHORTEST_CITATION and bool(_YEAR.search(text)) and _title_in(text) is not None


def _text(block: Tag) -> str:
    return clean(block.get_text(" ")) or ""


def _identifiers(block: Tag) -> tuple[str | None, str | None, str | None]:
    """Return the DOI, PMID and HAL identifier of a block: its links', else its text's."""
    links = " ".join(str(link.get("href") or "") for link in block.find_all("a"))
    text = _text(block)
    both = f"{links} {text}"
    pmid, hal = _PMID.search(both), _HAL_LINK.search(links)
    doi = normal_doi(links) or normal_doi(text)
    in_text = _HAL_TEXT.search(text)
    return doi, pmid[1] if pmid else None, normal_hal_id(hal[1] if hal else in_text[0] if in_text else None)


def _read(entry: Tag, adapter: Adapter | None) -> Record | None:
    doi, pmid, hal_id = _identifiers(entry)
    text = _text(entry)
    named = entry.select_one(adapter.title) if adapter else None
    title = _text(named) if named is not None else _emphasised(entry) or _title_in(text)
    if not (title or doi or pmid or hal_id):
        return None
    return record(
        "html", "", title=without_emails(title), year=_year(text), doi=doi, pmid=pmid, hal_id=hal_id, type="article"
    )


def _year(text: str) -> int | None:
    """Return the year in brackets, else the first that isn't in the future."""
    bracketed = re.findall(r"\(\s*((?:19|20)\d\d)\b", text)
    years = [int(year) for year in [*bracketed, *_YEAR.findall(text)] if int(year) <= date.today().year + 1]
    return years[0] if years else None


def _emphasised(entry: Tag) -> str | None:
    found = [text for tag in entry.find_all(EMPHASIS) if _is_title(text := _text(tag))]
    return max(found, key=len, default=None)


def _title_in(text: str) -> str | None:
    """Return what reads as the title of a citation: what is quoted, else the first sentence that lists no authors."""
    quoted = _QUOTED.search(text)
    if quoted and _is_title(quoted[1]):
        return quoted[1]
    sentences = re.split(r"(?<=[.?!])\s+|\s*\((?:19|20)\d\d[a-z]?\)[.,:]?\s*", text)
    return next((sentence.rstrip(". ") for sentence in sentences if sentence and _is_title(sentence)), None)


def _is_title(text: str) -> bool:
    """Tell whether a text reads as a title: a few words, mostly long, no list of names, no address."""
    words = text.split()
    if len(text) < SHORTEST_TITLE or len(text) > 400 or len(words) < 4 or "://" in text or "doi" in text.lower()[:5]:
        return False
    initials = sum(bool(re.fullmatch(r"(?:[A-ZÀ-Ý]\.?-?){1,3}[,;]?", word)) for word in words)
    return initials / len(words) < 0.25 and text.count(",") / len(words) < 0.3
