[project]
name = "$distribution"
version = "0.1.0"
description = "The $name agent of the platform."
requires-python = ">=3.11"
dependencies = ["pydantic>=2"]

# How the platform finds the agent once this package is installed beside it.
[project.entry-points."platform_agents.agents"]
$name = "$name:$cls"

[build-system]
requires = ["setuptools>=70.1"]
build-backend = "setuptools.build_meta"

[tool.setuptools]
packages = ["$name"]

[tool.pytest.ini_options]
pythonpath = ["."]
testpaths = ["tests"]
