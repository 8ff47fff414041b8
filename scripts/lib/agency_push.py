"""An agency's side of exchange: signs a batch with its key, pushes it, and waits for the report."""
import hashlib
import json
import subprocess
import base64
import time

PATH = "/api/exchange/batches"


class PushFailed(Exception):
    pass


class Agency:
    def __init__(self, name, key, url, ca, now_ms):
        self.name, self.key, self.url, self.ca, self.now_ms = name, key, url, ca, now_ms

    def headers(self, method, path, batch_id, body):
        stamp = str(self.now_ms())
        digest = hashlib.sha256(body).hexdigest()
        message = f"{method}\n{path}\n{self.name}\n{batch_id}\n{stamp}\n{digest}\n"
        signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key],
                                input=message.encode(), capture_output=True, check=True).stdout
        return {"Tongban-Agency": self.name, "Tongban-Batch": batch_id, "Tongban-Timestamp": stamp,
                "Tongban-Signature": base64.b64encode(signed).decode()}

    def call(self, method, path, batch_id, body, query=""):
        command = ["curl", "-sS", "--cacert", self.ca, "--max-time", "180", "-X", method,
                   self.url + path + query]
        for name, value in self.headers(method, path, batch_id, body).items():
            command += ["-H", f"{name}: {value}"]
        if method == "POST":
            command += ["-H", "Content-Type: application/x-ndjson", "-H", "Expect:",
                        "--data-binary", "@-"]
        done = subprocess.run(command, input=body, capture_output=True)
        if done.returncode != 0:
            raise PushFailed(done.stderr.decode().strip())
        answer = json.loads(done.stdout)
        if "error" in answer:
            raise PushFailed(done.stdout.decode())
        return answer

    def push(self, batch_id, lines):
        """A batch of lines (text with a line feed each); its report so far."""
        return self.call("POST", PATH, batch_id, "".join(lines).encode())

    def report(self, batch_id, after=0):
        return self.call("GET", f"{PATH}/{batch_id}", batch_id, b"", f"?after={after}")

    def wait(self, batch_id, seconds=3600):
        """The finished report of a batch."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            report = self.report(batch_id)
            if report["state"] == "done":
                return report
            time.sleep(0.2)
        raise PushFailed(f"batch {batch_id} is not done after {seconds} s")
