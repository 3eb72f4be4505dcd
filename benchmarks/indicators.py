"""Every indicator of a made-up atlas of 100,000 works and 150 databases: seconds and memory.

Run ``python benchmarks/indicators.py [WORKS]``. Sizes are those asked of a page's atlas; values mean nothing.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from carto_lib.indicators import INDICATORS, compute_indicators
from carto_lib.tables import Atlas

DATABASES, PEOPLE, STRUCTURES = 150, 120_000, 5_000


def made_up_atlas(folder: Path, count: int) -> Atlas:
    dice = np.random.default_rng(1)
    ids = pd.Series([f"doi:10.1/{number:07d}" for number in range(count)])
    atlas = Atlas(folder)
    years = pd.array(dice.integers(1995, 2027, count), dtype="Int64")
    years[dice.random(count) < 0.1] = pd.NA
    kinds, languages = dice.choice(["article", "thesis", "report"], count), dice.choice(["fr", "en"], count)
    journals = [f"Journal {number}" for number in dice.integers(0, 3000, count)]
    works = {"work_id": ids, "year": years, "type": kinds, "language": languages, "journal": journals}
    atlas.write("works", pd.DataFrame({**works, "authors_complete": dice.random(count) < 0.9}))
    names = np.array([f"base{number:03d}" for number in range(DATABASES)])
    uses = pd.DataFrame({"work_id": ids.repeat(2), "database": names[dice.zipf(1.5, 2 * count) % DATABASES]})
    uses = uses.drop_duplicates().assign(label="uses", decision="accepted")
    atlas.write("uses", uses)
    atlas.write("databases", pd.DataFrame({"database": names, "uses": 1, "works": 1}))
    sizes = dice.integers(1, 12, count)
    place = np.concatenate([np.arange(1, size + 1) for size in sizes])
    signed = pd.DataFrame({"work_id": ids.repeat(sizes).to_numpy(), "position": place})
    people = dice.integers(0, PEOPLE, len(signed))
    atlas.write("authorships", signed.assign(author_id=[f"name:{number}" for number in people]))
    structures = dice.integers(0, STRUCTURES, len(signed))
    countries = dice.choice(["FR", "FR", "FR", "GB", "US"], STRUCTURES)
    atlas.write(
        "affiliations",
        signed.assign(
            rank=1,
            institution_rank=1,
            institution_id=[f"ror:{number}" for number in structures],
            country=countries[structures],
        ),
    )
    regions = dice.choice(["Île-de-France", "Occitanie", "Bretagne"], STRUCTURES)
    ids_known = [f"ror:{number}" for number in range(STRUCTURES)]
    known = {"institution_id": ids_known, "region": regions, "country": countries, "sector": "hospital"}
    atlas.write("institutions", pd.DataFrame(known))
    return Atlas(folder)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        atlas = made_up_atlas(Path(folder), count)
        start = time.perf_counter()
        table = compute_indicators(atlas)
        seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count} works, {DATABASES} databases: {len(INDICATORS)} indicators, {len(table)} values, {seconds:.1f} s")
    print(f"peak memory: {memory:.0f} MB")


if __name__ == "__main__":
    main()
