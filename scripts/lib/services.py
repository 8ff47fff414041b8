"""What scripts/check-services looks for in a definition of a service."""
import json
import pathlib
import re

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]


def known_codes(table):
    """Codes of term_rule or fee_rule."""
    found = set()
    for path in (ROOT / "schema").glob("[0-9]*.sql"):
        for rows in re.findall(rf"INSERT IGNORE INTO {table}[^;]*;", path.read_text()):
            found |= set(re.findall(r"\(\s*'([a-z_.]+)', '\d{4}-", rows))
    return found


def named_in(module):
    """What the module's tables of conditions, facts, days and hooks name."""
    sources = sorted((ROOT / "modules" / module).glob("*.c"))
    text = "".join(path.read_text() for path in sources)
    return set(re.findall(r'\{"([a-z_]+)",\s*[a-z_]+\}', text))


class Checker:
    def __init__(self):
        schema = json.loads((ROOT / "modules/casework/service.schema.json").read_text())
        self.schema = jsonschema.Draft7Validator(schema)
        measures = json.loads((ROOT / "modules/guide/measures.json").read_text())["items"]
        self.measures = {one["id"] for one in measures}
        self.terms, self.fees = known_codes("term_rule"), known_codes("fee_rule")
        self.codes, self.serials, self.faults = {}, {}, 0

    def fault(self, path, what):
        self.faults += 1
        print(f"{'/'.join(path.parts[-4:])}: {what}")

    def once(self, path, seen, what, value):
        if value in seen:
            self.fault(path, f"{what} {value} is that of {seen[value].name} already")
        seen.setdefault(value, path)

    def names(self, path, service):
        """What it names has to be there."""
        module = path.parts[-3]
        known = named_in(module)
        wanted = service["checks"] + [service[key] for key in
                                      ("on_submit", "on_grant", "on_revoke", "on_end")
                                      if key in service]
        wanted += [one["fact"] for one in service["documents"] if "fact" in one]
        wanted += [one["day"] for one in service["clocks"] if "day" in one]
        for name in wanted:
            if name not in known:
                self.fault(path, f"{name} is named nowhere in modules/{module}/*.c")
        for clock in service["clocks"]:
            if "term" in clock and clock["term"] not in self.terms:
                self.fault(path, f"no term {clock['term']} in schema/*.sql")

        for fee in service.get("fees", []):
            if fee not in self.fees:
                self.fault(path, f"no fee {fee} in schema/*.sql")

    def check(self, path):
        try:
            service = json.loads(path.read_text())
        except ValueError as fault:
            return self.fault(path, f"not JSON: {fault}")
        faults = sorted(self.schema.iter_errors(service), key=lambda one: list(map(str, one.path)))
        for one in faults:
            self.fault(path, f"{'/'.join(map(str, one.path)) or 'it'}: {one.message}")
        if faults:
            return None
        if service["code"] != f"{path.parts[-3]}.{path.stem}":
            self.fault(path, f"its code is {service['code']}")
        if service["measure"] not in self.measures:
            self.fault(path, f"there is no measure {service['measure']}")
        self.once(path, self.codes, "the code", service["code"])
        self.once(path, self.serials, "the serial", service["serial"])
        return self.names(path, service)
