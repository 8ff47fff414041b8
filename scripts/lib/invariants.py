"""The money and data invariants of a running platform, each with what violates it. Payment counts
those of its own books; here they come together with those that look at more than one module."""
import json
import pathlib
import subprocess
import urllib.error
import urllib.request
from collections import Counter

from clear_text import OUTSIDE, clear_text
from sealed_fields import outlived, unopened

class Invariants:
    def __init__(self, run, programs):
        self.run, self.programs = pathlib.Path(run), pathlib.Path(programs)

    def of_money(self):
        """Those that ask tables of money alone, in a tenth of the time: {"M01": 0, "M06": [...], ...};
        what holds has 0 or nothing."""
        return {**self.money(), "M06": self.shown_as_paid(), "M30": self.movements()}

    def all(self):
        """And {"M24": ["exchange: first bad record 7"], ...}."""
        money = self.of_money()
        return {**money, "M24": self.audit_chains(), "M25": outlived(self) or money["M25"],
                "M28": self.clear_text(), "M29": self.seals()}

    def violations(self, asked="all"):
        """Of these, what does not hold."""
        return {name: found for name, found in getattr(self, asked)().items() if found}

    def asked(self, path):
        """What the internal door says; None for 404."""
        port = int((self.run / "port").read_text()) + 2
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            if refusal.code == 404:
                return None
            raise

    def sql(self, statement):
        """Rows of text, asked as the administrator."""
        client = ["mariadb", "--no-defaults", "--batch", "--skip-column-names",
                  "--default-character-set=utf8mb4", "--socket",
                  self.run / "sockets/db/mariadb.sock", "tongban", "-e", statement]
        out = subprocess.run(client, check=True, stdout=subprocess.PIPE, text=True).stdout
        return [line.split("\t") for line in out.splitlines()]

    def money(self):
        """Counted in parts, a page after the other, so that no ledger is too long."""
        found, after = Counter(), ""
        while after is not None:
            page = self.asked("/internal/payment/invariants" + after)
            for item in page["items"]:
                found[item["id"]] += item["violations"]
            after = page["next"] and "?after=" + page["next"]
        return dict(found)

    def shown_as_paid(self):
        """M06: what its owner shows as paid is settled, and what is settled is shown as paid. Fees for
        the keeping of vehicles have no case: whether they are paid is asked of the settlement itself."""
        return [" ".join(row) for row in self.sql(
            "SELECT o.id, COALESCE(c.state, 'no case'), s.obligation_id IS NOT NULL"
            "  FROM obligation o"
            "  LEFT JOIN violation_decision d ON d.obligation_id = o.id"
            "  LEFT JOIN violation_case c ON c.id = d.case_id"
            "  LEFT JOIN settlement s ON s.obligation_id = o.id WHERE o.module = 'violation'"
            "  AND o.kind = 'fine'"
            "  AND ((s.obligation_id IS NULL AND c.state = 'paid') OR (s.obligation_id IS NOT NULL"
            "    AND COALESCE(c.state, 'none') NOT IN ('paid', 'withdrawn')))")]

    def audit_chains(self):
        """M24; whoever stores nothing has no chain."""
        modules = sorted(path.stem for path in (self.run / "settings").glob("*.env"))
        chains = {module: self.asked(f"/internal/{module}/audit") for module in modules}
        return [f"{module}: first bad record {chain['bad_seq']}"
                for module, chain in chains.items() if chain and chain["bad_seq"] != 0]

    def clear_text(self, words=()):
        """M28"""
        outside = [row[0] for row in self.sql(f"SHOW TABLES LIKE '{OUTSIDE}%'")]
        return clear_text(self.run, outside, words)

    def seals(self):
        """M29"""
        return unopened(self)

    def gateway_movements(self):
        """What the simulator moved; None where there is none: bills tell it then (M18, M19)."""
        moved, after = [], ""
        while after is not None:
            page = self.asked("/simulator/movements" + after)
            if page is None:
                return None
            moved += page["items"]
            after = page["next"] and "?after=" + page["next"]
        return moved

    def movements(self):
        """M30"""
        there = self.gateway_movements()
        if there is None:
            return []
        there = Counter((one["gateway"], one["direction"], one["our_no"], one["amount_fen"])
                        for one in there)
        here = Counter((row[0], row[1], row[2], int(row[3])) for row in self.sql(
            "SELECT gateway, direction, our_no, amount_fen FROM money_fact"))
        return [f"lost {one}" for one in sorted(there - here)] + \
            [f"invented {one}" for one in sorted(here - there)]
