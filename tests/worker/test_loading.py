"""What a start of the worker leaves for the next one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
from pathlib import Path
import worker.__main__  # imports JAX, as the worker does
from worker.loading import use_compilation_cache
use_compilation_cache(Path(sys.argv[1]))
import jax
jax.jit(lambda x: x + 1)(1)
"""


def test_compiled_programs_are_kept_also_when_jax_is_imported_first(tmp_path: Path):
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    subprocess.run(command, check=True, timeout=120)
    assert list((tmp_path / "compiled").iterdir())
