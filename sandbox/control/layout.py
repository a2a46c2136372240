"""Where things are, and small file helpers."""

from __future__ import annotations

import json
import os
from pathlib import Path

SANDBOX = Path(__file__).resolve().parent.parent
RUN = Path(os.environ.get("RUN_DIR") or SANDBOX.parent / "run").absolute() / "sandbox"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "eksgate"
STATE = RUN / "state.json"


def write(path: Path, text: str, mode: int = 0o644) -> Path:
    """Replace a file in one step, with its mode from the first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
    temporary.replace(path)
    return path


def write_json(path: Path, value: object, mode: int = 0o644) -> Path:
    return write(path, json.dumps(value, indent=1) + "\n", mode)
