"""A simulated morning in a hall: people come at random, services take as long as they take, some go
away and some do not hear. Every act is a request; the business clock jumps from one to the next."""
import heapq
import itertools
import random

from support.queue_hall import CITIZEN, INTAKE, OFFICER, at

# business: people an hour, seconds a service takes, and how far that scatters (sigma of its logarithm).
LINES = {"violation": (34, 240, 0.5), "vehicle": (15, 540, 0.4), "accident": (4, 800, 0.3)}
COUNTERS = {1: ["violation"], 2: ["violation"], 4: ["vehicle"], 5: ["vehicle"],
            7: ["violation", "vehicle", "accident"]}
ONLINE, LEAVES, MISSES, PAUSE_S = 0.4, 0.04, 0.05, 10


class Day:
    def __init__(self, hall, seed=2018):
        self.hall, self.random = hall, random.Random(seed)
        self.events, self.order = [], itertools.count()
        self.told, self.served = {}, 0
        self.idle = set(COUNTERS)
        self.citizens = iter(hall.sessions(200, CITIZEN))
        tokens = hall.sessions(len(COUNTERS), OFFICER | INTAKE)
        self.officers = dict(zip(COUNTERS, tokens))
        self.door = hall.person(hall.sessions(1, OFFICER | INTAKE)[0])

    def later(self, moment, what, *arguments):
        heapq.heappush(self.events, (moment, next(self.order), what, arguments))

    def run(self, first=at(9), last=at(13)):
        self.hall.set_clock(first)
        for no, token in self.officers.items():
            assert self.door.counter(no, "open", token)[0] == 200
        for business, (an_hour, _, _) in LINES.items():
            moment = first
            while (moment := moment + self.random.expovariate(an_hour / 3600)) < last:
                self.later(moment, self.come, business)
        while self.events:
            self.now, _, what, arguments = heapq.heappop(self.events)
            self.hall.set_clock(self.now)
            what(*arguments)
        self.door.close()

    def come(self, business):
        online = self.random.random() < ONLINE
        token = next(self.citizens) if online else None
        status, ticket = (self.door.take(business, token) if online
                          else self.door.take_here(business))
        assert status == 201, ticket
        self.told[ticket["id"]] = ticket
        if online and self.random.random() < LEAVES:
            self.later(self.now + self.random.uniform(60, 600), self.leave, ticket["id"], token)
        for no in sorted(self.idle):
            if business in COUNTERS[no]:
                return self.call(no)

    def leave(self, ticket, token):
        self.door.ask("POST", f"/tickets/{ticket}/leave", token=token)

    def call(self, no):
        token = self.officers[no]
        status, ticket = self.door.counter(no, "call", token)
        if status == 409:
            self.idle.add(no)
            return
        assert status == 200, ticket
        self.idle.discard(no)
        if self.random.random() < MISSES:
            self.later(self.now + 40, self.miss, no, ticket["id"])
            return
        assert self.door.act(ticket["id"], "service", token)[0] == 200
        _, mean, sigma = LINES[ticket["business"]]
        took = self.random.lognormvariate(0, sigma) * mean
        self.later(self.now + took, self.finish, no, ticket["id"])

    def miss(self, no, ticket):
        assert self.door.act(ticket, "recall", self.officers[no])[0] == 200
        assert self.door.act(ticket, "missed", self.officers[no])[0] == 200
        self.later(self.now + PAUSE_S, self.call, no)

    def finish(self, no, ticket):
        assert self.door.act(ticket, "done", self.officers[no])[0] == 200
        self.served += 1
        self.later(self.now + PAUSE_S, self.call, no)
