"""A day's trade bill of WeChat Pay against books that have as many facts."""
import datetime
import gzip
import hashlib
import re
import time

import bench_data
from bench_stage import wait_until

HEADING = ("\ufeff交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,"
           "交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,"
           "充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,"
           "费率备注\r\n")
LINE = ("`%s,`wx1234567890abcdef,`1900000109,`0,`,`%s,`%s,`o%s,`JSAPI,`SUCCESS,`OTHERS,`CNY,"
        "`200.00,`0.00,`0,`0,`0.00,`0.00,`,`,`交通违法罚款,`,`0.00000,`0.60%%,`200.00,`0.00,`\r\n")
TOTALS = ("总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
          "\r\n`%d,`%d.00,`0.00,`0.00,`0.00000,`%d.00,`0.00\r\n")
GATEWAY_NO = "CONCAT('4200002026', LPAD(seq * 982451653, 18, '0'))"
OUR_NO = "CONCAT('01', UPPER(SUBSTR(MD5(seq), 1, 24)))"
LOCATION = """location = /bench-bill {
    alias %s;
}
location / {"""
BATCH = ("gateway = 'wechatpay' AND merchant = '1900000109' AND kind = 'trade'"
         " AND bill_date = '%s'")


def facts(day, count, step=50000):
    """What the bill tells, as callbacks would have booked it; only what bills are matched with."""
    at = f"TIMESTAMP'{day} 00:00:00' - INTERVAL 8 HOUR + INTERVAL (seq * 86399 DIV {count}) SECOND"
    for numbers in bench_data.parts(1, count, step):
        yield f"""INSERT INTO money_fact (id, gateway, merchant, direction, gateway_no, our_no,
                amount_fen, happened_at, proof, order_id, disposition, recorded_at)
            SELECT {bench_data.name('FACT')}, 'wechatpay', '1900000109', 'in', {GATEWAY_NO},
                {OUR_NO}, 20000, {at}, 'notify', {bench_data.name('RDER')}, 'applied', {at}
            FROM {numbers}"""
        yield f"""INSERT INTO ledger_txn (id, ev, ev_ref, at) SELECT {bench_data.name('TXNS')},
            'receipt', {bench_data.name('FACT')}, {at} FROM {numbers}"""
        for line, account, debit in ((1, "clearing:wechatpay", 1), (2, "suspense", 0)):
            yield f"""INSERT INTO ledger_entry (txn_id, line, account, dr_fen, cr_fen)
                SELECT {bench_data.name('TXNS')}, {line}, '{account}', {20000 * debit},
                {20000 * (1 - debit)} FROM {numbers}"""
    yield "ANALYZE TABLE money_fact, ledger_txn, ledger_entry"


def write(path, day, count):
    """The packed bill; its size unpacked and the SHA-1 that the gateway announces."""
    digest, size = hashlib.sha1(), 0
    with gzip.open(path, "wb", 6) as out:
        for first in range(1, count + 1, 2000):
            text = HEADING if first == 1 else ""
            for i in range(first, min(first + 2000, count + 1)):
                at, code = i * 86399 // count, hashlib.md5(b"%d" % i).hexdigest()
                time_of = f"{day} {at // 3600:02d}:{at // 60 % 60:02d}:{at % 60:02d}"
                text += LINE % (time_of, f"4200002026{i * 982451653:018d}",
                                "01" + code[:24].upper(), code[5:])
            if i == count:
                text += TOTALS % (count, 200 * count, 200 * count)
            packed = text.encode()
            digest.update(packed)
            size += len(packed)
            out.write(packed)
    return size, digest.hexdigest()


class Bill:
    """The bill that the platform planned at its start was empty; now it is asked for again."""

    name = "a day's bill"

    def __init__(self, given, stage):
        self.stage, self.count = stage, given.lines
        now = datetime.datetime.utcnow() + datetime.timedelta(hours=8)
        self.day = (now - datetime.timedelta(days=1 if now.hour >= 10 else 2)).date()
        self.packed = stage.folder / "bill.gz"

    def batch(self, columns):
        return self.stage.sql(f"SELECT {columns} FROM recon_batch WHERE {BATCH % self.day}").split()

    def offer(self, sha1):
        nginx = self.stage.run / "nginx/servers"
        for path in nginx.glob("*.conf"):
            text = path.read_text()
            path.write_text(text.replace("location / {", LOCATION % self.packed, 1))
        self.packed.chmod(0o644)
        self.stage.folder.chmod(0o755)
        self.stage.reload_nginx()
        self.stage.set("simulator", BENCH_BILL_SHA1=sha1, BENCH_BILL_URL=
                       f"https://127.0.0.1:{self.stage.port + 3}/bench-bill")

    def run(self):
        wait_until(lambda: self.batch("state") == ["closed"], "the empty bill is closed", 60)
        size, sha1 = write(self.packed, self.day, self.count)
        self.offer(sha1)
        self.stage.sql("SET unique_checks = 0", *facts(self.day, self.count))
        self.stage.sql("SET GLOBAL slow_query_log_file = 'slow.log', GLOBAL slow_query_log = 1,"
                       " GLOBAL long_query_time = 0.5")
        self.stage.restart("payment")
        seconds, peak = self.reconcile()
        checked = self.check()
        slowest = self.slowest()
        self.stage.sql("SET GLOBAL slow_query_log = 0")
        return self.told(size, seconds, peak, checked, slowest)

    def reconcile(self):
        """Seconds in each state, and the peak of the background worker's memory."""
        pid = self.stage.background("payment")
        self.stage.sql(f"UPDATE recon_batch SET state = 'due' WHERE {BATCH % self.day}",
                       "UPDATE payment_job SET state = 'ready', run_at = UTC_TIMESTAMP(3),"
                       " attempts = 0 WHERE kind = 'reconcile' AND dedupe ="
                       f" (SELECT id FROM recon_batch WHERE {BATCH % self.day})")
        began, seconds, peak = time.monotonic(), {}, 0
        while (state := self.batch("state")[0]) != "closed":
            if state in ("refused", "waiting"):
                raise SystemExit(f"bench: the bill is {state}: {self.batch('refusal')}")
            time.sleep(0.2)
            seconds[state] = seconds.get(state, 0) + time.monotonic() - began
            began = time.monotonic()
            peak = max(peak, self.stage.peak_mb(pid))
        return seconds, peak

    def check(self):
        """Seconds of the nightly job that counts all invariants; infinite when it fails."""
        began = time.monotonic()
        job = "FROM payment_job WHERE kind = 'check_all_invariants'"
        failures = self.stage.sql(f"SELECT failures {job}")
        self.stage.sql("UPDATE payment_job SET run_at = UTC_TIMESTAMP(3) WHERE state = 'ready'"
                       " AND kind = 'check_all_invariants'")
        wait_until(lambda: self.stage.sql("SELECT COUNT(*) " + job + " AND state = 'ready' AND"
                                          " run_at > UTC_TIMESTAMP(3)").strip() == "1",
                   "the invariants are checked", 600)
        has_failed = self.stage.sql(f"SELECT failures {job}") > failures
        return float("inf") if has_failed else time.monotonic() - began

    def slowest(self):
        log = (self.stage.run / "db/data/slow.log").read_text(errors="replace")
        found = re.findall(r"Query_time: ([\d.]+).*?\n((?:SELECT|UPDATE|INSERT).*?);\n", log, re.S)
        return sorted(((float(at), re.sub(r"\s+", " ", sql)) for at, sql in found), reverse=True)

    def told(self, size, seconds, peak, checked, slowest):
        total = sum(seconds.values())
        runs = self.stage.sql("SELECT MAX(attempts) FROM payment_job WHERE kind = 'reconcile'")
        data = self.stage.sql("SELECT ROUND(SUM(data_length + index_length) / 1048576)"
                              " FROM information_schema.tables WHERE table_name = 'bill_line'")
        matched = self.batch("matched_count")[0]
        longest = slowest[0] if slowest else (0, "none over half a second")
        figures = [(f"lines, {size / 2**20:.0f} MiB, packed"
                    f" {self.packed.stat().st_size / 2**20:.0f}", self.count),
                   *((f"seconds {state}", at) for state, at in seconds.items()),
                   ("lines a second", self.count / total), ("runs of its job", float(runs)),
                   ("MB of the background worker at most", peak),
                   ("MB of bill_line in the database", float(data)),
                   ("seconds of all invariants afterwards", checked),
                   (f"seconds of the longest statement ({longest[1][:60]})", longest[0])]
        aims = [("every line is matched", float(matched), int(matched) == self.count),
                ("a million lines, at most 10 minutes", total * 1e6 / self.count,
                 total * 1e6 / self.count <= 600),
                ("a bill, at most 256 MB", peak, peak <= 256),
                ("the invariants afterwards, at most a minute", checked, checked <= 60),
                ("no statement near the 7 s after which it is given up", longest[0],
                 longest[0] < 6)]
        return figures, aims
