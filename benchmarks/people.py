"""How well authors are told apart, on authors whose ORCID, IdRef or IdHAL is known and hidden; and how fast.

Run with CARTO_SHARED set. The truth: authorships that share an identifier are one person's. All identifiers are
removed before the authors are told apart, with the company of every other author, known or not; B³ is counted over
the authorships whose truth is known (Bagga and Baldwin 1998). Two baselines are measured on the same names.
"""

import argparse
import gzip
import json
import logging
import os
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from carto_lib.dedupe import dedupe
from carto_lib.enrich.people import author_lists, enrich_people
from carto_lib.enrich.people.names import NameCounts, PersonName, is_collective, parse_names
from carto_lib.errors import CartoError
from carto_lib.harvest import _row
from carto_lib.sources import SOURCES
from carto_lib.tables import as_table

SHARED = Path(os.environ.get("CARTO_SHARED") or Path(__file__).parents[2] / "shared")
KINDS = ("orcid", "idref", "idhal")
WORKS = ("pubmed", "europepmc", "openalex", "crossref", "hal", "unpaywall", "thesesfr")
Authors = list[dict[str, Any]]
Key = tuple[str, int]


def hal_lists() -> Iterator[Authors]:
    """Give the author lists of the HAL selections, each list once."""
    seen = set()
    for file in sorted((SHARED / "affiliations" / "inist_conditor").glob("*.json.gz")):
        for notice in json.loads(gzip.decompress(file.read_bytes())):
            authors = [_hal_author(author) for author in notice.get("authors") or ()]
            text = json.dumps(authors)
            if authors and text not in seen:
                seen.add(text)
                yield authors


def _hal_author(author: dict[str, Any]) -> dict[str, Any]:
    idref = [*author["idRef"], *(author.get("enrichments", {}).get("idRef") or ())]
    return {
        "name": f"{author['forename']} {author['surname']}",
        "given": author["forename"],
        "family": author["surname"],
        "orcid": next(iter(author["orcId"]), None),
        "idref": next((value.rsplit("/", 1)[-1] for value in idref), None),
        "idhal": author["idHal"] or None,
        "affiliations": [place["address"] for place in author["affiliations"]],
    }


def recorded_lists() -> Iterator[Authors]:
    """Give the author lists of the works of all recorded answers (those edited for tests apart), deduplicated."""
    records = {}
    for source in WORKS:
        for path in sorted((SHARED / "recorded" / source).iterdir()):
            meta = path.with_name(f"{path.stem}.meta.json")
            if not path.name.endswith(".meta.json") and "edited" not in json.loads(meta.read_text())["kind"]:
                try:
                    found = SOURCES[source].parse(path.read_bytes())
                except CartoError:
                    continue
                records |= {(one["source"], one["source_id"]): one for one in found if one["title"]}
    frame = as_table(map(_row, records.values()), "records")
    deduped = dedupe(frame)
    for _, authors in author_lists(frame, deduped.links, deduped.provenance):
        yield authors


def truth_of(lists: list[Authors]) -> dict[Key, int]:
    """Return whose each authorship is: those that share an identifier are one person's."""
    parent: dict[Hashable, Hashable] = {}

    def root(item: Hashable) -> Hashable:
        while parent.setdefault(item, item) != item:
            item = parent[item]
        return item

    owner = {}
    for number, authors in enumerate(lists):
        for position, author in enumerate(authors, 1):
            held = [(kind, author[kind]) for kind in KINDS if author.get(kind)]
            for one in held:
                parent[root(one)] = root(held[0])
            if held:
                owner[number, position] = held[0]
    names = {item: number for number, item in enumerate(sorted({root(item) for item in owner.values()}, key=str))}
    return {key: names[root(item)] for key, item in owner.items()}


def print_otherwise(lists: list[Authors]) -> list[Authors]:
    """Return the same authors as other journals print them, one style a list: order, initials, capitals, no accents."""
    styles: list[Callable[[str, str], str]] = [
        lambda given, family: f"{given} {family}",
        lambda given, family: f"{family} {given}",
        lambda given, family: f"{family.upper()} {given}",
        lambda given, family: f"{family}, {given}",
        lambda given, family: f"{family} {_initials(given)}",
        lambda given, family: f"{' '.join(f'{letter}.' for letter in _initials(given))} {family}",
    ]
    printed = []
    for number, authors in enumerate(lists):
        style = styles[number % len(styles)]
        printed.append(
            [
                author
                if not (author.get("given") and author.get("family"))
                else {**author, "name": style(author["given"], author["family"]), "given": None, "family": None}
                for author in authors
            ]
        )
    return printed


def _initials(given: str) -> str:
    return "".join(part[0].upper() for part in given.replace("-", " ").replace(".", " ").split())


def tables_of(lists: list[Authors]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return works, records, links and provenance that hold these authors."""
    ids = [f"{number:07d}" for number in range(len(lists))]
    records = pd.DataFrame({"source": "list", "source_id": ids, "authors": [json.dumps(authors) for authors in lists]})
    links = records[["source", "source_id"]].assign(work_id=ids)
    works = pd.DataFrame({"work_id": ids, "year": 2020})
    return works, records, links, links.assign(field="authors")


def b_cubed(truth: dict[Key, int], found: dict[Key, Hashable]) -> tuple[float, float, float]:
    """Return B³ precision, recall and F1 over the authorships of `truth`."""
    true_sizes, found_sizes = Counter(truth.values()), Counter(found[key] for key in truth)
    both = Counter((person, found[key]) for key, person in truth.items())
    precision = sum(n * n / found_sizes[cluster] for (_, cluster), n in both.items()) / len(truth)
    recall = sum(n * n / true_sizes[person] for (person, _), n in both.items()) / len(truth)
    return precision, recall, 2 * precision * recall / (precision + recall)


def names_of(lists: list[Authors]) -> dict[Key, PersonName]:
    """Return the name of each authorship, taken apart as Carto does, collective authors apart."""
    counts = NameCounts(lists)
    return {
        (number, position): name
        for number, authors in enumerate(lists)
        for position, name in enumerate(parse_names(authors, counts), 1)
        if not is_collective(authors[position - 1])
    }


def measure(title: str, lists: list[Authors], truth: dict[Key, int], errors: int) -> dict[str, float]:
    """Print B³ of Carto and of the two baselines, over all and over the names that leave a doubt; return the F1."""
    hidden = [[{k: v for k, v in author.items() if k not in KINDS} for author in authors] for authors in lists]
    authorships, _ = enrich_people(*tables_of(hidden))
    owner = {
        (int(work), position): author
        for work, position, author in zip(*(authorships[c] for c in ("work_id", "position", "author_id")), strict=True)
    }
    names = names_of(hidden)
    truth = {key: person for key, person in truth.items() if key in names}
    persons_of, names_by = defaultdict(set), defaultdict(set)
    for key, person in truth.items():
        persons_of[names[key].block].add(person)
        names_by[person].add((names[key].family, names[key].given))
    doubtful = {
        key: person
        for key, person in truth.items()
        if len(persons_of[names[key].block]) > 1 or len(names_by[person]) > 1
    }
    ways: dict[str, dict[Key, Hashable]] = {
        "Carto": owner,
        "family name + first initial": {key: name.block for key, name in names.items()},
        "full name": {key: (name.family, name.given) for key, name in names.items()},
    }
    print(f"\n{title}: {len(lists)} works, {sum(map(len, lists))} authorships")
    for kept, which in ((truth, "all known"), (doubtful, "in doubt (a name of two persons, a person of two names)")):
        print(f"  {which}: n = {len(kept)} authorships of {len(set(kept.values()))} persons")
        for way, found in ways.items():
            precision, recall, f1 = b_cubed(kept, found)
            print(f"    {way:28} precision {precision:.4f}  recall {recall:.4f}  F1 {f1:.4f}")
    _print_errors(lists, truth, owner, errors)
    return {way: b_cubed(truth, found)[2] for way, found in ways.items()}


def _print_errors(lists: list[Authors], truth: dict[Key, int], owner: dict[Key, Hashable], most: int) -> None:
    persons, clusters = defaultdict(set), defaultdict(set)
    for key, person in truth.items():
        persons[person].add(owner[key])
        clusters[owner[key]].add(person)
    printed = {
        person: sorted({lists[n][p - 1]["name"] for (n, p), one in truth.items() if one == person})
        for person in persons
    }
    split = sorted(" | ".join(printed[person]) for person, found in persons.items() if len(found) > 1)
    joined = sorted(
        " + ".join(sorted("/".join(printed[p]) for p in found)) for found in clusters.values() if len(found) > 1
    )
    print(f"  persons split: {len(split)}; persons joined with another: {len(joined)} groups")
    for kind, cases in (("split", split), ("joined", joined)):
        for case in cases[:most]:
            print(f"    {kind}: {case}")


def speed(copies: int) -> None:
    """Print how long the authors of the load papers take, `copies` times over."""
    lists: list[Authors] = []
    with gzip.open(SHARED / "load" / "loadtest_paperlists" / "paperlists_slim.jsonl.gz", "rt") as file:
        for line in file:
            paper = json.loads(line)
            names = [name.strip() for name in (paper.get("author") or "").split(";")]
            places = (paper.get("aff") or "").split(";")
            lists.append(
                [
                    {"name": name, "affiliations": [places[i]] if i < len(places) and places[i] else []}
                    for i, name in enumerate(names)
                    if name
                ]
            )
    tables = tables_of(lists * copies)
    started = time.perf_counter()
    authorships, authors = enrich_people(*tables)
    seconds = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"\nspeed: {len(authorships):,} authorships into {len(authors):,} persons in {seconds:.1f} s, "
        f"{len(authorships) / seconds:,.0f} a second, peak memory {memory:.0f} MB"
    )


def main() -> None:
    """Print quality, then speed unless told otherwise."""
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--errors", type=int, default=20, help="how many errors of each kind to list")
    parser.add_argument("--copies", type=int, default=1, help="how many times the load papers (0: no speed)")
    asked = parser.parse_args()
    lists = [*hal_lists(), *recorded_lists()]
    truth = truth_of(lists)
    measure("names as the sources give them", lists, truth, asked.errors)
    measure("the same, printed as other journals would", print_otherwise(lists), truth, asked.errors)
    if asked.copies:
        speed(asked.copies)


if __name__ == "__main__":
    main()
