"""What stories told from the outside need: citizens and officers on a platform with demo data."""
import datetime
import json
import os
import struct
import subprocess
import sys
import pathlib
import uuid
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "lib"))
import agency_push  # noqa: E402
import demo_client  # noqa: E402
import demo_facts  # noqa: E402
import demo_push  # noqa: E402
import demo_trip  # noqa: E402
from support.platform import Platform  # noqa: E402


class Story(Platform):
    """A platform with demo data, on which nobody is told that he asks too often."""

    def __init__(self, **settings):
        super().__init__(demo_data=True, CITIZENS_RATE=1000, CITIZENS_BURST=1000, **settings)

    def day(self, offset):
        """A day in China, so many from today."""
        now = datetime.datetime.fromtimestamp(self.business_seconds(), datetime.timezone.utc)
        return (now + datetime.timedelta(hours=8, days=offset)).date().isoformat()

    def midnight(self, days_ago):
        """When a day in China began, so many days ago."""
        now = datetime.datetime.fromtimestamp(self.business_seconds(), demo_facts.CHINA)
        return (now.replace(hour=0, minute=0, second=0, microsecond=0)
                - datetime.timedelta(days=days_ago))

    def agency(self, name):
        return agency_push.Agency(name, self.run / f"keys/agency/{name}.key",
                                  f"https://127.0.0.1:{self.port + 1}", self.run / "keys/ca/ca.crt",
                                  lambda: int(self.business_seconds() * 1000))

    def push(self, name, lines):
        """How many lines of an agency's batch were refused."""
        return demo_push.push_all(self.agency(name), uuid.uuid4().hex[:12], lines)

    def api(self, method, path, body=None, token=None, headers=None):
        """Status, answer and headers; every write has a key of its own."""
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if method == "POST":
            headers |= {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        return self.ask("citizens", method, path,
                        None if body is None else json.dumps(body), headers)

    def client(self, person=None):
        """One who came by a mini program and is known by his real name; 张伟 unless told."""
        client = demo_client.Platform(self.run)
        client.person = person or client.citizens()[0]
        client.token = client.post("/api/identity/wechat/sessions",
                                   {"code": client.login_code("wechat", client.person)})["token"]
        if not client.get("/api/identity/me")["is_verified"]:
            demo_trip.verify(client, client.person)
        return client

    def citizen(self, person=None):
        """The token of his session."""
        return self.client(person).token


class Desk:
    """An officer at work on one application."""

    def __init__(self, story, name, module, application):
        self.story = story
        self.token = story.officer(name)
        self.path = f"/api/{module}/office/applications/{application}"

    def do(self, act, **more):
        status, shown, _ = self.story.api("GET", self.path, token=self.token)
        if status != 200:
            return status, shown
        return self.story.api("POST", f"{self.path}/{act}", {"ver": shown["ver"], **more},
                              self.token)[:2]


def picture(side=1):
    """A square of grey noise, PNG, which nothing packs."""
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data
                + struct.pack(">I", zlib.crc32(kind + data)))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + os.urandom(side) for _ in range(side))))
            + chunk(b"IEND", b""))


def output(*words):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout.decode()
