"""
What Sphinx makes the site of: pages that gather.py has put together, in `build/pages`. `make docs` calls both.

Nothing here names another host: fonts are the reader's own, search and icons lie beside the pages.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]

project = "PyMacaron"
release = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
copyright = "BSD-3-Clause"
language = "en"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
# Names of headings as links on the pages have them
myst_heading_anchors = 4
# Samples of JSON have "..." in them, and consoles are no Python
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_title = f"PyMacaron {release}"
html_static_path = [str(Path(__file__).parent / "static")]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options: dict[str, list[str]] = {"footer_icons": [], "top_of_page_buttons": []}
# One parameter a line where a signature is long
maximum_signature_line_length = 100
# The same bytes whenever it is made
html_last_updated_fmt = None
