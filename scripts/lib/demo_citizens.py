"""The citizens of every demonstration: the same people, plates and numbers on every platform."""
import datetime

from demo_facts import CHINA, CODES, DAY, credit_code, decision_no, id_no, instant, vin

ZHANG_WEI = "440300199003078014"
LI_NA = id_no("440305", datetime.date(1992, 11, 26), 24)
MAI_MAI_TI = id_no("650102", datetime.date(1985, 6, 15), 35)
PENG_CHENG, LIAN_HUA, NAN_SHAN = (credit_code(serial) for serial in (900001, 900002, 900003))


def camera(day, number, plate_type, plate, code, place, measured=None, allowed=None):
    at = day + datetime.timedelta(hours=9, minutes=12)
    line = {"type": "camera_record", "record_no": f"DEMO{day:%Y%m%d}{number}",
            "plate_type": plate_type, "plate": plate, "occurred_at": instant(at), "place": place,
            "code": code}
    if measured:
        line |= {"measured": measured, "allowed": allowed}
    return line | {"evidence_sha256": f"{number:064x}", "observed_at": instant(at + DAY)}


def street(day, number, who, plate_type, plate, code, place):
    on = f"{day.astimezone(CHINA):%Y-%m-%d}"
    serial = int(f"{day:%y%j}") * 1000 + number
    return {"type": "street_decision", "decision_no": decision_no(serial), "id_no": who,
            "plate_type": plate_type, "plate": plate,
            "occurred_at": instant(day + datetime.timedelta(hours=14)), "place": place,
            "code": code, "fine_fen": CODES[code][1], "points": CODES[code][2], "decided_on": on,
            "served_on": on, "officer_no": "012345", "observed_at": instant(day + DAY)}


def registry(observed):
    def person(name, number, phone):
        return {"type": "person", "name": name, "id_no": number, "phone": phone,
                "observed_at": observed}

    def vehicle(plate_type, plate, head, serial, owner):
        return {"type": "vehicle", "plate_type": plate_type, "plate": plate,
                "vin": vin(head, serial), "owner_id_no": owner, "registered_on": "2018-05-18",
                "use_kind": "private", "observed_at": observed}

    def licence(number, file_no, state):
        return {"type": "licence", "id_no": number, "file_no": file_no, "classes": ["C1"],
                "first_issued_on": "2012-07-20", "valid_until": "2034-07-20", "state": state,
                "observed_at": observed}

    return [person("张伟", ZHANG_WEI, "13800138000"), person("李娜", LI_NA, "13900139000"),
            person("阿卜杜·买买提", MAI_MAI_TI, "13700137000"),
            vehicle("02", "粤B12345", "LSVAA49J", 900001, ZHANG_WEI),
            vehicle("52", "粤BD12345", "LC0CE4DC", 900002, LI_NA),
            licence(ZHANG_WEI, "440300012345", "normal"),
            licence(LI_NA, "440300023456", "suspended"),
            licence(MAI_MAI_TI, "440300034567", "normal")]


def organisations(observed):
    """As market supervision has them; 张伟 represents two, one of which is no more."""
    def organisation(code, name, representative, state="active"):
        return {"type": "organisation", "credit_code": code, "name": name,
                "representative_id_no": representative, "state": state, "observed_at": observed}

    return [organisation(PENG_CHENG, "深圳市鹏程物流有限公司", ZHANG_WEI),
            organisation(LIAN_HUA, "深圳市莲花停车管理有限公司", LI_NA),
            organisation(NAN_SHAN, "深圳市南山旧货有限公司", ZHANG_WEI, "cancelled")]


def company_vehicles(observed):
    return [{"type": "vehicle", "plate_type": "01", "plate": plate, "vin": vin("LZZ1BBSF", serial),
             "owner_credit_code": PENG_CHENG, "registered_on": "2019-03-11", "use_kind": "goods",
             "observed_at": observed} for plate, serial in (("粤B23456", 900003), ("粤B34567", 900004))]


def on(day):
    return f"{day.astimezone(CHINA):%Y-%m-%d}"


def holds(today, observed):
    """What insurers and pounds push: both cars are insured, and one licence is held for a fine."""
    policies = [{"type": "policy", "policy_no": f"DEMO{today:%Y}{serial}", "vin": vin(head, serial),
                 "valid_from": on(today - 100 * DAY), "valid_to": on(today + 264 * DAY),
                 "state": "in_force", "observed_at": observed}
                for head, serial in (("LSVAA49J", 900001), ("LC0CE4DC", 900002))]
    decision = violations(today)[4]
    held = {"type": "held_item", "item_no": f"DEMOHELD{today:%Y%m%d}", "kind": "driver_licence",
            "id_no": MAI_MAI_TI, "reason": "fine_only", "decision_no": decision["decision_no"],
            "pound": "HQ01", "held_on": decision["served_on"], "noticed_on": decision["served_on"],
            "state": "held", "observed_at": observed}
    return [("insurer", "policies", policies), ("pound", "held", [held])]


def violations(today):
    return [
        camera(today - 6 * DAY, 1, "02", "粤B12345", "1352", "深南大道由东向西市民中心段", 69, 60),
        camera(today - 9 * DAY, 2, "02", "粤B12345", "1721", "滨海大道由西向东白石洲段", 128, 80),
        street(today - 25 * DAY, 3, ZHANG_WEI, "02", "粤B12345", "1301", "红荔路与彩田路路口"),
        camera(today - 4 * DAY, 4, "52", "粤BD12345", "1344", "北环大道近新洲立交"),
        street(today - 5 * DAY, 5, MAI_MAI_TI, "02", "粤B12345", "1223", "留仙大道近民治")]
