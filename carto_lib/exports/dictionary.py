"""The data dictionary: every table, column and vocabulary, from the schemas.

``python -m carto_lib.exports.dictionary > docs/dictionnaire.md`` writes the French one.
"""

from typing import Any

from carto_lib.i18n import translate
from carto_lib.tables import table_specs


def data_dictionary(language: str = "fr") -> str:
    """Return the data dictionary as Markdown: tables, keys in bold, columns, types, meanings, values with labels."""
    lines = [f"# {translate('dictionary.title', language)}", "", translate("dictionary.intro", language)]
    head = [translate(f"dictionary.{name}", language) for name in ("column", "type", "meaning", "values")]
    for table, spec in table_specs().items():
        lines += ["", f"## {table}", "", spec[language], "", f"| {' | '.join(head)} |", "| --- | --- | --- | --- |"]
        lines += [_line(name, column, name in spec["key"], language) for name, column in spec["columns"].items()]
    return "\n".join(lines) + "\n"


def _line(name: str, column: dict[str, Any], is_key: bool, language: str) -> str:
    values = "<br>".join(
        f"`{value}` ({translate(f'vocabulary.{name}.{value}', language)})" for value in column.get("values", ())
    )
    cells = (f"**{name}**" if is_key else name, column["type"], column[language], values)
    escaped = " | ".join(cell.replace("|", "\\|") for cell in cells)
    return f"| {escaped} |"


if __name__ == "__main__":
    print(data_dictionary(), end="")
