"""`carto parse pubmed` against pubmed_parser on one file: records a second of processor, end to end and parsing.

The file repeats the real recorded PubMed articles of CARTO_SHARED with other identifiers.
Run: python benchmarks/parse.py [number of records]
"""

import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from peers import python_of_peers

SHARED = Path(os.environ.get("CARTO_SHARED") or Path(__file__).parents[2] / "shared")
ARTICLE = re.compile(rb"<PubmedArticle>.*?</PubmedArticle>", re.DOTALL)
PEER = """
import json, sys, time, pubmed_parser, pubmed_parser.medline_parser
pubmed_parser.medline_parser.gzip.open = open  # it reads .gz only: spare it the decompression
start = time.process_time()
records = list(pubmed_parser.parse_medline_xml(sys.argv[1]))
print(len(records), time.process_time() - start, file=sys.stderr)
for record in records:
    print(json.dumps(record))
"""
OURS = """
import sys, time
from pathlib import Path
from carto_lib.sources import pubmed
body = Path(sys.argv[1]).read_bytes()
start = time.process_time()
records = pubmed.parse(body)
print(len(records), time.process_time() - start, file=sys.stderr)
"""


def big_file(folder: Path, size: int) -> Path:
    """Write a PubmedArticleSet of ``size`` real articles under other identifiers."""
    paths = sorted((SHARED / "recorded" / "pubmed").glob("*.xml"))
    articles = [article for path in paths for article in ARTICLE.findall(path.read_bytes())]
    path = folder / "articles.xml"
    with path.open("wb") as file:
        file.write(b'<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet>\n')
        for rank in range(size):
            number = b"%d" % (50_000_000 + rank)
            article = articles[rank % len(articles)]
            file.write(re.sub(rb"(<PMID[^>]*>)\d+", rb"\g<1>" + number, article, count=1) + b"\n")
        file.write(b"</PubmedArticleSet>\n")
    return path


def timed(command: list[str]) -> tuple[float, str, int]:
    """Run a command; return its seconds of processor, its standard error and its lines of output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, done.stderr.decode(), done.stdout.count(b"\n")


def main(size: int = 10_000) -> None:
    peer, carto = python_of_peers(), str(Path(sys.executable).with_name("carto"))
    with tempfile.TemporaryDirectory() as folder:
        path = big_file(Path(folder), size)
        print(f"{size} records, {path.stat().st_size / 1e6:.0f} MB; best of 3, processor time")
        whole = {"carto": [], "pubmed_parser": []}
        inner = {"carto": [], "pubmed_parser": []}
        for _ in range(3):
            seconds, _, lines = timed([carto, "parse", "pubmed", str(path)])
            assert lines == size
            whole["carto"].append(seconds)
            inner["carto"].append(float(timed([sys.executable, "-c", OURS, str(path)])[1].split()[1]))
            seconds, said, lines = timed([peer, "-W", "ignore", "-c", PEER, str(path)])
            whole["pubmed_parser"].append(seconds)
            inner["pubmed_parser"].append(float(said.split()[-1]))
            assert lines == size
    for name, times in (("end to end (process, file, JSON lines)", whole), ("parsing only", inner)):
        ours, theirs = min(times["carto"]), min(times["pubmed_parser"])
        print(
            f"{name}: carto {size / ours:,.0f} records/s, pubmed_parser {size / theirs:,.0f} records/s, "
            f"ratio {theirs / ours:.2f}"
        )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
