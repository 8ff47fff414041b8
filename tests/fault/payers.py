"""Citizens who pay in every way there is, sensibly and otherwise, for as long as things break.

A trip is planned by chance in one thread, so that the seed tells all, and made in another. What a
trip cannot finish in its time it leaves as it is: the platform has to cope with that as well.
"""

import http.client
import threading

from machines import wait_until

CHANNELS = {"wechat": "wechat", "wechat_native": "wechat", "alipay": "alipay",
            "alipay_precreate": "alipay", "unionpay": "wechat"}  # and the sign-in that each has
PATIENCE_S = 6
MANNERS = ("once",) * 6 + ("clicks", "unpaid", "other_amount", "two_people", "two_ways", "late")
TROUBLE = (AssertionError, OSError, http.client.HTTPException)


class Trip:
    def __init__(self, stage, manner):
        chance = stage.chance
        self.manner = manner
        self.channels = [chance.choice(list(CHANNELS)), chance.choice(list(CHANNELS))]
        self.payers = [stage.payer(CHANNELS[self.channels[0]])]
        fines = 3 if chance.random() < 0.2 else 1
        second = self.payers[0].person_id if manner == "two_ways" else None
        if manner in ("two_people", "two_ways"):
            self.payers.append(stage.payer(CHANNELS[self.channels[1]], second))
        owner = self.payers[1] if manner == "two_people" else None
        self.owed = [stage.owe(self.payers[0], chance.randrange(100, 30000), owner=owner)
                     for _ in range(fines)]
        self.keys = [stage.key(), stage.key()]
        self.clicks = 4 if manner == "clicks" else 1
        self.wrong_fen = chance.randrange(1, 40000) if manner == "other_amount" else None
        self.orders = []


class Payers:
    """The trips of one round, made by several threads at once."""

    def __init__(self, stage):
        self.stage = stage
        self.lock = threading.Lock()
        self.late = []  # (gateway, number) of codes that somebody still holds
        self.paid = []  # order numbers
        self.tried = self.given_up = 0

    def go(self, trips, threads, disturb):
        with self.stage.aside(self.stage.at_once, threads, lambda part: [
                self.make(trip) for trip in trips[part::threads]]) as going:
            disturb()
            going.result()

    def make(self, trip):
        try:
            for index in range(len(trip.payers)):
                self.open(trip, index)
            if trip.manner == "late":
                with self.lock:
                    self.late += [self.number_of(order) for order in trip.orders]
            elif trip.manner != "unpaid":
                self.pay_all(trip)
        except TROUBLE:
            with self.lock:
                self.given_up += 1
        finally:
            with self.lock:
                self.tried += 1

    def open(self, trip, index):
        wanted = {"obligation_ids": trip.owed, "channel": trip.channels[index]}

        def tried():
            payer, key = trip.payers[index], trip.keys[index]
            status, answer, _ = self.stage.api(payer, "POST", "/orders", wanted, key)
            if status != 201:
                raise AssertionError(f"no order: {status}")
            return answer

        trip.orders.append(self.stage.insist(tried, "an order is opened", PATIENCE_S))

    def pay_all(self, trip):
        for order in trip.orders:
            wishes = {} if trip.wrong_fen is None else {"amount_fen": trip.wrong_fen}
            if trip.manner == "two_ways":
                wishes["force"] = True
            for _ in range(trip.clicks):
                self.stage.insist(lambda order=order: self.pay(order, wishes), "it is paid",
                                  PATIENCE_S)
            with self.lock:
                self.paid.append(order["order_no"])

    def number_of(self, order):
        """(gateway, our number) of the newest attempt."""
        return wait_until(lambda: self.stage.attempts(order["order_no"]), "an attempt", 5)[-1]

    def pay(self, order, wishes):
        gateway, number = self.number_of(order)
        if order["pay_url"] and not self.is_there(gateway, number):
            self.stage.arrive(order["pay_url"])
        there = self.stage.simulator("GET", f"/orders/{gateway}/{number}")
        if there["state"] != "paid":
            self.stage.pay_number(gateway, number, **wishes)
        return True

    def is_there(self, gateway, number):
        try:
            return self.stage.simulator("GET", f"/orders/{gateway}/{number}")
        except AssertionError:
            return None

    def pay_late(self):
        """What was opened long ago is paid after all, where the gateway still lets it."""
        for gateway, number in self.late:
            try:
                self.stage.pay_number(gateway, number, force=True)
            except TROUBLE:
                self.given_up += 1
        self.late = []
