"""Cuts facts into batches and pushes each as its agency does."""
import itertools
import json
import os
import sys

from agency_push import Agency

BATCH_LINES = 20000


def file_text(path, fallback):
    try:
        with open(path, encoding="ascii") as file:
            return file.read().strip()
    except FileNotFoundError:
        return fallback


def batches(lines):
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    texts = (encode(line) + "\n" for line in lines)
    return iter(lambda: list(itertools.islice(texts, BATCH_LINES)), [])


def push_all(agency, stem, lines):
    """Pushes everything, then waits, so that the next stage finds what it refers to."""
    names, bad, total = [], 0, 0
    for number, batch in enumerate(batches(lines), 1):
        names.append(f"{stem}-{number}")
        agency.push(names[-1], batch)
    for name in names:
        report = agency.wait(name)
        total += report["lines_total"]
        bad += report["lines_bad"]
        for fault in report["faults"][:5]:
            print(f"{name} line {fault['line']}: {fault['reasons']}", file=sys.stderr)
    print(f"{agency.name:8} {stem:40} {total:9} lines, {bad} bad")
    return bad


def write_all(path, stages):
    with sys.stdout if path == "-" else open(path, "w", encoding="utf-8") as file:
        for _, _, lines in stages:
            for batch in batches(lines):
                file.writelines(batch)


class Place:
    """Where agencies push: what the options say, else what the run folder holds."""

    def __init__(self, given, now_ms):
        run = given.run_dir
        port = int(given.port or file_text(os.path.join(run, "port"), "8440"))
        self.keys = given.agency_keys or os.path.join(run, "keys", "agency")
        self.url = given.url or f"https://127.0.0.1:{port + 1}"
        self.ca = given.ca or os.path.join(run, "keys", "ca", "ca.crt")
        self.now_ms = now_ms

    def push(self, agency, stem, lines):
        key = os.path.join(self.keys, agency + ".key")
        return push_all(Agency(agency, key, self.url, self.ca, self.now_ms), stem, lines)
