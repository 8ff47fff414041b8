"""What scripts/bench does, one after the other."""
import subprocess
import sys

import bench_load
import bench_report
from bench_rows import ROWS
from bench_stage import ROOT


def build():
    folder = ROOT / "build/bench"
    done = subprocess.run([ROOT / "scripts/lib/build_in", ROOT, folder, "-DCMAKE_BUILD_TYPE=Release",
                           "-DTESTS=OFF", "-DBENCH=ON"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(done.stdout)
    return folder


def one_round(row, seconds, heading):
    """What failed is told and left out."""
    try:
        result = row.round(seconds)
    except bench_load.LoadFailed as failure:
        print(f"{heading}: {failure}", file=sys.stderr)
        return []
    print(f"{heading}: {result['per_second']:.0f}/s", file=sys.stderr)
    return [result]


def calls_of(row):
    try:
        return row.system_calls()
    except bench_load.LoadFailed:
        return {}  # a busy machine may answer nobody while it is traced


def measure(given, rows):
    """Rounds of all rows in turn; then their system calls."""
    rounds = {key: [] for key in rows}
    for number in range(given.rounds):
        for key, row in rows.items():
            rounds[key] += one_round(row, given.seconds, f"round {number + 1}: {key}")
    return {key: bench_report.summary(row.name, rounds[key],
                                      {} if given.no_calls else calls_of(row))
            for key, row in rows.items() if rounds[key]}


def run(given, stage):
    result = {"modules": stage.modules(), "rows": {}}
    if "list" in given.names:
        row = ROWS["list"](stage)
        for total in sorted({10000, given.rows} | ({2000000} if given.full else set())):
            row.grow(total)
            row.name = f"list of {total:,} violations"
            result["rows"][f"list-{total}"] = measure(given, {"list": row}).get("list")
    result["rows"] = {key: row for key, row in result["rows"].items() if row}
    others = {name: ROWS[name](stage) for name in given.names if name in ROWS and name != "list"}
    result["rows"].update(measure(given, others))
    sign_us, verify_us = bench_load.signing()
    result["primitives"] = {"sign_us": sign_us, "verify_us": verify_us,
                            "call_us": bench_load.kept_call(stage)}
    result["aims"] = list(bench_report.aims(result["rows"], result["primitives"],
                                            result["modules"]))
    return result
