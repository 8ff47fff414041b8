#!/usr/bin/env python3
"""Papers as other programs see them: what the workshop draws, and the signature over it."""

import json
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from support.platform import BIN

MADE = json.loads((TESTS / "support/statement.json").read_text())
CODE = "https://tongban.example/v#" + MADE["token"]
AUTHORITY = "深圳市公安局交通警察局福田大队"
# On the day of the statement's iat.
MADE_AT_MS = 1795831384000


def decision(**changed):
    return {
        "layout": "decision", "title": "公安交通管理行政处罚决定书", "authority": AUTHORITY,
        "number": "编号：4403042000000125", "date": "2026年11月28日",
        "made_at": "2026-11-28T02:03:04Z",
        "addressee": ["被处罚人：张三", "地址：深圳市福田区深南大道4001号"],
        "sections": [
            {"heading": "一、违法事实", "paragraphs": [
                "2026年11月20日8时15分，驾驶粤B12345号小型汽车，行经深南大道与彩田路交叉口，"
                "实施机动车违反禁止标线指示的违法行为（代码1345）。"]},
            {"heading": "二、处罚决定", "paragraphs": ["罚款人民币300元（叁佰元整），记3分。"]},
            {"heading": "三、救济途径和期限", "rows": [
                {"label": "行政复议", "text": "自知道本决定之日起60日内，向深圳市福田区人民政府提出"},
                {"label": "行政诉讼", "text": "自知道本决定之日起6个月内，向人民法院提出"}]},
        ],
        "seal": AUTHORITY, "code": CODE, "code_lines": ["扫码核验真伪和当前状态"],
        "footer": "本文书附有数字签名，改动即失效", **changed}


def licence(**changed):
    rows = [{"label": "号牌号码", "text": "粤B12345"}, {"label": "有效期", "text": "2026年12月1日起"}]
    return decision(layout="licence", title="货运车辆通行证", addressee=[],
                    sections=[{"rows": rows}], **changed)


SIGNATURE = {"strokes": "100,900,0 600,200,20 1100,900,40;300,600,60 900,600,80;1400,200,90 1400,950,99",
             "lines": ["被处罚人签名", "笔迹SHA-256：" + "0a" * 32]}


def workshop(document):
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    return subprocess.run([BIN / "workshop-paper"], input=text, capture_output=True, timeout=60)


def output(*words, **options):
    return subprocess.run(words, check=True, capture_output=True, timeout=60, **options).stdout


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def drawn(self, document):
        done = workshop(document)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        path = self.folder / "paper.pdf"
        path.write_bytes(done.stdout)
        return path

    def refused(self, document):
        done = workshop(document)
        self.assertEqual(done.returncode, 3, done.stderr)
        return done.stderr.decode().strip()

    def text_of(self, path):
        return re.sub(r"\s", "", output("pdftotext", "-layout", path, "-").decode())


class Drawing(Case):
    def test_everything_on_a_decision_can_be_read_out_again(self):
        text = self.text_of(self.drawn(decision()))
        for expected in (AUTHORITY, "公安交通管理行政处罚决定书", "4403042000000125", "张三",
                         "粤B12345号小型汽车", "（叁佰元整）", "自知道本决定之日起60日内",
                         "2026年11月28日", "扫码核验真伪和当前状态", "改动即失效", "第1页共1页"):
            self.assertIn(expected, text)

    def test_the_code_is_read_from_the_printed_page(self):
        for document in (decision(), licence()):
            output("pdftoppm", "-r", "150", "-png", self.drawn(document), self.folder / "page")
            pages = sorted(self.folder.glob("page*.png"))
            self.assertEqual(output("zbarimg", "-q", "--raw", pages[-1]).decode().strip(), CODE)

    def test_a_page_has_ink_and_its_seal_is_red(self):
        output("pdftoppm", "-r", "40", self.drawn(decision()), self.folder / "page")
        pixels = next(self.folder.glob("page*.ppm")).read_bytes().split(b"\n", 3)[3]
        colours = list(zip(pixels[::3], pixels[1::3], pixels[2::3]))
        self.assertGreater(sum(1 for c in colours if max(c) < 128), 1500)
        self.assertGreater(sum(1 for r, g, b in colours if r > 180 and g < 120 and b < 120), 200)

    def test_the_fonts_are_in_the_file(self):
        lines = output("pdffonts", self.drawn(decision())).decode().splitlines()[2:]
        self.assertTrue(lines)
        for line in lines:
            self.assertRegex(line, r" yes yes yes ")

    def test_the_same_input_makes_the_same_bytes(self):
        self.assertEqual(workshop(decision()).stdout, workshop(decision()).stdout)
        self.assertNotEqual(workshop(decision(date="2026年11月29日")).stdout,
                            workshop(decision()).stdout)

    def test_the_file_is_dated_by_the_input(self):
        self.assertRegex(output("pdfinfo", self.drawn(decision()), env={"TZ": "UTC"}).decode(),
                         r"CreationDate: +Sat Nov 28 02:03:04 2026")

    def test_long_text_goes_on_over_numbered_pages(self):
        path = self.drawn(decision(sections=[{"paragraphs": [
            f"第{i}段：" + "行经深南大道与彩田路交叉口，" * 8 for i in range(60)]}]))
        pages = int(re.search(r"Pages: +(\d+)", output("pdfinfo", path).decode())[1])
        text = self.text_of(path)
        self.assertGreater(pages, 3)
        for page in range(1, pages + 1):
            self.assertIn(f"第{page}页共{pages}页", text)
        for i in range(60):
            self.assertIn(f"第{i}段：", text)

    def test_no_line_reaches_over_the_margin(self):
        path = self.drawn(decision(sections=[{"paragraphs": [
            "W" * 3000, "（" * 500, "，" * 500, "http://" + "a/" * 500]}]))
        words = re.findall(r'xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)" yMax="([\d.]+)"',
                           output("pdftotext", "-bbox", path, "-").decode())
        self.assertTrue(words)
        for left, right, bottom in words:
            self.assertGreater(float(left), 70)
            self.assertLess(float(right), 595.28 - 70)
            self.assertLess(float(bottom), 841.89 - 30)

    def test_no_line_begins_with_a_comma(self):
        for length in range(20, 60, 3):
            sentence = "深" * length + "，圳" + "市" * 40
            done = self.drawn(decision(sections=[{"paragraphs": [sentence]}]))
            for line in output("pdftotext", "-layout", done, "-").decode().splitlines():
                self.assertNotRegex(line, r"^\s*，")

    def test_rare_characters_of_names_are_drawn(self):
        name = "䶮㛃𬭚𫘧𬤇𬸚䄂𠅤𬍛𣲗𬱖𪟝"
        self.assertIn(name, self.text_of(self.drawn(decision(addressee=["被处罚人：" + name]))))

    def test_markup_is_text(self):
        odd = "<b>&amp;</b> %PDF (a) \\ <<>> ${x} 100%"
        text = self.text_of(self.drawn(decision(addressee=[odd])))
        self.assertIn(re.sub(r"\s", "", odd), text)

    def test_each_kind_of_paper_is_drawn_as_its_module_describes_it(self):
        kinds = output(BIN / "print_papers").decode().splitlines()
        self.assertEqual(len(kinds), 9)
        for kind in map(json.loads, kinds):
            text = self.text_of(self.drawn(kind))
            for expected in (kind["title"], "张三", "4403042000000125", "粤B12345", "本通行证"):
                self.assertIn(expected, text)

    def test_a_signature_by_hand_is_lines_and_not_a_picture(self):
        path = self.drawn(decision(signature=SIGNATURE))
        self.assertIn(SIGNATURE["lines"][1], self.text_of(path))
        pictures = output("pdfimages", "-list", path).decode().splitlines()[2:]
        self.assertEqual([line.split()[2] for line in pictures], ["stencil"])  # the code to scan
        self.assertGreater(self.blue(path), 60)
        self.assertEqual(self.blue(self.drawn(decision())), 0)

    def blue(self, path):
        """How much is drawn in the ink of signatures."""
        output("pdftoppm", "-r", "60", path, self.folder / "ink")
        found = next(self.folder.glob("ink*.ppm"))
        pixels = found.read_bytes().split(b"\n", 3)[3]
        found.unlink()
        return sum(1 for r, g, b in zip(pixels[::3], pixels[1::3], pixels[2::3])
                   if b - r > 30 and b - g > 30)

    def test_a_paper_needs_neither_seal_nor_code(self):
        plain = {name: value for name, value in decision(layout="receipt").items()
                 if name not in ("seal", "code", "code_lines", "footer", "addressee")}
        self.assertIn("公安交通管理", self.text_of(self.drawn(plain)))


class Refusing(Case):
    def test_a_character_without_glyph_is_named(self):
        self.assertEqual(self.refused(decision(title="决定\u0e01")),
                         "glyph_missing U+0E01 in title")

    def test_what_steers_instead_of_being_seen_is_refused(self):
        for character in "\u202e\u200b\u2066\ufeff\t\r\x1b\x7f\x85\u2028\ue000\U000f0000\ufe0f\u00ad":
            self.assertEqual(self.refused(decision(addressee=["张" + character + "三"])),
                             f"character_forbidden U+{ord(character):04X} in addressee[0]")

    def test_marks_that_fall_onto_their_neighbour_are_refused(self):
        self.assertRegex(self.refused(decision(title="a\u0301")), "^(glyph|character)")

    def test_line_breaks_stand_in_paragraphs_only(self):
        self.drawn(decision(sections=[{"paragraphs": ["第一行\n第二行"]}]))
        self.assertIn("U+000A in title", self.refused(decision(title="决\n定")))

    def test_what_is_no_paper_is_refused(self):
        for text in (b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"title": "\xff"}',
                     b"[" * 100000, b'{"a":1,"a":2}'):
            self.assertEqual(self.refused(text), "not_json the input")

    def test_too_much_is_refused(self):
        self.assertEqual(self.refused(b" " * 300000), "too_long the input")
        self.assertEqual(self.refused(decision(addressee=["a"] * 100)), "too_many addressee")
        self.assertEqual(self.refused(decision(title="长" * 100)), "text_too_long title")
        self.assertIn("more than 12 pages", self.refused(
            decision(sections=[{"paragraphs": ["行\n" * 2000] * 5}])))
        self.assertEqual(self.refused(decision(code="x" * 1201)), "text_too_long code")

    def test_members_are_all_known_and_of_their_kind(self):
        self.assertEqual(self.refused(decision(colour="red")), "member_unknown colour")
        self.assertEqual(self.refused(decision(title=5)), "member_type title")
        self.assertEqual(self.refused(decision(sections={})), "member_type sections")
        self.assertEqual(self.refused(decision(sections=["a"])), "member_type heading")
        self.assertEqual(self.refused(decision(made_at="2026-11-28")), "member_type made_at")
        self.assertEqual(self.refused(decision(layout="poster")), "member_type layout")
        self.assertEqual(self.refused(decision(number="")), "text_missing number")
        for strokes in ("1,2", "0,0,0 1,1,1", "9,9,9 90,90,1", "0,0,0 5000,0,0"):
            self.assertEqual(self.refused(decision(signature={**SIGNATURE, "strokes": strokes})),
                             "strokes_malformed signature")
        self.assertEqual(self.refused(decision(signature={"strokes": SIGNATURE["strokes"], "a": 1})),
                         "member_unknown a")
        lacking = decision()
        del lacking["authority"]
        self.assertEqual(self.refused(lacking), "text_missing authority")


class Signing(Case):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.keys = pathlib.Path(folder.name)
        # An authority of RSA and one certificate below it.
        output("bash", "-euc", f". {TESTS.parent}/scripts/lib/keys.sh; key_issued ca ca 'Test CA' CA:TRUE;"
               "key_issued signer ca 深圳市公安局交通警察局 CA:FALSE;"
               "key_issued other other Other CA:TRUE; mkdir nss empty", cwd=cls.keys)
        for folder in ("nss", "empty"):
            output("certutil", "-N", "-d", f"sql:{folder}", "--empty-password", cwd=cls.keys)
        output("certutil", "-A", "-d", "sql:nss", "-n", "ca", "-t", "CT,C,C", "-i", "ca.crt",
               cwd=cls.keys)
        cls.plain = workshop(decision()).stdout
        cls.signed = cls.sign(cls.plain)

    @classmethod
    def sign(cls, pdf, key="signer", certificate="signer"):
        return output(BIN / "sign_paper", cls.keys / f"{key}.key", cls.keys / f"{certificate}.crt",
                      AUTHORITY, str(MADE_AT_MS), input=pdf)

    def is_whole(self, pdf):
        report = self.report(pdf)
        return all(line in report for line in (
            "Signature is Valid.", "Certificate is Trusted.", "Total document signed"))

    def report(self, pdf, database="nss"):
        path = self.folder / "signed.pdf"
        path.write_bytes(pdf)
        done = subprocess.run(["pdfsig", "-nssdir", f"sql:{self.keys / database}", path],
                              capture_output=True, timeout=60, env={"TZ": "UTC"})
        return done.stdout.decode()

    def test_pdfsig_finds_the_whole_document_signed_and_valid(self):
        report = self.report(self.signed)
        self.assertTrue(self.is_whole(self.signed))
        for line in ("Signature Type: ETSI.CAdES.detached", "Common Name: 深圳市公安局交通警察局",
                     "Signing Time: Nov 28 2026 02:03:04"):
            self.assertIn(line, report)

    def test_who_does_not_know_the_authority_is_not_told_to_trust(self):
        report = self.report(self.signed, "empty")
        self.assertIn("Signature is Valid.", report)
        self.assertNotIn("Certificate is Trusted.", report)

    def test_a_changed_byte_anywhere_makes_it_invalid(self):
        hole = self.signed.rindex(b"/Contents <") + len(b"/Contents ")
        size = len(self.signed)
        places = [9, 700, hole // 3, hole // 2, len(self.plain) - 3, len(self.plain) + 20, hole - 40,
                  hole + 300, hole + 4000, size - 3 - self.signed[::-1].index(b"verP/"), size - 8]
        for place in places:
            changed = bytearray(self.signed)
            changed[place] ^= 1
            with self.subTest(place=place):
                self.assertFalse(self.is_whole(bytes(changed)))

    def test_what_is_added_later_is_not_covered(self):
        self.assertNotIn("Total document signed", self.report(self.signed + b"\n% more\n"))

    def test_the_file_is_well_formed(self):
        path = self.folder / "signed.pdf"
        path.write_bytes(self.signed)
        self.assertIn(b"No syntax or stream encoding errors", output("qpdf", "--check", path))

    def test_the_drawing_is_still_there_unchanged(self):
        self.assertTrue(self.signed.startswith(self.plain))
        path = self.folder / "signed.pdf"
        path.write_bytes(self.signed)
        self.assertIn("张三", self.text_of(path))

    def test_openssl_verifies_it_too_and_finds_what_baseline_b_asks(self):
        first, second = map(int, re.search(
            rb"/ByteRange \[0 (\d+) (\d+)", self.signed).groups())
        der = bytes.fromhex(self.signed[first + 1:second - 1].decode()).rstrip(b"\0")
        (self.folder / "cms").write_bytes(der)
        (self.folder / "content").write_bytes(self.signed[:first] + self.signed[second:])
        output("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "cms",
               "-content", "content", "-CAfile", self.keys / "ca.crt", "-purpose", "any",
               "-out", "/dev/null", cwd=self.folder)
        shown = output("openssl", "asn1parse", "-inform", "DER", "-in", "cms",
                       cwd=self.folder).decode()
        self.assertIn("signingCertificateV2", shown)
        self.assertNotIn("signingTime", shown)

    def test_the_same_file_is_signed_the_same_way(self):
        self.assertEqual(self.sign(self.plain), self.signed)

    def test_a_key_that_is_not_the_certificates_signs_nothing(self):
        with self.assertRaises(subprocess.CalledProcessError):
            self.sign(self.plain, key="other")


class Cost(Case):
    def test_a_paper_takes_little_time(self):
        """Bounded loosely here, for builds and machines differ: what it should cost is 50 ms."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        for _ in range(10):
            workshop(decision())
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.assertLess(spent / 10, 0.5)


if __name__ == "__main__":
    unittest.main()
