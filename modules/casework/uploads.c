/* From a stranger's bytes to a file that may be shown: streamed in, made clean, sealed, noted down.
 */

#include <inttypes.h>
#include <stdio.h>

#include "casework/upload.h"
#include "casework/workshop.h"
#include "core/clock.h"
#include "core/crypto.h"
#include "core/idempotency.h"
#include "core/job.h"
#include "core/log.h"
#include "core/ulid.h"

UPLOAD_REASONS(REASON_DEFINE)

/* What a person may upload; ours. */
enum {
    INPUT_MAX = 10 * 1024 * 1024,
    A_DAY = 60,
    TRIES_A_DAY = 2 * A_DAY,            /* refused, repeated and deleted ones are counted too */
    DROP_AFTER_MS = 2 * 60 * 60 * 1000, /* longer than what the store calls fresh */
    LOOSE_MAX = 20,
    KEPT_LOOSE_DAYS = 7,
    HEAD_MAX = 80,
    TYPE_MAX = 31,
};
#define BYTES_A_DAY ((int64_t)200 * 1024 * 1024)

const struct field upload_fields[] = {
    FIELD(struct upload, id),
    FIELD(struct upload, content_type),
    FIELD(struct upload, size),
    FIELD(struct upload, width),
    FIELD(struct upload, height),
    FIELD(struct upload, pages),
    FIELD_OR_NULL(struct upload, application_id),
    FIELD(struct upload, created_at),
    FIELD_END,
};

const struct param upload_params[] = {
    PARAM(struct upload_input, upload_id, .source = PATH, .check = is_ulid),
    PARAM_END,
};

/* Every module with uploads begins its settings with them. */
static const struct upload_settings *settings_of(const struct request *r)
{
    return r->settings;
}

enum error uploads_open(struct request *r, const struct upload_settings *settings)
{
    return store_open(r, &settings->store);
}

/* --- Taking one in ------------------------------------------------------------------------------
 */

static void close_arena(void *arena)
{
    arena_close(arena);
}

/* Files do not fit into the memory of a request. */
static struct arena *large_arena(struct request *r)
{
    struct arena *arena = arena_open(STORE_ARENA_MAX);

    arena_defer(r->arena, close_arena, arena);
    return arena;
}

/* What is announced is not believed: more than is allowed is not read. */
static enum error read_file(struct request *r, struct arena *arena, struct bytes *bytes)
{
    unsigned char *data;
    long size = 1;

    bytes->size = 0;
    if (body_length(r) > INPUT_MAX)
        return refuse(r, UPLOAD_TOO_LARGE, VALUES(body_length(r), (int64_t)INPUT_MAX));
    data = arena_alloc(arena, INPUT_MAX + 1); /* what is not touched costs nothing */
    bytes->data = data;
    while (size > 0 && bytes->size <= INPUT_MAX) {
        size = read_body(r, data + bytes->size, INPUT_MAX + 1 - bytes->size);
        if (size < 0)
            return failed(r, E_UNAVAILABLE, "the client went away");
        bytes->size += (size_t)size;
    }
    if (bytes->size > INPUT_MAX)
        return refuse(r, UPLOAD_TOO_LARGE, VALUES((int64_t)bytes->size, (int64_t)INPUT_MAX));
    return bytes->size == 0 ? refuse(r, UPLOAD_EMPTY, NO_VALUES) : E_OK;
}

static enum error refuse_file(struct request *r, const char *code)
{
    static const struct {
        const char *code;
        const struct reason *reason;
    } codes[] = {{"empty", &UPLOAD_EMPTY},          {"too_large", &UPLOAD_TOO_LARGE},
                 {"type_unknown", &UPLOAD_TYPE},    {"too_many_pixels", &UPLOAD_PIXELS},
                 {"too_many_pages", &UPLOAD_PAGES}, {"encrypted", &UPLOAD_ENCRYPTED}};

    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
        if (strcmp(codes[i].code, code) == 0)
            return refuse(r, *codes[i].reason, VALUES(code));
    return refuse(r, UPLOAD_DAMAGED, VALUES(code));
}

/* "TYPE WIDTH HEIGHT PAGES", a line end, and the bytes. */
static enum error read_product(struct request *r, struct bytes product, struct upload *upload,
                               struct bytes *clean)
{
    const unsigned char *end =
        memchr(product.data, '\n', product.size < HEAD_MAX ? product.size : HEAD_MAX);
    char type[TYPE_MAX + 1];
    const char *head;

    if (end == NULL)
        return failed(r, E_INTERNAL, "the workshop's product has no head");
    head = arena_text_of(r->arena, product.data, (size_t)(end - product.data));
    if (sscanf(head, "%31s %" SCNd64 " %" SCNd64 " %" SCNd64, type, &upload->width, &upload->height,
               &upload->pages) != 4)
        return failed(r, E_INTERNAL, "the workshop's product has an odd head");
    clean->data = end + 1;
    clean->size = product.size - (size_t)(end + 1 - product.data);
    upload->content_type = arena_text(r->arena, type);
    upload->size = (int64_t)clean->size;
    return E_OK;
}

static enum error make_clean(struct request *r, struct arena *arena, struct upload *upload,
                             struct bytes *clean)
{
    struct product product = {.arena = arena, .max = STORE_FILE_MAX};
    unsigned char *digest = arena_alloc(r->arena, SHA256_SIZE);
    struct bytes file;

    TRY(read_file(r, arena, &file));
    TRY(workshop_run(r, settings_of(r)->workshop, "clean", file, &product));
    if (product.refusal != NULL)
        return refuse_file(r, product.refusal);
    TRY(read_product(r, product.bytes, upload, clean));
    sha256(*clean, digest);
    upload->sha256 = (struct bytes){digest, SHA256_SIZE};
    return E_OK;
}

/* A repetition adds no file, but has one made clean again. */
static enum error check_use(struct request *r, bool is_repeated)
{
    struct upload_use use;

    TRY(upload_count_use(r, &use));
    if (is_repeated && use.tries_today <= TRIES_A_DAY)
        return E_OK;
    if (use.today >= A_DAY || use.tries_today > TRIES_A_DAY || use.bytes_today >= BYTES_A_DAY)
        reason(r, UPLOADS_TODAY, VALUES(use.today, (int64_t)A_DAY));
    if (use.loose >= LOOSE_MAX)
        reason(r, UPLOADS_LOOSE, VALUES(use.loose, (int64_t)LOOSE_MAX));
    return refused(r);
}

/* A job for each row: one that waits for an earlier row of the same file may come too soon for
 * this. */
static const char *dropped_name(struct request *r, const struct upload *upload)
{
    return arena_printf(r->arena, "%s-%s", hex_encode(r->arena, upload->sha256), upload->id);
}

/* The key stands for one file: what is told again under it has to be the same. */
static enum error insert(struct request *r, void *product)
{
    struct upload *upload = product, known;

    if (idempotency_is_new(r)) {
        enum error inserted = upload_insert(r, upload);

        /* Keys are remembered for a week; what came under one may stay longer. */
        return inserted == E_EXISTS ? refuse(r, KEY_REUSED, VALUES(r->key)) : inserted;
    }
    TRY(upload_find_by_key(r, &known));
    if (!bytes_equal(known.sha256, upload->sha256))
        return refuse(r, KEY_REUSED, VALUES(r->key));
    *upload = known;
    return E_OK;
}

enum error take_upload(struct request *r)
{
    struct arena *arena = large_arena(r);
    struct upload upload = {.id = ulid_new(r), .created_at = r->now}, known;
    struct bytes clean;
    enum error found = upload_find_by_key(r, &known);

    if (found != E_OK && found != E_NOT_FOUND)
        return found;
    TRY(upload_count_try(r));
    TRY(check_use(r, found == E_OK));
    TRY(make_clean(r, arena, &upload, &clean));
    if (found == E_OK && !bytes_equal(known.sha256, upload.sha256))
        return refuse(r, KEY_REUSED, VALUES(r->key)); /* before it is in the store */
    /* Who dies before the row is written leaves a file that nobody names. */
    TRY(job_promise(r, "drop_upload", dropped_name(r, &upload),
                    instant_add(r->now, DROP_AFTER_MS)));
    TRY(store_put(r, &settings_of(r)->store, upload.sha256, arena, clean));
    TRY(db_transaction(r, insert, &upload));
    return reply_record(r, 201, upload_fields, &upload);
}

/* --- Showing and deleting -----------------------------------------------------------------------
 */

enum error reply_upload(struct request *r, const struct upload *upload)
{
    struct bytes bytes;

    TRY(store_get(r, &settings_of(r)->store, upload->sha256, large_arena(r), &bytes));
    reply_header(r, "X-Content-Type-Options", "nosniff");
    reply_header(r, "Content-Security-Policy", "default-src 'none'; sandbox");
    reply_header(r, "Cache-Control", "private, no-store");
    reply_header(r, "Content-Disposition", "inline");
    return reply_bytes(r, 200, upload->content_type, bytes);
}

enum error show_upload(struct request *r)
{
    const struct upload_input *in = r->input;
    struct upload upload;

    TRY(upload_find(r, in->upload_id, &upload));
    return reply_upload(r, &upload);
}

/* The row now, the file later: one that was put a moment ago may be that whose row another is about
   to write. */
static enum error drop(struct request *r, void *product)
{
    const struct upload *upload = product;

    TRY(upload_delete(r, upload->id));
    return job_add(r, "drop_upload", dropped_name(r, upload), NULL,
                   instant_add(r->now, DROP_AFTER_MS));
}

/* What is not there to be deleted was attached meanwhile, or is gone by a commit whose answer was
   lost. */
static enum error drop_own(struct request *r, void *product)
{
    const struct upload *upload = product;
    enum error dropped = drop(r, product);
    struct upload still;

    if (dropped != E_NOT_FOUND)
        return dropped;
    dropped = upload_find_own(r, upload->id, &still);
    if (dropped == E_OK)
        return refuse(r, UPLOAD_UNKNOWN, VALUES("upload_id", upload->id));
    return dropped == E_NOT_FOUND ? E_OK : dropped;
}

enum error drop_upload(struct request *r, const struct task *task)
{
    struct bytes sha256_of =
        hex_decode(r->arena, arena_text_of(r->arena, task->dedupe, 2 * (size_t)SHA256_SIZE));
    bool is_needed;

    TRY(upload_is_needed(r, sha256_of, &is_needed));
    return is_needed ? E_OK : store_drop(r, &settings_of(r)->store, sha256_of);
}

enum error delete_upload(struct request *r)
{
    const struct upload_input *in = r->input;
    struct upload upload;

    TRY(upload_find_own(r, in->upload_id, &upload));
    if (upload.application_id != NULL)
        return refuse(r, UPLOAD_UNKNOWN, VALUES("upload_id", in->upload_id));
    TRY(db_transaction(r, drop_own, &upload));
    return reply_record(r, 200, upload_fields, &upload);
}

enum error tidy_uploads(struct request *r, const struct task *task)
{
    struct records old;
    const struct upload *upload;

    (void)task;
    TRY(upload_forget_tries(r));
    TRY(upload_list_old(r, instant_add(r->now, -KEPT_LOOSE_DAYS * DAY_MS), &old));
    upload = old.items;
    for (size_t i = 0; i < old.count; i++, upload++) {
        struct upload one = *upload;
        enum error dropped = db_transaction(r, drop, &one);

        if (dropped != E_OK && dropped != E_NOT_FOUND) /* attached meanwhile */
            return dropped;
        if (!job_keep(r))
            return job_again_at(r, r->now);
    }
    return old.count > 0 ? job_again_at(r, r->now) : E_OK;
}
