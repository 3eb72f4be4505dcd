"""Notebooks: parameters refused before anything runs, failures said in one sentence, executed copies kept."""

import nbformat
import pytest

from carto_lib import runner
from carto_lib.errors import NotebookError


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.setattr(runner, "NOTEBOOKS_DIR", folder)
    return folder


def write(folder, name, code):
    parameters = nbformat.v4.new_code_cell('databases: list = ["snds"]\nsince: int = 0\ndata: str = ""')
    parameters.metadata["tags"] = ["parameters"]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [parameters, nbformat.v4.new_code_cell(code)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / f"{name}.ipynb")


def test_a_mistyped_parameter_is_refused(notebooks, tmp_path):
    write(notebooks, "one", "1")
    with pytest.raises(NotebookError, match=r"no parameter 'database': it has data, databases, since"):
        runner.run_notebook("one", {"database": ["snds"]}, tmp_path / "runs", progress=False)
    with pytest.raises(NotebookError, match="'since' must be of type int, 'hier' is str"):
        runner.run_notebook("one", {"since": "hier"}, tmp_path / "runs", progress=False)
    assert not (tmp_path / "runs").exists()


def test_a_notebook_that_fails_says_why_and_is_kept(notebooks, tmp_path):
    write(notebooks, "one", 'from carto_lib.errors import SourceError\nraise SourceError("hal answered a web page")')
    with pytest.raises(NotebookError, match=r"^hal answered a web page \(executed copy"):
        runner.run_notebook("one", {"since": 2}, tmp_path / "runs", progress=False)
    executed = nbformat.read(tmp_path / "runs" / "one.ipynb", as_version=4)
    assert "since = 2" in "".join(cell.source for cell in executed.cells)


def test_a_broken_or_missing_notebook_is_named(notebooks, tmp_path):
    (notebooks / "broken.ipynb").write_text("{")
    for name in ("broken", "absent"):
        with pytest.raises(NotebookError, match=name):
            runner.run_notebook(name, {}, tmp_path / "runs", progress=False)


def test_an_unwritable_folder_is_named(notebooks, tmp_path):
    write(notebooks, "one", "1")
    (tmp_path / "runs").write_text("a file, no folder")
    with pytest.raises(NotebookError, match="can't write the executed notebook"):
        runner.run_notebook("one", {}, tmp_path / "runs", progress=False)


def test_the_project_notebooks_accept_the_parameters_of_a_run(tmp_path):
    options = runner.RunOptions(data=tmp_path)
    for name in runner.CORPUS_NOTEBOOKS:
        runner.check_parameters(runner.NOTEBOOKS_DIR / f"{name}.ipynb", options.parameters(name, ["snds"]))
    runner.check_parameters(runner.NOTEBOOKS_DIR / f"{runner.ATLAS_NOTEBOOK}.ipynb", {"data": str(tmp_path)})
