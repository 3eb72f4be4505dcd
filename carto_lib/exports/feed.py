"""Works as an Atom feed."""

from typing import IO, Any
from urllib.parse import quote

from feedgen.feed import FeedGenerator

from carto_lib.exports.content import Stamp, exported_works
from carto_lib.tables import Atlas


def write_atom(atlas: Atlas, stamp: Stamp, file: IO[bytes]) -> None:
    """Write a view's works as Atom, the most recent first."""
    feed = FeedGenerator()
    feed.id(f"urn:carto:export:{quote(stamp.query)}")
    feed.title("Carto")
    feed.subtitle(str(stamp))
    feed.generator("Carto", version=stamp.version)
    feed.updated(f"{stamp.date}T00:00:00Z")
    works = sorted(exported_works(atlas), key=lambda work: (_date(work), work["work_id"]))
    for work in works:  # feedgen puts each new entry first
        entry = feed.add_entry()
        entry.id(f"urn:carto:work:{work['work_id']}")
        entry.title(work.get("title") or work["work_id"])
        entry.updated(f"{_date(work)}T00:00:00Z")
        entry.author([{"name": name} for name in work["authors"]] or [{"name": "?"}])
        if address := _address(work):
            entry.link(href=address)
        if summary := work.get("abstract"):
            entry.summary(summary)
        if not address:
            entry.content(work.get("title") or work["work_id"])
        for database in work["databases"]:
            entry.category(term=database)
    file.write(feed.atom_str(pretty=True))


def _date(work: dict[str, Any]) -> str:
    """Return the day of a work; the first of its year or month where no more is known, 1970 where nothing is."""
    known = str(work.get("date") or work.get("year") or "1970")
    parts = [part for part in known.split("-") if part.isdigit()]
    year, month, day = [*parts, "01", "01"][:3] if parts else ("1970", "01", "01")
    return f"{int(year):04d}-{int(month):02d}-{int(day):02d}"


def _address(work: dict[str, Any]) -> str | None:
    address = work.get("url")
    if isinstance(address, str) and address.startswith(("https://", "http://")):
        return address
    return f"https://doi.org/{work['doi']}" if "doi" in work else None
