#!/usr/bin/env python3
"""scripts/soak, for a moment: that it works, and that it sees when something does not hold."""

import os
import re
import shutil
import subprocess
import sys
import unittest

import soak
from support.platform import BIN, ROOT


class Soaking(unittest.TestCase):
    def test_a_short_soak_prints_its_seed_and_ends_with_counts(self):
        done = subprocess.run([ROOT / "scripts/soak", "--seconds", "5", "--seed", "7"],
                              env={**os.environ, "TEST_BIN": str(BIN)}, text=True, timeout=300,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertTrue(done.stdout.startswith("seed 7\n"), done.stdout)
        self.assertRegex(done.stdout.splitlines()[-1], r"^[1-9]\d* rounds, .* all invariants hold$")

    def test_what_does_not_hold_ends_it_and_the_folder_stays(self):
        class Robbed(soak.Soak):
            def come_to_rest(self):
                super().come_to_rest()  # so that nothing else is left open
                self.sql("UPDATE ledger_entry SET dr_fen = dr_fen + 1 WHERE dr_fen > 0 LIMIT 1")
                self.patience = 1
                super().come_to_rest()

        said = []
        self.assertEqual(Robbed(1, said.append).last(), 1)
        self.assertIn("M01", said[-1])
        folder = re.search(r"--run-dir (\S+)/run", said[-1]).group(1)
        self.assertTrue(os.path.isdir(folder + "/run/db"))
        shutil.rmtree(folder)


if __name__ == "__main__":
    print(f"FAULT_SEED={soak.SEED}", file=sys.stderr)
    unittest.main(verbosity=2)
