"""What a file of the registry says: the fields of a database."""

import re
from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from carto_lib.i18n import translate
from carto_lib.text import fold

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Ror = Annotated[str, StringConstraints(pattern=r"^https://ror\.org/0[a-z0-9]{6}\d{2}$")]
Pmid = Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,8}$")]
Language = Literal["fr", "en", "mul"]
NameKind = Literal["full", "short", "generic"]
DatabaseKind = Literal["claims", "hospital", "registry", "cohort", "survey", "surveillance", "warehouse", "linked"]
KINDS: tuple[str, ...] = get_args(DatabaseKind)


class _Entry(BaseModel):
    """Strict base: a mistyped field is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class BilingualText(_Entry):
    """The same text in French and in English."""

    fr: Text
    en: Text

    def in_language(self, language: str) -> str:
        """Return the text in ``"fr"`` or ``"en"``."""
        return self.en if language == "en" else self.fr


class NameForm(_Entry):
    """One way of printing the name of a database.

    Attributes
    ----------
    text : str
        The form as printed (matched after folding).
    language : {"fr", "en", "mul"}
        Language of the form; ``mul`` for an acronym used in both.
    kind : {"full", "short", "generic"}
        ``full``: long enough to name one database; ``short``: an acronym or a proper name;
        ``generic``: an expression that other countries' databases share.
    case_sensitive : bool
        Whether the case must be as printed (default: yes for short forms without a lower-case word's look).
    needs_anchor : bool
        Whether the form counts only near an anchor of the database (default: generic forms only).
    source : str or None
        Page or DOI where the form was read; None = unsourced.
    """

    text: Text
    language: Language = "mul"
    kind: NameKind
    case_sensitive: bool = False
    needs_anchor: bool = False
    source: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _defaults_by_kind(cls, values: Any) -> Any:
        if isinstance(values, dict):
            kind = values.get("kind")
            values = {"case_sensitive": kind == "short", "needs_anchor": kind == "generic"} | values
        return values


class FalseFriend(_Entry):
    """Something else that is printed like the database.

    Attributes
    ----------
    text : str
        Words that give the other meaning away (matched after folding).
    scope : {"name", "text"}
        ``name``: only a mention that overlaps these words is refused ("CKD-REIN" for REIN);
        ``text``: these words anywhere in the title or abstract refuse every short form ("ramipril" for REIN).
    what : str
        What it is.
    example : str or None
        A sentence that must not match.
    """

    text: Text
    scope: Literal["name", "text"] = "name"
    what: Text
    example: Text | None = None
    source: Text | None = None


class Example(_Entry):
    """A sentence that runs as a test; ``written`` says that we wrote it (it is nobody's quotation)."""

    text: Text
    written: bool = True
    year: int | None = None


class Examples(_Entry):
    """Sentences in which the database must be found (positive), and must not be (negative)."""

    positive: tuple[Example, ...] = ()
    negative: tuple[Example, ...] = ()


class Holder(_Entry):
    """The organisation that answers for the database, with its ROR identifier where it has one."""

    name: Text
    ror: Ror | None = None


class Hosting(_Entry):
    """A dated fact: since when, and by which act, the Health Data Hub's catalogue lists the database."""

    since: date
    act: Text
    url: Text | None = None


class Period(_Entry):
    """Years the database covers; ``to`` empty = still open. A work older than ``from`` can't use it."""

    from_: Annotated[int, Field(alias="from", ge=1900, le=2100)]
    to: Annotated[int, Field(ge=1900, le=2100)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Period":
        if self.to is not None and self.to < self.from_:
            raise ValueError(translate("registry.period_order", to=self.to, from_=self.from_))
        return self


class Database(_Entry):
    """One database of the registry (the fields of a file of ``data/databases``).

    Attributes
    ----------
    part_of : str or None
        Id of the database that contains this one: its uses count as uses of the whole, never twice.
    successor_of : tuple of str
        Ids of the databases that this one replaces.
    linked_with : tuple of str
        Ids of the databases with which a linkage is published.
    anchors : tuple of str
        Words that show the context (country, domain); one must be near a form that needs an anchor.
    reference_papers : tuple of str
        PMIDs of the papers that works cite when they use the database.
    unsourced : tuple of str
        Names of the fields whose facts haven't been found in a public source yet.
    """

    id: Identifier
    name: BilingualText
    kind: DatabaseKind
    description: BilingualText | None = None
    holder: Holder | None = None
    hosted_by_hdh: Hosting | None = None
    period: Period | None = None
    part_of: Identifier | None = None
    successor_of: tuple[Identifier, ...] = ()
    linked_with: tuple[Identifier, ...] = ()
    names: Annotated[tuple[NameForm, ...], Field(min_length=1)]
    anchors: tuple[Text, ...] = ()
    false_friends: tuple[FalseFriend, ...] = ()
    examples: Examples = Examples()
    acknowledgement: Text | None = None
    links: dict[str, Text] = {}
    reference_papers: tuple[Pmid, ...] = ()
    sources: tuple[Text, ...] = ()
    unsourced: tuple[Text, ...] = ()
    note: Text | None = None

    @property
    def short_name(self) -> str:
        """What charts call it: its first acronym, else what its French name holds in brackets or before a dash."""
        acronym = next((form.text for form in self.names if form.kind == "short"), None)
        bracketed = re.search(r"\(([^)]{2,18})\)$", self.name.fr)
        return acronym or (bracketed[1] if bracketed else re.split(r" – | \(", self.name.fr)[0])

    @model_validator(mode="after")
    def _coherent(self) -> "Database":
        if any(form.needs_anchor for form in self.names) and not self.anchors:
            form = next(form for form in self.names if form.needs_anchor)
            raise ValueError(translate("registry.no_anchors", text=form.text))
        printed = {fold(name.text): name.text for name in self.names}
        for friend in self.false_friends:
            same = printed.get(fold(friend.text))
            if friend.scope == "name" and same is not None:
                raise ValueError(translate("registry.friend_is_name", friend=friend.text, name=same))
        texts = [form.text for form in self.names]
        for text in texts:
            if texts.count(text) > 1:
                raise ValueError(translate("registry.name_twice", text=text))
        known = set(type(self).model_fields)
        for field in self.unsourced:
            if field not in known:
                raise ValueError(translate("registry.unsourced_unknown", field=field))
        return self
