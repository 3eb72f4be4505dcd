"""The body of an answer as text, JSON or XML: decoded safely; an error that hides in it is named."""

import codecs
import json
import logging
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from lxml import etree

from carto_lib.errors import DamagedAnswer, FileFormatError, QuotaSpent, SourceError
from carto_lib.sources.fields import Record, clean

logger = logging.getLogger(__name__)

_NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_HALF_CHARACTER = re.compile(r"\\ud[89a-f]", re.IGNORECASE)


def decoded(body: bytes) -> str:
    """Return the text of a file in UTF-8, in UTF-16 that says so, or in Windows-1252 (what a French Excel writes).

    Raises
    ------
    FileFormatError
        If it isn't text: the line is named.
    """
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", errors="replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        try:
            text = "" if _NOT_TEXT.search(body) else body.decode("cp1252")
        except UnicodeDecodeError:
            text = ""
        if not text:
            raise FileFormatError(f"line {line} isn't UTF-8 text: save the file in UTF-8") from error
        logger.warning("line %d isn't UTF-8 text: the file is read as Windows-1252", line)
        return text


def loads(text: str) -> Any:
    """Read JSON; halves of characters, which no file can hold, become question marks.

    Raises
    ------
    ValueError
        If it isn't JSON, or is nested too deep.
    """
    try:
        content = json.loads(text)
        if _HALF_CHARACTER.search(text):
            content = json.loads(json.dumps(content, ensure_ascii=False).encode("utf-8", errors="replace"))
    except RecursionError as error:
        raise json.JSONDecodeError("nested too deep", text, 0) from error
    return content


def load_json(body: bytes, source: str) -> Any:
    """Read a JSON answer.

    Raises
    ------
    SourceError
        If the body is empty, truncated, an HTML page or plain text.
    QuotaSpent
        If the answer says that the budget is gone.
    """
    text = _text(body, source)
    if text.startswith("<"):
        said = excerpt(re.sub(r"<[^>]*>", " ", text[:2000]))
        raise DamagedAnswer(f"{source} answered {_markup_kind(text)} where JSON is expected: {said}: ask again later")
    try:
        content = loads(text)
    except json.JSONDecodeError as error:
        reason = "truncated JSON" if text[0] in "[{" else "plain text"
        raise DamagedAnswer(
            f"{source} answered {reason} (line {error.lineno}, column {error.colno}): {excerpt(text)}: ask again later"
        ) from error
    refuse_error(content, source)
    return content


def refuse_error(content: Any, source: str) -> None:
    """Raise where a JSON answer reports an error instead of records, whatever its HTTP status.

    Raises
    ------
    QuotaSpent
        If the budget is gone.
    SourceError
        For any other error; its own message is quoted.
    """
    if not isinstance(content, dict):
        return
    code = content.get("errCode") or content.get("error-code") or content.get("errorCode")
    message = content.get("errMsg") or content.get("error") or content.get("developer-message")
    if content.get("status") == "failed":
        message = content.get("message")
    if not (code or message):
        return
    quoted = excerpt(message if isinstance(message, str) else json.dumps(message or content, ensure_ascii=False))
    quoted += f" ({content['message']})" if isinstance(content.get("message"), str) else ""
    if "insufficient budget" in quoted.lower():
        raise QuotaSpent(f"{source} says that today's budget is spent: {quoted}: run again tomorrow or set a key")
    raise SourceError(f"{source} answered an error{f' {code}' if code else ''}, not records: {quoted}")


def load_xml(body: bytes, source: str) -> etree._Element:
    """Read an XML answer, without entities, network nor huge trees.

    Raises
    ------
    SourceError
        If the body is empty, truncated, an HTML page, JSON or plain text, or declares entities.
    """
    text = _text(body[:2000], source)
    if not text.startswith("<"):
        if text[0] in "[{":
            load_json(body, source)
            raise SourceError(f"{source} answered JSON where XML is expected: {excerpt(text)}")
        raise DamagedAnswer(f"{source} answered plain text where XML is expected: {excerpt(text)}")
    if _markup_kind(text) == "an HTML page":
        raise DamagedAnswer(f"{source} answered an HTML page where XML is expected: ask again later")
    try:
        root = etree.fromstring(body.lstrip(), xml_parser())
    except etree.XMLSyntaxError as error:
        reason = " ".join(str(error).split())
        raise DamagedAnswer(
            f"{source} answered XML that can't be read, perhaps truncated ({reason}): ask again"
        ) from error
    if root.getroottree().docinfo.internalDTD is not None and any(
        True for _ in root.getroottree().docinfo.internalDTD.iterentities()
    ):
        raise SourceError(f"{source} answered XML that declares entities: refused, its origin is not to be trusted")
    return root


def xml_parser() -> etree.XMLParser:
    """Return the parser for XML from outside: nothing is expanded, fetched or left out of bounds."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )


def inner_text(element: etree._Element | None) -> str | None:
    """Return the text of an element and of all its inline markup, without runs of blanks."""
    if element is None:
        return None
    return clean("".join(element.itertext()) if len(element) else element.text)


def reader(source: str) -> Callable[[Callable[[bytes], list[Record]]], Callable[[bytes], list[Record]]]:
    """Make a ``parse`` say so where an answer has another shape than the source's own."""

    def decorate(parse: Callable[[bytes], list[Record]]) -> Callable[[bytes], list[Record]]:
        @wraps(parse)
        def parse_or_explain(body: bytes) -> list[Record]:
            try:
                return parse(body)
            except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
                raise SourceError(
                    f"{source} answered in an unknown shape ({type(error).__name__}: {error}): is it a {source} answer?"
                ) from error

        return parse_or_explain

    return decorate


def dicts(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; one object alone may come without its list."""
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]


def need(content: Any, name: str, kind: type, source: str) -> Any:
    """Return a field that an answer can't lack.

    Raises
    ------
    SourceError
        If the field is missing or of another type: the API changed its shape, or this isn't such an answer.
    """
    value = content.get(name) if isinstance(content, dict) else None
    if not isinstance(value, kind):
        keys = ", ".join(map(repr, list(content)[:8])) if isinstance(content, dict) else type(content).__name__
        said = f"it holds {keys}" if value is None else f"it is {type(value).__name__} there"
        raise SourceError(f"{source} answered without {name!r} ({kind.__name__}): {said}")
    return value


def excerpt(text: str) -> str:
    """Return the beginning of a text, quoted, for a message."""
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= 120 else flat[:119] + "…")


def _text(body: bytes, source: str) -> str:
    text = body.decode("utf-8-sig", errors="replace").strip()
    if not text:
        raise DamagedAnswer(f"{source} answered nothing (an empty body): ask again later")
    return text


def _markup_kind(text: str) -> str:
    return "an HTML page" if re.search(r"<!doctype\s+html|<html\b", text[:1000], re.IGNORECASE) else "XML"
