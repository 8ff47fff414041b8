"""A platform on which things break: payers, what they owe, gateways with faults, and the clock.

    class Callbacks(FaultTest):
        def test_...(self):
            payer = self.stage.payer("wechat")
            order = self.stage.order(payer, [self.stage.owe(payer)])
            self.stage.pay(order)
            self.stage.wait_for_state(order, "paid")

Each test ends with all invariants (support/invariants.py): calm() lets the platform finish what it
has begun, moving the business clock instead of waiting. Chance comes from a seed that is printed;
FAULT_SEED=N repeats a run.
"""

import concurrent.futures
import contextlib
import datetime
import hashlib
import http.client
import json
import os
import pathlib
import random
import subprocess
import sys
import threading
import time
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from machines import Machines, wait_until  # noqa: E402
from support.forms import Form  # noqa: E402
from support.invariants import PEOPLE, Invariants  # noqa: E402

SEED = int(os.environ.get("FAULT_SEED", random.SystemRandom().randrange(10**9)))
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHINA = datetime.timezone(datetime.timedelta(hours=8))
VERIFIED_CITIZEN = 3
# Of a day: trade bills of each merchant, and fund bills of those at WeChat Pay and Alipay.
BILLS = 10
VISITOR = "oVisitorOfTheFaultTests"


class Payer:
    """Who pays at UnionPay is signed in at WeChat: that way has no sign-in of its own."""

    def __init__(self, stage, channel, person_id=None):
        self.channel = channel
        self.session = "alipay" if channel == "alipay" else "wechat"
        self.actor_id = stage.ulid()
        self.person_id = person_id or stage.ulid()
        self.open_id = ("o" if self.session == "wechat" else "a") + stage.ulid()
        self.token = "token-" + stage.ulid()


class Order:
    """An order as its payer sees it, with our number at the gateway."""

    def __init__(self, stage, payer, answer):
        self.payer = payer
        self.no = answer["order_no"]
        self.answer = answer
        self.amount_fen = answer["amount_fen"]
        self.gateway, self.number = stage.attempts(self.no)[0]


class Stage(Machines):
    def __init__(self, **environment):
        rates = {"CITIZENS_RATE": 100000, "CITIZENS_BURST": 100000, "GATEWAYS_RATE": 100000,
                 "GATEWAYS_BURST": 100000}
        super().__init__(**{**rates, **environment})
        self.chance = random.Random(SEED)
        self.kept = threading.local()

    # Names and people

    def ulid(self):
        return "01" + "".join(self.chance.choice(CROCKFORD) for _ in range(24))

    def key(self):
        return "key-" + self.ulid()

    def payer(self, channel="wechat", person_id=None):
        """Signed in and verified; the simulated gateway knows the account."""
        payer = Payer(self, channel, person_id)
        token_hash = hashlib.sha256(payer.token.encode()).hexdigest()
        self.sql("INSERT INTO core_session (token_hash, actor_id, person_id, roles, open_id,"
                 "  channel, created_at, expires_at, absolute_expires_at) VALUES"
                 f" (X'{token_hash}', '{payer.actor_id}', '{payer.person_id}', {VERIFIED_CITIZEN},"
                 f"  '{payer.open_id}', '{payer.session}', UTC_TIMESTAMP(3),"
                 "  UTC_TIMESTAMP(3) + INTERVAL 1 YEAR, UTC_TIMESTAMP(3) + INTERVAL 1 YEAR)")
        path = "wechat/citizens" if payer.session == "wechat" else "alipay/auth-codes"
        self.simulator("POST", "/" + path, {"openid": payer.open_id})
        return payer

    def owe(self, payer, fen=20000, due_in_days=15, owner=None):
        """A new fine of this person, which the owner of the vehicle may pay as well: the
        obligation, with the decided case behind it."""
        fine, case, number = self.ulid(), self.ulid(), "%015d" % self.chance.randrange(10**15)
        due = f"DATE(UTC_TIMESTAMP() + INTERVAL {due_in_days} DAY)"
        self.sql("INSERT INTO obligation (id, module, kind, ref_no, account, title, person_id,"
                 "  owner_id, base_fen, late_percent_a_day, late_percent_max, due_on, decided_at)"
                 f" VALUES ('{fine}', 'violation', 'fine', '{number}', 'fine_treasury', '闯红灯',"
                 f"  '{payer.person_id}', {repr(owner.person_id) if owner else 'NULL'}, {fen},"
                 f"  3, 100, {due}, UTC_TIMESTAMP(3));"
                 "INSERT INTO violation_case (id, kind, fact_id, agency, source_no, person_id,"
                 "  plate_type, plate, occurred_at, place, code, observed_at, arrived_at, state,"
                 "  updated_at)"
                 f" VALUES ('{case}', 'street', '{self.ulid()}', 'traffic', '{number}',"
                 f"  '{payer.person_id}', '02', '粤B00000', UTC_TIMESTAMP(3), '路口', '1625',"
                 "  UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), 'decided', UTC_TIMESTAMP(3));"
                 "INSERT INTO violation_decision (decision_no, case_id, manner, person_id,"
                 "  authority, facts, fact_source, fact_observed_at, title, basis, rule_source,"
                 "  fine_fen, points, late_percent_a_day, late_percent_max, decided_at, served_on,"
                 "  due_on, obligation_id)"
                 f" VALUES ('{number}', '{case}', 'street', '{payer.person_id}', 'traffic', '闯红灯',"
                 "  'traffic', UTC_TIMESTAMP(3), '闯红灯', '法', '法',"
                 f"  {fen}, 0, 3, 100, UTC_TIMESTAMP(3), DATE(UTC_TIMESTAMP()), {due}, '{fine}')")
        return fine

    def owe_fee(self, payer, fen):
        """For the keeping of a vehicle: a fee goes to another account of the treasury than a fine."""
        fee = self.ulid()
        self.sql("INSERT INTO obligation (id, module, kind, ref_no, account, title, person_id,"
                 "  base_fen, late_percent_a_day, late_percent_max, due_on, decided_at)"
                 f" VALUES ('{fee}', 'violation', 'fee', 'BG{fee}', 'fee_treasury', '保管费',"
                 f"  '{payer.person_id}', {fen}, 0, 0, DATE(UTC_TIMESTAMP() + INTERVAL 15 DAY),"
                 "  UTC_TIMESTAMP(3));"
                 "INSERT INTO storage_bill (obligation_id, item_id, pickup_on, amount_fen, made_at)"
                 f" VALUES ('{fee}', '{self.ulid()}', DATE(UTC_TIMESTAMP()), {fen},"
                 "  UTC_TIMESTAMP(3))")
        return fee

    def introduce(self):
        """People whose names, identity numbers and phones the platform learns and must not show: by
        an agency's facts, and by the sign-in of one of them."""
        self.script("demo-data", "8")
        person = PEOPLE[0]
        self.simulator("POST", "/wechat/citizens", {"openid": VISITOR, **person})
        signed_in = self.identity("POST", "/wechat/sessions", {"code": self.code(person, "login")})
        token = signed_in["token"]
        who = {"name": person["name"], "id_no": person["id_no"]}
        check = self.identity("POST", "/face-checks", who, token)
        self.identity("POST", f"/face-checks/{check['check_id']}/result", {}, token)
        self.identity("POST", "/phone", {"code": self.code(person, "phone")}, token)
        return token

    def code(self, person, kind):
        return self.simulator("POST", f"/wechat/{kind}-codes",
                              {"openid": VISITOR})["code"]

    def identity(self, method, path, body, token=None):
        headers = {"Content-Type": "application/json", "Idempotency-Key": self.key()}
        if token is not None:
            headers["Authorization"] = "Bearer " + token
        status, answer, _ = self.talk("citizens", method, "/api/identity" + path, json.dumps(body),
                                      headers)
        if status >= 300:
            raise AssertionError(f"{path}: {status} {answer}")
        return answer

    # Requests

    def talk(self, door, method, path, body=None, headers=None):
        """As ask(), on a connection that this thread keeps. Only what was surely not sent, or may
        be sent twice, is sent again."""
        pool = self.kept.__dict__.setdefault("pool", {})
        for attempt in (1, 2):
            connection = pool.get(door) or pool.setdefault(door, self.connect(door))
            try:
                connection.request(method, path, body=body, headers=headers or {})
                answer = connection.getresponse()
                data = answer.read()
                break
            except (http.client.HTTPException, OSError):
                connection.close()
                pool.pop(door)
                if attempt == 2:
                    raise
        if answer.headers.get("Content-Type", "").startswith("application/json") and data:
            data = json.loads(data)
        return answer.status, data, answer.headers

    def hang_up(self):
        """Ends the connections that this thread keeps."""
        for connection in self.kept.__dict__.pop("pool", {}).values():
            connection.close()

    def at_once(self, count, work):
        """The results of so many calls that begin together; work gets its number."""
        gate = threading.Barrier(count)

        def begin(index):
            gate.wait()
            try:
                return work(index)
            finally:
                self.hang_up()

        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            return list(pool.map(begin, range(count)))

    @contextlib.contextmanager
    def aside(self, work, *arguments):
        """A future of what another thread does meanwhile."""
        def begin():
            try:
                return work(*arguments)
            finally:
                self.hang_up()

        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            yield pool.submit(begin)

    def api(self, payer, method, path, body=None, key=None):
        headers = {"Content-Type": "application/json", "Authorization": "Bearer " + payer.token}
        if key is not None:
            headers["Idempotency-Key"] = key
        data = None if body is None else json.dumps(body)
        return self.talk("citizens", method, "/api/payment" + path, data, headers)

    def simulator(self, method, path, body=None):
        data = None if body is None else json.dumps(body)
        status, answer, _ = self.talk("internal", method, "/simulator" + path, data,
                                      {"Content-Type": "application/json"})
        if status >= 300:
            raise AssertionError(f"simulator {path}: {status} {answer}")
        return answer

    def fault(self, fault, operation, **more):
        self.simulator("POST", "/faults", {"fault": fault, "operation": operation, **more})

    def clear_faults(self):
        self.simulator("DELETE", "/faults")

    # The payer's trip

    def open(self, payer, obligations, key=None):
        """Status and body of the request for an order."""
        wanted = {"obligation_ids": obligations, "channel": payer.channel}
        return self.api(payer, "POST", "/orders", wanted, key or self.key())[:2]

    def opened(self, payer, obligations, key):
        """Status and body as open gives them; None for a 503, which asks to come again."""
        status, answer = self.open(payer, obligations, key)
        return None if status == 503 else (status, answer)

    def order(self, payer, obligations=None, key=None):
        """Opened by a client who asks again while he is told to: what a test broke before, or another
        program's load, may still keep the gateway's breaker open for its five seconds."""
        wanted, key = obligations or [self.owe(payer)], key or self.key()
        status, answer = wait_until(lambda: self.opened(payer, wanted, key), "an answer", 30)
        if status != 201:
            raise AssertionError(f"no order: {status} {answer}")
        if payer.channel == "unionpay":
            self.arrive(answer["pay_url"])
        return Order(self, payer, answer)

    def arrive(self, url):
        """The payer's browser goes to the gateway, which only then knows of the order."""
        status, page, _ = self.talk("citizens", "GET", url)
        form = Form(page.decode())
        there, shown, _ = self.talk("simulator", "POST", form.action, *form.sent())
        if (status, there) != (200, 200) or b"<form" not in shown:
            raise AssertionError(f"no page to pay on: {status} {there} {shown}")

    def attempts(self, order_no):
        return [tuple(row) for row in self.sql(
            f"SELECT gateway, id FROM pay_attempt WHERE order_id = '{order_no}' ORDER BY id")]

    def attempt_of(self, obligation):
        """(gateway, our number) of the newest attempt to pay it, however its request ended."""
        rows = self.sql("SELECT a.gateway, a.id FROM pay_attempt a JOIN pay_order_item i"
                        f"  ON i.order_id = a.order_id WHERE i.obligation_id = '{obligation}'"
                        "  ORDER BY a.created_at DESC, a.id DESC LIMIT 1")
        return tuple(rows[0])

    def pay(self, order, **wishes):
        """The payer's finger: the simulated gateway takes the money and tells us."""
        return self.pay_number(order.gateway, order.number, **wishes)

    def pay_number(self, gateway, number, **wishes):
        return self.simulator("POST", f"/orders/{gateway}/{number}/pay", wishes)

    def show(self, order):
        status, answer, _ = self.api(order.payer, "GET", "/orders/" + order.no)
        if status != 200:
            raise AssertionError(f"order {order.no}: {status} {answer}")
        return answer

    def wait_for_state(self, order, state, seconds=30):
        wait_until(lambda: self.show(order)["state"] == state, f"order becomes {state}", seconds)

    def paid(self, channel="wechat"):
        """A finished trip, as a background for what follows."""
        payer = self.payer(channel)
        order = self.trip(payer, self.owe(payer), self.key())
        self.wait_for_state(order, "paid", 60)
        return order

    def insist(self, step, what, seconds=60):
        """What a client does whose request failed by no fault of its own: the same again."""
        def tried():
            try:
                return step()
            except (AssertionError, OSError, http.client.HTTPException,
                    subprocess.CalledProcessError):
                self.hang_up()
                return None
        return wait_until(tried, what, seconds, 0.1)

    def trip(self, payer, obligation, key):
        """Opens and pays, however often it takes; the order."""
        order = self.insist(lambda: self.order(payer, [obligation], key), "an order is opened")
        self.insist(lambda: self.pay_or_find_paid(order), "it is paid")
        return order

    def pay_or_find_paid(self, order):
        there = self.simulator("GET", f"/orders/{order.gateway}/{order.number}")
        return there if there["state"] == "paid" else self.pay(order)

    def storm(self, trips, disturb, threads=6):
        """So many trips while disturb() does its work; the orders."""
        plans = []
        for index in range(trips):
            payer = self.payer(("wechat", "alipay")[index % 2])
            plans.append((payer, self.owe(payer, fen=1000 + index), self.key()))
        with self.aside(self.at_once, threads, lambda part: [
                self.trip(*plan) for plan in plans[part::threads]]) as storm:
            disturb()
            return sum(storm.result(), [])

    # Callbacks

    def callbacks(self, number):
        return self.simulator("GET", "/callbacks?out_trade_no=" + number)["items"]

    def compose(self, number, fault=None):
        """The newest notice about this number as it would be sent now: path, headers, body."""
        newest = self.callbacks(number)[0]
        made = self.simulator("GET", f"/callbacks/{newest['id']}/bytes"
                              + (f"?fault={fault}" if fault else ""))
        headers = dict(line.split(": ", 1) for line in made["headers"])
        path = urllib.parse.urlsplit(newest["url"]).path
        return path, headers, made["body"].encode()

    def deliver(self, notice):
        """Sends composed bytes; whether the gateway would take the answer for success."""
        path, headers, body = notice
        status, answer, _ = self.talk("gateways", "POST", path, body, headers)
        if path.startswith("/notify/alipay/"):
            return status == 200 and answer == b"success"
        return status in (200, 204)

    # Facts, clock and calm

    def count(self, rows):
        return int(self.sql("SELECT COUNT(*) FROM " + rows)[0][0])

    def facts(self, number):
        """(direction, disposition, fen) of what was booked under this number of ours."""
        return sorted((row[0], row[1], int(row[2])) for row in self.sql(
            f"SELECT direction, disposition, amount_fen FROM money_fact WHERE our_no = '{number}'"))

    def refunds(self, number):
        """(reason, state, fen) of what went back from this number of ours."""
        return [(row[0], row[1], int(row[2])) for row in self.sql(
            "SELECT d.reason, d.state, d.amount_fen FROM refund d JOIN money_fact f"
            f"  ON f.id = d.fact_id WHERE f.our_no = '{number}' ORDER BY d.id")]

    def cases(self, kind):
        return self.count(f"payment_case WHERE kind = '{kind}'")

    def clock_ms(self):
        return int((self.run / "clock").read_text())

    def now(self):
        """The business time, UTC."""
        real = datetime.datetime.now(datetime.timezone.utc)
        return real + datetime.timedelta(milliseconds=self.clock_ms())

    def days_ahead(self):
        """How many days the business day (UTC+8) is ahead of the database's own date."""
        real = datetime.datetime.now(datetime.timezone.utc).date()
        return (self.now().astimezone(CHINA).date() - real).days

    def leave_midnight(self):
        """Orders end and prices grow at 24:00 (UTC+8); a test that means it says so. True: hours were
        left out, and what was due in them is late."""
        now = self.now().astimezone(CHINA)
        if now.hour >= 20:
            self.advance((25 - now.hour) * 3600)
        return now.hour >= 20

    def advance(self, seconds):
        """Moves the business clock of all processes, in the place where they have it mapped."""
        text = b"%-31d\n" % (self.clock_ms() + int(seconds * 1000))
        with open(self.run / "clock", "r+b") as file:
            os.pwrite(file.fileno(), text, 0)

    def let_work(self, seconds=60):
        """Until payment has no job that is due: a clock that is moved in steps would run away from a
        machine that is busy."""
        def is_idle():
            return self.count("payment_job WHERE state = 'leased' OR state = 'ready'"
                              f"  AND run_at <= '{self.now():%F %T.%f}'") == 0
        wait_until(is_idle, "no job of payment is due", seconds)

    def until(self, hour, minute, second=0):
        """Of this day in China."""
        now = self.now().astimezone(CHINA)
        then = now.replace(hour=hour, minute=minute, second=second)
        self.advance((then - now).total_seconds())

    def next_morning(self):
        """Half past ten in China; the day that ended."""
        now = self.now().astimezone(CHINA)
        morning = (now + datetime.timedelta(days=1)).replace(hour=10, minute=30, second=0)
        self.advance((morning - now).total_seconds())
        return now.date().isoformat()

    def wait_for_bills(self, day, state="closed", count=BILLS):
        """The clock goes on: a bill that waits for another looks again after 20 seconds."""
        def are_there():
            if self.count(f"recon_batch WHERE bill_date = '{day}' AND state = '{state}'") == count:
                return True
            self.advance(1)
            return False

        wait_until(are_there, f"{count} bills {state}", 150)

    def calm(self, seconds=90):
        """Until nothing is under way and every invariant holds: ten minutes of the business clock
        at most, which goes on by itself where nothing but time is missing."""
        self.clear_faults()
        checks = Invariants(self)
        begun, moved = time.monotonic(), 0
        while True:
            open_ends = checks.unfinished() or \
                [name for name, count in checks.money().items() if count]
            if not open_ends:
                return
            waited = time.monotonic() - begun
            if waited > seconds:
                raise AssertionError(f"not calm after {waited:.0f} s and {moved} s of the clock:"
                                     f" {open_ends}")
            if waited > 0.5 and moved < 600 and waited > moved / 40:
                moved += 10
                self.advance(10)
            time.sleep(0.05)

    def __exit__(self, *_):
        self.hang_up()
        super().__exit__()


class FaultTest(unittest.TestCase):
    """One platform for the tests of a class; each test ends calm and with all invariants."""

    environment = {}
    ends_with = "all"  # invariants

    @classmethod
    def prepare(cls, stage):
        """Settings that this class wants otherwise."""

    @classmethod
    def setUpClass(cls):
        print(f"FAULT_SEED={SEED}", file=sys.stderr)
        cls.stage = Stage(**cls.environment).__enter__()
        try:
            cls.prepare(cls.stage)
            cls.stage.leave_midnight()
            cls.stage.introduce()
            cls.stage.paid("wechat")
        except BaseException:
            cls.stage.__exit__()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.stage.__exit__()

    def run(self, result=None):
        """Invariants are part of each test, not of what comes after it."""
        method = getattr(self, self._testMethodName)

        def with_invariants():
            begun = time.monotonic()
            if self.stage.leave_midnight():
                self.stage.calm()
            method()
            self.stage.calm()
            self.assertEqual(Invariants(self.stage).violations(self.ends_with), {})
            print(f"({time.monotonic() - begun:.1f} s)", end=" ", file=sys.stderr)

        setattr(self, self._testMethodName, with_invariants)
        return super().run(result)

    def tearDown(self):
        self.stage.clear_faults()
