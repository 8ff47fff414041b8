#!/usr/bin/env python3
"""Each invariant turns red when what it guards is spoiled, and no other does."""

import contextlib
import os
import signal
import unittest

from stage import FaultTest, Invariants, wait_until

NOBODY = "01NNNNNNNNNNNNNNNNNNNNNNNN"


class Mutations(FaultTest):
    ends_with = "of_money"  # but for the last

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        stage = cls.stage
        cls.paid = stage.paid("wechat")
        cls.returned = []
        for _ in range(2):
            order = stage.order(stage.payer())
            stage.pay(order, amount_fen=700)
            cls.returned.append(order)
        cls.open = stage.order(stage.payer("alipay"))
        stage.calm()

    def fact(self, order, direction="in"):
        return self.stage.sql(f"SELECT id FROM money_fact WHERE order_id = '{order.no}'"
                              f"  AND direction = '{direction}'")[0][0]

    def refund(self, order):
        return self.stage.sql(f"SELECT id FROM refund WHERE order_id = '{order.no}'")[0][0]

    def red(self, asked="of_money"):
        return set(Invariants(self.stage).violations(asked))

    @contextlib.contextmanager
    def spoiled(self, spoil, mend):
        self.stage.sql(spoil)
        try:
            yield
        finally:
            self.stage.sql(mend)

    def assert_turns_red(self, name, spoil, mend, asked="of_money"):
        """And, as after each test of faults, that all are green again in the end."""
        with self.spoiled(spoil, mend):
            self.assertEqual(self.red(asked), {name})

    # A balanced transaction: what would be held back, were it so.
    @staticmethod
    def booked(debit, credit, fen):
        return (f"INSERT INTO ledger_txn VALUES ('{NOBODY}', 'correct', '{NOBODY}', NOW(3));"
                "INSERT INTO ledger_entry (txn_id, line, account, dr_fen, cr_fen) VALUES"
                f" ('{NOBODY}', 1, '{debit}', {fen}, 0), ('{NOBODY}', 2, '{credit}', 0, {fen});")

    UNBOOKED = (f"DELETE FROM ledger_entry WHERE txn_id = '{NOBODY}';"
                f"DELETE FROM ledger_txn WHERE id = '{NOBODY}';")

    def test_m01_a_ledger_transaction_has_no_lines(self):
        self.assert_turns_red(
            "M01", f"INSERT INTO ledger_txn VALUES ('{NOBODY}', 'correct', '{NOBODY}', NOW(3))",
            self.UNBOOKED)

    def test_m02_a_line_belongs_to_no_transaction(self):
        self.assert_turns_red(
            "M02", "INSERT INTO ledger_entry (txn_id, line, account, dr_fen, cr_fen)"
                   f" VALUES ('{NOBODY}', 1, 'bank', 1, 0)", self.UNBOOKED)

    def test_m03_an_incoming_fact_has_no_receipt(self):
        fact = self.fact(self.paid)
        self.assert_turns_red(
            "M03", f"UPDATE ledger_txn SET ev_ref = '{NOBODY}' WHERE ev = 'receipt'"
                   f"  AND ev_ref = '{fact}'",
            f"UPDATE ledger_txn SET ev_ref = '{fact}' WHERE ev = 'receipt'"
            f"  AND ev_ref = '{NOBODY}'")

    def test_m04_an_order_is_paid_with_another_amount_than_its_fact(self):
        change = "UPDATE pay_order SET paid_fen = paid_fen %s 1 WHERE id = '" + self.paid.no + "'"
        self.assert_turns_red("M04", change % "-", change % "+")

    def test_m05_the_settlements_of_a_fact_do_not_add_up(self):
        change = ("UPDATE settlement SET amount_fen = amount_fen %s 1"
                  f"  WHERE order_id = '{self.paid.no}'")
        self.assert_turns_red("M05", change % "+", change % "-")

    def test_m06_a_case_is_shown_as_paid_and_is_not(self):
        fine = self.open.answer["items"][0]["obligation_id"]
        case = self.stage.sql("SELECT case_id FROM violation_decision"
                              f"  WHERE obligation_id = '{fine}'")[0][0]
        change = f"UPDATE violation_case SET state = '%s' WHERE id = '{case}';"
        self.assert_turns_red(
            "M06", change % "paid",
            "INSERT INTO violation_edge VALUES ('paid', 'decided');" + change % "decided"
            + "DELETE FROM violation_edge WHERE frm = 'paid' AND dst = 'decided';"
              f"DELETE FROM violation_move WHERE case_id = '{case}'")

    def test_m06_a_settled_fine_is_not_shown_as_paid(self):
        fine = self.paid.answer["items"][0]["obligation_id"]
        case = self.stage.sql("SELECT case_id FROM violation_decision"
                              f"  WHERE obligation_id = '{fine}'")[0][0]
        change = f"UPDATE violation_case SET state = '%s' WHERE id = '{case}';"
        self.assert_turns_red(
            "M06", "INSERT INTO violation_edge VALUES ('paid', 'decided');" + change % "decided",
            change % "paid" + "DELETE FROM violation_edge WHERE frm = 'paid' AND dst = 'decided'")

    def test_m07_a_wrong_payment_has_no_refund(self):
        refund, fact = self.refund(self.returned[0]), self.fact(self.returned[0])
        change = f"UPDATE refund SET fact_id = '%s' WHERE id = '{refund}'"
        self.assert_turns_red("M07", change % NOBODY, change % fact)

    def test_m08_more_goes_back_than_came(self):
        fact = self.fact(self.returned[0])
        self.assert_turns_red(
            "M08", "INSERT INTO refund (id, fact_id, gateway, merchant, gateway_no, reason, dedupe,"
                   "  amount_fen, total_fen, state, created_at, updated_at)"
                   f" VALUES ('{NOBODY}', '{fact}', 'wechatpay', 'm', 'n', 'officer', '{NOBODY}',"
                   "  5, 700, 'requested', NOW(3), NOW(3))",
            f"DELETE FROM refund WHERE id = '{NOBODY}'")

    def test_m09_more_is_reserved_than_the_refunds_say(self):
        change = f"UPDATE pay_order SET refund_reserved_fen = %d WHERE id = '{self.paid.no}'"
        self.assert_turns_red("M09", change % 1, change % 0)

    def test_m10_suspense_holds_what_nobody_gets_back(self):
        self.assert_turns_red("M10", self.booked("bank", "suspense", 1), self.UNBOOKED)

    def test_m11_a_successful_refund_is_not_booked(self):
        fact = self.fact(self.returned[0], "out")
        change = ("UPDATE ledger_txn SET ev_ref = '%s' WHERE ev = 'refund_out'"
                  "  AND ev_ref = '%s'")
        self.assert_turns_red("M11", change % (NOBODY, fact), change % (fact, NOBODY))

    def moved(self, refund, frm, dst):
        """A move without a trace, whether there is such an edge or not."""
        edge = f"machine = 'refund' AND frm = '{frm}' AND dst = '{dst}'"
        return (f"SET @ours = NOT EXISTS (SELECT 1 FROM state_edge WHERE {edge});"
                f"INSERT IGNORE INTO state_edge VALUES ('refund', '{frm}', '{dst}');"
                f"UPDATE refund SET state = '{dst}' WHERE id = '{refund}';"
                f"DELETE FROM state_move WHERE object_id = '{refund}' AND frm = '{frm}'"
                f"  AND dst = '{dst}';"
                f"DELETE FROM state_edge WHERE {edge} AND @ours;")

    def test_m12_money_went_out_for_no_refund(self):
        refund = self.refund(self.returned[0])
        self.assert_turns_red(
            "M12", self.moved(refund, "success", "requested")
            + self.booked("bank", "suspense", 700),
            self.moved(refund, "requested", "success") + self.UNBOOKED)

    def test_m13_an_issuer_was_not_told(self):
        fine = self.paid.answer["items"][0]["obligation_id"]
        change = ("UPDATE event SET dedupe = '%s' WHERE kind = 'obligation_settled'"
                  "  AND dedupe = '%s'")
        self.assert_turns_red("M13", change % (NOBODY, fine), change % (fine, NOBODY))

    # A refund of nothing that came here, which the treasury has paid.
    TRANSFERRED = ("INSERT INTO refund (id, fact_id, gateway, merchant, gateway_no, reason, dedupe,"
                   "  amount_fen, total_fen, state, created_at, updated_at)"
                   f" VALUES ('{NOBODY}', '{NOBODY}', 'wechatpay', 'm', 'n', 'excess', '{NOBODY}',"
                   "  5, 700, 'transferred', NOW(3), NOW(3));")
    NOT_TRANSFERRED = f"DELETE FROM refund WHERE id = '{NOBODY}';"

    def test_m11_a_transferred_refund_is_not_booked(self):
        self.assert_turns_red("M11", self.TRANSFERRED, self.NOT_TRANSFERRED)

    def withdrawn(self, order):
        fine = order.answer["items"][0]["obligation_id"]
        return f"UPDATE obligation SET withdrawn_at = %s WHERE id = '{fine}';"

    def test_m21_a_fine_was_withdrawn_after_it_was_paid_and_nothing_goes_back(self):
        change = self.withdrawn(self.paid)
        self.assert_turns_red("M21", change % "'2026-01-01'", change % "NULL")

    def test_m21_less_goes_back_than_was_paid_for_the_withdrawn_fine(self):
        fact, order = self.fact(self.paid), self.paid.no
        fine, change = self.paid.answer["items"][0]["obligation_id"], self.withdrawn(self.paid)
        reserve = f"UPDATE pay_order SET refund_reserved_fen = %d WHERE id = '{order}';"
        self.assert_turns_red(
            "M21", "INSERT INTO refund (id, fact_id, order_id, gateway, merchant, gateway_no,"
                   "  reason, dedupe, amount_fen, total_fen, state, obligation_id, created_at,"
                   f"  updated_at) VALUES ('{NOBODY}', '{fact}', '{order}', 'wechatpay', 'm', 'n',"
                   f"  'revoked', '{NOBODY}', 5, 20000, 'requested', '{fine}', NOW(3), NOW(3));"
            + reserve % 5 + change % "'2026-01-01'",
            change % "NULL" + f"DELETE FROM refund WHERE id = '{NOBODY}';" + reserve % 0)

    # The account that a payer gave for a refund that is elsewhere.
    @staticmethod
    def account_given(state="given", columns="", values="", keep_until="'2099-01-01'"):
        return ("INSERT INTO refund_transfer (id, refund_id, request_key, state, tail, keep_until,"
                f"  created_at, updated_at{columns}) VALUES ('{NOBODY}', '{NOBODY}', 'k', '{state}',"
                f"  '1234', {keep_until}, NOW(3), NOW(3){values});")

    NO_ACCOUNT = f"DELETE FROM refund_transfer WHERE id = '{NOBODY}';"

    def test_m25_a_bank_account_outlives_its_date(self):
        with self.background_halted():
            self.assert_turns_red("M25", self.account_given(keep_until="'2026-01-01'"),
                                  self.NO_ACCOUNT)

    def test_m22_one_officer_alone_confirmed_a_transfer(self):
        other = NOBODY[:-1] + "M"
        booked = (f"INSERT INTO ledger_txn VALUES ('{other}', 'transfer_out', '{NOBODY}', NOW(3));"
                  "INSERT INTO ledger_entry (txn_id, line, account, dr_fen, cr_fen) VALUES"
                  f" ('{other}', 1, 'suspense', 5, 0), ('{other}', 2, 'bank', 0, 5);")
        self.assert_turns_red(
            "M22", self.TRANSFERRED + self.booked("bank", "suspense", 5) + booked
            + self.account_given("done", ", maker", f", '{NOBODY}'"),
            self.NO_ACCOUNT + self.NOT_TRANSFERRED + self.UNBOOKED
            + self.UNBOOKED.replace(NOBODY, other))

    def test_m22_one_officer_alone_returned_something(self):
        fact, order = self.fact(self.paid), self.paid.no
        reserve = f"UPDATE pay_order SET refund_reserved_fen = %d WHERE id = '{order}';"
        self.assert_turns_red(
            "M22", "INSERT INTO refund (id, fact_id, order_id, gateway, merchant, gateway_no,"
                   "  reason, dedupe, amount_fen, total_fen, state, maker, created_at, updated_at)"
                   f" VALUES ('{NOBODY}', '{fact}', '{order}', 'wechatpay', 'm', 'n', 'officer',"
                   f"  '{NOBODY}', 5, 700, 'accepted', '{NOBODY}', NOW(3), NOW(3));"
            + reserve % 5 + self.booked("bank", "suspense", 5),
            f"DELETE FROM refund WHERE id = '{NOBODY}';" + reserve % 0 + self.UNBOOKED)

    @contextlib.contextmanager
    def background_halted(self):
        """It would mend what is spoiled."""
        worker = wait_until(lambda: self.stage.workers("payment")[1], "a background worker")[0]
        os.kill(worker, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(worker, signal.SIGCONT)

    def test_m14_a_job_is_stuck(self):
        stuck = ("INSERT INTO payment_job (id, kind, dedupe, state, attempts, run_at, lease_until,"
                 f"  created_at) VALUES ('{NOBODY}', 'none', 'none', %s)")
        gone = f"DELETE FROM payment_job WHERE id = '{NOBODY}'"
        moment = "'2020-01-01'"
        with self.background_halted():
            self.assert_turns_red("M14", stuck % f"'ready', 0, {moment}, NULL, {moment}", gone)
            self.assert_turns_red("M14", stuck % f"'leased', 1, {moment}, {moment}, {moment}", gone)

    def test_m15_a_callback_is_not_processed(self):
        event = self.stage.sql("SELECT id FROM callback_inbox LIMIT 1")[0][0]
        change = f"UPDATE callback_inbox SET state = '%s' WHERE id = '{event}'"
        self.assert_turns_red("M15", change % "new", change % "done")

    def test_m15_a_parked_callback_has_no_case(self):
        event = self.stage.sql("SELECT id FROM callback_inbox LIMIT 1")[0][0]
        change = f"UPDATE callback_inbox SET state = '%s' WHERE id = '{event}'"
        self.assert_turns_red("M15", change % "parked", change % "done")

    def just_opened(self):
        """The clock may have moved past the expiry of an order that was opened earlier."""
        return self.stage.order(self.stage.payer("alipay"))

    def test_m16_an_attempt_outlives_its_order(self):
        change = f"UPDATE pay_order SET expire_at = expire_at %s INTERVAL 1 DAY"\
                 f"  WHERE id = '{self.just_opened().no}'"
        self.assert_turns_red("M16", change % "-", change % "+")

    @staticmethod
    def attempt(order, state, updated_at):
        return ("INSERT INTO pay_attempt (id, order_id, gateway, merchant, open_id, amount_fen,"
                f"  state, created_at, updated_at) VALUES ('{NOBODY}', '{order.no}',"
                f"  '{order.gateway}', 'm', 'o', 20000, '{state}', {updated_at}, {updated_at})")

    NO_ATTEMPT = f"DELETE FROM pay_attempt WHERE id = '{NOBODY}'"

    def now(self):
        return f"UTC_TIMESTAMP(3) + INTERVAL {self.stage.clock_ms() // 1000} SECOND"

    def test_m17_an_order_can_be_paid_twice_by_one_gateway(self):
        order = self.just_opened()
        self.assert_turns_red("M17", self.attempt(order, "open", self.now()), self.NO_ATTEMPT)

    @staticmethod
    def closed_bill(gateway="'wechatpay'", merchant="'nobody'", day="'2026-01-01'", lines=0, fen=0):
        return ("INSERT INTO recon_batch (id, gateway, merchant, bill_date, begins_at, ends_at, kind,"
                "  state, line_count, in_fen, created_at, updated_at)"
                f" SELECT '{NOBODY}', {gateway}, {merchant}, {day}, {day} - INTERVAL 8 HOUR,"
                f"  {day} + INTERVAL 16 HOUR, 'trade', 'closed', {lines},"
                f"  {fen}, NOW(3), NOW(3) FROM money_fact WHERE id = '%s';")

    @staticmethod
    def billed(fen, verdict, fact="NULL"):
        return ("INSERT INTO bill_line (batch_id, line_no, direction, gateway_no, our_no, amount_fen,"
                "  happened_at, state, verdict, fact_id) VALUES"
                f" ('{NOBODY}', 1, 'in', 'n', 'o', {fen}, NOW(3), 'done', '{verdict}', {fact});")

    UNBILLED = (f"DELETE FROM bill_line WHERE batch_id = '{NOBODY}';"
                f"DELETE FROM recon_batch WHERE id = '{NOBODY}'")

    def test_m18_a_closed_bill_lacks_a_line_or_a_verdict_or_a_case(self):
        fact = self.fact(self.paid)
        bill = self.closed_bill(lines=1, fen=5) % fact
        self.assert_turns_red("M18", bill, self.UNBILLED)
        for verdict in ("new", "amount_differs"):
            self.assert_turns_red("M18", bill + self.billed(5, verdict), self.UNBILLED)

    def test_m18_a_closed_bill_has_other_sums_than_its_lines(self):
        bill = self.closed_bill(lines=1, fen=6) % self.fact(self.paid)
        self.assert_turns_red("M18", bill + self.billed(5, "no_money"), self.UNBILLED)

    def test_m19_a_fact_of_a_closed_day_is_in_no_bill(self):
        bill = self.closed_bill("gateway", "merchant", "DATE(happened_at + INTERVAL 8 HOUR)")
        self.assert_turns_red("M19", bill % self.fact(self.paid), self.UNBILLED)

    def test_m19_a_day_goes_from_where_it_begins_to_where_it_ends(self):
        """Whatever the calendar says: UnionPay's next one begins an hour before midnight."""
        bill = self.closed_bill("gateway", "merchant", "DATE(happened_at + INTERVAL 8 HOUR)")
        moment = f"(SELECT happened_at FROM money_fact WHERE id = '{self.fact(self.paid)}')"
        period = (f"UPDATE recon_batch SET begins_at = {moment}, ends_at = {moment}"
                  f"  + INTERVAL %d SECOND WHERE id = '{NOBODY}';")
        with self.spoiled(bill % self.fact(self.paid) + period % 0, self.UNBILLED):
            self.assertEqual(self.red(), set())
        self.assert_turns_red("M19", bill % self.fact(self.paid) + period % 1, self.UNBILLED)

    def test_m27_clearing_moved_by_another_sum_than_the_bill_s(self):
        fact = self.fact(self.paid)
        fen = self.paid.amount_fen + 1
        self.assert_turns_red("M27", self.closed_bill(lines=1, fen=fen) % fact
                              + self.billed(fen, "matched", f"'{fact}'"), self.UNBILLED)

    def test_m20_a_state_moved_where_no_edge_leads(self):
        self.assert_turns_red(
            "M20", "INSERT INTO state_move (machine, object_id, frm, dst, at)"
                   f" VALUES ('order', '{NOBODY}', 'paid', 'closed', NOW(3))",
            f"DELETE FROM state_move WHERE object_id = '{NOBODY}'")

    def test_m23_something_is_at_the_gateway_for_too_long(self):
        self.assert_turns_red(
            "M23", self.attempt(self.paid, "init", self.now() + " - INTERVAL 3 MINUTE"),
            self.NO_ATTEMPT)

    def test_m24_an_audit_record_was_changed_or_removed(self):
        for module in ("payment", "identity"):
            seq = self.stage.sql(f"SELECT MAX(seq) FROM {module}_audit")[0][0]
            change = f"UPDATE {module}_audit SET actor = CONCAT('x', actor) WHERE seq = {seq}"
            mend = f"UPDATE {module}_audit SET actor = SUBSTR(actor, 2) WHERE seq = {seq}"
            self.assert_turns_red("M24", change, mend, "all")
            away = f"UPDATE {module}_audit SET seq = %s WHERE seq = %s"
            self.assert_turns_red("M24", away % (10**9, seq), away % (seq, 10**9),
                                  "all")

    def test_m26_a_settlement_hangs_on_money_that_was_sent_back(self):
        self.assert_turns_red(
            "M26", "INSERT INTO obligation (id, module, kind, ref_no, account, title, person_id,"
                   "  base_fen, late_percent_a_day, late_percent_max, due_on, decided_at) VALUES"
                   f" ('{NOBODY}', 'tests', 'fee', '{NOBODY}', 'fine_treasury', 't', '{NOBODY}', 700, 0, 0,"
                   "  NOW(), NOW(3));"
                   "INSERT INTO settlement (obligation_id, gw_txn_id, order_id, amount_fen,"
                   f"  settled_at) VALUES ('{NOBODY}', '{self.fact(self.returned[0])}',"
                   f"  '{NOBODY}', 700, NOW(3));"
                   "INSERT INTO event (id, consumer, kind, dedupe, producer, run_at, created_at)"
                   f" VALUES ('{NOBODY}', 'tests', 'obligation_settled', '{NOBODY}', 'payment',"
                   "  NOW(3), NOW(3))",
            f"DELETE FROM event WHERE id = '{NOBODY}';"
            f"DELETE FROM settlement WHERE obligation_id = '{NOBODY}';"
            f"DELETE FROM obligation WHERE id = '{NOBODY}'")

    def test_m28_a_name_a_number_or_a_phone_stands_in_clear_text(self):
        for word in ("欧阳若兰", "440300199003078014", "13800138000"):
            self.assert_turns_red(
                "M28", "INSERT INTO payment_case (id, kind, dedupe, detail, created_at)"
                       f" VALUES ('{NOBODY}', 'none', 'none', 'of {word}.', NOW(3))",
                f"DELETE FROM payment_case WHERE id = '{NOBODY}'", "all")
        for folder in ("log", "spool"):
            path = self.stage.run / folder / "left-behind"
            path.write_text("phone=13900139000\n")
            self.assertEqual(self.red("all"), {"M28"})
            path.unlink()

    def test_m29_a_sealed_field_is_in_anothers_place_or_changed(self):
        rows = self.stage.sql("SELECT id, HEX(phone) FROM person WHERE phone IS NOT NULL"
                              "  ORDER BY id LIMIT 2")
        (first, its), (second, other) = rows
        put = "UPDATE person SET phone = X'%s' WHERE id = '%s';"
        mend = put % (its, first) + put % (other, second)
        changed = its[:-2] + ("01" if its.endswith("00") else "00")
        self.assert_turns_red("M29", put % (other, first) + put % (its, second), mend, "all")
        self.assert_turns_red("M29", put % (changed, first), mend, "all")
        for table, column in (("account", "name"), ("callback_inbox", "body")):
            self.assert_turns_red(
                "M29", f"UPDATE {table} SET {column} = INSERT({column}, 3, 2, X'FFFF')"
                       f"  WHERE {column} IS NOT NULL ORDER BY id LIMIT 1",
                f"UPDATE {table} SET {column} = INSERT({column}, 3, 2, X'0001')"
                f"  WHERE {column} IS NOT NULL ORDER BY id LIMIT 1", "all")

    def test_m30_the_gateway_knows_another_movement(self):
        change = "UPDATE sim_movement SET amount_fen = amount_fen %s 1 ORDER BY id LIMIT 1"
        self.assert_turns_red("M30", change % "+", change % "-")
        change = "UPDATE sim_movement SET our_no = CONCAT(our_no, '%s') ORDER BY id LIMIT 1"
        number = self.stage.sql("SELECT our_no FROM sim_movement ORDER BY id LIMIT 1")[0][0]
        self.assert_turns_red("M30", change % "x", "UPDATE sim_movement SET our_no ="
                                                   f"  '{number}' ORDER BY id LIMIT 1")

    def test_z_no_spoil_left_anything_behind(self):
        self.assertEqual(self.red("all"), set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
