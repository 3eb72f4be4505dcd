"""The registry: one YAML file a database, with its names, the context they need and what they're mistaken for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path

import yaml
from pydantic import ValidationError

from carto_lib.errors import RegistryError
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
            hint = f"did you mean {' or '.join(near)}?" if near else "see `carto databases`"
            raise RegistryError(f"no database {database!r} in the registry: {hint}") from None

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
                raise RegistryError(f"{file.name}, line {line}: field {key.value!r} appears twice: keep one of them")
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
        loader = yaml.CSafeLoader(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RegistryError(f"{file.name} can't be read ({error}): save it as a UTF-8 text file") from error
    try:
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            raise RegistryError(f"{file.name}, line 1: expected fields ('id: …'), found something else or nothing")
        _refuse_duplicate_keys(root, file)
        content = loader.construct_document(root)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        why = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise RegistryError(f"{file.name}, line {line}: broken YAML ({why}): check quotes and indents") from error
    finally:
        loader.dispose()
    try:
        database = Database.model_validate(content)
    except ValidationError as error:
        detail = error.errors()[0]
        field = ".".join(str(step) for step in detail["loc"]) or "the whole entry"
        line = _node_at(root, detail["loc"]).start_mark.line + 1
        value = "" if detail["type"] in ("missing", "value_error") else f", got {str(detail['input'])[:80]!r}"
        more = f" ({error.error_count() - 1} more to correct)" if error.error_count() > 1 else ""
        raise RegistryError(f"{file.name}, line {line}, field {field!r}: {detail['msg']}{value}{more}") from error
    if database.id != file.stem:
        raise RegistryError(f"{file.name}, field 'id': {database.id!r} must be the name of the file, {file.stem!r}")
    return database


def _check_relations(databases: dict[str, Database]) -> None:
    for entry in databases.values():
        relations = {"successor_of": entry.successor_of, "linked_with": entry.linked_with}
        relations["part_of"] = (entry.part_of,) if entry.part_of else ()
        for field, others in relations.items():
            for other in others:
                if other not in databases or other == entry.id:
                    raise RegistryError(f"{entry.id}.yml, field {field!r}: {other!r} is not another database's id")
        seen, parent = {entry.id}, entry.part_of
        while parent is not None:
            if parent in seen:
                raise RegistryError(f"{entry.id}.yml, field 'part_of': {entry.id!r} would be a part of itself")
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
        raise RegistryError(f"no database file (*.yml) in {folder}: check the path")
    databases = {database.id: database for database in map(read_database, files)}
    _check_relations(databases)
    return Registry(databases)


def registry_fingerprint(folder: Path = REGISTRY_DIR) -> str:
    """Return 16 hex digits that change with any file of the registry."""
    digest = sha256()
    for file in sorted(folder.glob("*.yml")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]
