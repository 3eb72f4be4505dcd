"""Atlas tables → one JSON document a work, as the index reads it: joined by DuckDB, never row by row in Python."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.feather

from carto_lib.openness import COLOURS
from carto_lib.tables import Atlas

NAMES = {"person": "people", "institution": "structures", "topic": "subjects"}
FOREMOST = 300  # names of each kind, those with the most works, that alone are counted where many works are found
FREQUENT = 5_000  # names that documents hold apart from those seldom met, the foremost among them apart too
RANKS = {
    "foremost": f"x < {FOREMOST}",
    "often": f"x >= {FOREMOST} AND x < {FREQUENT}",
    "seldom": f"x >= {FREQUENT}",
}
TABLES = (
    "works",
    "uses",
    "mentions",
    "authorships",
    "authors",
    "affiliations",
    "institutions",
    "topics",
    "access",
    "databases",
)
_FRENCH = "coalesce(w.language, 'fr') <> 'en'"
_ENGLISH = "coalesce(w.language, 'en') <> 'fr' OR w.title_original IS NOT NULL"

_PEOPLE_AND_THINGS = """
CREATE TEMP TABLE people AS
    SELECT *, row_number() OVER (ORDER BY works DESC, id) - 1 AS code FROM (
        SELECT author_id AS id, name AS label_en, name AS label_fr,
            (SELECT count(DISTINCT work_id) FROM authorships a WHERE a.author_id = p.author_id) AS works
        FROM authors p
    ) named;
CREATE TEMP TABLE structures AS
    SELECT *, row_number() OVER (ORDER BY works DESC, id) - 1 AS code FROM (
        SELECT institution_id AS id, name AS label_en, name AS label_fr,
            (SELECT count(DISTINCT work_id) FROM affiliations a WHERE a.institution_id = i.institution_id) AS works
        FROM institutions i WHERE name IS NOT NULL
    ) named;
CREATE TEMP TABLE subjects AS
    SELECT *, row_number() OVER (ORDER BY works DESC, id) - 1 AS code FROM (
        SELECT term_id AS id, min(coalesce(label_en, label_fr, term_id)) AS label_en,
            min(coalesce(label_fr, label_en, term_id)) AS label_fr, count(DISTINCT work_id) AS works
        FROM topics GROUP BY term_id
    ) named;
"""

_NAMES = """
SELECT id, label_en, label_fr, works,
    lower(strip_accents(concat_ws(' ', label_en, nullif(label_fr, label_en)))) AS folded
FROM {table} ORDER BY code
"""


def _tiers(kind: str, codes: str) -> str:
    """Return the fields that hold a work's names of a kind, by how many works these have."""
    return ", ".join(
        f"'{kind}_{rank}': list_filter(coalesce({codes}, []), lambda x: {wanted})" for rank, wanted in RANKS.items()
    )


_DOCUMENTS = f"""
WITH work AS (
    SELECT * FROM works WHERE work_id BETWEEN $first AND $last
),
relation AS (
    SELECT work_id, list(database ORDER BY database) AS bases,
        list(database ORDER BY database) FILTER (label = 'uses') AS used,
        list(DISTINCT label ORDER BY label) AS labels,
        list(database || '|' || label ORDER BY database) AS relations,
        list({{'database': database, 'label': label}} ORDER BY database) AS badges,
        string_agg(f.forms, '. ' ORDER BY database) AS forms
    FROM uses JOIN form f USING (database) WHERE work_id BETWEEN $first AND $last
        AND label IN ('uses', 'describes', 'mentions') GROUP BY work_id
),
passage AS (
    SELECT work_id, list(DISTINCT passage ORDER BY passage) AS passages FROM (
        SELECT work_id, passage FROM mentions WHERE work_id BETWEEN $first AND $last
        UNION ALL SELECT work_id, evidence FROM uses
        WHERE label <> 'none' AND work_id BETWEEN $first AND $last
    ) p JOIN work w USING (work_id)
    WHERE passage IS NOT NULL
        AND NOT contains(concat_ws(' ', w.title, w.title_original, w.abstract), trim(passage, '… ')) GROUP BY work_id
),
person AS (
    SELECT a.work_id, list(a.name ORDER BY position) AS names,
        string_agg(p.label_en, '. ' ORDER BY position) FILTER (p.label_en <> a.name) AS shown_names,
        list(DISTINCT p.code) FILTER (p.code IS NOT NULL) AS codes
    FROM authorships a LEFT JOIN people p ON p.id = a.author_id WHERE a.work_id BETWEEN $first AND $last
    GROUP BY a.work_id
),
place AS (
    SELECT work_id,
        string_agg(DISTINCT concat_ws(' ', a.raw, i.name, i.acronym, a.city, i.region), '. ') AS structures,
        list(DISTINCT s.code) FILTER (s.code IS NOT NULL) AS codes,
        list(DISTINCT i.region) FILTER (i.region IS NOT NULL) AS regions
    FROM affiliations a LEFT JOIN institutions i USING (institution_id)
        LEFT JOIN structures s ON s.id = a.institution_id
    WHERE work_id BETWEEN $first AND $last GROUP BY work_id
),
topic AS (
    SELECT work_id, string_agg(t.label_en, '. ' ORDER BY term_id) AS english,
        string_agg(t.label_fr, '. ' ORDER BY term_id) AS french,
        list(DISTINCT s.code) FILTER (s.code IS NOT NULL) AS codes
    FROM topics t JOIN subjects s ON s.id = t.term_id
    WHERE work_id BETWEEN $first AND $last GROUP BY work_id
),
opening AS (
    SELECT work_id, max(coalesce(cited_by_count, 0)) AS citations,
        arg_min(oa_colour, list_position({list(COLOURS)}, oa_colour)) AS colour,
        CASE WHEN colour IS NULL THEN 'unknown' WHEN colour = 'closed' THEN 'closed' ELSE 'open' END AS oa
    FROM access WHERE work_id BETWEEN $first AND $last GROUP BY work_id
)
SELECT to_json({{
    'work_id': w.work_id,
    'identifier': list_filter([lower(w.doi), w.pmid, lower(w.pmcid), lower(w.hal_id), lower(w.openalex_id)],
        lambda x: x IS NOT NULL),
    'title_en': coalesce(CASE WHEN {_ENGLISH} THEN w.title END, ''),
    'title_fr': CASE WHEN w.title_original IS NOT NULL THEN w.title_original WHEN {_FRENCH} THEN w.title ELSE '' END,
    'text_en': concat_ws(E'\n', CASE WHEN {_ENGLISH} THEN w.abstract END, t.english, w.keywords,
        array_to_string(p.passages, E'\n')),
    'text_fr': concat_ws(E'\n', CASE WHEN {_FRENCH} THEN w.abstract END, t.french,
        CASE WHEN {_FRENCH} THEN concat_ws(E'\n', w.keywords, array_to_string(p.passages, E'\n')) END),
    'authors': concat_ws('. ', array_to_string(a.names, '. '), a.shown_names),
    'institutions': coalesce(l.structures, ''),
    'journal': coalesce(w.journal, ''),
    'names': coalesce(r.forms, ''),
    'words': concat_ws(' ', w.title, w.title_original, array_to_string(a.names, ' '), t.english, t.french,
        w.keywords, w.journal, array_to_string(p.passages, ' ')),
    'number': $number + row_number() OVER (ORDER BY w.work_id) - 1, 'year': coalesce(w.year, 0),
    'date': coalesce(try_cast(rpad(replace(coalesce(w.date, w.year::VARCHAR), '-', ''), 8, '0') AS BIGINT), 0),
    'citations': coalesce(o.citations, 0),
    'database': coalesce(r.bases, []), 'used': coalesce(r.used, []), 'label': coalesce(r.labels, []),
    'relation': coalesce(r.relations, []),
    'type': coalesce(w.type, 'unknown'), 'language': coalesce(w.language, 'unknown'),
    'open_access': coalesce(o.colour, 'unknown'),
    {_tiers("person", "a.codes")}, {_tiers("institution", "l.codes")}, {_tiers("topic", "t.codes")},
    'region': coalesce(l.regions, []), 'abstract': coalesce(w.abstract, ''),
    'shown': to_json({{
        'work_id': w.work_id, 'doi': w.doi, 'title': w.title, 'title_original': w.title_original,
        'passages': coalesce(p.passages, []), 'year': w.year, 'journal': w.journal,
        'authors': list_slice(coalesce(a.names, []), 1, 12), 'author_count': len(coalesce(a.names, [])),
        'badges': coalesce(r.badges, []), 'open_access': coalesce(o.oa, 'unknown'), 'type': w.type,
        'language': w.language, 'citations': o.citations, 'retracted': coalesce(w.is_retracted, false), 'url': w.url
    }})::VARCHAR
}})::VARCHAR AS document
FROM work w LEFT JOIN relation r USING (work_id) LEFT JOIN passage p USING (work_id)
    LEFT JOIN person a USING (work_id) LEFT JOIN place l USING (work_id) LEFT JOIN topic t USING (work_id)
    LEFT JOIN opening o USING (work_id)
ORDER BY w.work_id
"""  # noqa: S608


def documents(atlas: Atlas, forms: Mapping[str, str], folder: Path, batch: int = 20_000) -> Iterator[list[str]]:
    """Give the works of an atlas as batches of JSON documents, in order of work_id.

    The names of people, institutions and topics, which documents hold as numbers, go to Arrow files in `folder`.

    Parameters
    ----------
    atlas : Atlas
        Whole atlas; its optional tables may be absent.
    forms : mapping of str to str
        For each database, every name form, as one text.
    folder : Path
        Where ``person.arrow``, ``institution.arrow`` and ``topic.arrow`` (id, labels, works, folded) are written.
    batch : int
        Number of works in a batch.

    Yields
    ------
    list of str
        Documents with the fields of `carto_lib.search.index.schema`.
    """
    with duckdb.connect() as connection:
        for name in TABLES:
            if atlas.has(name):
                connection.read_parquet(str(atlas.file(name))).create_view(name)
            else:
                connection.register(name, atlas.optional(name))
        used = atlas.databases["database"]
        frame = pd.DataFrame({"database": used, "forms": [forms.get(name, name) for name in used]})
        connection.register("form", frame)
        connection.execute(_PEOPLE_AND_THINGS)
        for kind, table in NAMES.items():
            content = connection.sql(_NAMES.format(table=table)).to_arrow_table()
            pyarrow.feather.write_feather(content, folder / f"{kind}.arrow", compression="uncompressed")
        works = connection.sql("SELECT work_id AS id FROM works ORDER BY work_id").to_arrow_table()
        pyarrow.feather.write_feather(works, folder / "work.arrow", compression="uncompressed")
        for number in range(0, len(works), batch):
            ids = works["id"][number : number + batch]
            part = {"number": number, "first": ids[0].as_py(), "last": ids[-1].as_py()}
            yield [document for (document,) in connection.execute(_DOCUMENTS, part).fetchall()]
