"""*Relecture*: one work × database at a time, most informative first, and what the reader says of it."""

import json
from collections import Counter
from typing import Any

import pandas as pd
from markupsafe import Markup

from carto_lib.errors import CartoError, TableError
from carto_lib.evaluation.gold import to_adjudicate
from carto_lib.i18n import translate
from carto_lib.journal import (
    ADJUDICATION,
    Entry,
    add_label,
    annotator_name,
    journal_file,
    read_journal,
    standing_labels,
    undo_last,
)
from carto_lib.pages.page import Page
from carto_lib.pages.render import address, doi_address, mark_spans
from carto_lib.pages.selection import Selection
from carto_lib.screening.judgements import every_label
from carto_lib.settings import GOLD_FILE
from carto_lib.tables import Corpus, corpora, table_specs

KEYS = {"u": "uses", "d": "describes", "m": "mentions", "f": "false_friend", "n": "unsure"}
TEXTS = ("title_original", "abstract", "keywords", "names_printed")
Pair = tuple[str, str]


class AnnotationPage(Page):
    """The queue that screening wrote, read by one person; every label is on the disk before the next work shows.

    A pair is named by its work's identifier in the corpus, as screening and the gold file name it. Pairs on which two
    people differ, in the page or in the gold set, wait apart for a third.
    """

    name = "annotation"
    filtered = False
    gold = GOLD_FILE

    def prepare(self) -> None:
        """Read the corpora's queues into one order; a pair in several corpora is read in its database's own."""
        super().prepare()
        data = self.atlas.path.parent
        self.journal = journal_file(data)
        self.corpora = {corpus.database: corpus for corpus in corpora(data) if corpus.has("queue")}
        if not self.corpora:
            raise TableError(translate("runs.no_queue", self.state.language, folder=data / "corpora"))
        queues = [corpus.queue.assign(corpus=name) for name, corpus in self.corpora.items()]
        order = {reason: place for place, reason in enumerate(table_specs()["queue"]["columns"]["reason"]["values"])}
        queue = pd.concat(queues, ignore_index=True)
        queue = queue.assign(other=queue["database"] != queue["corpus"], first=queue["reason"].map(order))
        queue = queue.sort_values(["other", "corpus"], kind="stable").drop_duplicates(["work_id", "database"])
        self.queue = queue.sort_values(["first", "rank", "database"])
        self.place = {(row.work_id, row.database): str(row.corpus) for row in queue.itertuples()}
        self.readings = self._readings()
        self.said = ""

    def _readings(self) -> list[Entry]:
        """Return what was said of the gold set's unsettled pairs, and place those that a corpus holds."""
        labels = every_label(self.gold)
        disputed = to_adjudicate(labels)
        for database, pairs in disputed.groupby("database"):
            if database in self.corpora:
                held = pairs["work_id"].isin(self.corpora[database].uses["work_id"])
                self.place = {(work_id, database): database for work_id in pairs["work_id"][held]} | self.place
        said = labels[labels["label"] != ""].merge(disputed[["work_id", "database"]])
        return said.replace({"label": {"none": "false_friend"}}).to_dict("records")

    def draw(self, selection: Selection) -> None:
        """Show who reads, how far they are, and the next pair."""
        entries = standing_labels(read_journal(self.journal))
        disputed = self._disputed([*self.readings, *entries])
        settling = self.state.sort == ADJUDICATION
        pairs = list(disputed) if settling else self._pairs()
        done = {(one["work_id"], one["database"]) for one in entries if one["annotator"] == self.state.annotator}
        waiting = pairs if settling else [pair for pair in pairs if pair not in done]
        self.current = waiting[0] if waiting and self.state.annotator else None
        first = "controls" not in self.fragments
        self.show("choices", self._choices(bool(done)))
        self.show("record", self._record(disputed.get(self.current) if settling and self.current else None))
        # The count comes last: once it is seen, the record and its buttons are those of the next reading.
        self.show("controls", self._controls(len(pairs) - len(waiting), len(pairs), bool(done), len(disputed)))
        if first:
            self._listen()

    def _pairs(self) -> list[Pair]:
        queue, chosen = self.queue, self.state.databases
        kept = queue[queue["database"].isin(chosen)] if chosen else queue
        return list(zip(kept["work_id"], kept["database"], strict=True))

    def _disputed(self, entries: list[Entry]) -> dict[Pair, list[Entry]]:
        """Return the pairs on which two people differ and that nobody has settled, with what each said."""
        said: dict[Pair, list[Entry]] = {}
        for entry in entries:
            if entry["label"] != "unsure" and (entry["work_id"], entry["database"]) in self.place:
                said.setdefault((entry["work_id"], entry["database"]), []).append(entry)
        return {
            pair: sorted(own, key=lambda entry: str(entry["annotator"]))
            for pair, own in sorted(said.items())
            if len({entry["label"] for entry in own}) > 1 and all(entry["origin"] != ADJUDICATION for entry in own)
        }

    def _controls(self, read: int, total: int, undoable: bool, disputed: int) -> str:
        names = Counter(self.queue["database"])
        databases = sorted(names, key=lambda name: str(self.acronyms.get(name, name)).casefold())
        return self.view.html(
            "annotation_controls",
            annotator=self.state.annotator,
            databases=[(name, self.acronyms.get(name, name), names[name]) for name in databases],
            chosen=self.state.databases[0] if self.state.databases else "",
            read=read,
            total=total,
            undoable=undoable,
            disputed=disputed,
            settling=self.state.sort == ADJUDICATION,
            said=self.said,
        )

    def _record(self, opinions: list[Entry] | None) -> str:
        if self.current is None:
            return self.view.html("annotation_empty", annotator=self.state.annotator)
        work_id, database = self.current
        corpus = self.corpora[self.place[self.current]]
        work = _row(corpus, "works", work_id=work_id)
        spans = corpus.mentions
        spans = spans[(spans["work_id"] == work_id) & (spans["database"] == database)]
        marked = {field: _marked(work, field, database, spans) for field in ("title", *TEXTS)}
        why = None if opinions else _row(corpus, "queue", work_id=work_id, database=database)["reason"]
        doi, pmid = work.get("doi"), work.get("pmid")
        url = doi_address(doi) if doi else f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid else address(work["url"])
        return self.view.html(
            "annotation_record",
            work=work,
            url=url,
            database=self.acronyms.get(database, database),
            full_name=self.database_names[self.state.language].get(database, database),
            marked=marked,
            texts=TEXTS,
            read=len(spans) > 0,
            why=why,
            use=_row(corpus, "uses", work_id=work_id, database=database),
            opinions=opinions,
        )

    def _choices(self, undoable: bool) -> str:
        pair = "" if self.current is None else f"{self.current[1]} {self.current[0]}"
        return self.view.html("annotation_choices", keys=KEYS, pair=pair, undoable=undoable)

    def _listen(self) -> None:
        controls, choices, state = self.fragments["controls"], self.fragments["choices"], self.state
        controls.on("annotator", lambda value, *_: self._enter(value))
        controls.on("database", lambda value, *_: state.narrow(databases=(value,) if value else (), sort=""))
        controls.on("settle", lambda value, *_: state.narrow(sort=value))
        choices.on("label", lambda value, name, _: self._label(value, name))
        choices.on("undo", lambda *_: self._undo())

    def _enter(self, value: str) -> None:
        try:
            name = annotator_name(value)
        except CartoError:
            self._tell("annotation.bad_name")
            return
        self.said = ""
        self.state.narrow(annotator=name)

    def _label(self, value: str, label: str) -> None:
        """Keep a label; a second press for a pair already labelled is left out."""
        database, _, work_id = value.partition(" ")
        if (work_id, database) != self.current or label not in KEYS.values():
            return
        origin = ADJUDICATION if self.state.sort == ADJUDICATION else "annotation"
        try:
            add_label(self.journal, work_id, database, label, self.state.annotator, origin)
        except CartoError as error:
            self._tell("annotation.not_kept", error=str(error))
            return
        self._tell("annotation.kept", label=self.view.say(f"annotation.labels.{label}"))

    def _undo(self) -> None:
        try:
            taken = undo_last(self.journal, self.state.annotator)
        except CartoError as error:
            self._tell("annotation.not_kept", error=str(error))
            return
        label = self.view.say(f"annotation.labels.{taken['label']}") if taken else ""
        self._tell("annotation.undone" if taken else "annotation.nothing", label=label)

    def _tell(self, key: str, **values: str) -> None:
        self.said = self.view.say(key, **values)
        self.draw(self.selection)


def _row(corpus: Corpus, table: str, **key: str) -> dict[str, Any]:
    """Return one row of a corpus's table, null values as None."""
    frame = corpus.table(table)
    for name, value in key.items():
        frame = frame[frame[name] == value]
    found = frame.head(1).astype(object)
    return {str(name): value for name, value in found.where(found.notna(), None).to_dict("records")[0].items()}


def _marked(work: dict[str, Any], field: str, database: str, spans: pd.DataFrame) -> Markup:
    """Return a field as screening read it, the database's names marked at their exact places."""
    text = work[field] or ""
    if field == "keywords":
        text = "\n".join(map(str, json.loads(text or "[]")))
    elif field == "names_printed":
        text = "\n".join(dict.fromkeys(json.loads(text or "{}").get(database, [])))
    own = spans[spans["field"] == field]
    return mark_spans(text, zip(own["start"].astype(int), own["end"].astype(int), strict=True))
