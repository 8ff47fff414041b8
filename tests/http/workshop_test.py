"""Uploads made clean (bin/workshop-clean): what strangers send, and what is left of it. The hostile
files are made here; pictures are made and read by a library that the workshop does not use."""
import io
import pathlib
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.platform import BIN  # noqa: E402

REFUSED, PLACE = 3, b"22.5431N,114.0579E"


def clean(data):
    """(type, width, height, pages), the clean bytes; or the code of the refusal."""
    done = subprocess.run([BIN / "workshop-clean"], input=data, capture_output=True, timeout=60,
                          env={})
    if done.returncode == REFUSED:
        return done.stderr.decode().strip(), b""
    if done.returncode != 0:
        raise AssertionError(f"ended with {done.returncode}: {done.stderr.decode()}")
    head, _, rest = done.stdout.partition(b"\n")
    kind, width, height, pages = head.decode().split()
    return (kind, int(width), int(height), int(pages)), rest


def picture(size=(60, 40), form="JPEG", **more):
    image = Image.new("RGB", size, (20, 120, 200))
    image.paste((250, 0, 0), (0, 0, size[0] // 3, size[1] // 3))
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def photographed(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = PLACE.decode()
    exif.get_ifd(0x8825)[1] = "N"
    return picture(exif=exif.tobytes())


def chunk(kind, data):
    return (struct.pack(">I", len(data)) + kind + data
            + struct.pack(">I", zlib.crc32(kind + data)))


def png_bomb(side):
    row = b"\0" * (side * 3 + 1)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(min(side, 2000))) + packer.flush()
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", packed) + chunk(b"IEND", b""))


def pdf(pages=1, page=b"", root=b"", more=()):
    """A small document; `page` and `root` are put into the dictionaries of that name."""
    objects = [b"<</Type/Catalog/Pages 2 0 R" + root + b">>",
               b"<</Type/Pages/Count %d/Kids[%s]>>"
               % (pages, b" ".join(b"%d 0 R" % (3 + i) for i in range(pages)))]
    objects += [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]" + page + b">>"] * pages
    objects += more
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % at for at in places)
    return (out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
            + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
            % (len(objects) + 1, len(out)))


def command(*words):
    return subprocess.run(words, capture_output=True, check=True).stdout


class Pictures(unittest.TestCase):
    def test_a_photograph_loses_where_it_was_taken(self):
        taken = photographed(1)
        self.assertIn(PLACE, taken)
        found, left = clean(taken)
        self.assertEqual(found, ("image/jpeg", 60, 40, 0))
        self.assertNotIn(PLACE, left)
        self.assertEqual(dict(Image.open(io.BytesIO(left)).getexif()), {})

    def test_it_stands_upright_whatever_way_the_camera_was_held(self):
        for orientation in range(1, 9):
            wanted = ImageOps.exif_transpose(Image.open(io.BytesIO(photographed(orientation))))
            _, left = clean(photographed(orientation))
            shown = Image.open(io.BytesIO(left))
            self.assertEqual(shown.size, wanted.size)
            for corner in ((2, 2), (shown.width - 3, 2), (2, shown.height - 3),
                           (shown.width - 3, shown.height - 3)):
                is_red = [image.convert("RGB").getpixel(corner)[0] > 150
                          for image in (shown, wanted)]
                self.assertEqual(is_red[0], is_red[1], (orientation, corner))

    def test_what_hangs_behind_a_picture_is_gone(self):
        for tail in (b"PK\x03\x04 an archive", b"<html><script>alert(1)</script>", b"%PDF-1.7 x"):
            for form in ("JPEG", "PNG"):
                found, left = clean(picture(form=form) + tail)
                self.assertEqual(found[1:3], (60, 40))
                self.assertNotIn(tail[:12], left)

    def test_a_png_keeps_its_picture_and_nothing_else(self):
        info = PngInfo()
        info.add_text("where", PLACE.decode())
        found, left = clean(picture(form="PNG", pnginfo=info))
        self.assertEqual(found, ("image/png", 60, 40, 0))
        self.assertNotIn(PLACE, left)
        self.assertEqual(Image.open(io.BytesIO(left)).convert("RGB").tobytes(),
                         Image.open(io.BytesIO(picture(form="PNG"))).convert("RGB").tobytes())

    def test_too_many_pixels_are_refused_before_they_are_unpacked(self):
        self.assertEqual(clean(png_bomb(20000))[0], "too_many_pixels")
        wide = picture((12001, 1))
        self.assertEqual(clean(wide)[0], "too_many_pixels")
        tampered = bytearray(picture())
        at = tampered.index(b"\xff\xc0") + 5
        tampered[at:at + 4] = struct.pack(">HH", 20000, 20000)
        self.assertEqual(clean(bytes(tampered))[0], "too_many_pixels")

    def test_what_is_cut_off_or_changed_is_refused(self):
        for form in ("JPEG", "PNG"):
            whole = picture((300, 200), form)
            for size in (30, len(whole) // 2, len(whole) - 20):
                self.assertEqual(clean(whole[:size])[0], "damaged", (form, size))
        broken = bytearray(picture((300, 200), "PNG"))
        broken[broken.index(b"IDAT") + 20] ^= 0xFF
        self.assertEqual(clean(bytes(broken))[0], "damaged")


class Documents(unittest.TestCase):
    def test_the_pages_of_a_pdf_are_kept(self):
        found, left = clean(pdf(pages=3))
        self.assertEqual(found, ("application/pdf", 0, 0, 3))
        self.assertIn(b"No syntax or stream encoding errors",
                      command("qpdf", "--check", self.kept(left)))

    def kept(self, data):
        path = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "kept.pdf"
        path.write_bytes(data)
        return path

    def test_scripts_actions_forms_files_and_notes_stay_behind(self):
        script = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
        launch = b"<</S/Launch/F(cmd.exe)>>"
        found, left = clean(pdf(
            page=b"/AA<</O" + script + b">>/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A"
            + launch + b">>]",
            root=b"/OpenAction" + script + b"/AA<</WC" + script + b">>/AcroForm<</XFA(x)>>"
            b"/Names<</JavaScript<</Names[(a)" + script + b"]>>/EmbeddedFiles<</Names[(f)"
            b"<</Type/Filespec/F(x.exe)>>]>>>>/Metadata 4 0 R",
            more=[b"<</Type/Metadata/Subtype/XML/Length 5>>stream\nwhere\nendstream"]))
        self.assertEqual(found[0], "application/pdf")
        plain = command("qpdf", "--qdf", "--object-streams=disable", self.kept(left), "-")
        for word in (b"JavaScript", b"Launch", b"cmd.exe", b"XFA", b"EmbeddedFiles", b"x.exe",
                     b"OpenAction", b"/AA", b"/Annots", b"where"):
            self.assertNotIn(word, plain)

    def test_encrypted_damaged_and_endless_ones_are_refused(self):
        for words in (("secret", "owner"), ("", "owner")):
            sealed = self.kept(b"")
            command("qpdf", "--encrypt", *words, "256", "--", self.kept(pdf()), sealed)
            self.assertEqual(clean(sealed.read_bytes())[0], "encrypted")
        self.assertEqual(clean(pdf(pages=51))[0], "too_many_pages")
        self.assertEqual(clean(pdf()[:-200])[0], "damaged")
        self.assertEqual(clean(b"%PDF-1.7\nnothing")[0], "damaged")
        self.assertEqual(clean(pdf(root=b"/Pages 1 0 R"))[0], "damaged")


class Others(unittest.TestCase):
    def test_whatever_it_is_called_it_is_what_its_bytes_are(self):
        for data in (b"MZ\x90\0 a program", b"\x7fELF\x02\x01\x01", b"PK\x03\x04 archive", b"GIF89a",
                     b"<svg xmlns='http://www.w3.org/2000/svg'/>", b" %PDF-1.7", b"\0" * 100):
            self.assertEqual(clean(data)[0], "type_unknown")
        self.assertEqual(clean(b"")[0], "empty")
        self.assertEqual(clean(b"\xff\xd8\xff" + b"\0" * (10 * 2**20))[0], "too_large")

    def test_it_has_given_up_its_rights_before_it_reads(self):
        running = subprocess.Popen([BIN / "workshop-clean"], stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={})
        try:
            running.stdin.write(b"\xff\xd8")
            running.stdin.flush()
            held, until = {}, time.monotonic() + 30
            while held.get("Seccomp") != "2" and time.monotonic() < until:
                lines = pathlib.Path(f"/proc/{running.pid}/status").read_text().splitlines()
                held = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
            self.assertEqual((held["NoNewPrivs"], held["Seccomp"]), ("1", "2"))
            self.assertNotIn("0", held["Uid"].split("\t"))
        finally:
            running.stdin.close()
            running.wait(timeout=20)
            running.stderr.close()

    def test_it_says_how_it_is_used(self):
        done = subprocess.run([BIN / "workshop-clean", "--help"], capture_output=True, env={})
        self.assertEqual(done.returncode, 4)
        self.assertIn(b"usage: workshop-clean <INPUT", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
