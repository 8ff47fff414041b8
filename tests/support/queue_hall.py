"""A hall with officers at its counters and people in its lines, over HTTPS: for queue tests.

The clock is moved to a working day; sessions are rows, since they are not what is tested here."""
import datetime
import hashlib
import json
import time
import uuid

CITIZEN, OFFICER, INTAKE, LEAD = 3, 1 << 2, 1 << 9, 1 << 12
HERE = {"lat_e6": 22541100, "lon_e6": 114059500}
CHINA = datetime.timezone(datetime.timedelta(hours=8))


def at(hour, minute=0, day=30):
    """Seconds of a moment in November 2026; the 30th is a Monday."""
    return datetime.datetime(2026, 11, day, hour, minute, tzinfo=CHINA).timestamp()


class Hall:
    def __init__(self, platform, code="futian", brigade="440304"):
        self.platform, self.code, self.brigade = platform, code, brigade

    def set_clock(self, seconds):
        with open(self.platform.run / "clock", "r+b", buffering=0) as file:
            file.write(b"%-31d" % round((seconds - time.time()) * 1000))

    def sessions(self, count, roles):
        """So many tokens, each of somebody else."""
        tokens = [uuid.uuid4().hex for _ in range(count)]
        officer = roles & OFFICER
        rows = ",".join(
            "(X'%s','01Q%s',%s,%d,'%s',%s,UTC_TIMESTAMP(3),'2099-01-01','2099-01-01')" % (
                hashlib.sha256(token.encode()).hexdigest(), token[:23].upper(),
                "NULL" if officer else "'01P%s'" % token[:23].upper(), roles,
                "officer" if officer else "wechat", "'%s'" % self.brigade if officer else "NULL")
            for token in tokens)
        self.platform.sql("INSERT INTO core_session (token_hash, actor_id, person_id, roles, channel,"
                          " brigade, created_at, expires_at, absolute_expires_at) VALUES " + rows)
        return tokens

    def person(self, token=None):
        return Somebody(self, token)


class Somebody:
    """With a connection that stays open."""

    def __init__(self, hall, token):
        self.hall, self.token = hall, token
        self.connection = hall.platform.connect("citizens")

    def close(self):
        self.connection.close()

    def ask(self, method, path, body=None, headers=None, token=None):
        headers = dict(headers or {})
        if token or self.token:
            headers["Authorization"] = f"Bearer {token or self.token}"
        if method == "POST":
            headers |= {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        self.connection.request(method, "/api/booking" + path,
                                None if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        data = answer.read()
        return answer.status, json.loads(data) if data else None, answer.headers

    def take(self, business, token=None):
        return self.ask("POST", f"/halls/{self.hall.code}/tickets", {"business": business, **HERE},
                        token=token)[:2]

    def take_here(self, business, **more):
        return self.ask("POST", f"/office/halls/{self.hall.code}/tickets",
                        {"business": business, **more})[:2]

    def counter(self, no, act, token=None):
        return self.ask("POST", f"/office/halls/{self.hall.code}/counters/{no}/{act}",
                        token=token)[:2]

    def act(self, ticket, act, token=None):
        return self.ask("POST", f"/office/tickets/{ticket}/{act}", token=token)[:2]

    def display(self, etag=None):
        return self.ask("GET", f"/halls/{self.hall.code}/display",
                        headers={"If-None-Match": etag} if etag else {})
