"""Which records are the same work: joined by identifier, then by title, in an order that is always the same."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise

from carto_lib.dedupe.evidence import IDENTIFIERS, Evidence, is_preprint_of, same_version, title_likeness

LARGEST_BLOCK = 150
BLOCK_LETTERS = 20


class Clusters:
    """Records in groups that grow by joining, with what no group may hold twice."""

    def __init__(self, evidence: Sequence[Evidence]) -> None:
        self.evidence = evidence
        self._parent = list(range(len(evidence)))
        self._dois = [{e.doi} if e.doi else set() for e in evidence]
        self._pmids = [{e.identifiers[1]} if e.identifiers[1] else set() for e in evidence]
        self._nnts = [{e.identifiers[5]} if e.identifiers[5] else set() for e in evidence]
        self._groups = [{e.group} if e.group else set() for e in evidence]

    def root(self, record: int) -> int:
        """Return the group of a record."""
        while self._parent[record] != record:
            self._parent[record] = self._parent[self._parent[record]]
            record = self._parent[record]
        return record

    def conflict(self, one: int, other: int, *, of: str) -> bool:
        """Tell whether two records' groups hold different DOIs (``of="doi"``), or any fact that keeps works apart."""
        a, b = self.root(one), self.root(other)
        told = [self._dois] if of == "doi" else [self._dois, self._pmids, self._nnts, self._groups]
        return any(sets[a] and sets[b] and sets[a].isdisjoint(sets[b]) for sets in told)

    def join(self, one: int, other: int) -> None:
        """Put two records' groups together."""
        a, b = sorted((self.root(one), self.root(other)))
        if a != b:
            self._parent[b] = a
            for sets in (self._dois, self._pmids, self._nnts, self._groups):
                sets[a] |= sets[b]

    def groups(self) -> list[list[int]]:
        """Return the groups, each in the order of its records."""
        found: dict[int, list[int]] = defaultdict(list)
        for record in range(len(self.evidence)):
            found[self.root(record)].append(record)
        return list(found.values())


def match(evidence: Sequence[Evidence]) -> tuple[Clusters, list[tuple[int, int]]]:
    """Join the records of each work.

    Parameters
    ----------
    evidence : sequence of Evidence
        Sorted by source and source_id: the answer doesn't depend on anything else.

    Returns
    -------
    clusters : Clusters
    preprints : list of (int, int)
        Places of a preprint and of the paper that it became, by title and people.
    """
    clusters = Clusters(evidence)
    for place, _ in enumerate(IDENTIFIERS):
        _join_by_identifier(clusters, place)
    scored, preprints = [], []
    for one, other in _candidates(evidence):
        a, b = evidence[one], evidence[other]
        if {a.group, b.group} & {"preprint"} and a.group != b.group:
            preprints += [pair for pair in ((one, other), (other, one)) if is_preprint_of(*(evidence[p] for p in pair))]
        elif clusters.root(one) != clusters.root(other) and same_version(a, b):
            scored.append((-title_likeness(a, b), one, other))
    for _, one, other in sorted(scored):
        if not clusters.conflict(one, other, of="any"):
            clusters.join(one, other)
    return clusters, preprints


def _join_by_identifier(clusters: Clusters, place: int) -> None:
    """Join the records that share an identifier; where their DOIs differ, only if their titles agree."""
    holders: dict[str, list[int]] = defaultdict(list)
    for record, item in enumerate(clusters.evidence):
        if item.identifiers[place]:
            holders[str(item.identifiers[place])].append(record)
    for records in holders.values():
        for one, other in combinations(records, 2) if len(records) < LARGEST_BLOCK else pairwise(records):
            a, b = clusters.evidence[one], clusters.evidence[other]
            if not clusters.conflict(one, other, of="doi") or title_likeness(a, b) >= 90:
                clusters.join(one, other)


def _candidates(evidence: Sequence[Evidence]) -> Iterator[tuple[int, int]]:
    """Yield the pairs worth comparing, once each: same title, or same beginning or end and a word of an author."""
    blocks: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for record, item in enumerate(evidence):
        for key in _keys(item):
            blocks[key].append(record)
    seen: set[tuple[int, int]] = set()
    for records in blocks.values():
        for pair in _pairs(records, evidence):
            if pair not in seen:
                seen.add(pair)
                yield pair


def _keys(item: Evidence) -> set[tuple[str, ...]]:
    keys: set[tuple[str, ...]] = set()
    for title in item.titles:
        letters = title.replace(" ", "")
        keys.add(("title", letters))
        for person in item.people[:1] + item.people[-1:]:
            for word in person:
                keys.add(("begins", letters[:BLOCK_LETTERS], word))
                keys.add(("ends", letters[-BLOCK_LETTERS:], word))
    return keys


def _pairs(records: list[int], evidence: Sequence[Evidence]) -> Iterable[tuple[int, int]]:
    if len(records) <= LARGEST_BLOCK:
        return combinations(records, 2)
    alike: dict[tuple[int | None, str], list[int]] = defaultdict(list)
    for record in records:
        alike[evidence[record].year, evidence[record].journal].append(record)
    return (pair for part in alike.values() for pair in combinations(part[:LARGEST_BLOCK], 2))
