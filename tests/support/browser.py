"""Pages as people see them: headless Chromium, spoken to over a pipe in its own protocol.

    with Browser() as browser:
        page = browser.open(url, width=390, height=844)
        page.wait("document.querySelectorAll('li').length == 2")
        page.picture(path)
        self.assertEqual(page.complaints, [])

It trusts any certificate. What the page throws and what its policy forbids is in .complaints.
"""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

PROGRAM = shutil.which("chromium")


class Browser:
    def __init__(self):
        self.number, self.pages = 0, {}
        self.folder = tempfile.mkdtemp(prefix="tongban-browser-")
        theirs_in, self.ours_out = os.pipe()
        self.ours_in, theirs_out = os.pipe()
        command = [PROGRAM, "--headless=new", "--no-sandbox", "--disable-gpu",
                   "--disable-dev-shm-usage", "--ignore-certificate-errors", "--no-first-run",
                   f"--user-data-dir={self.folder}", "--remote-debugging-pipe", "about:blank"]
        # Chromium reads from descriptor 3 and writes to 4.
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "bash", *command],
            pass_fds=(theirs_in, theirs_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        os.close(self.ours_in)
        os.close(self.ours_out)
        shutil.rmtree(self.folder, ignore_errors=True)

    def read(self, seconds):
        """The next message, or None when there is none in time."""
        end = time.monotonic() + seconds
        while b"\0" not in self.rest:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.ours_in], [], [], left)[0]:
                return None
            chunk = os.read(self.ours_in, 1 << 20)
            if not chunk:
                raise AssertionError("chromium went away")
            self.rest += chunk
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **params):
        self.number += 1
        asked = {"id": self.number, "method": method, "params": params}
        if session:
            asked["sessionId"] = session
        os.write(self.ours_out, json.dumps(asked).encode() + b"\0")
        while message := self.read(60):
            if message.get("id") == self.number:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                return message["result"]
            self.hear(message)
        raise AssertionError(f"{method}: chromium does not answer")

    def hear(self, message):
        page, params = self.pages.get(message.get("sessionId")), message.get("params", {})
        if page and message["method"] == "Runtime.exceptionThrown":
            page.complaints.append(params["exceptionDetails"]["text"])
        if page and message["method"] == "Log.entryAdded" and params["entry"]["level"] == "error":
            page.complaints.append(params["entry"]["text"])

    def open(self, url, width, height):
        target = self.call("Target.createTarget", url="about:blank", newWindow=True)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self.pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log"):
            page.call(domain + ".enable")
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 600)
        page.call("Page.navigate", url=url)
        return page


class Page:
    def __init__(self, browser, session):
        self.browser, self.session, self.complaints = browser, session, []

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def value(self, expression):
        """What the expression is worth in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return result["result"].get("value")

    def wait(self, expression, seconds=60):
        end = time.monotonic() + seconds
        while not self.value(expression):
            if time.monotonic() > end:
                text = self.value("document.body.innerText")
                raise AssertionError(f"not within {seconds} s: {expression}; it shows {text}")
            time.sleep(0.05)

    def picture(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(data))
