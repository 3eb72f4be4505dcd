"""The registry: one YAML file a database, with its names, the context they need and what they're mistaken for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from carto_lib.i18n import catalogue, translate
from carto_lib.registry.model import (
    KINDS,
    BilingualText,
    Database,
    Example,
    Examples,
    FalseFriend,
    Holder,
    Hosting,
    NameForm,
    Period,
)
from carto_lib.registry.refusals import refusal
from carto_lib.settings import REGISTRY_DIR

__all__ = [
    "KINDS",
    "BilingualText",
    "Database",
    "Example",
    "Examples",
    "FalseFriend",
    "Holder",
    "Hosting",
    "NameForm",
    "Period",
    "Registry",
    "load_registry",
    "parse_database",
    "read_database",
    "registry_fingerprint",
]


@dataclass(frozen=True)
class Registry(Mapping[str, Database]):
    """The databases by id, in alphabetical order; an unknown id raises with the nearest ones."""

    databases: dict[str, Database]

    def __getitem__(self, database: str) -> Database:
        try:
            return self.databases[database]
        except KeyError:
            near = self.near(database)
            names = f" {translate('registry.or')} ".join(near)
            hint = translate("registry.near", names=names) if near else translate("registry.list")
            raise refusal("unknown", database=database, hint=hint) from None

    def __contains__(self, database: object) -> bool:
        return database in self.databases

    def __iter__(self) -> Iterator[str]:
        return iter(self.databases)

    def __len__(self) -> int:
        return len(self.databases)

    def near(self, database: str) -> list[str]:
        """Return the ids nearest to a mistyped one, by spelling or by a name form equal to it."""
        wanted = database.strip().casefold()
        named = [entry.id for entry in self.values() if any(form.text.casefold() == wanted for form in entry.names)]
        return list(dict.fromkeys(named + get_close_matches(wanted, list(self), n=3, cutoff=0.6)))[:3]

    def parts(self, database: str) -> tuple[str, ...]:
        """Return the ids of every part of a database, at any depth, in alphabetical order."""
        direct = [entry.id for entry in self.values() if entry.part_of == self[database].id]
        return tuple(sorted({part for child in direct for part in (child, *self.parts(child))}))

    def whole(self, database: str) -> str:
        """Return the id of the outermost database that contains this one (itself when it is no part)."""
        entry = self[database]
        while entry.part_of is not None:
            entry = self[entry.part_of]
        return entry.id


def _said(detail: ErrorDetails) -> str:
    """Say in the users' language what the model refuses in a field."""
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    key = f"registry.fields.{detail['type']}"
    value = "…" if isinstance(detail["input"], dict | list) else str(detail["input"])[:80]
    facts = {"value": value, "message": detail["msg"], **detail.get("ctx", {})}
    facts["expected"] = str(facts.get("expected")).replace(" or ", ", ")
    return translate(key if key in catalogue("fr") else "registry.fields.other", "fr", **facts)


def _node_at(root: yaml.Node, path: tuple[int | str, ...]) -> yaml.Node:
    """Return the deepest YAML node on the way to a pydantic location."""
    node = root
    for step in path:
        if isinstance(node, yaml.MappingNode):
            found = next((value for key, value in node.value if key.value == str(step)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            found = node.value[step]
        else:
            found = None
        if found is None:
            break
        node = found
    return node


def _refuse_duplicate_keys(node: yaml.Node, file: Path) -> None:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_duplicate_keys(item, file)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                raise refusal("twice", file=file.name, line=line, field=key.value)
            seen.add(key.value)
            _refuse_duplicate_keys(value, file)


def read_database(file: Path) -> Database:
    """Read one file of the registry.

    Parameters
    ----------
    file : pathlib.Path
        A YAML file named after the id of its database.

    Raises
    ------
    RegistryError
        If the file can't be read, isn't YAML or breaks the model: the file, line and field are named.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise refusal("unreadable", file=file.name, error=error) from error
    return parse_database(text, file)


def parse_database(text: str, file: Path) -> Database:
    """Read the text of one file of the registry.

    Raises
    ------
    RegistryError
        If it isn't YAML or breaks the model: the file, line and field are named.
    """
    loader = yaml.CSafeLoader(text)
    try:
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            raise refusal("no_fields", file=file.name)
        _refuse_duplicate_keys(root, file)
        content = loader.construct_document(root)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        why = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise refusal("broken", file=file.name, line=line, why=why) from error
    finally:
        loader.dispose()
    try:
        database = Database.model_validate(content)
    except ValidationError as error:
        detail = error.errors()[0]
        field = ".".join(str(step) for step in detail["loc"]) or translate("registry.entry")
        line = _node_at(root, detail["loc"]).start_mark.line + 1
        more = translate("registry.more", n=error.error_count() - 1) if error.error_count() > 1 else ""
        raise refusal("refused", file=file.name, line=line, field=field, message=_said(detail), more=more) from error
    if database.id != file.stem:
        raise refusal("wrong_id", file=file.name, id=database.id, stem=file.stem)
    return database


def _check_relations(databases: dict[str, Database]) -> None:
    for entry in databases.values():
        relations = {"successor_of": entry.successor_of, "linked_with": entry.linked_with}
        relations["part_of"] = (entry.part_of,) if entry.part_of else ()
        for field, others in relations.items():
            for other in others:
                if other not in databases or other == entry.id:
                    raise refusal("no_relation", file=f"{entry.id}.yml", field=field, other=other)
        seen, parent = {entry.id}, entry.part_of
        while parent is not None:
            if parent in seen:
                raise refusal("part_of_itself", file=f"{entry.id}.yml", id=entry.id)
            seen.add(parent)
            parent = databases[parent].part_of if parent in databases else None


def load_registry(folder: Path = REGISTRY_DIR) -> Registry:
    """Read every database of a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of YAML files, one a database (default: ``data/databases``).

    Returns
    -------
    Registry
        ``registry["snds"]`` is a `Database`; iteration goes by id.

    Raises
    ------
    RegistryError
        If the folder is absent or empty, a file is broken, or a relation points nowhere.
    """
    files = sorted(folder.glob("*.yml"), key=lambda file: file.stem)
    if not files:
        raise refusal("no_file", folder=folder)
    databases = {database.id: database for database in map(read_database, files)}
    _check_relations(databases)
    return Registry(databases)


def registry_fingerprint(folder: Path = REGISTRY_DIR) -> str:
    """Return 16 hex digits that change with any file of the registry."""
    digest = sha256()
    for file in sorted(folder.glob("*.yml")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]
