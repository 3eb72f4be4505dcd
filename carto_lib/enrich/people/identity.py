"""Which authorships are the same person's: identifiers first, then names that agree, with company kept as proof."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from carto_lib.enrich.people.names import PersonName

COMMON_FAMILY = 3  # a family name borne with this many first initials or more is common: a bare initial needs company
IDENTIFIERS = ("orcid", "idref", "idhal")
Identifiers = tuple[str | None, str | None, str | None]
Given = tuple[str, ...]


@dataclass(frozen=True)
class Signature:
    """One authorship: whose name, on which work, with which identifiers and which company."""

    work_id: str
    position: int
    name: PersonName
    identifiers: Identifiers
    company: frozenset[str]


@dataclass
class Person:
    """Authorships held to be one person's, what they tell together, and how they were joined.

    Attributes
    ----------
    first : (str, int)
        Work and position of the first authorship.
    identifiers : tuple of str or None
        ORCID, IdRef, IdHAL.
    company : set of str
        Everything that speaks for identity: co-authors and affiliations.
    givens : set of tuples of str
        Every form of the given names.
    """

    signatures: list[Signature]
    first: tuple[str, int]
    identifiers: Identifiers
    works: set[str]
    company: set[str]
    givens: set[Given]
    methods: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, signature: Signature) -> "Person":
        """Return the person behind one authorship."""
        return cls(
            [signature],
            (signature.work_id, signature.position),
            signature.identifiers,
            {signature.work_id},
            set(signature.company),
            {signature.name.given},
        )

    @property
    def length(self) -> int:
        """Letters of the longest form of the given names."""
        return max(len("".join(given)) for given in self.givens)

    def absorb(self, other: "Person", method: str) -> None:
        """Take another person's authorships: they are the same."""
        self.signatures += other.signatures
        self.first = min(self.first, other.first)
        one, two, three = (mine or theirs for mine, theirs in zip(self.identifiers, other.identifiers, strict=True))
        self.identifiers = (one, two, three)
        self.works |= other.works
        self.company |= other.company
        self.givens |= other.givens
        self.methods |= other.methods | {method}


def identify(signatures: Iterable[Signature]) -> list[Person]:
    """Group authorships into persons.

    Rules, in order: the same ORCID, IdRef or IdHAL joins, unless the names have nothing in common; two ORCIDs never
    join; within one family name and first initial, the same spelt-out given names join; a shorter form (initials,
    one of two given names) joins the only person it agrees with, if they share company or the family name is rare
    here; nobody signs a work twice, save under one identifier. An identifier that two persons hold stays with the
    one of more works.

    Parameters
    ----------
    signatures : iterable of Signature
        All authorships; their order doesn't matter.

    Returns
    -------
    list of Person
        In order of their first authorship.
    """
    ordered = sorted(signatures, key=lambda s: (s.work_id, s.position))
    blocks: dict[tuple[str, str], list[Signature]] = defaultdict(list)
    for signature in ordered:
        blocks[signature.name.block].append(signature)
    initials = Counter(family for family, _ in blocks)
    people: list[Person] = []
    for (family, _), block in blocks.items():
        people.extend(_identify_block(block, common=initials[family] >= COMMON_FAMILY))
    people = _settle_contested(_join_identifiers(people))
    for person in people:
        person.signatures.sort(key=lambda s: (s.work_id, s.position))
    return sorted(people, key=lambda person: person.first)


def _identify_block(block: Sequence[Signature], common: bool) -> list[Person]:
    people = _join_identifiers([Person.of(signature) for signature in block])
    if len(people) > 1:
        people = _join_short_forms(_join_same_given(people), common)
    return people


def _compatible(one: Person, other: Person) -> bool:
    """Whether two persons may be one: no clash of identifiers, and no work signed by both."""
    for first, second in zip(one.identifiers, other.identifiers, strict=True):
        if first and second and first != second:
            return False
    return one.works.isdisjoint(other.works)


def _same_holder(one: Person, other: Person) -> bool:
    """Whether two holders of one identifier are one person: no other identifier clashes, and their names agree."""
    for first, second in zip(one.identifiers, other.identifiers, strict=True):
        if first and second and first != second:
            return False
    families = {person.signatures[0].name.family for person in (one, other)}
    first_given = (next(iter(sorted(person.givens))) for person in (one, other))
    return len(families) == 1 or agree(*first_given) or min(families, key=len) in max(families, key=len)


def _join_identifiers(people: list[Person]) -> list[Person]:
    for kind, method in enumerate(IDENTIFIERS):
        holders: dict[str, list[Person]] = {}
        kept: list[Person] = []
        for person in people:
            identifier = person.identifiers[kind]
            known = holders.setdefault(identifier, []) if identifier else []
            same = next((holder for holder in known if _same_holder(holder, person)), None)
            if same is not None:
                same.absorb(person, method)
            else:
                known.append(person)
                kept.append(person)
        people = kept
    return people


def _settle_contested(people: list[Person]) -> list[Person]:
    """Leave an identifier that several persons hold to the one of most works."""
    for kind in range(len(IDENTIFIERS)):
        holders: dict[str, list[Person]] = defaultdict(list)
        for person in people:
            if identifier := person.identifiers[kind]:
                holders[identifier].append(person)
        for contested in holders.values():
            for person in sorted(contested, key=lambda p: (-len(p.works), p.first))[1:]:
                one, two, three = (None if k == kind else value for k, value in enumerate(person.identifiers))
                person.identifiers = (one, two, three)
    return people


def _join_same_given(people: list[Person]) -> list[Person]:
    """Join persons with the same spelt-out given names.

    With two identified namesakes about, company decides whose the others are; with one at most (a name printed twice
    on a work makes a second person), the others go to the one with most works.
    """
    joined: list[Person] = []
    by_given: dict[str, dict[int, Person]] = defaultdict(dict)
    for person in sorted(people, key=lambda p: p.identifiers[0] is None):
        spelt = sorted({"".join(given) for given in person.givens if any(len(token) > 1 for token in given)})
        near = {key: other for form in spelt for key, other in by_given[form].items()}
        candidates = [other for other in near.values() if _compatible(person, other)]
        chosen = _closest(person, candidates)
        if chosen is None and sum(any(other.identifiers) for other in candidates) < 2:
            chosen = min(candidates, key=lambda p: (-len(p.works), p.first), default=None)
        if chosen is None:
            chosen = person
            joined.append(person)
        else:
            chosen.absorb(person, "full name")
        for form in spelt:
            by_given[form][id(chosen)] = chosen
    return joined


def _closest(person: Person, candidates: Sequence[Person]) -> Person | None:
    """Return the candidate with the most company in common, if it is alone to have that much and has some."""
    shared = [len(person.company & other.company) for other in candidates]
    most = max(shared, default=0)
    return candidates[shared.index(most)] if most and shared.count(most) == 1 else None


def agree(one: Given, other: Given) -> bool:
    """Whether two lists of given names may be one person's: each equals, or is the initial of, the one at its place."""
    if "".join(one) == "".join(other):
        return True
    return all(a == b or (min(len(a), len(b)) == 1 and a[0] == b[0]) for a, b in zip(one, other, strict=False))


def _join_short_forms(people: list[Person], common: bool) -> list[Person]:
    """Join shorter forms to the only longer one that they agree with."""
    joined: list[Person] = []
    by_company: dict[str, dict[int, Person]] = defaultdict(dict)
    for person in sorted(people, key=lambda p: (-p.length, p.first)):
        near = {key: other for mark in person.company for key, other in by_company[mark].items()}
        agreeing = [
            other
            for other in (near.values() if common else joined)
            if all(agree(a, b) for a in person.givens for b in other.givens) and _compatible(person, other)
        ]
        chosen = _closest(person, agreeing)
        method = "short form, shared company"
        if chosen is None and len(agreeing) == 1 and not common:
            chosen, method = agreeing[0], "short form, rare family name"
        if chosen is None:
            chosen = person
            joined.append(person)
        else:
            chosen.absorb(person, method)
        for mark in person.company:
            by_company[mark][id(chosen)] = chosen
    return joined
