"""Loads the plugin of the tree: where the package is installed, pytest finds it by itself."""

import os
from pathlib import Path

pytest_plugins = ["openchatops.pytest_plugin", "scene"]

# What `make build` made, if nothing else is named.
os.environ.setdefault("OCO_BIN", str(Path(__file__).parents[3] / "bin" / "oco"))
