"""`make bench`: the whole comparison, about ten minutes; prints one table, writes JSON and a plot.

`make bench ARGS="--quick"` only shows that it works; `--only noop,waits` picks workloads. Both
write to `.data/bench/`, so that `benchmarks/results/` always holds a whole comparison.
"""

import argparse
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import FrameType

from benchmarks import comparison, plot, report
from benchmarks.machine import machine, versions
from benchmarks.processes import LOGS, allow_many_files
from benchmarks.workloads import FULL, QUICK, Plan

RESULTS = Path(__file__).parent / "results"
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    wanted = _arguments()
    for signum in _SIGNALS:
        signal.signal(signum, _stop)
    allow_many_files()
    whole = not wanted.quick and wanted.only == list(comparison.WORKLOADS)
    folder = RESULTS if whole else LOGS
    with comparison.contestants(_say) as everybody:
        facts = {"machine": machine(everybody.floor), "versions": versions(everybody.redis_version)}
        cases = []
        for case in comparison.run(everybody, _plan(wanted), wanted.only):
            _say(f"measured {case.workload}, {case.title}")
            cases.append(case)
    print(f"\n{report.text(cases, everybody.skipped)}")
    report.write_json(folder / "comparison.json", cases, {**facts, "skipped": everybody.skipped})
    plot.draw(folder / "comparison.png", cases, _subtitle(facts["machine"]))
    print(f"\n{folder / 'comparison.json'} and comparison.png are written.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one short round; no figures to keep")
    parser.add_argument("--rounds", type=int, help="turns of each system in each case, 3 normally")
    parser.add_argument(
        "--only", type=_workloads, default=list(comparison.WORKLOADS),
        metavar="NAME,…", help=f"of {', '.join(comparison.WORKLOADS)}",
    )  # fmt: skip
    return parser.parse_args()


def _plan(wanted: argparse.Namespace) -> Plan:
    plan = QUICK if wanted.quick else FULL
    return replace(plan, rounds=wanted.rounds) if wanted.rounds else plan


def _workloads(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(comparison.WORKLOADS):
        raise argparse.ArgumentTypeError(f"no such workload: {', '.join(sorted(unknown))}")
    return names


def _subtitle(facts: dict[str, object]) -> str:
    return (
        f"One alternated run on {facts['cores']} cores, PostgreSQL {facts['postgresql']} with "
        f"fsync on, Python {facts['python']}, {facts['date']}; two worker processes each. "
        "Medians over rounds."
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _stop(signum: int, _: FrameType | None) -> None:
    """Once: a second Ctrl-C must not leave the end half done, and every wait in it is bounded."""
    for other in _SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Interrupted; everything that was started has ended.")
