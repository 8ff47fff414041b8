#include "payment/bill_unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <iconv.h>
#include <zlib.h>

enum { PIECE = 65536, GZIP_WINDOW = 15 + 16, RATIO_FREE = 1024 * 1024 };

/* What went in and came out so far. */
struct unpacking {
    struct bill_reading *reading;
    const struct unpack_sink *sink;
    struct bytes first; /* the piece whose beginning told the packing */
    int64_t packed, unpacked;
    unsigned char buffer[PIECE];
};

static bool refuse(struct unpacking *unpacking, const char *reason)
{
    return bill_refuse(unpacking->reading, 0, "%s", reason);
}

/* The next packed piece; data NULL at the end, and with a fault noted when it is too much. */
static struct bytes next_piece(struct unpacking *unpacking)
{
    const struct bill_source *source = &unpacking->reading->source;
    struct bytes piece = unpacking->first;

    unpacking->first = (struct bytes){NULL, 0};
    if (piece.data == NULL)
        piece = source->next(source->context);
    unpacking->packed += (int64_t)piece.size;
    if (unpacking->packed <= BILL_PACKED_MAX)
        return piece;
    refuse(unpacking, "the packed bill is too large");
    return (struct bytes){NULL, 0};
}

static bool hand_over(struct unpacking *unpacking, const void *data, size_t size)
{
    int64_t sum = unpacking->unpacked += (int64_t)size;

    if (sum > BILL_UNPACKED_MAX)
        return refuse(unpacking, "the unpacked bill is too large");
    if (sum > RATIO_FREE && sum / UNPACK_RATIO_MAX > unpacking->packed)
        return refuse(unpacking, "it unpacks to far more than a bill does");
    return size == 0 ||
           unpacking->sink->bytes(unpacking->sink->context, (struct bytes){data, size});
}

static bool has_fault(const struct unpacking *unpacking)
{
    return unpacking->reading->fault.reason[0] != '\0';
}

static bool pass_plain(struct unpacking *unpacking)
{
    struct bytes piece;

    if (!unpacking->sink->file(unpacking->sink->context, ""))
        return false;
    while ((piece = next_piece(unpacking)).data != NULL)
        if (!hand_over(unpacking, piece.data, piece.size))
            return false;
    return !has_fault(unpacking);
}

/* All that one packed piece gives. */
static bool inflate_piece(struct unpacking *unpacking, z_stream *stream, int *result)
{
    do {
        stream->next_out = unpacking->buffer;
        stream->avail_out = PIECE;
        *result = inflate(stream, Z_NO_FLUSH);
        if (*result != Z_OK && *result != Z_STREAM_END && *result != Z_BUF_ERROR)
            return refuse(unpacking, "the gzip data is damaged");
        if (!hand_over(unpacking, unpacking->buffer, PIECE - stream->avail_out))
            return false;
    } while (stream->avail_out == 0 && *result != Z_STREAM_END);
    return true;
}

static bool inflate_all(struct unpacking *unpacking, z_stream *stream)
{
    struct bytes piece;
    int result = Z_OK;

    while ((piece = next_piece(unpacking)).data != NULL) {
        if (result == Z_STREAM_END)
            return refuse(unpacking, "something follows the gzip data");
        stream->next_in = (unsigned char *)(uintptr_t)piece.data;
        stream->avail_in = (unsigned)piece.size;
        if (!inflate_piece(unpacking, stream, &result))
            return false;
        if (stream->avail_in > 0)
            return refuse(unpacking, "something follows the gzip data");
    }
    if (has_fault(unpacking))
        return false;
    return result == Z_STREAM_END || refuse(unpacking, "the gzip data is cut short");
}

static bool unpack_gzip(struct unpacking *unpacking)
{
    z_stream stream = {.zalloc = NULL};
    bool done;

    if (!unpacking->sink->file(unpacking->sink->context, ""))
        return false;
    if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
        abort();
    done = inflate_all(unpacking, &stream);
    inflateEnd(&stream);
    return done;
}

static la_ssize_t read_zip(struct archive *archive, void *context, const void **data)
{
    struct bytes piece = next_piece(context);

    (void)archive;
    *data = piece.data;
    return (la_ssize_t)piece.size;
}

/* A path would be no harm, since nothing is written; but what has one is no bill. */
static bool is_file_name(const char *name)
{
    size_t size = name == NULL ? 0 : strlen(name);

    if (size == 0 || size > UNPACK_NAME_MAX || name[0] == '.')
        return false;
    for (size_t i = 0; i < size; i++)
        if (name[i] == '/' || name[i] == '\\' || (unsigned char)name[i] < ' ' || name[i] == 127)
            return false;
    return true;
}

static bool unpack_file(struct unpacking *unpacking, struct archive *archive,
                        struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);
    la_ssize_t size;

    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_is_encrypted(entry))
        return refuse(unpacking, "the zip holds what is no plain file");
    if (!is_file_name(name))
        return refuse(unpacking, "a file in the zip has an odd name");
    if (!unpacking->sink->file(unpacking->sink->context, name))
        return false;
    while ((size = archive_read_data(archive, unpacking->buffer, PIECE)) > 0)
        if (!hand_over(unpacking, unpacking->buffer, (size_t)size))
            return false;
    return size == 0 || refuse(unpacking, "a file in the zip is damaged");
}

static bool unpack_files(struct unpacking *unpacking, struct archive *archive)
{
    struct archive_entry *entry;
    int files = 0, result;

    /* A warning is about a name that the locale cannot show. */
    while ((result = archive_read_next_header(archive, &entry)) == ARCHIVE_OK ||
           result == ARCHIVE_WARN) {
        if (++files > UNPACK_FILES_MAX)
            return refuse(unpacking, "the zip holds too many files");
        if (!unpack_file(unpacking, archive, entry))
            return false;
    }
    if (result != ARCHIVE_EOF || files == 0)
        return refuse(unpacking, "the zip is damaged");
    return !has_fault(unpacking);
}

static bool unpack_zip(struct unpacking *unpacking)
{
    struct archive *archive = archive_read_new();
    bool done = false;

    if (archive == NULL || archive_read_support_format_zip_streamable(archive) != ARCHIVE_OK)
        abort();
    if (archive_read_open(archive, unpacking, NULL, read_zip, NULL) != ARCHIVE_OK)
        refuse(unpacking, "the zip is damaged");
    else
        done = unpack_files(unpacking, archive);
    archive_read_free(archive);
    return done;
}

bool unpack(struct bill_reading *reading, const struct unpack_sink *sink)
{
    struct unpacking unpacking = {.reading = reading, .sink = sink};
    struct bytes first = reading->source.next(reading->source.context);

    if (first.data == NULL || first.size < 4)
        return bill_refuse(reading, 0, "the bill is empty or cut short");
    unpacking.first = first;
    if (first.data[0] == 0x1f && first.data[1] == 0x8b)
        return unpack_gzip(&unpacking);
    if (memcmp(first.data, "PK\3\4", 4) == 0)
        return unpack_zip(&unpacking);
    return pass_plain(&unpacking);
}

/* Into `out`, or nowhere to learn the size; SIZE_MAX when it is damaged or more than `max`. */
static size_t inflate_into(struct bytes packed, unsigned char *out, size_t max)
{
    unsigned char buffer[PIECE];
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)packed.data,
                       .avail_in = (unsigned)packed.size};
    size_t size = 0;
    int result = Z_OK;

    if (inflateInit(&stream) != Z_OK)
        abort();
    while (result == Z_OK && size <= max) {
        stream.next_out = buffer;
        stream.avail_out = PIECE;
        result = inflate(&stream, Z_NO_FLUSH);
        if (out != NULL)
            memcpy(out + size, buffer, PIECE - stream.avail_out);
        size += PIECE - stream.avail_out;
    }
    inflateEnd(&stream);
    return result == Z_STREAM_END && stream.avail_in == 0 && size <= max ? size : SIZE_MAX;
}

struct bytes unpack_zlib(struct arena *arena, struct bytes packed, size_t max)
{
    size_t size =
        packed.data == NULL || packed.size > max ? SIZE_MAX : inflate_into(packed, NULL, max);
    unsigned char *unpacked;

    if (size == SIZE_MAX)
        return (struct bytes){NULL, 0};
    unpacked = arena_alloc(arena, size);
    inflate_into(packed, unpacked, max);
    return (struct bytes){unpacked, size};
}

enum { CHARACTER_MAX = 4 };

struct recoding {
    iconv_t state;
    size_t kept; /* of a character that the last piece cut */
    char in[CHARACTER_MAX + PIECE];
    char out[2 * PIECE];
};

static void close_recoding(void *recoding)
{
    iconv_close(((struct recoding *)recoding)->state);
}

struct recoding *recoding_open(struct arena *arena, const char *charset)
{
    struct recoding *recoding = arena_alloc(arena, sizeof(*recoding));

    recoding->state = iconv_open("UTF-8", charset);
    if (recoding->state == (iconv_t)-1)
        abort(); /* the names are constants of ours */
    arena_defer(arena, close_recoding, recoding);
    return recoding;
}

/* A piece of at most PIECE bytes with what was kept before it. */
static bool recode(struct recoding *recoding, struct bytes piece,
                   bool (*text)(void *context, struct bytes text), void *context)
{
    char *in = recoding->in, *out = recoding->out;
    size_t in_left = recoding->kept + piece.size, out_left = sizeof(recoding->out);

    memcpy(recoding->in + recoding->kept, piece.data, piece.size);
    if (iconv(recoding->state, &in, &in_left, &out, &out_left) == (size_t)-1 &&
        (errno != EINVAL || in_left >= CHARACTER_MAX))
        return false;
    memmove(recoding->in, in, in_left);
    recoding->kept = in_left;
    return text(context, (struct bytes){(const unsigned char *)recoding->out,
                                        sizeof(recoding->out) - out_left});
}

bool recoding_bytes(struct recoding *recoding, struct bytes piece,
                    bool (*text)(void *context, struct bytes text), void *context)
{
    while (piece.size > 0) {
        size_t size = piece.size < PIECE ? piece.size : PIECE;

        if (!recode(recoding, (struct bytes){piece.data, size}, text, context))
            return false;
        piece = (struct bytes){piece.data + size, piece.size - size};
    }
    return true;
}

bool recoding_end(struct recoding *recoding)
{
    bool is_whole = recoding->kept == 0;

    recoding->kept = 0;
    iconv(recoding->state, NULL, NULL, NULL, NULL);
    return is_whole;
}
