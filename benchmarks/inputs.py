"""How many cases the tests of inputs and roles send, and what becomes of them.

    python -m benchmarks.inputs

Runs the role table, schemathesis against the API's own document, the fuzzed parsers and
the store by machine, and sums up their cases. A server error fails its test.
"""

from __future__ import annotations

import re
import subprocess
import sys

from benchmarks import report
from tests.app import roles

TESTS = ("test_access", "test_schema", "test_fuzz", "test_store_by_machine")
PASSING = re.compile(r"(\d+) passing, 0 failing")
SENT = re.compile(r"schemathesis: (\d+) requests")


def main() -> int:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rP",
        "--hypothesis-show-statistics",
    ]
    command += [f"tests/app/{name}.py" for name in TESTS]
    done = subprocess.run(command, capture_output=True, text=True)
    rows = [
        [
            "routes in the table, each as every role",
            len(roles.rows()) * len(roles.ROLES),
        ],
        ["requests of schemathesis", sum(map(int, SENT.findall(done.stdout)))],
        ["made-up texts, rows, files", sum(map(int, PASSING.findall(done.stdout)))],
        ["tests, failed", done.stdout.strip().rpartition("\n")[2].strip("= ")],
    ]
    print(report.table(["", "cases"], rows))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
