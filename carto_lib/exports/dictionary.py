"""The data dictionary: every table, column and vocabulary, from the schemas.

``python -m carto_lib.exports.dictionary > docs/dictionnaire.md`` writes the French one.
"""

from collections.abc import Iterable
from typing import Any

from babel import Locale

from carto_lib.i18n import translate
from carto_lib.indicators import INDICATORS
from carto_lib.schemas import vocabulary
from carto_lib.tables import table_specs


def data_dictionary(language: str = "fr") -> str:
    """Return the data dictionary as Markdown: tables, keys in bold, columns, types, meanings, values with labels."""
    lines = [f"# {translate('dictionary.title', language)}", "", translate("dictionary.intro", language)]
    head = [translate(f"dictionary.{name}", language) for name in ("column", "type", "meaning", "values")]
    for table, spec in table_specs().items():
        lines += ["", f"## {table}", "", spec[language], "", f"| {' | '.join(head)} |", "| --- | --- | --- | --- |"]
        lines += [_line(name, column, name in spec["key"], language) for name, column in spec["columns"].items()]
    shared = {"country": Locale(language).territories, "language": Locale(language).languages}
    for name, labels in shared.items():
        lines += ["", f"## {translate(f'dictionary.{name}', language)}", ""]
        lines.append(", ".join(f"`{code}` ({labels[code]})" for code in vocabulary(name)) + ".")
    return "\n".join([*lines, *_indicators(language)]) + "\n"


def _indicators(language: str) -> list[str]:
    """Return the lines on every indicator of table ``indicators``."""
    parts = ("definition", "formula", "denominator", "source", "caveat")
    head = [translate(f"dictionary.{name}", language) for name in ("indicator", *parts)]
    lines = ["", f"## {translate('dictionary.indicators', language)}", ""]
    lines += [f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
    for indicator in INDICATORS.values():
        said = (indicator.definition, indicator.formula, indicator.denominator, indicator.source, indicator.warning)
        cells = [f"**{indicator.name}**<br>{indicator.title(language)}", *(one(language) for one in said)]
        lines.append(_row(cells))
    return lines


def _line(name: str, column: dict[str, Any], is_key: bool, language: str) -> str:
    values = "<br>".join(
        f"`{value}` ({translate(f'vocabulary.{name}.{value}', language)})" for value in column.get("values", ())
    )
    if "vocabulary" in column:
        values = translate(
            "dictionary.shared", language, title=translate(f"dictionary.{column['vocabulary']}", language)
        )
    cells = (f"**{name}**" if is_key else name, column["type"], column[language], values)
    return _row(cells)


def _row(cells: Iterable[str]) -> str:
    escaped = " | ".join(cell.replace("|", "\\|") for cell in cells)
    return f"| {escaped} |"


if __name__ == "__main__":
    print(data_dictionary(), end="")
