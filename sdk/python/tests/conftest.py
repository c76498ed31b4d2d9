"""Loads the plugin of the tree: where the package is installed, pytest finds it by itself."""

pytest_plugins = ["openchatops.pytest_plugin"]
