"""The stacks of tests/api, for this folder's tests."""

import importlib.util
from pathlib import Path

API = Path(__file__).resolve().parents[1] / "api" / "conftest.py"
spec = importlib.util.spec_from_file_location("api_conftest", API)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)

launcher = module.launcher
session_directory = module.session_directory
