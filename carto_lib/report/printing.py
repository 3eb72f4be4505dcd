"""An executed report as one HTML file that asks for nothing else, and as a PDF made by the browser of the machine."""

import base64
import json
import os
import subprocess
import tempfile
from importlib import resources
from pathlib import Path

import nbformat
from markupsafe import Markup

from carto_lib.errors import CartoError
from carto_lib.pages.render import Renderer
from carto_lib.settings import chromium
from carto_lib.tables import write_atomically

FORMATS = ("html", "pdf")
NO_BROWSER = "Chromium is absent, so the PDF can't be made: install it (`apt install chromium`) or set CARTO_CHROMIUM"
FONTS = {400: "SourceSansPro-Regular.ttf", 600: "SourceSansPro-Semibold.ttf"}
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--no-pdf-header-footer",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
PATIENCE = 120  # seconds


def find_browser() -> str | None:
    """Return the path of Chromium; None where it is absent."""
    found = chromium()
    return None if found is None else str(found)


def to_html(notebook: Path, file: Path, title: str, language: str = "fr") -> None:
    """Write an executed report as one HTML file: its sections, its pictures, its fonts, no code.

    Raises
    ------
    CartoError
        If the notebook can't be read or the file can't be written.
    """
    from nbconvert import HTMLExporter  # a second, and only here

    try:
        content = nbformat.read(notebook, as_version=4)
    except (OSError, ValueError) as error:
        raise CartoError(f"the executed report {notebook} can't be read ({error}): run it again") from error
    content.cells = [cell for cell in content.cells if cell.cell_type == "code"]
    exporter = HTMLExporter(template_name="basic", exclude_input=True, exclude_output_prompt=True)
    body, _ = exporter.from_notebook_node(content)
    page = in_page(body, title, language)
    write_atomically(file, lambda stream: stream.write(page.encode("utf-8")))


def in_page(body: str, title: str, language: str) -> str:
    """Return the sections of a report as a whole page, with its print style and its fonts inside."""
    footer = json.dumps(f"Carto · {title}", ensure_ascii=False)
    shown = Markup(body)  # noqa: S704 - made by our own templates
    return Renderer(language).html("report/page", title=title, footer=footer, body=shown, fonts=_fonts())


def _fonts() -> dict[int, str]:
    folder = resources.files("font_source_sans_pro") / "files"
    return {weight: base64.b64encode((folder / name).read_bytes()).decode() for weight, name in FONTS.items()}


def to_pdf(page: Path, file: Path) -> None:
    """Print an HTML file to an A4 PDF with Chromium, without any network.

    Raises
    ------
    CartoError
        If Chromium is absent or fails.
    """
    browser = find_browser()
    if browser is None:
        raise CartoError(NO_BROWSER)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "report.pdf"
        as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        profile = f"--user-data-dir={folder}/profile"
        command = [browser, *FLAGS, *as_root, profile, f"--print-to-pdf={made}", page.resolve().as_uri()]
        try:
            run = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603 - our own page
            why = run.stderr.decode(errors="replace").strip().splitlines()[-1:] or [f"exit {run.returncode}"]
        except (OSError, subprocess.TimeoutExpired) as error:
            why = [str(error)]
        if not made.is_file():
            raise CartoError(f"{browser} didn't print {page} ({why[0]}): the HTML is complete, print it by hand")
        write_atomically(file, lambda stream: stream.write(made.read_bytes()))
