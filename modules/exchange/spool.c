#include "exchange/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/ulid.h"
#include "exchange/batch.h"
#include "exchange/exchange.h"

/* The file is a row of sealed blocks, so that a reader can begin anywhere. */
enum { BLOCK = 65536, TAG = 16, NONCE = 12, ARENA_LIMIT = 1024 * 1024 };

static const char *path_of(struct request *r, const char *id)
{
    const struct exchange_settings *settings = r->settings;

    return arena_printf(r->arena, "%s/%s", settings->spool, id);
}

static void close_fd(void *fd)
{
    close((int)(intptr_t)fd);
}

static void close_arena(void *arena)
{
    arena_close(arena);
}

/* Memory for one block at a time, emptied after each. */
static struct arena *block_arena(struct request *r)
{
    struct arena *arena = arena_open(ARENA_LIMIT);

    arena_defer(r->arena, close_arena, arena);
    return arena;
}

/* Each file has a key of its own, so the number of the block is nonce enough. */
static void write_nonce(int64_t block, unsigned char nonce[NONCE])
{
    memset(nonce, 0, NONCE);
    for (int i = 0; i < 8; i++)
        nonce[NONCE - 1 - i] = (unsigned char)(block >> (8 * i));
}

static bool write_all(int fd, struct bytes data)
{
    while (data.size > 0) {
        ssize_t n = write(fd, data.data, data.size);

        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0)
            data = (struct bytes){data.data + n, data.size - (size_t)n};
    }
    return true;
}

/* On its way into the file. */
struct writer {
    int fd;
    const char *id;
    struct bytes key;
    struct arena *arena;
    struct digest_stream *hash;
    struct spooled *spooled;
    bool ends_in_line; /* the last byte was no line feed */
};

static void count_lines(struct writer *writer, struct bytes block)
{
    for (size_t i = 0; i < block.size; i++)
        writer->spooled->lines += block.data[i] == '\n';
    writer->ends_in_line = block.data[block.size - 1] != '\n';
}

static bool write_block(struct writer *writer, struct bytes block)
{
    unsigned char nonce[NONCE];
    struct bytes sealed;

    write_nonce(writer->spooled->size / BLOCK, nonce);
    digest_add(writer->hash, block);
    count_lines(writer, block);
    writer->spooled->size += (int64_t)block.size;
    sealed = aes_gcm_seal(writer->arena, writer->key, (struct bytes){nonce, NONCE},
                          bytes_of(writer->id), block);
    return write_all(writer->fd, sealed);
}

/* As much of the body as fills a block; 0 at its end, -1 when the sender went away. */
static long read_block(struct request *r, unsigned char *block)
{
    size_t size = 0;

    while (size < BLOCK) {
        long n = read_body(r, block + size, BLOCK - size);

        if (n < 0)
            return -1;
        if (n == 0)
            break;
        size += (size_t)n;
    }
    return (long)size;
}

static enum error write_body(struct request *r, struct writer *writer)
{
    int64_t announced = body_length(r);
    long n = BLOCK;

    while (n == BLOCK) {
        unsigned char *block = arena_alloc(writer->arena, BLOCK);

        n = read_block(r, block);
        if (n < 0 || writer->spooled->size + n > announced)
            return refuse(r, BODY_NOT_JSON, VALUES("body differs from the length announced"));
        if (n > 0 && !write_block(writer, (struct bytes){block, (size_t)n}))
            return failed(r, E_UNAVAILABLE, "spool: %s", strerror(errno));
        arena_reset(writer->arena);
    }
    if (writer->spooled->size != announced)
        return refuse(r, BODY_NOT_JSON, VALUES("body differs from the length announced"));
    return E_OK;
}

static enum error sync_file(struct request *r, int fd)
{
    const struct exchange_settings *settings = r->settings;
    int folder = open(settings->spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = folder >= 0 && fsync(fd) == 0 && fsync(folder) == 0;

    if (folder >= 0)
        close(folder);
    return done ? E_OK : failed(r, E_UNAVAILABLE, "spool: %s", strerror(errno));
}

static enum error check_length(struct request *r)
{
    int64_t length = body_length(r);

    if (length == 0)
        return refuse(r, BATCH_EMPTY, NO_VALUES);
    if (length > BODY_MAX)
        return refuse(r, BODY_TOO_LARGE, VALUES(length, BODY_MAX));
    return E_OK;
}

enum error spool_write(struct request *r, const char *id, const unsigned char key[SPOOL_KEY_SIZE],
                       struct spooled *spooled)
{
    struct writer writer = {.id = id, .key = {key, SPOOL_KEY_SIZE}, .spooled = spooled};
    enum error error;

    TRY(check_length(r));
    *spooled = (struct spooled){.size = 0};
    writer.fd = open(path_of(r, id), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (writer.fd < 0)
        return failed(r, E_UNAVAILABLE, "spool: %s", strerror(errno));
    writer.arena = block_arena(r);
    writer.hash = digest_begin(DIGEST_SHA256);
    error = write_body(r, &writer);
    digest_end(writer.hash, spooled->sha256);
    spooled->lines += writer.ends_in_line;
    if (error == E_OK)
        error = sync_file(r, writer.fd);
    close(writer.fd);
    if (error != E_OK)
        spool_remove(r, id);
    return error;
}

void spool_remove(struct request *r, const char *id)
{
    if (unlink(path_of(r, id)) != 0 && errno != ENOENT)
        log_error(r, "spool_not_removed", "%s: %s", id, strerror(errno));
}

struct spool_reader {
    struct request *r;
    int fd;
    const char *id;
    unsigned char key[SPOOL_KEY_SIZE];
    int64_t size;   /* of the body */
    int64_t offset; /* in the body, of the next byte */
    struct arena *arena;
    struct bytes block; /* what is left of the block that holds it */
};

static void wipe_reader(void *reader)
{
    wipe(((struct spool_reader *)reader)->key, SPOOL_KEY_SIZE);
}

enum error spool_open(struct request *r, const char *id, const unsigned char key[SPOOL_KEY_SIZE],
                      int64_t size, int64_t offset, struct spool_reader **reader)
{
    struct spool_reader *own = arena_alloc(r->arena, sizeof(*own));
    int fd = open(path_of(r, id), O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return failed(r, E_INTERNAL, "spool file %s: %s", id, strerror(errno));
    arena_defer(r->arena, close_fd, (void *)(intptr_t)fd);
    *own = (struct spool_reader){.r = r, .fd = fd, .id = id, .size = size, .offset = offset};
    memcpy(own->key, key, SPOOL_KEY_SIZE);
    arena_defer(r->arena, wipe_reader, own);
    own->arena = block_arena(r);
    *reader = own;
    return E_OK;
}

/* The rest, from the offset on, of the block that the offset falls into. */
static enum error load_block(struct spool_reader *reader)
{
    int64_t number = reader->offset / BLOCK, begin = number * BLOCK;
    size_t skip = (size_t)(reader->offset - begin);
    size_t plain = (size_t)(reader->size - begin < BLOCK ? reader->size - begin : BLOCK);
    unsigned char nonce[NONCE], *sealed;
    struct bytes block;

    arena_reset(reader->arena);
    sealed = arena_alloc(reader->arena, BLOCK + TAG);
    if (pread(reader->fd, sealed, plain + TAG, (off_t)(number * (BLOCK + TAG))) !=
        (ssize_t)(plain + TAG))
        return failed(reader->r, E_INTERNAL, "spool file %s is cut short", reader->id);
    write_nonce(number, nonce);
    block = aes_gcm_open(reader->arena, (struct bytes){reader->key, SPOOL_KEY_SIZE},
                         (struct bytes){nonce, NONCE}, bytes_of(reader->id),
                         (struct bytes){sealed, plain + TAG});
    if (block.data == NULL)
        return failed(reader->r, E_INTERNAL, "spool file %s was changed", reader->id);
    reader->block = (struct bytes){block.data + skip, block.size - skip};
    return E_OK;
}

/* Takes what the block has of the line; true when that was its end. */
static bool take_piece(struct spool_reader *reader, unsigned char *line, size_t *size)
{
    const unsigned char *end = memchr(reader->block.data, '\n', reader->block.size);
    size_t piece = end == NULL ? reader->block.size : (size_t)(end - reader->block.data);
    size_t taken = piece + (end != NULL);

    if (*size + piece <= LINE_MAX_SIZE)
        memcpy(line + *size, reader->block.data, piece);
    *size = *size + piece <= LINE_MAX_SIZE ? *size + piece : LINE_MAX_SIZE + 1;
    reader->offset += (int64_t)taken;
    reader->block = (struct bytes){reader->block.data + taken, reader->block.size - taken};
    return end != NULL;
}

enum error spool_line(struct spool_reader *reader, struct bytes *line)
{
    unsigned char data[LINE_MAX_SIZE];
    size_t size = 0;
    bool ended = false;

    if (reader->offset >= reader->size)
        return E_NOT_FOUND;
    while (!ended && reader->offset < reader->size) {
        if (reader->block.size == 0)
            TRY(load_block(reader));
        ended = take_piece(reader, data, &size);
    }
    *line = (struct bytes){NULL, 0};
    if (size <= LINE_MAX_SIZE)
        *line = (struct bytes){(const unsigned char *)arena_text_of(reader->r->arena, data, size),
                               size};
    return E_OK;
}

int64_t spool_offset(const struct spool_reader *reader)
{
    return reader->offset;
}

/* The name of a file tells when it was made; what is younger than an hour may be on its way in. */
static enum error sweep_file(struct request *r, const char *name)
{
    char youngest[ULID_SIZE + 1];
    struct batch batch;
    enum error found;

    ulid_write(youngest, instant_add(r->now, -HOUR_MS));
    if (!is_ulid(name) || strcmp(name, youngest) > 0)
        return E_OK;
    found = find_batch(r, name, &batch);
    if (found == E_NOT_FOUND || (found == E_OK && strcmp(batch.state, "done") == 0)) {
        spool_remove(r, name);
        return E_OK;
    }
    return found;
}

enum error sweep_spool(struct request *r, const struct task *task)
{
    const struct exchange_settings *settings = r->settings;
    DIR *directory = opendir(settings->spool);
    const struct dirent *entry;
    enum error error = E_OK;

    (void)task;
    if (directory == NULL)
        return failed(r, E_INTERNAL, "spool: %s", strerror(errno));
    while (error == E_OK && (entry = readdir(directory)) != NULL)
        error = sweep_file(r, entry->d_name);
    closedir(directory);
    return error;
}
