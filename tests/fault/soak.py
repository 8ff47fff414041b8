"""Rounds of payments amid random faults, each ended by a calm in which every invariant must hold.

    Soak(seconds=600).last()  # the number of what does not hold: 0 or 1

Of each round the seed decides who pays how, what the gateways do wrong, who is killed meanwhile and
where the clock goes. After some rounds a day ends and its bills are matched the next morning.
"""

import datetime
import json
import os
import signal
import sys
import time

from machines import wait_until
from payers import MANNERS, TROUBLE, Payers, Trip
from stage import SEED, Stage
from support.invariants import Invariants

TRIPS, THREADS = 10, 5
ROUNDS_A_DAY = 4
BILLS_S = 90
ANSWERS = ("lost_request", "lost_answer", "late_answer", "http_500", "http_429", "system_error",
           "system_error_after", "bad_signature", "no_signature", "forged", "latency")
FAULTS = {"order": ANSWERS, "query": ANSWERS + ("says_unpaid",), "close": ANSWERS,
          "refund": ANSWERS + ("not_enough",), "refund_query": ANSWERS,
          "callback": ("repeat", "late", "out_of_order", "missing", "forged", "bad_signature",
                       "probe", "closed_after"),
          "pay": ("unknown_order",)}
# line_added would be money that moved nowhere: M30 is about what did.
BILL_FAULTS = ("bill_late", "wrong_hash", "truncated", "http_500", "lost_answer")
DISTURBANCES = ("nothing", "kill_worker", "kill_background", "kill_payment", "kill_violation",
                "kill_database", "reload", "step")


class Soak(Stage):
    def __init__(self, seconds, say=print):
        super().__init__()
        self.seconds, self.say = seconds, say
        self.counts = {"rounds": 0, "trips": 0, "given up": 0, "faults": 0, "kills": 0, "days": 0}
        self.keep = False
        self.patience = 90  # seconds until a calm must have come
        self.last_code = datetime.datetime.now(datetime.timezone.utc)

    def last(self):
        """0, or 1 when something did not hold; the folder then stays."""
        self.begun = time.monotonic()
        until = self.begun + self.seconds
        with self:
            try:
                self.settle_in()
                while time.monotonic() < until or self.counts["rounds"] == 0:
                    self.round()
            except Exception as fault:  # whatever it is, the folder tells more
                return self.end_badly(fault)
            moved = self.count("money_fact")
        self.say(", ".join(f"{self.counts[name]} {name}" for name in self.counts)
                 + f", {moved} movements, all invariants hold")
        return 0

    def end_badly(self, fault):
        self.keep = True
        self.say(f"round {self.counts['rounds']}: {fault}\nseed {SEED}; the platform's folder is"
                 f" kept: scripts/run --run-dir {self.run}")
        return 1

    def settle_in(self):
        self.configure("payment", GATEWAY_TIMEOUT_MS=1000, BREAKER_OPEN_MS=500, LEASE_S=2,
                       JOBS_POLL_MS=50)
        self.restart("payment")
        self.leave_midnight()
        self.introduce()

    def round(self):
        self.counts["rounds"] += 1
        self.leave_midnight()
        payers = Payers(self)
        trips = [Trip(self, self.chance.choice(MANNERS)) for _ in range(TRIPS)]
        faults = self.break_gateways()
        disturbance = self.chance.choice(DISTURBANCES)
        payers.go(trips, THREADS, getattr(self, disturbance))
        self.recover()
        payers.pay_late()
        returned = self.give_back(payers.paid)
        self.counts["trips"] += payers.tried
        self.counts["given up"] += payers.given_up
        self.come_to_rest()
        self.say(f"{time.monotonic() - self.begun:4.0f} s  round {self.counts['rounds']}:"
                 f" {disturbance}; {', '.join(faults) or 'no faults'}; {payers.tried} trips,"
                 f" {payers.given_up} given up, {returned} refunds, {self.now():%m-%d %H:%M} UTC")
        if self.counts["rounds"] % ROUNDS_A_DAY == 0:
            self.end_day()

    def come_to_rest(self):
        self.calm(self.patience)
        found = Invariants(self).violations()
        if found:
            raise AssertionError(f"violated: {found}")

    # What goes wrong

    def break_gateways(self):
        chosen = []
        if self.chance.random() < 0.5:
            self.fault("random", "any", seed=self.chance.randrange(10**6),
                       permille=self.chance.randrange(50, 300))
            chosen.append("random")
        for _ in range(self.chance.randrange(4)):
            operation = self.chance.choice(list(FAULTS))
            fault = self.chance.choice(FAULTS[operation])
            self.fault(fault, operation, times=self.chance.randrange(1, 6), latency_ms=1500,
                       **({"repeats": 5, "concurrent": True} if fault == "repeat" else {}))
            chosen.append(f"{operation} {fault}")
        self.counts["faults"] += len(chosen)
        return chosen

    def nothing(self):
        pass

    def strike(self, pids):
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
                self.counts["kills"] += 1
            except ProcessLookupError:
                pass

    def kill_worker(self):
        self.strike(self.workers("payment")[0][:1])

    def kill_background(self):
        self.strike(self.workers("payment")[1])

    def kill_payment(self):
        self.counts["kills"] += 1
        self.restart("payment")

    def kill_violation(self):
        self.counts["kills"] += 1
        self.restart("violation")

    def kill_database(self):
        self.counts["kills"] += 1
        self.end_database()
        self.start_database()

    def reload(self):
        os.kill(self.pid("payment"), signal.SIGHUP)

    def step(self):
        self.advance(self.chance.choice((-200, 40, 400, 1900)))

    def recover(self):
        self.insist(lambda: self.clear_faults() or True, "faults are over")
        modules = [path.stem for path in (self.run / "settings").glob("*.env")]
        wait_until(lambda: all(self.is_ready(name) for name in modules), "all modules are ready",
                   60)

    # Officers

    def decide(self, officer, path, body, key=None):
        headers = {"Authorization": f"Bearer {self.officer(officer)}",
                   "Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
        return self.talk("citizens", "POST", "/api/payment/refunds" + path, json.dumps(body),
                         headers)[:2]

    def sign_in_officers(self):
        """A code of theirs is good once, also when the clock went back since the last."""
        self.officers.clear()
        early = (self.last_code + datetime.timedelta(seconds=31) - self.now()).total_seconds()
        self.advance(max(0, early))
        for name in ("finance-a", "finance-b"):
            self.officer(name)
        self.last_code = self.now()

    def give_back(self, paid):
        """Some of what was paid goes back, whole or in parts; what they may not, they may not."""
        self.sign_in_officers()
        given = 0
        for order_no in paid:
            if self.chance.random() < 0.3:
                given += self.give_back_one(order_no)
        return given

    def give_back_one(self, order_no):
        key, part = self.key(), self.chance.random() < 0.5
        fen = int(self.sql(f"SELECT paid_fen FROM pay_order WHERE id = '{order_no}'")[0][0])
        if fen == 0:
            return 0
        status, answer = self.decide("finance-a", "", {
            "order_no": order_no, "amount_fen": max(1, fen // 3) if part else fen,
            "note": "处罚撤销"}, key)
        if status != 201:
            return 0
        verb = "refusal" if self.chance.random() < 0.2 else "approval"
        return self.decide("finance-b", f"/{answer['refund_no']}/{verb}", {})[0] == 200

    # The end of a day

    def end_day(self):
        fault = self.chance.choice(BILL_FAULTS + (None,) * 5)
        if fault:
            self.fault(fault, "bill", times=2)
        day = self.next_morning()
        wait_until(lambda: self.are_billed(day), f"the bills of {day} are closed ({fault})", BILLS_S, 0.3)
        self.counts["days"] += 1
        self.come_to_rest()
        self.say(f"the bills of {day} are closed ({fault or 'no fault'})")

    def are_billed(self, day):
        """Time goes on, to the next try of a bill that was late or could not be believed."""
        states = [row[0] for row in self.sql(
            f"SELECT state FROM recon_batch WHERE bill_date = '{day}'")]
        if states and set(states) <= {"closed", "waiting"}:
            return True
        self.advance(60)
        return False

    def __exit__(self, *arguments):
        if not self.keep:
            super().__exit__(*arguments)
            return
        self.stop()
        self.ports.close()


def main(seconds):
    print(f"seed {SEED}", flush=True)
    sys.exit(Soak(seconds, lambda text: print(text, flush=True)).last())
