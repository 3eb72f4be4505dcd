"""The order in which a person reads: every pair once, doubt first, then what the labels given make likely."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from carto_lib.screening.queue import REASONS, reading_order

PAIRS = st.lists(
    st.tuples(
        st.sampled_from(["review", "accepted", "rejected"]),
        st.sampled_from(["rule", "model", "person"]),
        st.sampled_from([None, "unlabelled"]),
        st.floats(0, 1),
    ),
    max_size=12,
)


def tables(pairs: list[tuple[str, str, str | None, float]], titles: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    uses = pd.DataFrame(
        [
            {
                "work_id": f"doi:10.1/{number:02}",
                "database": "snds",
                "label": "uses" if decision == "accepted" else "none",
                "reason": reason,
                "score": score,
                "decision": decision,
                "decided_by": by,
                "screener_decision": None,
            }
            for number, (decision, by, reason, score) in enumerate(pairs)
        ],
        columns=["work_id", "database", "label", "reason", "score", "decision", "decided_by", "screener_decision"],
    )
    return uses, pd.DataFrame({"work_id": uses["work_id"], "title": titles[: len(uses)]})


def read(uses: pd.DataFrame, works: pd.DataFrame) -> pd.DataFrame:
    return reading_order(uses, works).sort_values("rank")


@given(PAIRS)
def test_every_pair_that_nobody_judged_is_read_once_the_doubtful_first(pairs) -> None:
    uses, works = tables(pairs, ["diabetes in France"] * 12)
    order = read(uses, works)
    waiting = uses[(uses["decided_by"] != "person") | (uses["reason"] == "unlabelled")]
    assert sorted(order["work_id"]) == sorted(waiting["work_id"])
    assert list(order["rank"]) == list(range(1, len(order) + 1))
    places = [REASONS.index(reason) for reason in order["reason"]]
    assert places == sorted(places)
    doubts = order.loc[order["reason"] == "review", "doubt"]
    assert doubts.is_monotonic_decreasing


def test_the_labels_given_bring_the_works_that_read_alike_forward() -> None:
    titles = ["claims of diabetes care", "neural networks for images", "diabetes claims", "images of neural networks"]
    unread = ("rejected", "model", None, 0.1)
    uses, works = tables([unread] * 4, titles)
    assert list(read(uses, works)["work_id"]) == sorted(uses["work_id"])
    uses.loc[0, ["label", "decided_by"]] = ["none", "person"]
    uses.loc[1, ["label", "decided_by"]] = ["uses", "person"]
    assert list(read(uses, works)["work_id"]) == ["doi:10.1/03", "doi:10.1/02"]
