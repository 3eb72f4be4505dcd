"""What the labels given so far say of the works not read yet."""

import numpy as np

from carto_lib.screening.active import learned_chances

KIDNEY, BEES = "dialysis in the kidney registry", "honey bees and their hives"


def test_one_kind_of_label_teaches_nothing() -> None:
    prior = np.array([0.2, 0.6, 0.4])
    assert learned_chances([KIDNEY, BEES, KIDNEY], [True, None, True], prior) is prior
    assert learned_chances(["", "", ""], [True, False, None], prior) is prior  # no word at all


def test_labels_lift_the_works_that_read_alike() -> None:
    texts = [KIDNEY, BEES, f"{KIDNEY} again", f"{BEES} again"]
    chances = learned_chances(texts, [True, False, None, None], np.full(4, 0.5))
    assert chances[2] > 0.5 > chances[3]
    assert ((chances >= 0) & (chances <= 1)).all()
