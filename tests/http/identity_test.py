#!/usr/bin/env python3
"""Signing in and becoming somebody, from outside: nginx, the simulated WeChat and Alipay, exchange."""

import getpass
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.platform import BIN, Platform

NAME, ID_NO = "张三", "11010519491231002X"


class Identity(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.platform = Platform().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.platform.__exit__()

    def ask(self, method, path, body=None, token=None, key=None):
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = "Bearer " + token
        if key:
            headers["Idempotency-Key"] = key
        status, answer, _ = self.platform.ask(
            "citizens", method, "/api/identity" + path,
            None if body is None else json.dumps(body).encode(), headers)
        return status, answer

    def simulate(self, path, body):
        status, answer, _ = self.platform.ask("internal", "POST", "/simulator" + path,
                                              json.dumps(body).encode(),
                                              {"Content-Type": "application/json"})
        self.assertIn(status, (200, 201), answer)
        return answer

    def code(self, kind, openid):
        return {"code": self.simulate(kind, {"openid": openid})["code"]}

    def sign_in(self, openid, channel="wechat"):
        kind = "/wechat/login-codes" if channel == "wechat" else "/alipay/auth-codes"
        status, answer = self.ask("POST", f"/{channel}/sessions", self.code(kind, openid))
        self.assertEqual(status, 201, answer)
        return answer["token"]

    def check_face(self, token, key):
        status, check = self.ask("POST", "/face-checks", {"name": NAME, "id_no": ID_NO}, token, key)
        self.assertEqual(status, 201, check)
        return self.ask("POST", f"/face-checks/{check['check_id']}/result", None, token)

    def test_a_citizen_becomes_verified_on_both_channels(self):
        self.simulate("/wechat/citizens", {"openid": "oFirst", "phone": "13800001234", "name": NAME,
                                           "id_no": ID_NO})
        token = self.sign_in("oFirst")
        status, result = self.check_face(token, "key-first")
        self.assertEqual((status, result["name_masked"]), (200, "*三"))
        status, phone = self.ask("POST", "/phone", self.code("/wechat/phone-codes", "oFirst"), token)
        self.assertEqual((status, phone), (200, {"phone_masked": "138****1234"}))
        status, link = self.ask("POST", "/link-codes", None, token)
        self.assertEqual(status, 201)
        alipay = self.sign_in("aFirst", "alipay")
        status, me = self.ask("POST", "/links", {"code": link["code"]}, alipay)
        self.assertEqual((status, me["is_verified"], me["channel"]), (200, True, "alipay"))
        self.assertEqual(self.ask("DELETE", "/sessions", None, token)[0], 200)
        self.assertEqual(self.ask("GET", "/me", None, alipay)[0], 401)

    def test_another_face_does_not_pass(self):
        self.simulate("/wechat/citizens", {"openid": "oOther", "name": "李四",
                                           "id_no": "440308199901010012"})
        token = self.sign_in("oOther")
        status, refusal = self.check_face(token, "key-other")
        self.assertEqual((status, refusal["error"]["code"]), (422, "face_check_failed"))
        self.assertFalse(self.ask("GET", "/me", None, token)[1]["is_verified"])

    def test_codes_are_good_once(self):
        for channel, kind, refusal in (("wechat", "/wechat/login-codes", "login_code_used"),
                                       ("alipay", "/alipay/auth-codes", "login_code_invalid")):
            code = self.code(kind, "once-" + channel)
            self.assertEqual(self.ask("POST", f"/{channel}/sessions", code)[0], 201)
            status, answer = self.ask("POST", f"/{channel}/sessions", code)
            self.assertEqual(answer["error"]["code"], refusal)

    def test_an_officer_signs_in(self):
        code = self.platform.totp("finance-a")  # the same, or older by one step when one just began
        token = self.platform.officer("finance-a")
        roles = self.platform.sql("SELECT s.roles FROM core_session s JOIN officer o ON"
                                  " o.id = s.actor_id WHERE o.name = 'finance-a'")
        self.assertEqual(roles, [[str(1 << 2 | 1 << 3)]])
        status, renewed = self.ask("POST", "/session/renew", None, token)
        self.assertEqual((status, renewed["must_change"]), (200, False))
        self.assertEqual(self.ask("GET", "/me", None, renewed["token"])[0], 403)
        self.assertEqual(self.ask("DELETE", "/session", None, renewed["token"])[0], 200)
        self.assertEqual(self.ask("DELETE", "/session", None, renewed["token"])[0], 401)
        body = {**self.platform.credentials("finance-a"), "code": code}
        del body["totp_secret"]
        status, refusal = self.ask("POST", "/officers/sessions", body)
        self.assertEqual((status, refusal["error"]["code"]), (422, "credentials_invalid"))
        self.platform.officers.clear()

    def test_a_citizen_does_not_reach_what_is_for_officers(self):
        token = self.sign_in("oNosy")
        body = {"old": "old password", "new": "correct horse battery", "code": "123456"}
        self.assertEqual(self.ask("POST", "/officers/password", body, token)[0], 403)
        self.assertEqual(self.ask("POST", "/officers/password", body)[0], 401)

    def test_an_operator_makes_unlocks_and_disables_officers(self):
        made = self.officer_script("add", "zhang-san", "--display", "张三", "--roles",
                                   "intake,lead", "--brigade", "440304")
        self.assertIn("otpauth://totp/Tongban:zhang-san?secret=", made)
        (self.platform.run / "keys/officers/zhang-san").write_text(made)
        body = {"name": "zhang-san", "password": "wrong", "code": "000000"}
        for _ in range(5):
            self.assertEqual(self.ask("POST", "/officers/sessions", body)[0], 422)
        self.assertRegex(self.officer_script("list"), r"zhang-san +locked +440304 +intake,lead +张三\n")
        self.officer_script("unlock", "zhang-san")
        token = self.platform.officer("zhang-san")
        self.officer_script("disable", "zhang-san")
        self.assertEqual(self.ask("POST", "/session/renew", None, token)[0], 401)
        acts = self.platform.sql("SELECT DISTINCT act FROM identity_audit WHERE actor = 'os:%s'"
                                 % getpass.getuser())
        self.assertEqual({act for (act,) in acts}, {"officer_added", "officers_listed",
                                                    "officer_unlocked", "officer_disabled"})
        twice = self.platform.script("officer", "add", "zhang-san", "--display", "张三", "--roles",
                                     "finance", "--bin", BIN, check=False)
        self.assertEqual((twice.returncode, twice.stdout),
                         (1, "identity: there is an officer zhang-san already\n"))

    def officer_script(self, *words):
        return self.platform.script("officer", *words, "--bin", BIN).stdout

    def test_the_secrets_of_officers_are_for_their_owner_only(self):
        folder = self.platform.run / "keys/officers"
        self.assertEqual(folder.stat().st_mode & 0o777, 0o700)
        for path in folder.iterdir():
            if path.name.startswith("finance-"):
                self.assertEqual(path.stat().st_mode & 0o777, 0o600)

    def test_the_log_holds_no_secret_and_no_name(self):
        token = self.sign_in("oSilent")
        self.check_face(token, "key-silent")
        secret = (self.platform.run / "keys/wechat/app.secret").read_text().strip()
        officer = self.platform.credentials("finance-b")
        officer_token = self.platform.officer("finance-b")
        log = self.platform.log("identity")
        for word in (token, secret, NAME, ID_NO, "access_token=", "session_key", officer_token,
                     officer["password"], officer["totp_secret"]):
            self.assertNotIn(word, log)


if __name__ == "__main__":
    unittest.main()
