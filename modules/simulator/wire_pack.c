/* How bills are packed: gzip, and zip with names and texts in GBK. */

#include <archive.h>
#include <archive_entry.h>
#include <iconv.h>
#include <inttypes.h>
#include <stdarg.h>
#include <zlib.h>

#include "simulator/bills.h"

struct page {
    struct arena *arena;
    char *data;
    size_t size, room;
};

struct page *page_open(struct arena *arena)
{
    struct page *page = arena_alloc(arena, sizeof(*page));

    page->arena = arena;
    page->room = 65536;
    page->data = arena_alloc(arena, page->room);
    return page;
}

void page_add(struct page *page, const char *format, ...)
{
    enum { LINE = 2048 };
    va_list arguments;

    if (page->room - page->size < LINE) {
        char *larger = arena_alloc(page->arena, 4 * page->room);

        memcpy(larger, page->data, page->size);
        page->data = larger;
        page->room *= 4;
    }
    va_start(arguments, format);
    page->size += (size_t)vsnprintf(page->data + page->size, LINE, format, arguments);
    va_end(arguments);
}

const char *page_text(const struct page *page)
{
    return page->data;
}

const char *wire_yuan(struct arena *arena, int64_t fen)
{
    int64_t size = fen < 0 ? -fen : fen;

    return arena_printf(arena, "%s%" PRId64 ".%02" PRId64, fen < 0 ? "-" : "", size / 100,
                        size % 100);
}

static struct bytes deflated(struct arena *arena, struct bytes plain, int window_bits)
{
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)plain.data,
                       .avail_in = (unsigned)plain.size};
    size_t room;

    if (deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    room = deflateBound(&stream, (uLong)plain.size);
    stream.next_out = arena_alloc(arena, room);
    stream.avail_out = (unsigned)room;
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
        abort();
    deflateEnd(&stream);
    return (struct bytes){stream.next_out - stream.total_out, stream.total_out};
}

struct bytes wire_gzip(struct arena *arena, struct bytes plain)
{
    return deflated(arena, plain, MAX_WBITS + 16);
}

struct bytes wire_zlib(struct arena *arena, struct bytes plain)
{
    return deflated(arena, plain, MAX_WBITS);
}

static struct bytes in_gbk(struct arena *arena, const char *text)
{
    size_t in_left = strlen(text), room = 2 * in_left + 1, out_left = room;
    char *in = arena_text(arena, text), *gbk = arena_alloc(arena, room), *out = gbk;
    iconv_t state = iconv_open("GBK", "UTF-8");

    if (state == (iconv_t)-1 || iconv(state, &in, &in_left, &out, &out_left) == (size_t)-1)
        abort(); /* all of it is written here */
    iconv_close(state);
    return (struct bytes){(const unsigned char *)gbk, room - out_left};
}

static void add_file(struct arena *arena, struct archive *archive, const struct bill_file *file)
{
    struct archive_entry *entry = archive_entry_new();
    struct bytes text = in_gbk(arena, file->text);

    if (entry == NULL)
        abort();
    archive_entry_set_pathname(entry, (const char *)in_gbk(arena, file->name).data);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)text.size);
    /* A warning is about a name that the locale cannot show. */
    if (archive_write_header(archive, entry) < ARCHIVE_WARN ||
        archive_write_data(archive, text.data, text.size) < 0)
        abort();
    archive_entry_free(entry);
}

struct bytes wire_zip_gbk(struct arena *arena, const struct bill_file *files, size_t count)
{
    struct archive *archive = archive_write_new();
    size_t room = 65536, used = 0;
    char *packed;

    for (size_t i = 0; i < count; i++)
        room += 2 * strlen(files[i].text);
    packed = arena_alloc(arena, room);
    if (archive == NULL || archive_write_set_format_zip(archive) != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(archive, 0) != ARCHIVE_OK ||
        archive_write_open_memory(archive, packed, room, &used) != ARCHIVE_OK)
        abort();
    for (size_t i = 0; i < count; i++)
        add_file(arena, archive, &files[i]);
    if (archive_write_close(archive) != ARCHIVE_OK)
        abort();
    archive_write_free(archive);
    return (struct bytes){(unsigned char *)packed, used};
}
