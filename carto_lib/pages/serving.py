"""Voilà, set up for Carto: short addresses, our template, kernels kept warm, nothing fetched from elsewhere."""

import errno
import gzip
import logging
import os
import socket
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import tornado.web
from jupyter_server.utils import url_path_join
from traitlets.config import Config
from voila.app import Voila
from voila.static_file_handler import MultiStaticFileHandler
from voila.tornado.contentshandler import VoilaContentsHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.treehandler import TornadoVoilaTreeHandler

from carto_lib.errors import CartoError, TableError
from carto_lib.figures.counting import TABLES
from carto_lib.settings import DASHBOARDS_DIR
from carto_lib.tables import Atlas, map_tables

SHARE = Path(__file__).parent / "share"
EXTENSIONS = ("anywidget", "ipysigma", "@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8")
EXTENSION_OF_PAGE = {"ipysigma": "reseaux.ipynb"}  # scripts of 1.8 MB that one page alone needs
LANDING = "carte"
SHARED_TABLES = (*TABLES, "access", "mentions")
WARM_KERNELS = {"carte": 2, "recherche": 1, "reseaux": 1}
KERNEL_ENVIRONMENT = {  # a kernel serves one visitor: one thread of arithmetic, and memory given back when freed
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
    "OPENBLAS_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
logger = logging.getLogger(__name__)
COMPRESSED = (".js", ".css", ".ttf", ".json", ".svg", ".txt")


@cache
def _compressed(path: str, modified: float) -> bytes:
    return gzip.compress(Path(path).read_bytes(), compresslevel=6)


class _Compressed(tornado.web.StaticFileHandler):
    """Static files sent compressed, each compressed once, and kept by the browser."""

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", "public, max-age=86400")
        self.set_header("X-Content-Type-Options", "nosniff")

    def should_return_304(self) -> bool:
        return bool(super().should_return_304())

    def _accepts_gzip(self) -> bool:
        return "gzip" in self.request.headers.get("Accept-Encoding", "") and "Range" not in self.request.headers

    async def get(self, path: str, include_body: bool = True) -> None:
        if not self._accepts_gzip() or not path.endswith(COMPRESSED):
            await super().get(path, include_body)
            return
        self.path = self.parse_url_path(path)
        absolute = self.get_absolute_path(self.root, self.path)
        self.absolute_path = self.validate_absolute_path(self.root, absolute)
        if self.absolute_path is None:
            return
        self.modified = self.get_modified_time()
        self.set_headers()
        self.set_header("Vary", "Accept-Encoding")
        if self.should_return_304():
            self.set_status(304)
            return
        self.set_header("Content-Encoding", "gzip")
        self.write(_compressed(self.absolute_path, Path(self.absolute_path).stat().st_mtime))


class _Assets(_Compressed, MultiStaticFileHandler):
    """Voilà's own scripts, ours, plotly's and the fonts, each from the package that installed it."""


class _Page(TornadoVoilaHandler):
    """A page, with the cookie that its tab shows when it closes: without it Voilà refuses to end the tab's kernel."""

    async def get(self, path: str | None = None) -> None:
        self.set_cookie("_xsrf", self.xsrf_token, path=self.base_url, samesite="Strict")
        await super().get(path)


class CartoVoila(Voila):
    """Voilà with one short address a page."""

    name = "voila"

    def init_handlers(self) -> list[Any]:
        """Return the routes: our assets and pages first, then Voilà's, without its list of files."""
        common = {
            "template_paths": self.template_paths,
            "config": self.config,
            "voila_configuration": self.voila_configuration,
        }
        assets = [str(path) for path in asset_folders()]
        routes: list[Any] = [
            (url_path_join(self.server_url, "/assets/(.*)"), _Assets, {"paths": assets}),
            (url_path_join(self.server_url, "/voila/static/(.*)"), _Assets, {"paths": self.static_paths}),
        ]
        for notebook in sorted(Path(self.root_dir).glob("*.ipynb")):
            address = "/" if notebook.stem == LANDING else f"/{notebook.stem}"
            options = {**common, "notebook_path": notebook.name}
            routes.append((url_path_join(self.server_url, address), _Page, options))
        listings = (TornadoVoilaTreeHandler, VoilaContentsHandler)
        return routes + [route for route in super().init_handlers() if route[1] not in listings]


def asset_folders() -> list[Path]:
    """Return where the fonts and plotly.js lie, in the packages that ship them."""
    return [
        Path(str(resources.files("plotly") / "package_data")),
        Path(str(resources.files("font_source_sans_pro") / "files")),
    ]


def needed_extensions(page_config: dict[str, Any], *, notebook_path: str, **_: Any) -> dict[str, Any]:
    """Return a page's configuration without the extensions that only other pages need."""
    extensions = page_config["federated_extensions"]
    kept = [one for one in extensions if EXTENSION_OF_PAGE.get(one["name"], notebook_path) == notebook_path]
    return {**page_config, "federated_extensions": kept}


def configuration(port: int, *, ip: str, base_url: str, warm: bool, folder: Path, browser: bool) -> Config:
    """Return Voilà's configuration for Carto's pages."""
    pools = {f"{name}.ipynb": {"pool_size": size} for name, size in WARM_KERNELS.items()}
    config = Config()
    config.Voila.port = port
    config.Voila.port_retries = 0
    config.Voila.ip = ip
    config.Voila.base_url = base_url
    config.Voila.server_url = "/"
    config.Voila.root_dir = str(folder)
    config.Voila.open_browser = browser
    config.VoilaConfiguration.template = "carto"
    config.VoilaConfiguration.allow_template_override = "NO"
    config.VoilaConfiguration.allow_theme_override = "NO"
    config.VoilaConfiguration.extension_allowlist = list(EXTENSIONS)
    config.VoilaConfiguration.file_allowlist = []
    config.VoilaConfiguration.page_config_hook = needed_extensions
    config.VoilaConfiguration.preheat_kernel = warm
    config.VoilaKernelManager.kernel_pools_config = {"default": {"pool_size": 0}, **pools}
    config.VoilaKernelManager.fill_delay = 3.0
    config.MappingKernelManager.cull_idle_timeout = 900
    config.MappingKernelManager.cull_interval = 120
    return config


def serve(
    data: Path,
    port: int = 8866,
    *,
    ip: str = "127.0.0.1",
    base_url: str = "/",
    warm: bool = True,
    folder: Path = DASHBOARDS_DIR,
    browser: bool = False,
) -> None:
    """Serve the pages until interrupted.

    Parameters
    ----------
    data : Path
        The folder that holds ``atlas/``; the kernels read it from ``CARTO_DATA``.
    port, ip : int, str
        Where to listen.
    base_url : str
        The address's prefix as the browser sees it, behind a proxy that strips it.
    warm : bool
        Keep a few kernels started, tables read, waiting for visitors.
    folder : Path
        The notebooks to serve, one page each.
    browser : bool
        Open the landing page in a browser.

    Raises
    ------
    CartoError
        If the port is taken.
    """
    _check_port(ip, port)
    try:
        map_tables(Atlas(Path(data) / "atlas"), SHARED_TABLES)
    except TableError as error:  # each visitor's kernel then reads the tables for itself, or says what is wrong
        logger.warning("%s", error)
    os.environ["CARTO_DATA"] = str(Path(data).resolve())
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(SHARE), os.environ.get("JUPYTER_PATH")]))
    os.environ.update(KERNEL_ENVIRONMENT)
    config = configuration(port, ip=ip, base_url=base_url, warm=warm, folder=folder, browser=browser)
    app = CartoVoila(config=config, log_level=logging.WARNING)
    app.initialize([])
    app.start()


def _check_port(ip: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ip, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CartoError(f"port {port} is taken: give another one, `carto serve --port {port + 1}`") from error
            raise CartoError(f"can't listen on {ip}:{port} ({error.strerror}): give another --port") from error
