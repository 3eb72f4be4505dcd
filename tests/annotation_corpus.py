"""A small invented corpus to annotate, beside the invented atlas of the pages' tests, and what is measured on both."""

from pathlib import Path

from pages_atlas import HOSTILE

from carto_lib.evaluation.quality import write_atlas_quality, write_quality
from carto_lib.registry import load_registry
from carto_lib.screening.queue import reading_order
from carto_lib.tables import Corpus

ABSTRACT = "We used the SNDS of France.\n<script>window.hostile=1</script> The SNDS holds claims."
SCORES = (0.5, 0.9, 0.1, 0.45)


def make_corpus(data: Path, *, measured: bool = True) -> Corpus:
    """Write a corpus of four works: one the model doubts, one unjudged, two decided; then the measures."""
    corpus = Corpus.of(data, "snds")
    ids = [f"doi:10.1234/{number}" for number in range(len(SCORES))]
    titles = [HOSTILE, *(f"Work number {number} on the SNDS" for number in range(1, len(ids)))]
    corpus.write(
        "works",
        [
            {"work_id": work, "title": title, "abstract": ABSTRACT, "year": 2020, "type": "article", "language": "en"}
            for work, title in zip(ids, titles, strict=True)
        ],
    )
    start = ABSTRACT.index("SNDS")
    corpus.write(
        "mentions",
        [
            {"work_id": work, "database": "snds", "field": "abstract", "start": start, "end": start + 4, "name": "SNDS",
             "rule": "short_name", "passage": "the SNDS of France"}
            for work in ids
        ],
    )  # fmt: skip
    states = (("review", "model", None), ("accepted", "model", None), ("review", "person", "unlabelled"))
    corpus.write(
        "uses",
        [
            {"work_id": work, "database": "snds", "label": "uses" if reason is None else "none", "reason": reason,
             "score": score, "decision": decision, "decided_by": by, "version": "1"}
            for work, score, (decision, by, reason) in zip(ids, SCORES, (*states, states[1]), strict=True)
        ],
    )  # fmt: skip
    corpus.write("links", [{"source": "jsonl", "source_id": work, "work_id": work, "rule": "doi"} for work in ids])
    corpus.write("queue", reading_order(corpus.uses, corpus.works))
    if measured:
        write_quality(data, ["snds"], load_registry())
        write_atlas_quality(data, load_registry())
    return corpus
