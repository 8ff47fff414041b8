"""The money and data invariants of a running platform, each with what violates it.

Payment counts M01-M26 itself (GET /internal/payment/invariants). Here they come together with those
that look at more than one module: M24 every audit chain, M28 no personal data in clear text, M29
every sealed field opens in its place, M30 our money facts are the gateways' movements.
"""

import subprocess

from support.platform import BIN

# Whom the tests sign in. What stands for a person may stand nowhere else than in sealed fields.
# The first signs in; the others come from scripts/demo-data.
PEOPLE = ({"name": "欧阳若兰", "id_no": "11010519491231002X", "phone": "13800001234"},
          {"name": "张伟", "id_no": "440300199003078014", "phone": "13800138000"},
          {"name": "李娜", "id_no": "440305199211260242", "phone": "13900139000"},
          {"name": "阿卜杜·买买提", "id_no": "650102198506150352", "phone": "13700137000"})

# The simulator's tables are the world outside: they know everybody's name.
OUTSIDE = "sim_"


class Invariants:
    def __init__(self, platform):
        self.platform = platform

    def violations(self):
        """{"M24": "exchange: record 7", ...}; empty when all hold."""
        found = self.money()
        for name, check in (("M06", self.shown_as_paid), ("M24", self.audit_chains),
                            ("M28", self.clear_text), ("M29", self.seals),
                            ("M30", self.movements)):
            detail = check()
            if detail:
                found[name] = detail
        return found

    def money(self):
        status, body, _ = self.platform.ask("internal", "GET", "/internal/payment/invariants")
        if status != 200:
            return {"unavailable": status}
        return {item["id"]: item["violations"] for item in body["items"] if item["violations"]}

    def shown_as_paid(self):
        """M06: what its owner shows as paid is settled, and what is settled is shown as paid."""
        return [" ".join(row) for row in self.platform.sql(
            "SELECT o.id, COALESCE(c.state, 'no case'), s.obligation_id IS NOT NULL"
            "  FROM obligation o"
            "  LEFT JOIN violation_decision d ON d.obligation_id = o.id"
            "  LEFT JOIN violation_case c ON c.id = d.case_id"
            "  LEFT JOIN settlement s ON s.obligation_id = o.id WHERE o.module = 'violation'"
            "  AND ((s.obligation_id IS NULL AND c.state = 'paid') OR (s.obligation_id IS NOT NULL"
            "    AND COALESCE(c.state, 'none') NOT IN ('paid', 'withdrawn')))")]

    def modules(self):
        return sorted(path.stem for path in (self.platform.run / "settings").glob("*.env"))

    def audit_chains(self):
        """M24"""
        bad = []
        for module in self.modules():
            status, body, _ = self.platform.ask("internal", "GET", f"/internal/{module}/audit")
            if status == 404:
                continue  # it stores nothing
            if status != 200 or body["bad_seq"] != 0:
                bad.append(f"{module}: {status} {body}")
        return bad

    # M28

    def dump(self):
        outside = [row[0] for row in self.platform.sql(f"SHOW TABLES LIKE '{OUTSIDE}%'")]
        socket = self.platform.run / "sockets/db/mariadb.sock"
        ignored = [f"--ignore-table=tongban.{table}" for table in outside]
        return subprocess.run(["mariadb-dump", "--no-defaults", "--skip-hex-blob", "--compact",
                               "--single-transaction", "--socket", socket, *ignored, "tongban"],
                              check=True, stdout=subprocess.PIPE).stdout

    def files(self):
        """What processes leave on disk, apart from the database's own pages, keys and programs."""
        for folder in ("log", "spool", "nginx", "settings"):
            for path in (self.platform.run / folder).rglob("*"):
                if path.is_file():
                    yield path

    def clear_text(self):
        """M28"""
        words = [word.encode() for person in PEOPLE for word in person.values()]
        places = [("table", self.dump())]
        places += [(str(path), path.read_bytes()) for path in self.files()]
        return [f"{place}: {word.decode()}" for place, data in places for word in words
                if word in data]

    # M29

    def sealed_columns(self):
        """(table, column) of all that a module seals, as the schema's comments say."""
        return self.platform.sql(
            "SELECT table_name, column_name FROM information_schema.columns"
            "  WHERE table_schema = 'tongban' AND column_comment RLIKE"
            "  '^(personal|sensitive|key): (.*, )?sealed(;|$)' ORDER BY 1, 2")

    def owners(self):
        """{table: the module whose data keys open it}: the one that may insert into it."""
        return dict(self.platform.sql(
            "SELECT table_name, user FROM mysql.tables_priv WHERE db = 'tongban'"
            "  AND FIND_IN_SET('Insert', table_priv)"))

    def seals(self):
        """M29"""
        selects = [f"SELECT '{table}', '{column}', id, HEX({column}) FROM {table}"
                   f"  WHERE {column} IS NOT NULL" for table, column in self.sealed_columns()]
        owners, rows = self.owners(), {}
        for row in self.platform.sql(" UNION ALL ".join(selects)):
            rows.setdefault(owners[row[0]], []).append(row)
        return sum((self.open_seals(module, some) for module, some in rows.items()), [])

    def open_seals(self, module, rows):
        keys = self.platform.run / "keys/data" / (module + ".keys")
        asked = "".join(" ".join(row) + "\n" for row in rows)
        opened = subprocess.run([BIN / "open_seals", keys], input=asked, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if opened.returncode not in (0, 1):
            raise AssertionError(f"open_seals: {opened.returncode} {opened.stderr}")
        return opened.stdout.splitlines()

    # M30

    def gateway_movements(self):
        moved, after = [], ""
        while True:
            status, page, _ = self.platform.ask("internal", "GET", "/simulator/movements" + after)
            assert status == 200, page
            moved += page["items"]
            if page["next"] is None:
                return moved
            after = "?after=" + page["next"]

    def movements(self):
        """M30"""
        there = sorted((one["gateway"], one["direction"], one["our_no"], one["amount_fen"])
                       for one in self.gateway_movements())
        here = sorted((row[0], row[1], row[2], int(row[3])) for row in self.platform.sql(
            "SELECT gateway, direction, our_no, amount_fen FROM money_fact"))
        lost = [one for one in there if there.count(one) > here.count(one)]
        invented = [one for one in here if here.count(one) > there.count(one)]
        return [f"lost {one}" for one in lost] + [f"invented {one}" for one in invented]

    def unfinished(self):
        """What time alone will bring: payments not yet found, refunds and jobs under way."""
        waiting = self.movements()
        waiting += [" ".join(row) for row in self.platform.sql(
            "SELECT 'refund', id, state FROM refund"
            "  WHERE state NOT IN ('success', 'closed', 'abnormal')")]
        waiting += [" ".join(row) for row in self.platform.sql(
            "SELECT 'job', kind, dedupe FROM payment_job WHERE state = 'leased'"
            "  OR (kind = 'close_attempt' AND state = 'ready')")]
        waiting += [" ".join(row) for row in self.platform.sql(
            "SELECT 'event', kind, dedupe FROM event WHERE consumer = 'violation'"
            "  AND kind = 'obligation_settled' AND state <> 'done'")]
        return waiting
