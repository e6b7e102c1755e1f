"""The documentation site: Markdown by MyST, drawn by Furo; a warning fails the build."""

import portico

project = "Portico"
author = "the Portico authors"
copyright = "the Portico authors"  # noqa: A001 -- the name Sphinx asks for
version = release = portico.__version__
root_doc = "index"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = True
html_theme = "furo"
html_title = f"Portico {version}"
myst_heading_anchors = 3
