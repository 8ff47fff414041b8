"""Personal data where everybody could read it: in tables, and in what processes leave on disk."""
import datetime
import re
import subprocess

# The simulator's tables are the world outside: they know everybody's name.
OUTSIDE = "sim_"
FOLDERS = ("log", "spool", "nginx", "settings")  # keys and the database's own pages apart

IDENTITY = re.compile(rb"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{9}[0-9X](?![0-9A-Za-z])")
PHONE = re.compile(rb"(?<![0-9A-Za-z.])1[3-9]\d{9}(?![0-9A-Za-z])")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def is_identity(text):
    """A number of GB 11643: a date of birth and its check character."""
    try:
        datetime.date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, text))
    return "10X98765432"[total % 11] == text[17]


def found_in(data, words):
    """What of it is personal, without the end of a number."""
    for word in words:
        if word.encode() in data:
            yield word
    for number in IDENTITY.findall(data):
        if is_identity(number.decode()):
            yield number.decode()[:10] + "..."
    for number in PHONE.findall(data):
        yield number.decode()[:5] + "..."


def dumped(run, outside):
    """The tables' rows as text, a statement each."""
    ignored = [f"--ignore-table=tongban.{table}" for table in outside]
    dump = ["mariadb-dump", "--no-defaults", "--skip-hex-blob", "--compact", "--no-create-info",
            "--single-transaction", "--socket", run / "sockets/db/mariadb.sock", *ignored, "tongban"]
    with subprocess.Popen(dump, stdout=subprocess.PIPE) as running:
        yield from running.stdout
    if running.returncode != 0:
        raise RuntimeError(f"mariadb-dump ended with {running.returncode}")


def places(run, outside):
    """(where, bytes)"""
    for line in dumped(run, outside):
        yield "table " + line[:40].decode("utf-8", "replace").partition("`")[2].split("`")[0], line
    for folder in FOLDERS:
        for path in sorted((run / folder).rglob("*")):
            if path.is_file():
                with open(path, "rb") as file:
                    yield from ((str(path), line) for line in file)


def clear_text(run, outside, words=()):
    """M28: "where: what" of all that is found, words that must not stand anywhere among them."""
    return sorted({f"{place}: {what}" for place, line in places(run, outside)
                   for what in found_in(line, words)})
