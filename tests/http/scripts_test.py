#!/usr/bin/env python3
"""The scripts that run a platform: start, stop, status, migrations, keys, new modules, lint."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.platform import ROOT, Platform

PARTS = (".clang-format", "modules", "nginx", "schema", "scripts", "tests")


def is_running(pid):
    try:
        return pathlib.Path("/proc/%d/stat" % pid).read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Checkout:
    """A copy of the sources in which files can be changed."""

    def __init__(self, *parts):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tongban-checkout-"))
        for part in parts:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, self.folder / part,
                                ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
            else:
                shutil.copy(source, self.folder / part)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def write(self, path, text):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def script(self, name, *arguments, env=None):
        done = subprocess.run([self.folder / "scripts" / name, *arguments], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
                              cwd=self.folder, env={**os.environ, **(env or {})})
        return done.returncode, done.stdout


class StartAndStop(unittest.TestCase):
    def test_a_life(self):
        with Platform(is_first=True) as platform:
            self.assertEqual(platform.script("status").returncode, 0)
            pids = [platform.pid(path.name) for path in (platform.run / "pid").iterdir()]
            second = platform.script("run", "--no-install", "--bin", "/nowhere", check=False)
            self.assertNotEqual(second.returncode, 0)
            platform.sql("CREATE TABLE kept (a INT)")
            platform.stop()
            self.assertEqual([pid for pid in pids if is_running(pid)], [])
            self.assertFalse((platform.run / "sockets").exists())
            self.assertNotEqual(platform.script("status", check=False).returncode, 0)
            made = self.times_of_keys(platform)
            self.assertTrue(made)
            platform.start()
            self.assertEqual(self.times_of_keys(platform), made)
            self.assertEqual(platform.sql("SELECT COUNT(*) FROM kept"), [["0"]])

    def times_of_keys(self, platform):
        """When each was made: a second start finds what the first one took its time for."""
        return {path: path.stat().st_mtime_ns for path in (platform.run / "keys").rglob("*")
                if path.is_file()}

    def test_two_side_by_side(self):
        with Platform() as one, Platform() as other:
            self.assertNotEqual(one.port, other.port)
            one.stop()
            self.assertEqual(other.script("status").returncode, 0)

    def test_a_killed_nginx_leaves_nobody_behind(self):
        with Platform() as platform:
            workers = platform.children("nginx")
            self.assertTrue(workers)
            os.kill(platform.pid("nginx"), 9)
            while is_running(platform.pid("nginx")):
                time.sleep(0.01)
            platform.stop()
            self.assertEqual([pid for pid in workers if is_running(pid)], [])
            platform.start()

    def test_a_number_given_to_somebody_else_is_left_alone(self):
        with Platform() as platform:
            stranger = subprocess.Popen(["sleep", "600"], start_new_session=True)
            try:
                (platform.run / "pid/stranger").write_text("%d 1\n" % stranger.pid)
                platform.stop()
                self.assertIsNone(stranger.poll())
            finally:
                stranger.kill()
                stranger.wait()

    def test_a_port_that_is_taken_ends_everything_again(self):
        with Platform() as one:
            other = Platform()
            other.port = one.port + 1
            try:
                with self.assertRaises(AssertionError):
                    other.start()
                self.assertFalse((other.run / "pid").exists())
            finally:
                other.__exit__()
            self.assertEqual(one.script("status").returncode, 0)


class Migrations(unittest.TestCase):
    def migrate(self, checkout, socket):
        return checkout.script("migrate", "--socket", socket, "--database", "moved",
                               "--passwords", str(checkout.folder / "passwords"))

    def test_the_newer_files_can_all_be_run_again(self):
        """After a crash between a file and the memory of it, anywhere among them."""
        again = ('mariadb --no-defaults --socket "$DB_SOCKET" "$DB_NAME" -e "DELETE FROM'
                 " schema_migration WHERE name BETWEEN '80' AND '9'\" && scripts/migrate"
                 ' --socket "$DB_SOCKET" --passwords "$TEST_KEYS/db"')
        done = subprocess.run(["scripts/with-database", "lint", "bash", "-c", again], cwd=ROOT,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        files = sorted(f"schema/{path.name}" for path in (ROOT / "schema").glob("8[0-9]_*.sql"))
        self.assertEqual(done.stdout.splitlines(), files)

    def test_files_are_applied_once_and_never_changed(self):
        with Platform() as platform, Checkout("scripts") as checkout:
            socket = str(platform.run / "sockets/db/mariadb.sock")
            for name in ("schema_migration.sql", "module_template.sql", "10_core.sql"):
                checkout.write("schema/" + name, (ROOT / "schema" / name).read_text())
            checkout.write("schema/60_shop.sql", "-- module: shop\n"
                           "CREATE TABLE IF NOT EXISTS shop_item (a INT COMMENT 'public: a');\n"
                           "GRANT SELECT ON shop_item TO shop@localhost;\n")
            self.assertEqual(self.migrate(checkout, socket),
                             (0, "schema/10_core.sql\nschema/60_shop.sql\n"))
            self.assertEqual(self.migrate(checkout, socket), (0, ""))

            # A crash between a file and the memory of it: the file is applied again.
            platform.sql("DELETE FROM moved.schema_migration WHERE name = '60_shop.sql'")
            self.assertEqual(self.migrate(checkout, socket), (0, "schema/60_shop.sql\n"))

            # Its database user has what it was granted, and its password from the file.
            password = (checkout.folder / "passwords/shop.password").read_text().strip()
            self.assertEqual(self.ask(socket, password, "SELECT * FROM shop_item"), 0)
            self.assertNotEqual(self.ask(socket, password, "DELETE FROM shop_item"), 0)
            self.assertNotEqual(self.ask(socket, "wrong", "SELECT 1"), 0)

            checkout.write("schema/61_broken.sql", "CREATE TABLE IF ( ;\n")
            status, text = self.migrate(checkout, socket)
            self.assertNotEqual(status, 0)
            self.assertIn("61_broken.sql was not applied", text)
            (checkout.folder / "schema/61_broken.sql").unlink()

            # A database that does not say what was applied is not taken for an empty one.
            rename = "ALTER TABLE moved.schema_migration RENAME COLUMN %s TO %s"
            platform.sql(rename % ("checksum", "lost"))
            status, text = self.migrate(checkout, socket)
            self.assertNotEqual(status, 0)
            self.assertIn("what was applied is not known", text)
            platform.sql(rename % ("lost", "checksum"))

            with open(checkout.folder / "schema/10_core.sql", "a") as core:
                core.write("-- changed\n")
            status, text = self.migrate(checkout, socket)
            self.assertNotEqual(status, 0)
            self.assertIn("10_core.sql was changed after it was applied", text)

    @staticmethod
    def ask(socket, password, statement):
        return subprocess.run(["mariadb", "--no-defaults", "--socket", socket, "--user", "shop",
                               "moved", "-e", statement], env={**os.environ, "MYSQL_PWD": password},
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


class Keys(unittest.TestCase):
    def test_are_kept_private_and_fit_together(self):
        with tempfile.TemporaryDirectory() as folder:
            self.make(folder)
            keys = pathlib.Path(folder)
            made = {path: path.read_bytes() for path in keys.rglob("*") if path.is_file()}
            for path in keys.rglob("*"):
                self.assertEqual(path.stat().st_mode & 0o077, 0, path)
            self.make(folder)
            self.assertEqual(made, {path: path.read_bytes() for path in made})
            subprocess.run(["openssl", "verify", "-CAfile", keys / "ca/ca.crt",
                            keys / "ca/server.crt"], check=True, stdout=subprocess.DEVNULL)
            self.assertEqual(len((keys / "wechatpay/apiv3.key").read_text()), 32)
            self.assertRegex((keys / "wechatpay/merchant.serial").read_text(), "^[0-9A-F]{40}$")
            for private, public in (("simulator/alipay.key", "alipay/gateway.pem"),
                                    ("alipay/app.key", "simulator/alipay_app.pem"),
                                    ("simulator/wechatpay_public.key", "wechatpay/public.pem")):
                out = subprocess.run(["openssl", "pkey", "-in", keys / private, "-pubout"],
                                     check=True, stdout=subprocess.PIPE).stdout
                self.assertEqual(out, (keys / public).read_bytes())

    @staticmethod
    def make(folder):
        subprocess.run([ROOT / "scripts/make-keys", folder, "shop"], check=True)


class Sources(unittest.TestCase):
    def test_a_new_module_touches_nothing(self):
        with Checkout(*PARTS) as checkout:
            before = self.contents(checkout)
            status, text = checkout.script("new-module", "lostfound")
            self.assertEqual(status, 0, text)
            after = self.contents(checkout)
            self.assertEqual({path: after[path] for path in before}, before)
            self.assertEqual(len(after) - len(before), 6)
            self.assertNotEqual(checkout.script("new-module", "lostfound")[0], 0)
            self.assertNotEqual(checkout.script("new-module", "Lost Found")[0], 0)

    @staticmethod
    def contents(checkout):
        return {str(path): path.read_bytes() for path in checkout.folder.rglob("*")
                if path.is_file()}

    def test_lint_names_what_breaks_each_rule(self):
        long_function = "static void f(void)\n{\n" + "    g();\n" * 50 + "}\n"
        breaks = {
            "format": ("modules/shop/a.c", "int   a;\n"),
            "lines": ("scripts/lib/a.sh", "\ta=1\n"),
            "words": ("modules/shop/b.c", "/* TO" + "DO */\n"),
            "memory": ("modules/shop/c.c", "void *p = malloc(1);\n"),
            "includes": ("modules/casework/d.c", '#include "shop/shop.h"\n'),
            "size": ("modules/shop/e.c", long_function),
            "scripts": ("scripts/bad", "#!/bin/bash\n" + "true\n" * 100),
            "modules": ("modules/shop/service.c", "int a;\n"),
            "faults": ("tests/fault/README.md", "| F01 | a fault | `test_f01_nowhere` |\n"),
            "schema": ("schema/99_bad.sql", "CREATE TABLE IF NOT EXISTS bad (a FLOAT);\n"),
        }
        with Checkout("scripts", ".clang-format", "schema", ".ci") as checkout:
            checkout.write("modules/core/banned.h",
                           (ROOT / "modules/core/banned.h").read_text())
            checkout.write("modules/core/a.c", "int a;\n")
            subprocess.run(["git", "init", "-q", checkout.folder], check=True)
            for rule, (path, text) in breaks.items():
                checkout.write(path, text)
                (checkout.folder / path).chmod(0o755)
                status, said = checkout.script("lint", rule)
                self.assertNotEqual(status, 0, rule)
                named = "bad.a has no class" if rule == "schema" else path.rsplit("/", 1)[0]
                self.assertIn(named, said, rule)
                (checkout.folder / path).unlink()


if __name__ == "__main__":
    unittest.main()
