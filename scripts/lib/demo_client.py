"""A citizen's client for scripts/demo: plain HTTP, the platform's address and the simulator's."""
import hashlib
import json
import pathlib
import ssl
import sys
import time
import urllib.error
import urllib.request
import uuid

CITIZENS = [{"name": "张伟", "id_no": "440300199003078014"},
            {"name": "阿卜杜·买买提", "id_no": None}]


def step(text):
    print(f"\n● {text}")


def yuan(fen):
    return f"{fen // 100}.{fen % 100:02d}元"


class Platform:
    def __init__(self, run_dir):
        run = pathlib.Path(run_dir)
        if not (run / "port").exists():
            sys.exit(f"{run} holds no platform: scripts/run --detach starts one")
        port = int((run / "port").read_text())
        self.citizens_url = f"https://127.0.0.1:{port}"
        self.internal_url = f"http://127.0.0.1:{port + 2}"
        self.trust = ssl.create_default_context(cafile=str(run / "keys" / "ca" / "ca.crt"))
        self.token = None
        self.trip = uuid.uuid4().hex

    def citizens(self):
        from demo_citizens import MAI_MAI_TI
        CITIZENS[1]["id_no"] = MAI_MAI_TI
        return CITIZENS

    def ask(self, method, path, body=None, key=None):
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if key:
            headers["Idempotency-Key"] = f"{key}-{self.trip}"
        return self.send(method, self.citizens_url + path, body, headers)

    def send(self, method, url, body, headers):
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(url, method=method, data=data, headers=headers)
        trust = self.trust if url.startswith("https") else None
        try:
            with urllib.request.urlopen(asked, context=trust, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.loads(refusal.read() or b"{}")
        except urllib.error.URLError as fault:
            sys.exit(f"{url} does not answer ({fault.reason}): scripts/status says what runs")

    def expect(self, status, body, what):
        if status >= 300:
            sys.exit(f"{what}: {status} {json.dumps(body, ensure_ascii=False)}")
        return body

    def get(self, path):
        return self.expect(*self.ask("GET", path), path)

    def post(self, path, body, key=None):
        return self.expect(*self.ask("POST", path, body, key), path)

    def internal(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        return self.expect(*self.send(method, self.internal_url + path, body, headers), path)

    def openid(self, channel, citizen):
        name = hashlib.sha256(f"{channel}:{citizen['id_no']}".encode()).hexdigest()
        return ("o" if channel == "wechat" else "a") + name[:26]

    def login_code(self, channel, citizen):
        openid = self.openid(channel, citizen)
        if channel == "wechat":
            self.internal("POST", "/simulator/wechat/citizens",
                          {"openid": openid, "name": citizen["name"], "id_no": citizen["id_no"]})
            return self.internal("POST", "/simulator/wechat/login-codes", {"openid": openid})["code"]
        return self.internal("POST", "/simulator/alipay/auth-codes", {"openid": openid})["code"]

    def pay_at_gateway(self, gateway, order, citizen):
        """What wx.requestPayment or my.tradePay does: hands the parameters to the gateway."""
        channel = order["channel"]
        mine = [seen for seen in self.internal("GET", "/simulator/orders?state=open")["items"]
                if seen["gateway"] == gateway and seen["payer"] == self.openid(channel, citizen)]
        params = {name: order[name] for name in
                  ("timeStamp", "nonceStr", "package", "signType", "paySign", "tradeNO")
                  if order[name]}
        return self.internal(
            "POST", f"/simulator/orders/{gateway}/{mine[0]['out_trade_no']}/pay", params)

    def pay(self, obligation, key):
        """Ordered and paid by WeChat Pay; the order."""
        order = self.post("/api/payment/orders",
                          {"obligation_ids": [obligation], "channel": "wechat"}, key)
        self.pay_at_gateway("wechatpay", order, self.person)
        return order

    def wait_for(self, look, is_done, seconds=60):
        until = time.monotonic() + seconds
        while not is_done(seen := look()):
            if time.monotonic() > until:
                sys.exit(f"gave up waiting: {json.dumps(seen, ensure_ascii=False)}")
            time.sleep(0.1)
        return seen
