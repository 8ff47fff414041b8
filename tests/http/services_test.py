"""scripts/check-services: each mistake that somebody could make in a definition is named."""
import json
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOOD = json.loads((ROOT / "modules/parking/services/renew.json").read_text())


def mistake(change):
    """What the checker says of a definition that was changed so."""
    service = json.loads(json.dumps(GOOD))
    change(service)
    folder = ROOT / "build/test"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as root:
        path = pathlib.Path(root) / "parking/services/renew.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(service))
        done = subprocess.run([ROOT / "scripts/check-services", path], stdout=subprocess.PIPE,
                              text=True)
    return done.returncode, done.stdout


class Mistakes(unittest.TestCase):
    def assert_named(self, word, change):
        status, said = mistake(change)
        self.assertEqual(status, 1, said)
        self.assertIn(word, said)

    def test_a_good_one_passes_and_so_do_all_that_are_there(self):
        self.assertEqual(mistake(lambda service: None)[0], 0)
        done = subprocess.run([ROOT / "scripts/check-services"], stdout=subprocess.PIPE, text=True)
        self.assertRegex(done.stdout, r"(?m)^[1-9]\d* definitions, 0 faults$")

    def test_unknown_and_missing_members_are_named(self):
        self.assert_named("'surprise' was unexpected", lambda s: s.update(surprise=1))
        self.assert_named("'basis' is a required property", lambda s: s.pop("basis"))
        self.assert_named("steps/0/roles/0", lambda s: s["steps"][0].update(roles=["mayor"]))

    def test_names_that_the_program_does_not_know_are_named(self):
        self.assert_named("lot_is_mine", lambda s: s["checks"].append("lot_is_mine"))
        self.assert_named("give_away", lambda s: s.update(on_grant="give_away"))
        self.assert_named("tomorrow", lambda s: s["clocks"][-1].update(day="tomorrow"))
        self.assert_named("parking.someday", lambda s: s["clocks"][0].update(term="parking.someday"))
        self.assert_named("no fee lunch", lambda s: s.update(fees=["lunch"]))

    def test_a_wrong_measure_and_a_wrong_code_are_named(self):
        self.assert_named("no measure P9", lambda s: s.update(measure="P9"))
        self.assert_named("its code is parking.other", lambda s: s.update(code="parking.other"))


if __name__ == "__main__":
    unittest.main()
