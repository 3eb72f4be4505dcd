"""What a visitor reports on any page: a missing publication, something wrong; kept in the journal of labels."""

from carto_lib.errors import CartoError
from carto_lib.journal import add_report, journal_file
from carto_lib.pages.fragment import Fragment
from carto_lib.pages.render import Renderer
from carto_lib.tables import Atlas

MOST = 20


class Reports:
    """The form at the foot of a page, and what became of what was sent through it.

    Parameters
    ----------
    atlas : Atlas
        Beside whose folder the journal lies.
    page : str
        The page's name, kept with each report.
    """

    def __init__(self, atlas: Atlas, page: str) -> None:
        self.journal = journal_file(atlas.path.parent)
        self.page = page
        self.sent = 0

    def form(self, view: Renderer, work_id: str = "", said: str = "") -> str:
        """Return the form; ``work_id`` is the publication it is about, where there is one."""
        return view.html("report", work_id=work_id, said=said)

    def listen(self, fragment: Fragment, view: Renderer, address: str, work_id: str = "") -> None:
        """Keep what is sent, at most 20 reports a visit, and say so."""

        def keep(kind: str, text: str) -> None:
            context = {"page": self.page, "address": address, **({"work_id": work_id} if work_id else {})}
            try:
                if self.sent >= MOST:
                    raise CartoError(view.say("annotation.report.enough", n=MOST))
                add_report(self.journal, kind, text, **context)
                self.sent += 1
                said = view.say("annotation.report.kept")
            except CartoError as error:
                said = view.say("annotation.report.not_kept", error=str(error))
            fragment.html = self.form(view, work_id, said)

        fragment.on("missing", lambda value, *_: keep("missing", value))
        fragment.on("wrong", lambda value, *_: keep("wrong", value))
