"""Quality and speed of `carto match`, with 95% intervals: run with CARTO_REFERENCE and CARTO_SHARED set.

Labels were written by reading each string with the machine's answer in view, and the same strings served to
tune the rules: the held-out lines are the ones to trust for new data.
"""

import csv
import gzip
import hashlib
import io
import json
import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("CARTO_SHARED") or HERE.parents[1] / "shared")
os.environ.setdefault("CARTO_REFERENCE", str(SHARED / "reference"))

started = time.perf_counter()
from carto_lib.enrich.institutions import Matcher  # noqa: E402
from carto_lib.enrich.places import Places  # noqa: E402
from carto_lib.enrich.reference import load_reference  # noqa: E402

IMPORTED = time.perf_counter() - started
csv.field_size_limit(10**9)


def share(good: int, total: int) -> str:
    """Return a proportion with its 95% Wilson interval and its n."""
    from scipy.stats import binomtest  # here: its memory isn't the matcher's

    interval = binomtest(good, total).proportion_ci(method="wilson")
    return f"{good / total:.4f} [{interval.low:.4f}; {interval.high:.4f}] (n = {good} of {total})"


def country(matcher: Matcher, labels: Path) -> None:
    """Print the share of right countries on hand labels; list what is wrong."""
    tables: dict[str, list[dict[str, str]]] = {}
    good, wrong = 0, []
    with labels.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["file"] not in tables:
            text = gzip.decompress((SHARED / "affiliations" / row["file"]).read_bytes()).decode("utf-8", "replace")
            tables[row["file"]] = list(csv.DictReader(io.StringIO(text), delimiter=";"))
        raw = tables[row["file"]][int(row["row"])]["raw_affiliation_string"]
        found = matcher.read(raw).country or ""
        good += found == row["country"]
        if found != row["country"]:
            wrong.append((found, row["country"], raw[:110]))
    print(f"country, {labels.stem}: {share(good, len(rows))}")
    for found, true, raw in wrong:
        print(f"    {found or '-'} for {true or '-'}: {raw}")


def agreement(matcher: Matcher) -> None:
    """Print how often the machine's label of the selection of hard cases agrees."""
    text = gzip.decompress((SHARED / "affiliations" / "missing_country_code.csv.gz").read_bytes()).decode(
        "utf-8", "replace"
    )
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    good = sum(matcher.read(row["raw_affiliation_string"]).country == row["matched_country"] for row in rows)
    print(f"country, agreement with the machine's label of missing_country_code: {share(good, len(rows))}")


def institutions(matcher: Matcher, labels: Path) -> None:
    """Print precision and recall of ROR structures on hand labels; list what is wrong."""
    good = found = true = 0
    wrong = []
    for line in labels.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        known = {number for number in row["ror"] if f"ror:{number}" in matcher.reference.rows}
        named = {match["id"][-9:] for match in matcher.match(row["affiliation"])["matches"] if match["scheme"] == "ror"}
        good, found, true = good + len(known & named), found + len(named), true + len(known)
        if known != named:
            wrong.append((sorted(named - known), sorted(known - named), row["affiliation"][:110]))
    print(f"ROR, {labels.stem}: precision {share(good, found)}, recall {share(good, true)}")
    for extra, missed, raw in wrong:
        print(f"    extra {extra} missed {missed}: {raw}")


def french_records() -> Iterator[tuple[str, set[str]]]:
    """Yield ``(address, RNSR numbers)`` of the HAL records that have a truth, each address once."""
    truth: dict[str, set[str]] = {}
    for file in sorted((SHARED / "affiliations" / "inist_conditor").glob("*.json.gz")):
        for record in json.loads(gzip.decompress(file.read_bytes())):
            for author in record["authors"]:
                for affiliation in author.get("affiliations") or []:
                    if affiliation.get("rnsr"):
                        truth.setdefault(affiliation["address"], set()).update(affiliation["rnsr"])
    yield from sorted(truth.items())


def judged_pairs() -> dict[tuple[str, str], dict[str, str]]:
    """Return each judged pair's row by ``(address, RNSR number)``; a judge didn't know where a pair came from."""
    with (HERE / "data" / "rnsr_judged.csv").open(encoding="utf-8") as file:
        return {(row["address"], row["rnsr"]): row for row in csv.DictReader(file)}


def units(matcher: Matcher) -> None:
    """Print precision and recall of RNSR structures: as recorded by HAL, then as blindly judged.

    HAL leaves out printed units and adds some that no word names. A pair that only Carto names is right where it was
    judged ``yes``; one that only HAL names is missed unless it was judged ``no``; pairs not judged count against Carto.
    """
    judged = judged_pairs()
    good = found = true = right = missed = 0
    wrong = []
    for address, numbers in french_records():
        named = {match["id"] for match in matcher.match(address)["matches"] if match["scheme"] == "rnsr"}
        key = hashlib.sha256(address.encode()).hexdigest()[:12]
        said = {number: judged.get((key, number), {}).get("judged") for number in named ^ numbers}
        good, found, true = good + len(named & numbers), found + len(named), true + len(numbers)
        right += sum(said[number] == "yes" for number in named - numbers)
        missed += sum(said[number] != "no" for number in numbers - named)
        wrong += [(number, address[:110]) for number in sorted(named - numbers) if said[number] != "yes"]
    print(f"RNSR, HAL truth as recorded: precision {share(good, found)}, recall {share(good, true)}")
    origins: dict[str, list[str]] = {}
    for row in judged.values():
        origins.setdefault(row["origin"], []).append(row["judged"])
    print(
        "RNSR, judged yes: "
        + ", ".join(f"{said.count('yes')} of {len(said)} ({origin})" for origin, said in sorted(origins.items()))
    )
    print(
        f"RNSR, blindly judged: precision {share(good + right, found)}, "
        f"recall {share(good + right, good + right + missed)}"
    )
    for number, address in wrong:
        print(f"    extra {number}: {address}")


def speed() -> None:
    """Print the seconds to load, the affiliations a second of one core, and the memory."""
    begun = time.perf_counter()
    places = Places()
    matcher = Matcher(load_reference(places=places))
    loaded = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    texts = [address for address, _ in french_records()]
    texts += [
        json.loads(line)["affiliation"] for line in (HERE / "data" / "institution_labels.jsonl").open(encoding="utf-8")
    ]
    begun, cpu = time.perf_counter(), time.process_time()
    for text in texts:
        matcher.match(text)
    rate, rate_cpu = len(texts) / (time.perf_counter() - begun), len(texts) / (time.process_time() - cpu)
    print(
        f"load {loaded:.2f} s (imports {IMPORTED:.2f} s before); {rate:.0f} affiliations/s, "
        f"{rate_cpu:.0f}/s of CPU (n = {len(texts)})"
    )
    print(f"peak memory once loaded {peak:.0f} MB; reference {matcher.reference.versions}")


if __name__ == "__main__":
    speed()
    one = Matcher()
    for name in ("country_labels.csv", "country_heldout.csv"):
        country(one, HERE / "data" / name)
    agreement(one)
    for name in ("institution_labels.jsonl", "institution_heldout.jsonl"):
        institutions(one, HERE / "data" / name)
    units(one)
