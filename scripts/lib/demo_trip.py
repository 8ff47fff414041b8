"""The steps of the trip that scripts/demo makes, each printed as the citizen would see it."""
from demo_client import step, yuan

STATES = {"open": "待处理", "decided": "待缴款", "paid": "已办结"}
# Who has nothing to say, and agrees to be served in the app.
CONFIRMED = {"statement": "none", "electronic_service": True}
GATEWAYS = {"wechat": ("wechatpay", "微信支付"), "alipay": ("alipay", "支付宝")}


def sign_in(platform, channel, citizen):
    step(f"打开小程序，用{'微信' if channel == 'wechat' else '支付宝'}登录")
    code = platform.login_code(channel, citizen)
    session = platform.post(f"/api/identity/{channel}/sessions", {"code": code})
    platform.token = session["token"]
    print("   已登录，会话有效至", session["expires_at"])
    status, body = platform.ask("POST", f"/api/identity/{channel}/sessions", {"code": code})
    print("   同一登录凭证再用一次：", status, body["error"]["message"])
    if session["is_verified"]:
        return
    status, body = platform.ask("GET", "/api/violation/violations")
    print("   未实名就查询违法：", status, body["error"]["message"])
    if channel == "wechat":
        verify(platform, citizen)
    else:
        link(platform, citizen)


def link(platform, citizen):
    """WeChat's face check vouches for the Alipay account too, by a code from one to the other."""
    alipay = platform.token
    sign_in(platform, "wechat", citizen)
    code = platform.post("/api/identity/link-codes", {}, key="demo-code")["code"]
    platform.token = alipay
    step("支付宝账号关联到已实名的微信账号")
    platform.post("/api/identity/links", {"code": code}, key="demo-link")
    print("   已关联：", platform.get("/api/identity/me")["name_masked"])


def verify(platform, citizen):
    step(f"实名认证：{citizen['name']}，人脸核身")
    check = platform.post("/api/identity/face-checks",
                          {"name": citizen["name"], "id_no": citizen["id_no"]}, key="demo-face")
    print("   核身编号", check["check_id"])
    platform.post(f"/api/identity/face-checks/{check['check_id']}/result", {}, key="demo-result")
    me = platform.get("/api/identity/me")
    print("   已认证：", me["name_masked"])


def look(platform):
    step("查看我的违法")
    items = platform.get("/api/violation/violations")["items"]
    for item in items:
        print(f"   {item['occurred_at'][:10]} {item['plate']} {item['title']}"
              f"：应缴 {yuan(item['amount_due_fen'])}（{STATES.get(item['state'], item['state'])}）")
        explain(platform, item)
    return items


def explain(platform, item):
    detail = platform.get(f"/api/violation/violations/{item['id']}")
    print(f"      依据：{detail['article']}；罚款 {yuan(detail['fine_fen'])}，"
          f"记分 {detail['points']}")
    if detail.get("obligation_id") and item["state"] != "paid":
        print(f"      应缴至 {detail['due_on']}，逾期 {detail['late_days']} 天，加处罚款 "
              f"{yuan(detail['surcharge_fen'])}，合计 {yuan(detail['amount_due_fen'])}")


def confirm(platform, item):
    step(f"确认违法：{item['title']}")
    path = f"/api/violation/violations/{item['id']}"
    status, body = platform.ask("POST", path + "/confirmation", CONFIRMED,
                                key="demo-early")
    print("   未阅告知就确认：", status, body["error"]["message"])
    told = platform.post(path + "/announcement", {}, key="demo-announce")
    print("   告知：", told["facts"], told["penalty"])
    decided = platform.post(path + "/confirmation", CONFIRMED,
                            key="demo-confirm")
    print("   送达：", decided["service"])
    print(f"   处罚决定书 {decided['decision_no']}，记分 {decided['points']}")
    return decided["obligation_id"]


def pay(platform, channel, citizen, obligation_id):
    gateway, name = GATEWAYS[channel]
    step(f"用{name}缴款")
    other = "alipay" if channel == "wechat" else "wechat"
    status, body = platform.ask("POST", "/api/payment/orders",
                                {"obligation_ids": [obligation_id], "channel": other},
                                key="demo-wrong")
    print("   选错支付方式：", status, body["error"]["message"])
    order = platform.post("/api/payment/orders",
                          {"obligation_ids": [obligation_id], "channel": channel}, key="demo-pay")
    print(f"   缴款单 {order['order_no']}：{yuan(order['amount_fen'])}，"
          f"{order['expire_at'][:16]}Z 前有效")
    platform.pay_at_gateway(gateway, order, citizen)
    order = platform.wait_for(lambda: platform.get(f"/api/payment/orders/{order['order_no']}"),
                              lambda seen: seen["state"] == "paid")
    print("   支付通知已验签入账，付款时间", order["paid_at"])
    receipt = platform.get(f"/api/payment/orders/{order['order_no']}/receipt")
    for one in receipt["items"]:
        print(f"   缴款凭证 {one['receipt_no']}，校验码 {one['code']}：{yuan(one['amount_fen'])}，"
              f"交易号 {receipt['gateway_no']}")
        seen = platform.get(f"/api/payment/receipts/{one['receipt_no']}?code={one['code']}")
        print(f"   任何人凭编号和校验码查验：{seen['title']}，{yuan(seen['amount_fen'])}，"
              f"{seen['state_text']}")
    status, body = platform.ask("POST", "/api/payment/orders",
                                {"obligation_ids": [obligation_id], "channel": channel},
                                key="demo-again")
    print("   再缴一次：", status, body["error"]["message"])


def trip(platform, channel, citizen):
    print(f"\n== {citizen['name']}，{GATEWAYS[channel][1]} ==")
    sign_in(platform, channel, citizen)
    items = look(platform)
    chosen = next((i for i in items if i["state"] == "open" and i["amount_due_fen"] <= 20000),
                  None)
    owed = next((i for i in items if i.get("obligation_id") and i["state"] != "paid"), None)
    if chosen is None and owed is None:
        print("   没有可在此处理的违法（先 scripts/stop，再 scripts/run --fresh --detach 重新开始）")
        return
    obligation = confirm(platform, chosen) if chosen else owed["obligation_id"]
    pay(platform, channel, citizen, obligation)
    wanted = (chosen or owed)["id"]
    closed = platform.wait_for(lambda: platform.get(f"/api/violation/violations/{wanted}"),
                               lambda seen: seen["state"] == "paid")
    step(f"案件已办结：{closed['title']}")
