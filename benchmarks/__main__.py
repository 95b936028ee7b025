"""`make bench`: runs the benchmarks and writes `benchmarks/results/first_figures.json`."""

import json
import os
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    from benchmarks.installation import DATA, running  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "platform_agents.settings")
    os.environ["EMBEDDED_POSTGRES_DIR"] = str(DATA)
    import django  # noqa: PLC0415 (the settings read the environment set above)

    django.setup()
    from benchmarks import first_figures  # noqa: PLC0415
    from benchmarks.machine import machine  # noqa: PLC0415

    with running() as installation:
        found = {
            "machine": machine(),
            "echo": first_figures.execute_latency(installation),
            "idle": first_figures.idle_queries(installation),
        }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "first_figures.json").write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
