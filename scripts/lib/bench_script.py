"""The statements of one request, read from the database's own log, for bench_bare_statements."""
import re

ESCAPES = {"0": "\0", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}
VALUE = (r"((?:TIMESTAMP|DATE)?'(?:[^'\\]|\\.|'')*'|NULL|-?[0-9.]+"
         r"|[xX]'[0-9A-Fa-f]*'|0x[0-9A-Fa-f]+)")
BACKGROUND = re.compile(r"(?:FROM|UPDATE) \w+_(?:job|event) ")
FRESH = re.compile(r"\b(?!01BENCH)[0-7][0-9A-HJKMNP-TV-Z]{25}\b")
HEAD = re.compile(r"^(?:\d{6} +[\d:]+|)\t+ *(\d+) (\w[\w ]*?)\t", re.M)


def entries(log):
    """Connection, command and text of each entry; a text may have several lines."""
    marks = list(HEAD.finditer(log))
    for mark, following in zip(marks, marks[1:] + [None]):
        text = log[mark.end():following.start() if following else len(log)]
        yield mark.group(1), mark.group(2), text.rstrip("\n")


def unquoted(value):
    inner = value[1:-1].replace("''", "'")
    return re.sub(r"\\(.)", lambda mark: ESCAPES.get(mark.group(1), mark.group(1)), inner,
                  flags=re.S)


class Script:
    """Lines for the program: the request's number and its new ids become marks in them."""

    def __init__(self, module, number):
        self.module, self.number = module, f"{number:014d}"
        self.own, self.manual = set(), set()
        self.templates, self.fresh, self.lines = [], {}, []

    def learn(self, log):
        """Which connections serve requests, and in what mode they are."""
        for connection, command, text in entries(log):
            if command == "Connect" and text.startswith(self.module + "@"):
                self.own.add(connection)
            elif command == "Execute" and BACKGROUND.search(text):
                self.own.discard(connection)
            self.take(connection, command, text)
        self.lines, self.fresh = [], {}

    def take(self, connection, command, text):
        if connection not in self.own:
            return
        if command == "Prepare":
            pattern = VALUE.join(re.escape(part) for part in text.split("?"))
            self.templates.append((text, re.compile(pattern + r"\Z", re.S)))
        elif command == "Query" and text.startswith("SET autocommit"):
            (self.manual.add if text.endswith("0") else self.manual.discard)(connection)
        elif command == "Query" and text == "COMMIT":
            self.lines.append("c")
        elif command == "Execute":
            self.execute("m" if connection in self.manual else "a", text)

    def execute(self, mode, text):
        for template, pattern in self.templates:
            match = pattern.match(text)
            if match:
                values = [self.value(value) for value in match.groups()]
                if re.match(r"INSERT INTO \w+_audit ", template):
                    values[0], values[-2], values[-1] = "s", "p", "c"
                if re.match(r"INSERT INTO \w+_job ", template):
                    values[4] = "t" + b"2099-01-01".hex()  # so that nobody works on it
                self.lines.append("\t".join([mode, re.sub(r"\s+", " ", template), *values]))
                return
        raise SystemExit(f"bench: no prepared statement fits: {text[:200]}")

    def value(self, value):
        if value == "NULL":
            return "n"
        if re.fullmatch(r"-?\d+", value):
            return "i" + value
        if value[0] in "xX0":
            return "b" + re.sub(r"^0x|^[xX]'|'$", "", value)
        content = unquoted(value[value.index("'"):])
        try:
            content.encode("latin-1").decode("utf-8")
        except UnicodeDecodeError:
            return "b" + content.encode("latin-1").hex()
        content = content.replace("%", "%%").replace(self.number, "%i")
        content = FRESH.sub(lambda mark: self.new_id(mark.group(0)), content)
        return "t" + content.encode("latin-1").hex()

    def new_id(self, seen):
        return "%" + str(self.fresh.setdefault(seen, len(self.fresh) + 1))

    def text(self):
        return "\n".join(self.lines) + "\n"


def record(stage, module, request, number):
    """What the request with this number sends, once all its statements are prepared."""
    path = stage.run / "db/data/bench.log"
    stage.sql("SET GLOBAL general_log_file = 'bench.log'; SET GLOBAL general_log = 1")
    stage.restart(module)
    for warm in range(1, 40):  # until each worker has connections in both modes
        request(number + warm)
    before = path.stat().st_size
    request(number)
    stage.sql("SET GLOBAL general_log = 0")
    log = path.read_bytes().decode("latin-1")
    path.unlink()
    return own_part(log, before, module, number)


def own_part(log, before, module, number):
    script = Script(module, number)
    script.learn(log[:before])
    for connection, command, text in entries(log[before:]):
        script.take(connection, command, text)
    if len(script.fresh) > 9 or not script.lines:
        raise SystemExit("bench: the log of a request is not as expected")
    return script.text()
