"""Realistic facts for demonstrations and benches, deterministic by seed.

Violation i belongs to block i // 64, whose 8 people share its 64 violations unevenly; everything of a
person or a violation comes from the seed and its number alone. So nothing is kept in memory, and
the facts for a smaller N are the first ones for a larger N.
"""
import datetime
import hashlib
import itertools
import random

BLOCK_VIOLATIONS, BLOCK_PEOPLE = 64, 8
DAY = datetime.timedelta(days=1)
CHINA = datetime.timezone(datetime.timedelta(hours=8))

SURNAMES = ("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏"
            "吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万")
GIVEN = ("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉萍红建文辉力飞鹏志宇浩晨阳佳欣怡梦雪琪思雨子轩"
         "梓涵嘉俊博宏海林峰波斌健荣国庆春燕秀珍梅凤云莲香月菊翠婷婕薇莹璐瑶洁颖琳晶倩蕾")
DIVISIONS = ("440301 440303 440304 440305 440306 440307 440308 440309 440104 440106 440204 440402 440507"
             " 440604 440703 440802 440902 441202 441302 441402 441502 441602 441702 441802 441900 442000"
             " 430102 430426 360102 360726 420106 421002 450102 450924 500103 510104 520102 530102 610113"
             " 410105").split()
ROADS = ("深南大道 滨海大道 北环大道 滨河大道 南海大道 宝安大道 布龙公路 梅观高速 福龙路 皇岗路 彩田路 新洲路 红荔路"
         " 笋岗路 沙河西路 留仙大道 龙岗大道 深盐路 坪山大道 光明大道").split()
PLACES = ["与{}路口", "由东向西{}段", "由西向东{}段", "近{}", "{}人行横道"]
MARKS = "市民中心 科技园 华强北 会展中心 世界之窗 大剧院 少年宫 竹子林 车公庙 白石洲 前海湾 五和 坂田 民治".split()
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
ALPHABET = LETTERS + "0123456789"

# code: weight, fine in fen, points (by the rules in force from 2022-04-01), speed over what is allowed
CODES = {
    "1039": (30, 20000, 0, None),   # 违反规定停放、临时停车
    "1018": (4, 10000, 0, None),    # 机动车不在机动车道内行驶
    "1208": (6, 10000, 0, None),    # 不按所需行进方向驶入导向车道
    "1223": (4, 20000, 3, None),    # 驾驶时拨打接听手持电话
    "1301": (4, 20000, 3, None),    # 逆向行驶
    "1344": (12, 20000, 1, None),   # 违反禁令标志指示
    "1345": (12, 20000, 1, None),   # 违反禁止标线指示
    "1352": (12, 5000, 0, (10, 19)),      # 超过规定时速10%未达20%
    "1357": (5, 20000, 3, None),    # 遇行人正在通过人行横道时未停车让行
    "1625": (6, 20000, 6, None),    # 违反道路交通信号灯通行
    "1636": (4, 20000, 3, (20, 49)),      # 超过规定时速20%以上未达50%
    "1721": (1, 200000, 12, (50, 80)),    # 超过规定时速50%以上：只能到窗口按一般程序处理
}
STREET_CODES = [code for code, row in CODES.items() if row[1] <= 20000]


def weighted(codes):
    return list(codes), list(itertools.accumulate(CODES[code][0] for code in codes))


FOR_CAMERAS, FOR_OFFICERS = weighted(CODES), weighted(STREET_CODES)


def id_no(division, birth, sequence):
    """GB 11643: 17 digits and the check letter."""
    body = f"{division}{birth:%Y%m%d}{sequence:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights)) % 11]


def vin(head, serial):
    """GB 16735: the ninth character checks the others."""
    values = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", "012345678912345678123457923456789"))
    text = f"{head}0{'J'}{serial % 36 % 10}{serial:06d}"
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    check = "0123456789X"[sum(int(values[c]) * w for c, w in zip(text, weights)) % 11]
    return text[:8] + check + text[9:]


def credit_code(serial):
    """GB 32100: a company registered in Shenzhen, and the letter that checks the other 17."""
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"91440300MA5{serial:06d}"
    total = sum(letters.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + letters[(31 - total % 31) % 31]


def decision_no(serial):
    """Division, 1 (simple procedure), serial, and the ISO 7064 MOD 11,10 check digit."""
    body = f"4403001{serial % 10**8:08d}"
    p = 10
    for digit in body:
        p = 2 * ((p + int(digit)) % 10 or 10) % 11
    return body + str((11 - p) % 10)


def instant(moment):
    return moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Facts:
    """All lines for `count` violations, as they were known at `now`."""

    def __init__(self, count, seed, now):
        self.count, self.seed = count, seed
        self.today = now.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
        self.observed = instant(self.today - DAY)
        self.people = -(-count // BLOCK_VIOLATIONS) * BLOCK_PEOPLE
        self.stamp = f"{self.today:%Y%m%d}"
        self.days = [f"{self.today - days * DAY:%Y-%m-%d}" for days in range(185)]
        digest = hashlib.sha256(f"{seed}:{self.today:%Y%m%d}".encode()).digest()
        self.first_serial = int.from_bytes(digest[:4], "big")
        self.offset = int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:4], "big")

    def random(self, kind, number):
        return random.Random((self.seed * 8 + kind) << 40 | number)

    # Each number names another one of the identities and plates that there are.
    def id_no_of(self, k):
        days, sequences = 17000, 998
        x = (k * 7368787 + self.offset) % (len(DIVISIONS) * days * sequences)
        birth = datetime.date(1957, 1, 1) + x // len(DIVISIONS) % days * DAY
        return id_no(DIVISIONS[x % len(DIVISIONS)], birth, x // len(DIVISIONS) // days + 1)

    def plate_of(self, k):
        x = k * 1299709 + self.offset
        if k % 7 == 0:  # new energy
            x = (k // 7 * 7919 + self.offset) % (2 * 24 * 10000)
            return "52", f"粤B{'DF'[x % 2]}{LETTERS[x // 2 % 24]}{x // 48:04d}"
        x %= 24 * 34 ** 4
        tail = "".join(ALPHABET[x // 24 // 34 ** i % 34] for i in range(4))
        return "02", f"粤B{LETTERS[x % 24]}{tail}"

    def person(self, k):
        r = self.random(1, k)
        name = r.choice(SURNAMES) + "".join(r.sample(GIVEN, r.choice((1, 2, 2))))
        line = {"type": "person", "name": name, "id_no": self.id_no_of(k)}
        if r.random() < 0.6:
            line["phone"] = f"1{r.choice('356789')}{r.randrange(10**9):09d}"
        return line | {"observed_at": self.observed}

    def vehicle(self, k):
        r = self.random(2, k)
        plate_type, plate = self.plate_of(k)
        head = r.choice(("LSVAA49J", "LGBH52E0", "LFV3A23C", "LC0CE4DC", "LVGBM51K", "LHGCR165"))
        registered = self.today - r.randrange(200, 4000) * DAY
        return {"type": "vehicle", "plate_type": plate_type, "plate": plate,
                "vin": vin(head, k % 10**6), "owner_id_no": self.id_no_of(k),
                "registered_on": f"{registered:%Y-%m-%d}",
                "use_kind": r.choices(("private", "taxi", "goods"), (94, 3, 3))[0],
                "observed_at": self.observed}

    def licence(self, k):
        r = self.random(3, k)
        birth = datetime.datetime.strptime(self.id_no_of(k)[6:14], "%Y%m%d").date()
        first = birth + r.randrange(18 * 366, 22 * 366) * DAY
        return {"type": "licence", "id_no": self.id_no_of(k), "file_no": f"4403{k % 10**8:08d}",
                "classes": r.choices((["C1"], ["C2"], ["C1", "D"], ["B2"]), (80, 12, 4, 4))[0],
                "first_issued_on": f"{first:%Y-%m-%d}",
                "valid_until": f"{self.today + r.randrange(30, 3600) * DAY:%Y-%m-%d}",
                "state": r.choices(("normal", "suspended", "retained"), (97, 2, 1))[0],
                "observed_at": self.observed}

    def instant(self, days_ago, second):
        """A second of a day in China."""
        days_ago, second = (days_ago, second - 28800) if second >= 28800 else (days_ago + 1,
                                                                              second + 57600)
        return (f"{self.days[days_ago]}T{second // 3600:02d}:{second // 60 % 60:02d}"
                f":{second % 60:02d}.000Z")

    def act(self, i, r, codes):
        """What cameras and officers have in common."""
        share = int(BLOCK_PEOPLE * r.random() ** 2)
        k = i // BLOCK_VIOLATIONS * BLOCK_PEOPLE + share
        plate_type, plate = self.plate_of(k)
        code = r.choices(codes[0], cum_weights=codes[1])[0]
        days_ago, second = r.randrange(2, 180), r.randrange(86400)
        place = r.choice(ROADS) + r.choice(PLACES).format(r.choice(MARKS))
        return k, days_ago, second, {"plate_type": plate_type, "plate": plate,
                                     "occurred_at": self.instant(days_ago, second),
                                     "place": place, "code": code}

    def serial(self, i):
        """In the upper half of the numbers; demo_citizens.py has the lower one."""
        return 5 * 10**7 + (self.first_serial + i) % (5 * 10**7)

    def is_street(self, i):
        return i % 7 == 3

    def camera(self, i):
        r = self.random(4, i)
        _, days_ago, second, act = self.act(i, r, FOR_CAMERAS)
        over = CODES[act["code"]][3]
        line = {"type": "camera_record", "record_no": f"SZ{self.stamp}S{self.seed}N{i}"} | act
        if over:
            allowed = r.choice((40, 60, 80))
            line |= {"measured": allowed * (100 + r.randint(*over)) // 100, "allowed": allowed}
        return line | {"evidence_sha256": f"{r.getrandbits(256):064x}",
                       "observed_at": self.instant(days_ago - 1, second)}

    def street(self, i):
        r = self.random(5, i)
        k, days_ago, second, act = self.act(i, r, FOR_OFFICERS)
        _, fine_fen, points, _ = CODES[act["code"]]
        on = self.days[days_ago]
        return {"type": "street_decision", "decision_no": decision_no(self.serial(i)),
                "id_no": self.id_no_of(k)} | act | {
                    "fine_fen": fine_fen, "points": points, "decided_on": on, "served_on": on,
                    "officer_no": f"0{r.randrange(10000, 99999)}",
                    "observed_at": self.instant(days_ago - 1, second)}

    def registry(self):
        """What the registry of vehicles and drivers pushes, people first."""
        yield (self.person(k) for k in range(self.people))
        yield (self.vehicle(k) for k in range(self.people))
        yield (self.licence(k) for k in range(self.people) if k % 13)

    def violations(self):
        """What the traffic system pushes."""
        return (self.street(i) if self.is_street(i) else self.camera(i) for i in range(self.count))
