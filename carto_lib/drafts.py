"""Drafts of registry files, from what a catalogue says: a new file, or the fields that an existing one lacks.

A field that the registry already has is never changed: what the catalogue says otherwise is reported, for a person.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from carto_lib.errors import RegistryError
from carto_lib.portals import Study
from carto_lib.registry import Database, Registry, read_database
from carto_lib.settings import REGISTRY_DIR
from carto_lib.tables import write_atomically
from carto_lib.text import fold


@dataclass(frozen=True)
class Draft:
    """What became of one study.

    Attributes
    ----------
    file : Path
        The registry's file.
    status : str
        ``new``, ``completed`` (fields added) or ``unchanged``.
    added : tuple of str
        Fields added.
    differences : tuple of str
        What the catalogue says otherwise, or more, than the registry: nothing was changed.
    """

    file: Path
    status: str
    added: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()


def write_draft(study: Study, registry: Registry, folder: Path = REGISTRY_DIR) -> Draft:
    """Write what a study says into the registry.

    Raises
    ------
    RegistryError
        If the file wouldn't be valid (it is left as it was), or can't be written.
    """
    known = find_database(study, registry)
    if known is None:
        file = folder / f"{study.id}.yml"
        if file.exists():
            raise RegistryError(f"{file.name} exists but isn't in the registry that was read: check it")
        text = f"# Ébauche tirée de {study.source} : à relire, puis carto databases check {study.id}\n"
        _write(file, text + _dump(_entry(study)))
        return Draft(file, "new")
    file = folder / f"{known.id}.yml"
    facts = {name: value for name, value in _facts(study).items() if getattr(known, name) in (None, {}, ())}
    if facts:
        former = file.read_text(encoding="utf-8")
        _write(file, f"{former.rstrip()}\n# Ajouté de {study.source} :\n{_dump(facts)}", former)
    return Draft(file, "completed" if facts else "unchanged", tuple(facts), tuple(_differences(study, known, facts)))


def find_database(study: Study, registry: Registry) -> Database | None:
    """Return the database of the registry that a study is: same id, or one of its names; None for a new one."""
    if study.id in registry:
        return registry[study.id]
    wanted = {fold(name) for name in (study.french, study.english) if name}
    for database in registry.values():
        names = {fold(form.text) for form in database.names if form.kind == "full"}
        if wanted & (names | {fold(database.name.fr), fold(database.name.en)}):
            return database
    return None


def _facts(study: Study) -> dict[str, Any]:
    """Return the fields that a catalogue fills, as the registry writes them."""
    facts: dict[str, Any] = {}
    if study.holder:
        facts["holder"] = {"name": study.holder} | ({"ror": study.ror} if study.ror else {})
    if study.since and study.act:
        facts["hosted_by_hdh"] = {"since": study.since, "act": study.act}
    if study.first:
        facts["period"] = {"from": study.first} | ({"to": study.last} if study.last else {})
    if study.site:
        facts["links"] = {"catalogue": study.site}
    return facts


def _entry(study: Study) -> dict[str, Any]:
    french = study.french or study.english or study.acronym or study.id
    english = study.english or study.french or french
    forms: dict[str, dict[str, Any]] = {french: {"language": "fr", "kind": "full"}}
    forms.setdefault(english, {"language": "en", "kind": "full"})
    if study.acronym:
        forms[study.acronym] = {"language": "mul", "kind": "short", "needs_anchor": True}
    names = [{"text": text} | fields | {"source": study.source} for text, fields in forms.items()]
    facts = _facts(study)
    missing = [name for name in ("holder", "period") if name not in facts] + ["kind"] * (study.kind is None)
    return (
        {"id": study.id, "name": {"fr": french, "en": english}, "kind": study.kind or "cohort"}
        | facts
        | {"names": names, "anchors": ["France", "French", "français", "française"], "sources": [study.source]}
        | ({"unsourced": missing} if missing else {})
    )


def _differences(study: Study, known: Database, added: dict[str, Any]) -> Iterator[str]:
    shown = known.model_dump(mode="json", by_alias=True, exclude_none=True)
    for name, value in _facts(study).items():
        if name not in added and name != "links" and {key: shown[name].get(key) for key in value} != value:
            yield f"{name} : registre {shown[name]}, catalogue {value}"
    printed = {fold(form.text) for form in known.names}
    for printed_name in filter(None, (study.french, study.english, study.acronym)):
        if fold(printed_name) not in printed:
            yield f"nom absent du registre : {printed_name}"


def _dump(content: dict[str, Any]) -> str:
    return str(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120, default_flow_style=None))


def _write(file: Path, text: str, former: str | None = None) -> None:
    """Write a registry file; where it isn't valid, leave things as they were."""
    write_atomically(file, lambda stream: stream.write(text.encode()))
    try:
        read_database(file)
    except RegistryError:
        if former is None:
            file.unlink()
        else:
            write_atomically(file, lambda stream: stream.write(former.encode()))
        raise
