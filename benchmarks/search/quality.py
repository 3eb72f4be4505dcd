"""Measure the ranking on judged queries, against SQLite FTS5 (bm25) and scikit-learn TF-IDF on the same texts.

Run: ``python benchmarks/search/quality.py [ATLAS] [--part derivation|validation] [--worst 10]``
"""

import argparse
import csv
import json
import math
import random
import re
import sqlite3
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from carto_lib.registry import load_registry
from carto_lib.search import search
from carto_lib.search.documents import documents
from carto_lib.search.vocabulary import database_concepts
from carto_lib.settings import data_dir
from carto_lib.tables import Atlas

JUDGED = Path(__file__).with_name("judged.csv")
TEXTS = ("title_en", "title_fr", "text_en", "text_fr", "authors", "institutions", "journal", "names")
Ranker = Callable[[str], list[str]]


@dataclass
class Judged:
    """A query, the grade of each relevant work (2 = answers it, 1 = in part), and all works that were read for it."""

    query_id: str
    kind: str
    language: str
    crosses: bool
    text: str
    grades: dict[str, int] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)

    @property
    def part(self) -> str:
        """Derivation or validation, by the hash of the query."""
        return "validation" if int(self.query_id, 16) % 2 else "derivation"


def read_judged() -> list[Judged]:
    found: dict[str, Judged] = {}
    with JUDGED.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            query = found.setdefault(
                row["query_id"],
                Judged(row["query_id"], row["kind"], row["language"], row["cross_language"] == "yes", row["query"]),
            )
            query.read.add(row["work_id"])
            if int(row["grade"]):
                query.grades[row["work_id"]] = int(row["grade"])
    return list(found.values())


def ndcg(ranking: list[str], grades: dict[str, int], depth: int = 10) -> float:
    """Return nDCG with gains 2^grade - 1 (Järvelin and Kekäläinen, 2002)."""
    gain = sum((2 ** grades.get(work, 0) - 1) / math.log2(rank + 2) for rank, work in enumerate(ranking[:depth]))
    ideal = sorted(grades.values(), reverse=True)[:depth]
    return gain / sum((2**grade - 1) / math.log2(rank + 2) for rank, grade in enumerate(ideal))


def recall(ranking: list[str], grades: dict[str, int], depth: int = 20) -> float:
    """Share of the relevant works in the first `depth`, of as many as there is room for."""
    return len(set(ranking[:depth]) & grades.keys()) / min(depth, len(grades))


def reciprocal_rank(ranking: list[str], grades: dict[str, int]) -> float:
    best = max(grades.values())
    return next((1 / rank for rank, work in enumerate(ranking, 1) if grades.get(work) == best), 0.0)


def same_texts(atlas: Atlas) -> dict[str, str]:
    """Return, for each work, the very text that the index reads."""
    registry = load_registry()
    names = database_concepts({name: registry[name] for name in atlas.databases["database"] if name in registry})
    forms = {concept.database: ". ".join(concept.forms) for concept in names if concept.database}
    with tempfile.TemporaryDirectory() as folder:
        rows = [json.loads(line) for batch in documents(atlas, forms, Path(folder)) for line in batch]
    return {row["work_id"]: "\n".join(dict.fromkeys(row[name] for name in TEXTS if row[name])) for row in rows}


def words(query: str) -> list[str]:
    return re.findall(r"\w+", re.sub(r"\b(?:auteur|author|base|database):", " ", query))


def fts5(texts: dict[str, str]) -> Ranker:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE t USING fts5(id UNINDEXED, text, tokenize='porter unicode61 remove_diacritics 2')"
    )
    connection.executemany("INSERT INTO t VALUES (?, ?)", texts.items())

    def rank(query: str) -> list[str]:
        match = " OR ".join(f'"{word}"' for word in words(query))
        return [
            row[0]
            for row in connection.execute("SELECT id FROM t WHERE t MATCH ? ORDER BY bm25(t) LIMIT 100", (match,))
        ]

    return rank


def tfidf(texts: dict[str, str]) -> Ranker:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(strip_accents="unicode", sublinear_tf=True)
    ids = list(texts)
    matrix = vectorizer.fit_transform(texts.values())

    def rank(query: str) -> list[str]:
        scores = (matrix @ vectorizer.transform([" ".join(words(query))]).T).toarray().ravel()
        return [ids[place] for place in (-scores).argsort(kind="stable")[:100] if scores[place] > 0]

    return rank


def carto(atlas: Atlas) -> Ranker:
    return lambda query: [hit.work_id for hit in search(atlas, query, limit=100, with_facets=False).hits]


def mistyped(query: str) -> str:
    """Return the query with one typing error, always the same, in one of its longer words."""
    chance = random.Random(query)
    places = [match.span() for match in re.finditer(r"[^\W\d_]{6,}", query)]
    if not places:
        return query
    start, end = chance.choice(places)
    at = chance.randrange(start + 1, end - 1)
    return chance.choice(
        [
            query[:at] + query[at + 1 :],
            query[:at] + query[at] + query[at:],
            query[:at] + query[at + 1] + query[at] + query[at + 2 :],
        ]
    )


def known_items(atlas: Atlas) -> list[tuple[str, str]]:
    """Return works, one in three, each with four long words of its title, one mistyped, that no other title holds."""
    titles = dict(zip(atlas.works["work_id"], atlas.works["title"], strict=True))
    held = {work: set(words(title.lower())) for work, title in titles.items()}
    found = []
    for work, title in sorted(titles.items())[::3]:
        long = sorted(set(re.findall(r"[^\W\d_]{5,}", title)), key=lambda word: (-len(word), word))[:4]
        if len(long) == 4 and not any(
            {word.lower() for word in long} <= other for one, other in held.items() if one != work
        ):
            found.append((work, mistyped(" ".join(sorted(long, key=title.index)))))
    return found


def table(queries: list[Judged], rankers: dict[str, Ranker]) -> dict[str, dict[str, float]]:
    """Print one row a kind: nDCG@10, recall@20 and MRR of each engine; return the nDCG of each query."""
    runs = {name: {query.query_id: rank(query.text) for query in queries} for name, rank in rankers.items()}
    groups: dict[str, list[Judged]] = defaultdict(list)
    for query in queries:
        groups[query.kind].append(query)
        if query.crosses:
            groups["cross-language"].append(query)
        groups[f"language {query.language}"].append(query)
        groups["all"].append(query)
    print(f"{'kind':<18}{'n':>4}" + "".join(f"{name:>24}" for name in rankers))
    for group, members in sorted(groups.items(), key=lambda item: (item[0] == "all", item[0])):
        cells = ""
        for run in runs.values():
            figures = [
                sum(measure(run[query.query_id], query.grades) for query in members) / len(members)
                for measure in (ndcg, recall, reciprocal_rank)
            ]
            cells += "   " + " ".join(f"{figure:6.3f}" for figure in figures) + " "
        print(f"{group:<18}{len(members):>4}{cells}")
    return {
        name: {query.query_id: ndcg(run[query.query_id], query.grades) for query in queries}
        for name, run in runs.items()
    }


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("atlas", nargs="?", type=Path, default=data_dir() / "atlas")
    options.add_argument("--part", choices=("derivation", "validation"), default="validation")
    options.add_argument("--worst", type=int, default=10)
    asked = options.parse_args()
    atlas = Atlas(asked.atlas)
    texts = same_texts(atlas)
    judged = [query for query in read_judged() if query.part == asked.part]
    missing = {work for query in judged for work in query.grades} - texts.keys()
    if missing:
        print(f"{len(missing)} judged works aren't in this atlas, e.g. {sorted(missing)[:3]}", file=sys.stderr)
    rankers = {"carto": carto(atlas), "SQLite FTS5 bm25": fts5(texts), "scikit-learn TF-IDF": tfidf(texts)}
    print(f"{asked.part}: {len(judged)} queries, {len(texts)} works; nDCG@10, recall@20, MRR")
    scores = table(judged, rankers)
    means = {name: sum(values.values()) / len(values) for name, values in scores.items()}
    best = max(value for name, value in means.items() if name != "carto")
    print(f"carto over the better baseline: {100 * (means['carto'] / best - 1):+.1f} % in nDCG@10")
    known = known_items(atlas)
    for name, rank in rankers.items():
        ranks = [
            next((1 / place for place, one in enumerate(rank(text), 1) if one == work), 0.0) for work, text in known
        ]
        print(f"known item with one typing error (n = {len(known)}): MRR {sum(ranks) / len(ranks):.3f} {name}")
    pooled = [work in query.read for query in judged for work in rankers["carto"](query.text)[:10]]
    print(f"works among carto's ten first that were read by the judge: {sum(pooled)} of {len(pooled)}")
    worst = sorted(judged, key=lambda query: scores["carto"][query.query_id])[: asked.worst]
    for query in worst:
        ranking = rankers["carto"](query.text)
        found = [f"{'✓' if work in query.grades else '✗'}{work}" for work in ranking[:5]]
        lost = [work for work in query.grades if work not in ranking[:10]]
        print(
            f"{scores['carto'][query.query_id]:.2f} {query.kind} {query.text!r}: {' '.join(found)}"
            f"; not in 10: {lost[:5]}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
