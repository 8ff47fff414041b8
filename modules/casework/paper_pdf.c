#include "casework/paper_pdf.h"

#include <inttypes.h>
#include <stdarg.h>

#include "casework/utf8.h"
#include "core/clock.h"

enum {
    OBJECTS_MAX = 10000,
    ENTRY_SIZE = 20,
    TAIL_MAX = 64,
    ADDED_MAX = 8192,
    NUMBER_MAX = 100000000
};

#define HOLE_SIZE (2 * PDF_SIGNATURE_MAX + 2)
#define BYTE_RANGE "/ByteRange [0 %010zu %010zu %010zu]" /* as long before as after it is known */

/* The old file, as far as it has to be understood. */
struct reading {
    struct bytes pdf;
    size_t table; /* where its table of objects begins */
    size_t entries;
    int64_t count; /* of objects */
    int64_t catalog, information, page;
};

/* SIZE_MAX when it is not there. */
static size_t find(struct bytes in, size_t from, const char *what)
{
    size_t size = strlen(what);

    for (size_t at = from; at + size <= in.size; at++)
        if (memcmp(in.data + at, what, size) == 0)
            return at;
    return SIZE_MAX;
}

static size_t find_last(struct bytes in, const char *what)
{
    size_t size = strlen(what);

    for (size_t at = in.size; at >= size; at--)
        if (memcmp(in.data + at - size, what, size) == 0)
            return at - size;
    return SIZE_MAX;
}

/* The number there, behind blanks; NONE when there is none, or one too large to be true. */
static int64_t number_at(struct bytes in, size_t at)
{
    int64_t number = 0;
    size_t first;

    while (at < in.size && (in.data[at] == ' ' || in.data[at] == '\n' || in.data[at] == '['))
        at++;
    for (first = at; at < in.size && in.data[at] >= '0' && in.data[at] <= '9'; at++) {
        number = number * 10 + (in.data[at] - '0');
        if (number > NUMBER_MAX)
            return NONE;
    }
    return at > first ? number : NONE;
}

/* The number behind a name: "/Root 31 0 R" gives 31. */
static int64_t number_of(struct bytes in, const char *name)
{
    for (size_t at = find(in, 0, name); at != SIZE_MAX; at = find(in, at + 1, name)) {
        int64_t number = number_at(in, at + strlen(name));

        if (number != NONE)
            return number;
    }
    return NONE;
}

/* What stands between "N 0 obj" and "endobj"; NULL data when the table does not lead to it. */
static struct bytes object(const struct reading *reading, int64_t number)
{
    const struct bytes none = {NULL, 0};
    char opening[32];
    size_t start, end;

    if (number <= 0 || number >= reading->count)
        return none;
    start = (size_t)number_at(reading->pdf, reading->entries + (size_t)number * ENTRY_SIZE);
    snprintf(opening, sizeof(opening), "%" PRId64 " 0 obj", number);
    if (find((struct bytes){reading->pdf.data, reading->table}, start, opening) != start)
        return none;
    start += strlen(opening);
    end = find(reading->pdf, start, "endobj");
    if (end == SIZE_MAX || end > reading->table)
        return none;
    return (struct bytes){reading->pdf.data + start, end - start};
}

static bool read_trailer(struct reading *reading, struct bytes trailer)
{
    reading->catalog = number_of(trailer, "/Root");
    reading->information = number_of(trailer, "/Info");
    return number_of(trailer, "/Size") == reading->count && reading->information != NONE &&
           find(trailer, 0, "/Prev") == SIZE_MAX && find(trailer, 0, "/Encrypt") == SIZE_MAX;
}

static bool read_table(struct reading *reading)
{
    struct bytes pdf = reading->pdf;
    size_t tail = pdf.size < TAIL_MAX ? pdf.size : TAIL_MAX, at;
    int64_t table = number_of((struct bytes){pdf.data + pdf.size - tail, tail}, "startxref");

    if (table == NONE || find(pdf, (size_t)table, "xref\n0 ") != (size_t)table)
        return false;
    reading->table = (size_t)table;
    reading->count = number_at(pdf, reading->table + strlen("xref\n0 "));
    at = find(pdf, reading->table + strlen("xref\n"), "\n");
    if (reading->count == NONE || reading->count > OBJECTS_MAX || at == SIZE_MAX)
        return false;
    reading->entries = at + 1;
    at = reading->entries + (size_t)reading->count * ENTRY_SIZE;
    return at < pdf.size && find(pdf, at, "trailer") == at &&
           read_trailer(reading, (struct bytes){pdf.data + at, pdf.size - at});
}

static bool lacks(struct bytes text, const char *name)
{
    return text.data != NULL && find(text, 0, name) == SIZE_MAX;
}

static bool read_pdf(struct bytes pdf, struct reading *reading)
{
    struct bytes catalog, page;

    *reading = (struct reading){.pdf = pdf};
    if (pdf.data == NULL || pdf.size > PDF_SIZE_MAX || find(pdf, 0, "%PDF-1.") != 0 ||
        !read_table(reading))
        return false;
    catalog = object(reading, reading->catalog);
    if (!lacks(catalog, "/AcroForm"))
        return false;
    reading->page = number_of(object(reading, number_of(catalog, "/Pages")), "/Kids");
    page = object(reading, reading->page);
    return lacks(page, "/Annots") && find(page, 0, "/Type /Page") != SIZE_MAX &&
           reading->page != reading->catalog && find(page, 0, ">>") != SIZE_MAX &&
           find(catalog, 0, ">>") != SIZE_MAX;
}

/* The file as it grows; its memory was reckoned beforehand. */
struct writing {
    unsigned char *data;
    size_t size, room;
    int64_t numbers[4]; /* of the objects that were written, and where they begin */
    size_t places[4];
    size_t count;
};

static void put(struct writing *to, struct bytes bytes)
{
    if (bytes.size > to->room - to->size)
        abort(); /* ADDED_MAX is reckoned wrongly */
    memcpy(to->data + to->size, bytes.data, bytes.size);
    to->size += bytes.size;
}

__attribute__((format(printf, 2, 3))) static void print(struct writing *to, const char *format, ...)
{
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vsnprintf((char *)to->data + to->size, to->room - to->size, format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size >= to->room - to->size)
        abort();
    to->size += (size_t)size;
}

static void begin_object(struct writing *to, int64_t number)
{
    to->numbers[to->count] = number;
    to->places[to->count++] = to->size;
    print(to, "%" PRId64 " 0 obj", number);
}

/* An object that is there already, with one more member. */
static void put_again(struct writing *to, const struct reading *reading, int64_t number,
                      const char *member)
{
    struct bytes old = object(reading, number);
    size_t end = find_last(old, ">>");

    begin_object(to, number);
    put(to, (struct bytes){old.data, end});
    print(to, "%s\n>>\nendobj\n", member);
}

/* UTF-16 with its mark, in hex: the form in which all texts of a PDF can stand. */
static void put_text(struct writing *to, const char *text)
{
    uint32_t code;

    print(to, "<FEFF");
    for (size_t size; (size = utf8_next(text, &code)) > 0; text += size) {
        if (code < 0x10000)
            print(to, "%04X", (unsigned)code);
        else
            print(to, "%04X%04X", (unsigned)(0xD800 + ((code - 0x10000) >> 10)),
                  (unsigned)(0xDC00 + ((code - 0x10000) & 0x3FF)));
    }
    print(to, ">");
}

static void put_time(struct writing *to, struct instant at)
{
    struct day day = civil_day(at);
    int64_t year, month, date, second = (at.ms - day_start(day).ms) / SECOND_MS;

    day_parts(day, &year, &month, &date);
    print(to, "(D:%04d%02d%02d%02d%02d%02d+08'00')", (int)year, (int)month, (int)date,
          (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
}

/* Returns where the byte range stands; the hole is in *file. */
static size_t put_signature_object(struct writing *to, int64_t number,
                                   const struct pdf_signing *signing, struct pdf_signable *file)
{
    size_t range;

    begin_object(to, number);
    print(to, "\n<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached\n/Name ");
    put_text(to, signing->name);
    print(to, "\n/Reason ");
    put_text(to, signing->reason);
    print(to, "\n/M ");
    put_time(to, signing->at);
    print(to, "\n");
    range = to->size;
    print(to, BYTE_RANGE "\n/Contents ", (size_t)0, (size_t)0, (size_t)0);
    file->hole = to->size;
    file->hole_end = to->size + HOLE_SIZE;
    memset(to->data + to->size, '0', HOLE_SIZE);
    to->data[file->hole] = '<';
    to->data[file->hole_end - 1] = '>';
    to->size += HOLE_SIZE;
    print(to, "\n>>\nendobj\n");
    return range;
}

static void put_table(struct writing *to, const struct reading *reading)
{
    size_t table = to->size;

    print(to, "xref\n");
    for (size_t i = 0; i < to->count; i++)
        print(to, "%" PRId64 " 1\n%010zu 00000 n \n", to->numbers[i], to->places[i]);
    print(to,
          "trailer\n<< /Size %" PRId64 " /Root %" PRId64 " 0 R /Info %" PRId64
          " 0 R /Prev %zu >>\nstartxref\n%zu\n%%%%EOF\n",
          reading->count + 2, reading->catalog, reading->information, reading->table, table);
}

bool pdf_make_room(struct arena *arena, struct bytes pdf, const struct pdf_signing *signing,
                   struct pdf_signable *signable)
{
    struct reading reading;
    struct writing to = {NULL, 0, 0, {0}, {0}, 0};
    char member[64], range[64];
    size_t range_at;
    int64_t field, signature;

    if (!read_pdf(pdf, &reading))
        return false;
    field = reading.count;
    signature = reading.count + 1;
    to.room = pdf.size + object(&reading, reading.page).size + HOLE_SIZE + ADDED_MAX +
              object(&reading, reading.catalog).size +
              8 * (strlen(signing->name) + strlen(signing->reason));
    to.data = arena_alloc(arena, to.room);
    put(&to, pdf);
    snprintf(member, sizeof(member), "   /Annots [%" PRId64 " 0 R]", field);
    put_again(&to, &reading, reading.page, member);
    snprintf(member, sizeof(member), "   /AcroForm << /Fields [%" PRId64 " 0 R] /SigFlags 3 >>",
             field);
    put_again(&to, &reading, reading.catalog, member);
    begin_object(&to, field);
    print(&to,
          "\n<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature) /F 132 /Rect [0 0 0 0]\n"
          "/P %" PRId64 " 0 R /V %" PRId64 " 0 R >>\nendobj\n",
          reading.page, signature);
    range_at = put_signature_object(&to, signature, signing, signable);
    put_table(&to, &reading);
    signable->data = to.data;
    signable->size = to.size;
    snprintf(range, sizeof(range), BYTE_RANGE, signable->hole, signable->hole_end,
             to.size - signable->hole_end);
    memcpy(to.data + range_at, range, strlen(range));
    return true;
}

bool pdf_put_signature(struct pdf_signable *file, struct bytes signature)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char *at = file->data + file->hole + 1;

    if (signature.size > PDF_SIGNATURE_MAX)
        return false;
    for (size_t i = 0; i < signature.size; i++) {
        *at++ = (unsigned char)digits[signature.data[i] >> 4];
        *at++ = (unsigned char)digits[signature.data[i] & 15];
    }
    return true;
}
