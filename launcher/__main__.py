"""`python -m launcher`: check the settings, then run the product until Ctrl-C."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from launcher import dotenv, programs
from launcher.address import require_free
from launcher.announce import Announcer
from launcher.config import ConfigError, LauncherConfig
from launcher.output import Output
from launcher.supervisor import SETTINGS_REFUSED, Supervisor


def main(
    environment: Mapping[str, str],
    commands: Mapping[str, tuple[str, ...]] | None = None,
) -> int:
    """Run everything. Returns the exit code: 0 stopped, 1 broken, 2 bad setting."""
    try:
        env = dotenv.merged(programs.ROOT / ".env", environment)
        config = LauncherConfig.from_env(env)
        require_free(config.host, config.port)
        config.make_folders()
        output = Output(config.logs)
        announcer = Announcer(config, output)
        plan = programs.programs(config, env, announcer)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return SETTINGS_REFUSED
    plan = programs.with_commands(plan, commands or {})
    return Supervisor(plan, output, on_tick=announcer.announce_model).run()


if __name__ == "__main__":
    sys.exit(main(os.environ))
