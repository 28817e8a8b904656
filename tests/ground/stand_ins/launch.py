"""The launcher, with stand-ins for the web process and the worker."""

import os
import sys
from pathlib import Path

from launcher.__main__ import main

HERE = Path(__file__).parent

if __name__ == "__main__":
    stand_ins = {
        "web": (sys.executable, str(HERE / "web.py")),
        "worker": (sys.executable, str(HERE / "worker.py")),
    }
    sys.exit(main(os.environ, stand_ins))
