#!/usr/bin/env python3
"""Every database user tries every verb on every column of every table: none may do more than this."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.platform import ROOT

# What a module may do with tables that are not its own: verbs of the table, columns it may change.
FOREIGN = {
    ("identity", "core_session"): ("SELECT INSERT DELETE UPDATE",
                                   "token_hash person_id roles expires_at ver"),
    ("exchange", "event"): ("INSERT", ""),
    ("identity", "event"): ("INSERT", ""),
    ("payment", "event"): ("INSERT", ""),
    ("payment", "obligation"): ("SELECT UPDATE", "ver"),
    ("payment", "settlement"): ("SELECT INSERT", ""),
    ("payment", "officer"): ("SELECT", ""),
    ("violation", "event"): ("INSERT", ""),
    ("violation", "obligation"): ("SELECT INSERT UPDATE", "withdrawn_at lowered_fen lowered_at ver"),
    ("violation", "settlement"): ("SELECT", ""),
    ("violation", "calendar_day"): ("SELECT", ""),
    ("violation", "calendar_year"): ("SELECT", ""),
    ("violation", "term_rule"): ("SELECT", ""),
    ("violation", "vehicle"): ("SELECT", ""),
    ("violation", "licence"): ("SELECT", ""),
    ("violation", "camera_record"): ("SELECT", ""),
    ("violation", "street_decision"): ("SELECT", ""),
    ("violation", "passage_site"): ("SELECT", ""),
    ("violation", "plate_passage"): ("SELECT", ""),
    ("violation", "held_item"): ("SELECT", ""),
    ("violation", "release_done"): ("SELECT", ""),
    ("violation", "vehicle_policy"): ("SELECT", ""),
    ("violation", "driver_study"): ("SELECT", ""),
    ("violation", "study_cheating"): ("SELECT", ""),
    ("violation", "driver_examination"): ("SELECT", ""),
    ("identity", "brigade"): ("SELECT", ""),
    ("identity", "organisation"): ("SELECT", ""),
    ("booking", "event"): ("INSERT", ""),
    ("booking", "calendar_day"): ("SELECT", ""),
    ("booking", "calendar_year"): ("SELECT", ""),
    ("road", "vehicle"): ("SELECT", ""),
    ("road", "event"): ("INSERT", ""),
    ("parking", "event"): ("INSERT", ""),
    ("road", "obligation"): ("SELECT INSERT UPDATE", "withdrawn_at ver"),
    ("parking", "obligation"): ("SELECT INSERT UPDATE", "withdrawn_at ver"),
    ("road", "settlement"): ("SELECT", ""),
    ("parking", "settlement"): ("SELECT", ""),
    ("office", "work_item"): ("SELECT", ""),
    ("office", "brigade"): ("SELECT", ""),
    ("office", "service_definition"): ("SELECT", ""),
}
# ... and every domain with applications.
DOMAINS = ("road", "parking", "violation")
FOREIGN |= {(domain, table): ("SELECT", "")
            for domain in DOMAINS
            for table in ("appeal_body", "application_edge", "brigade", "calendar_day",
                          "calendar_year", "fee_rule", "organisation", "term_rule")}
# Nobody changes or deletes these, not even their owner.
INSERT_ONLY = re.compile(r"violation_waiver|points_reduction|full_study|driver_study|study_cheating|"
                         r"driver_examination|plate_passage|violation_search|violation_evidence|"
                         r".*_audit|ledger_.*|day_closing|money_fact|settlement|camera_record|"
                         r"street_decision|points_entry|violation_announcement|"
                         r"violation_confirmation|later_statement|violation_withdrawal|"
                         r"objection_lowering|licence_stop|licence_stop_end|"
                         r"decision_change|hearing_change|hearing_now|"
                         r"decision_paper|document_service|statement_review|"
                         r"penalty_proposal|proposal_return|penalty_approval|hearing_choice|"
                         r"release_done|storage_bill|"
                         r".*_application_act|.*_application_fee|.*_definition|parking_lot_permit")
# Columns with personal data that a reader of the table has no business with.
UNREADABLE = {("violation", "passage_site"): "observed_at ver",
              ("violation", "vehicle"): "vin", ("road", "vehicle"): "vin",
              ("violation", "licence"): "file_no key_id",
              ("payment", "officer"): "name display_name password_hash totp_secret"}
# Columns that the owner of the table writes once.
FIXED = {("identity", "officer"): "id name created_at",
         ("booking", "booking_ticket"): "id hall business day number way person_id taken_by"
                                        " request_key is_priority taken_at told_from told_to"
                                        " live_person",
         ("road", "road_abuse"): "application_id applicant_id found_on",
         ("notice", "notice_message"): "id kind subject person_id about page title text vals created_at",
         ("notice", "notice_delivery"): "message_id channel planned_at",
         ("violation", "decision_signature"): "id decision_no document_sha256 person_id actor_id"
                                              " officer_id strokes key_id strokes_sha256 device"
                                              " signed_at",
         ("violation", "hearing"): "case_id number investigator_id host_id held_on place set_at",
         ("identity", "mandate"): "id principal_kind principal_id agent_id scope valid_from valid_to"
                                  " appointed_by request_key created_at",
         ("exchange", "held_item"): "id item_no kind plate_type plate person_id held_on",
         ("exchange", "policy"): "id policy_no vin source",
         ("violation", "release_order"): "application_id item_id valid_from valid_to"
                                         " issued_at"} | {
    (domain, domain + "_application"): "id service version filed_by applicant_kind applicant_id"
                                       " mandate_id channel begin_key created_at"
    for domain in DOMAINS}

# ... and of which a job deletes the old rows.
FORGOTTEN = {("booking", "booking_ticket"), ("notice", "notice_message"), ("notice", "notice_delivery")}

DENIED = re.compile(r"^ERROR (1142|1143|1044|1227|1370|1419) .* at line (\d+):", re.M)


def owners():
    """Which module a table belongs to, by the file that makes it."""
    found = {}
    def template(name):
        return (ROOT / f"schema/{name}_template.sql").read_text()

    for path in sorted((ROOT / "schema").glob("[0-9]*.sql")):
        text = path.read_text()
        module = re.match(r"-- module: (\w+)\n", text)
        name = module[1] if module else None
        if name:
            head = re.match(r"(?:-- \w+: \w+\n)+", text)[0]
            for one in ["module", *re.findall(r"-- template: (\w+)", head)]:
                text += template(one).replace("{module}", name)
        for table in re.findall(r"^CREATE (?:OR REPLACE )?(?:TABLE|VIEW)(?: IF NOT EXISTS)? (\w+)",
                                text, re.M):
            found[table] = name
    return found


def client(*options, **environment):
    return ["mariadb", "--no-defaults", "--batch", "--skip-column-names",
            "--socket", os.environ["DB_SOCKET"], *options, os.environ["DB_NAME"]]


def columns():
    """Table and column of all there are, asked as the administrator."""
    out = subprocess.run(client("-e", "SELECT table_name, column_name FROM"
                                " information_schema.columns WHERE table_schema = DATABASE()"),
                         check=True, stdout=subprocess.PIPE, text=True).stdout
    return [tuple(line.split("\t")) for line in out.splitlines()]


def allowed(user, statements):
    """Which of the statements the server does not deny to this user for want of a right."""
    password = pathlib.Path(os.environ["TEST_KEYS"], "db", user + ".password").read_text().strip()
    text = "\n".join(["START TRANSACTION;", *[one + ";" for one in statements], "ROLLBACK;"])
    said = subprocess.run(client("--force", "--user", user), input=text, text=True,
                          env={**os.environ, "MYSQL_PWD": password}, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE).stderr
    if "ERROR 1045" in said or "ERROR 2002" in said:
        raise AssertionError("%s does not get in: %s" % (user, said))
    denied = {int(line) for _, line in DENIED.findall(said)}
    return {one for line, one in enumerate(statements, 2) if line not in denied}


class Rights(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.owner = owners()
        cls.columns = columns()
        cls.tables = sorted({table for table, _ in cls.columns})
        cls.users = sorted({user for user in cls.owner.values() if user})
        cls.rights = {user: cls.rights_of(user) for user in cls.users}

    @classmethod
    def rights_of(cls, user):
        """(verb, table, column) of all that is allowed; the column is "" where there is none."""
        asked = {}
        for table in cls.tables:
            asked["INSERT INTO %s () VALUES ()" % table] = ("INSERT", table, "")
            asked["DELETE FROM %s WHERE FALSE" % table] = ("DELETE", table, "")
        for table, column in cls.columns:
            asked["SELECT %s FROM %s LIMIT 0" % (column, table)] = ("SELECT", table, column)
            asked["UPDATE %s SET %s = NULL WHERE FALSE" % (table, column)] = (
                "UPDATE", table, column)
        return {asked[one] for one in allowed(user, list(asked))}

    def verbs(self, user, table):
        return {verb for verb, name, _ in self.rights[user] if name == table}

    def test_every_table_is_known(self):
        self.assertEqual([table for table in self.tables
                          if table not in self.owner and table != "schema_migration"], [])
        self.assertGreaterEqual(len(self.users), 5)

    def test_foreign_tables(self):
        for user in self.users:
            for table in self.tables:
                if self.owner.get(table) == user:
                    continue
                verbs, changes = FOREIGN.get((user, table), ("", ""))
                if table == "core_session" and not verbs:
                    verbs = "SELECT"
                with self.subTest(user=user, table=table):
                    self.assertEqual(self.verbs(user, table), set(verbs.split()))
                    self.assertEqual({column for verb, name, column in self.rights[user]
                                      if (verb, name) == ("UPDATE", table)}, set(changes.split()))

    def test_what_is_written_once_stays(self):
        for user in self.users:
            for table in filter(INSERT_ONLY.fullmatch, self.tables):
                with self.subTest(user=user, table=table):
                    self.assertEqual(self.verbs(user, table) & {"UPDATE", "DELETE"}, set())

    def test_the_audit_head_moves_only_by_its_trigger(self):
        for user in self.users:
            table = user + "_audit_head"
            self.assertEqual({(verb, column) for verb, name, column in self.rights[user]
                              if name == table and verb != "SELECT"}, {("UPDATE", "lock_count")})

    def test_columns_that_are_not_for_others(self):
        for (user, table), names in UNREADABLE.items():
            present = {column for name, column in self.columns if name == table}
            for column in names.split():
                with self.subTest(user=user, table=table, column=column):
                    self.assertIn(column, present)
                    self.assertNotIn(("SELECT", table, column), self.rights[user])

    def test_columns_that_their_owner_does_not_change(self):
        for (user, table), names in FIXED.items():
            changes = {column for verb, name, column in self.rights[user]
                       if (verb, name) == ("UPDATE", table)}
            fixed = {column for name, column in self.columns if name == table} - changes
            with self.subTest(user=user, table=table):
                self.assertEqual(fixed, set(names.split()))
                self.assertEqual("DELETE" in self.verbs(user, table), (user, table) in FORGOTTEN)

    def test_nobody_changes_the_schema(self):
        statements = ["CREATE TABLE intruder (a INT)", "ALTER TABLE core_session ADD COLUMN a INT",
                      "DROP TABLE schema_migration", "TRUNCATE TABLE core_session",
                      "CREATE VIEW intruder AS SELECT 1", "CREATE USER intruder@localhost",
                      "DROP TRIGGER payment_audit_follows_head",
                      "GRANT SELECT ON core_session TO PUBLIC", "SET GLOBAL read_only = 1",
                      "SELECT * FROM mysql.global_priv LIMIT 0"]
        for user in self.users:
            self.assertEqual(allowed(user, statements), set(), user)


if __name__ == "__main__":
    if "DB_SOCKET" not in os.environ:
        os.execv(ROOT / "scripts/with-database", ["with-database", "payment", *sys.argv])
    unittest.main()
