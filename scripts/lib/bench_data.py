"""Rows for scripts/bench, written straight into the database: of any number, and always the same.
They are issued by a module that is not there, so that nobody works on what a load brings about.

Everything of number i has an identifier that ends in i, so that a load and the bare statements can
name it without asking.
"""


def name(kind, number="seq"):
    """SQL of the identifier of something of this kind: a ULID."""
    return f"CONCAT('01BENCH{kind}0', LPAD({number}, 14, '0'))"


def sessions(first, last):
    return f"""INSERT IGNORE INTO core_session (token_hash, actor_id, person_id, roles, open_id,
        channel, created_at, expires_at, absolute_expires_at)
    SELECT UNHEX(SHA2(CONCAT('bench-token-', LPAD(seq, 14, '0')), 256)), {name('ACTR')},
        {name('PRSN')}, 3, CONCAT('obench', LPAD(seq, 22, '0')), 'wechat', UTC_TIMESTAMP(3),
        UTC_TIMESTAMP(3) + INTERVAL 1 DAY, UTC_TIMESTAMP(3) + INTERVAL 1 DAY
    FROM seq_{first}_to_{last}"""


def obligations(first, last, kind="DEBT", person="seq", numbers=None):
    return f"""INSERT INTO obligation (id, module, kind, ref_no, account, title, person_id,
        base_fen, late_percent_a_day, late_percent_max, due_on, decided_at)
    SELECT {name(kind)}, 'bench', 'fine', CONCAT('{kind[0]}', LPAD(seq, 14, '0')),
        'fine_treasury', '违反禁令标志', {name('PRSN', person)}, 20000, 3, 100,
        UTC_DATE() + INTERVAL 10 DAY, UTC_TIMESTAMP(3)
    FROM {numbers or f'seq_{first}_to_{last}'}"""


def debtors(first, last):
    """People with one obligation each, signed in."""
    return [sessions(first, last), obligations(first, last)]


def payers(first, last):
    """The same with an open order each: what a callback is about."""
    numbers = f"FROM seq_{first}_to_{last}"
    return debtors(first, last) + [
        f"""INSERT INTO pay_order (id, payer_id, request_key, account, description, amount_fen,
            created_at, expire_at, updated_at)
        SELECT {name('RDER')}, {name('ACTR')}, CONCAT('bench-', LPAD(seq, 14, '0')),
            'fine_treasury', '违反禁令标志', 20000, UTC_TIMESTAMP(3),
            UTC_TIMESTAMP(3) + INTERVAL 30 MINUTE, UTC_TIMESTAMP(3) {numbers}""",
        f"""INSERT INTO pay_order_item (order_id, obligation_id, amount_fen, base_fen,
            surcharge_fen)
        SELECT {name('RDER')}, {name('DEBT')}, 20000, 20000, 0 {numbers}""",
        f"""INSERT INTO pay_attempt (id, order_id, gateway, merchant, open_id, amount_fen, state,
            prepay_id, created_at, updated_at)
        SELECT {name('ATMT')}, {name('RDER')}, 'wechatpay', '1900000109',
            CONCAT('obench', LPAD(seq, 22, '0')), 20000, 'open', 'wx-bench', UTC_TIMESTAMP(3),
            UTC_TIMESTAMP(3) {numbers}"""]


# The transaction that WeChat Pay tells about; {i} is the order's number.
PAID = ('{"mchid":"1900000109","appid":"wx1234567890abcdef","out_trade_no":"01BENCHATMT0{i}",'
        '"transaction_id":"42000000000000{i}","trade_type":"JSAPI","trade_state":"SUCCESS",'
        '"trade_state_desc":"支付成功","bank_type":"OTHERS","attach":"",'
        '"success_time":"%s","payer":{"openid":"obench00000000{i}"},"amount":{"total":20000,'
        '"payer_total":20000,"currency":"CNY","payer_currency":"CNY"}}')

CASES_EACH = 8  # six of a camera, and two decided on the street, of which one is paid


def violations(before, total, step=100000):
    """Grows what is there to so many violations; those of one person lie far apart."""
    new = (total - before) // CASES_EACH
    known, first = before // CASES_EACH, before + 1
    person = f"((seq - {first}) MOD {new} + {known + 1})"
    which = f"((seq - {first}) DIV {new})"
    yield sessions(known + 1, known + new)
    yield f"""INSERT INTO vehicle (id, plate_type, plate, vin, owner_id, registered_on, use_kind,
        source, observed_at)
    SELECT {name('VHCR')}, '02', CONCAT('粤', 'B', LPAD(CONV(seq, 10, 36), 5, '0')),
        CONCAT('LBENCH00', LPAD(seq, 9, '0')), {name('PRSN')}, '2018-05-18', 'private', 'vehicle',
        UTC_TIMESTAMP(3) FROM seq_{known + 1}_to_{known + new}"""
    for numbers in parts(first, total, step):
        yield cases(person, which, numbers)
    for numbers in parts(first + 6 * new, total, step):
        yield obligations(0, 0, "FNE0", person, numbers)
        yield decisions(person, numbers)
    yield f"""INSERT INTO settlement (obligation_id, gw_txn_id, order_id, amount_fen, settled_at)
        SELECT {name('FNE0')}, {name('GWTX')}, {name('RDER')}, 20000, UTC_TIMESTAMP(3)
        FROM seq_{first + 7 * new}_to_{total}"""
    yield ("ANALYZE TABLE violation_case, violation_decision, vehicle, obligation, settlement,"
           " core_session")


def parts(first, last, step):
    for at in range(first, last + 1, step):
        yield f"seq_{at}_to_{min(at + step - 1, last)}"


def cases(person, which, numbers):
    return f"""INSERT INTO violation_case (id, kind, fact_id, agency, source_no, person_id,
            plate_type, plate, occurred_at, place, code, observed_at, arrived_at, state, updated_at)
        SELECT {name('CASE')}, IF({which} < 6, 'camera', 'street'), {name('FACT')}, 'traffic',
            LPAD(seq, 14, '0'), IF({which} < 6, NULL, {name('PRSN', person)}), '02',
            CONCAT('粤', 'B', LPAD(CONV({person}, 10, 36), 5, '0')),
            UTC_TIMESTAMP(3) - INTERVAL (seq MOD 180) DAY, '深南大道由东向西市民中心段',
            ELT(1 + seq MOD 4, '1344', '1208', '1301', '1345'), UTC_TIMESTAMP(3),
            UTC_TIMESTAMP(3), CASE WHEN {which} < 6 THEN 'open' WHEN {which} = 6 THEN 'decided'
            ELSE 'paid' END, UTC_TIMESTAMP(3) FROM {numbers}"""


def decisions(person, numbers):
    return f"""INSERT INTO violation_decision (decision_no, case_id, manner, person_id, authority,
            facts, fact_source, fact_observed_at, title, basis, rule_source, fine_fen, points,
            late_percent_a_day, late_percent_max, decided_at, served_on, due_on, due_source,
            obligation_id)
        SELECT LPAD(seq, 16, '0'), {name('CASE')}, 'street', {name('PRSN', person)},
            '深圳市公安局交通警察局', '驾驶机动车违反禁令标志指示', 'traffic', UTC_TIMESTAMP(3),
            '违反禁令标志', '道路交通安全法第三十八条、第九十条', '现场处罚', 20000, 1, 3, 100,
            UTC_TIMESTAMP(3), UTC_DATE(), UTC_DATE() + INTERVAL 15 DAY,
            '行政处罚法第六十七条', {name('FNE0')} FROM {numbers}"""
