"""The invariants of scripts/lib/invariants.py for tests, which know whom they signed in, and what is
still under way."""

import pathlib
import sys

from support.platform import BIN, ROOT

sys.path.insert(0, str(ROOT / "scripts/lib"))

import invariants  # noqa: E402

# Whom the tests sign in. What stands for a person may stand nowhere else than in sealed fields.
# The first signs in; the others come from scripts/demo-data.
PEOPLE = ({"name": "欧阳若兰", "id_no": "11010519491231002X", "phone": "13800001234"},
          {"name": "张伟", "id_no": "440300199003078014", "phone": "13800138000"},
          {"name": "李娜", "id_no": "440305199211260242", "phone": "13900139000"},
          {"name": "阿卜杜·买买提", "id_no": "650102198506150352", "phone": "13700137000"})


class Invariants(invariants.Invariants):
    def __init__(self, platform):
        super().__init__(platform.run, pathlib.Path(BIN))

    def clear_text(self, words=()):
        return super().clear_text([word for person in PEOPLE for word in person.values()])

    def unfinished(self):
        """What time alone will bring: payments not yet found, refunds and jobs under way; no refund
        that waits for a person."""
        waiting = self.movements()
        waiting += [" ".join(row) for row in self.sql(
            "SELECT 'refund', id, state FROM refund"
            "  WHERE state NOT IN ('requested', 'success', 'closed', 'abnormal', 'transfer',"
            "  'transferred')")]
        waiting += [" ".join(row) for row in self.sql(
            "SELECT 'job', kind, dedupe FROM payment_job WHERE state = 'leased'"
            "  OR (kind = 'close_attempt' AND state = 'ready')")]
        waiting += [" ".join(row) for row in self.sql(
            "SELECT 'event', kind, dedupe FROM event WHERE state <> 'done'"
            "  AND kind IN ('obligation_settled', 'obligation_withdrawn', 'obligation_lowered')"
            "  AND consumer IN ('violation', 'payment')")]
        return waiting
