/* From the gateway into bill_line. */

#include <strings.h>

#include "core/job.h"
#include "core/log.h"
#include "payment/bill_batch.h"
#include "payment/gateway.h"

enum { STEP_MS = 15000, SCRATCH = 2 * 1024 * 1024, LINE_ROOM = 400 };

bool has_time_left(const struct request *r)
{
    /* A run has 30 s; what it began it also ends. */
    return r->deadline_ms - monotonic_ms() > STEP_MS;
}

static struct arena *scratch_arena(struct request *r, void (*close)(void *), size_t limit)
{
    struct arena *arena = arena_open(limit);

    arena_defer(r->arena, close, arena);
    return arena;
}

static void close_arena(void *arena)
{
    arena_close(arena);
}

static const char *case_key(struct request *r, const struct batch *batch)
{
    return arena_printf(r->arena, "%s", batch->id);
}

struct refusal {
    const struct batch *batch;
    const char *reason;
};

static enum error refuse_in(struct request *r, void *product)
{
    const struct refusal *refusal = product;
    struct batch batch;

    TRY(lock_batch(r, refusal->batch->id, &batch));
    if (strcmp(batch.state, refusal->batch->state) != 0)
        return E_OK; /* done before, or somebody else was faster */
    TRY(record_refused(r, &batch, refusal->reason));
    return open_bill_case(r, &batch, "bill_refused", case_key(r, &batch), refusal->reason);
}

/* Not believed: nothing of it counts, and it is asked for again. */
static enum error refuse_bill(struct request *r, const struct batch *batch, const char *reason)
{
    struct refusal refusal = {batch, reason};

    log_error(r, "bill_refused", "%s %s %s: %s", batch->gateway, batch->merchant, batch->id,
              reason);
    TRY(db_transaction(r, refuse_in, &refusal));
    return job_again_at(r, instant_add(r->now, 30 * MINUTE_MS));
}

static const char *reason_of(struct request *r, const struct bill_reading *reading)
{
    return arena_printf(r->arena, "line %lld: %s", (long long)reading->fault.line,
                        reading->fault.reason);
}

struct recording {
    const struct batch *batch;
    const struct bill_reading *reading;
    const char *to;
};

static enum error record_in(struct request *r, void *product)
{
    const struct recording *recording = product;
    const char *sha256 = recording->reading->sha256;
    struct batch batch;

    TRY(lock_batch(r, recording->batch->id, &batch));
    if (strcmp(batch.state, recording->to) == 0)
        return E_OK; /* run again after a lost COMMIT */
    if (batch.sha256 != NULL && (sha256 == NULL || strcmp(batch.sha256, sha256) != 0))
        TRY(open_bill_case(
            r, &batch, "bill_changed",
            arena_printf(r->arena, "%s:%.16s", batch.id, sha256 == NULL ? "none" : sha256),
            arena_printf(r->arena, "%s before, %s now", batch.sha256,
                         sha256 == NULL ? "no bill" : sha256)));
    TRY(close_bill_case(r, "bill_refused", case_key(r, &batch)));
    return record_fetched(r, &batch, recording->to, recording->reading);
}

static enum error delete_in(struct request *r, void *product)
{
    bool *is_more = ((void **)product)[1];

    return delete_lines(r, ((void **)product)[0], is_more);
}

/* Lines of a fetching before this one. */
static enum error delete_old_lines(struct request *r, const struct batch *batch)
{
    bool is_more = true;
    void *product[] = {(void *)(uintptr_t)batch->id, &is_more};

    while (is_more) {
        if (!has_time_left(r))
            return job_again_at(r, r->now);
        TRY(db_transaction(r, delete_in, product));
    }
    return E_OK;
}

/* One run over the lines, which puts them into the table. */
struct loading {
    struct request *r;
    struct batch *batch;
    char *json;
    size_t size;
    int64_t seen, first; /* lines so far; the first in `json` */
    enum error error;
    bool is_out_of_time;
};

static enum error load_in(struct request *r, void *product)
{
    const struct loading *loading = product;
    struct batch batch;

    TRY(lock_batch(r, loading->batch->id, &batch));
    if (strcmp(batch.state, "loading") != 0 || batch.loaded >= loading->seen)
        return E_OK; /* loaded before, here or by another worker */
    if (batch.loaded != loading->first - 1)
        return failed(r, E_AGAIN, "another worker loads bill %s", batch.id);
    return insert_lines(r, &batch, loading->json, loading->seen);
}

static bool load_chunk(struct loading *loading)
{
    if (loading->size == 0)
        return true;
    loading->json[loading->size - 1] = ']';
    loading->json[loading->size] = '\0';
    loading->error = db_transaction(loading->r, load_in, loading);
    loading->batch->loaded = loading->seen;
    loading->size = 0;
    loading->is_out_of_time =
        loading->error == E_OK && !has_time_left(loading->r) && !job_keep(loading->r);
    return loading->error == E_OK && !loading->is_out_of_time;
}

static bool load_line(void *context, const struct bill_line *line)
{
    static const char *const states[] = {"done", "pending", "failed", "other"};
    struct loading *loading = context;
    char *at = loading->json + loading->size;

    if (++loading->seen <= loading->batch->loaded)
        return true;
    if (loading->size == 0) {
        loading->first = loading->seen;
        *at++ = '[';
        loading->size = 1;
    }
    /* Numbers were checked: nothing in them needs escaping. */
    loading->size +=
        (size_t)snprintf(at, LINE_ROOM, "[%lld,\"%s\",\"%s\",\"%s\",%lld,%lld,\"%s\",\"%s\"],",
                         (long long)loading->seen, line->direction, line->gateway_no, line->our_no,
                         (long long)line->amount_fen.fen, (long long)line->happened_at.ms,
                         states[line->state], line->paid_no == NULL ? "" : line->paid_no);
    return loading->seen - loading->first + 1 < BILL_CHUNK || load_chunk(loading);
}

static enum error end_loading(struct request *r, void *product)
{
    const struct batch *loaded = product;
    struct batch batch;

    TRY(lock_batch(r, loaded->id, &batch));
    if (strcmp(batch.state, "loading") != 0)
        return E_OK;
    return move_batch(r, &batch, "checking");
}

static enum error start_anew(struct request *r, void *product)
{
    const struct batch *changed = product;
    struct batch batch;

    TRY(lock_batch(r, changed->id, &batch));
    return strcmp(batch.state, "loading") == 0 ? move_batch(r, &batch, "due") : E_OK;
}

static enum error load_lines(struct request *r, struct batch *batch, struct bill_reading *reading,
                             struct arena *arena)
{
    struct loading loading = {.r = r, .batch = batch};

    loading.json = arena_alloc(arena, (BILL_CHUNK + 1) * LINE_ROOM);
    reading->take = load_line;
    reading->context = &loading;
    if (bill_read(arena, reading))
        (void)load_chunk(&loading);
    if (loading.error == E_EXISTS)
        return refuse_bill(r, batch, "a number stands in the bill twice");
    TRY(loading.error);
    if (batch->loaded < batch->line_count)
        return job_again_at(r, r->now);
    TRY(db_transaction(r, end_loading, batch));
    batch->state = "checking";
    return E_OK;
}

/* What was read to its end and is in order. */
static enum error take_bill(struct request *r, struct batch *batch, struct bill_reading *reading,
                            struct arena *arena)
{
    struct recording recording = {batch, reading, "loading"};

    if (strcmp(batch->state, "loading") == 0 && strcmp(batch->sha256, reading->sha256) != 0) {
        TRY(db_transaction(r, start_anew, batch));
        return job_again_at(r, r->now);
    }
    if (strcmp(batch->state, "due") == 0) {
        TRY(delete_old_lines(r, batch));
        TRY(db_transaction(r, record_in, &recording));
        batch->state = "loading";
        batch->loaded = batch->checked = 0;
        batch->line_count = reading->sums.lines;
    }
    return load_lines(r, batch, reading, arena);
}

/* Nothing happened there. If it did here, that may only be late. */
static enum error take_none(struct request *r, struct batch *batch)
{
    struct instant patience = instant_add(batch->ends_at, DAY_MS + 10 * HOUR_MS);
    struct bill_reading nothing = {.sha256 = NULL};
    struct recording recording = {batch, &nothing, "checking"};
    struct records facts = {NULL, 0};

    if (strcmp(batch->kind, "trade") == 0)
        TRY(search_unbilled(r, batch, &facts));
    if (strcmp(batch->state, "loading") == 0 || (facts.count > 0 && r->now.ms < patience.ms))
        return job_again_at(r, instant_add(r->now, HOUR_MS));
    TRY(delete_old_lines(r, batch));
    TRY(db_transaction(r, record_in, &recording));
    batch->state = "checking";
    batch->line_count = batch->checked = 0;
    return E_OK;
}

enum error fetch_bill(struct request *r, struct batch *batch)
{
    struct bill_download download = {.package = package_open(r)};
    struct arena *arena = scratch_arena(r, close_arena, SCRATCH);
    struct bill_reading reading = {
        .wanted = {.day = batch->bill_date,
                   .kind = strcmp(batch->kind, "fund") == 0 ? BILL_FUND : BILL_TRADE}};

    TRY(gateway_bill(r, batch->gateway, batch->merchant, &reading, &download));
    if (download.answer == BILL_LATER)
        return job_again_at(r, instant_add(r->now, 10 * MINUTE_MS));
    if (download.answer == BILL_NONE)
        return take_none(r, batch);
    reading.source = package_source(download.package);
    if (!bill_read(arena, &reading))
        return refuse_bill(r, batch, reason_of(r, &reading));
    if (download.sha1 != NULL && strcasecmp(download.sha1, reading.sha1) != 0)
        return refuse_bill(r, batch, "its hash is not the one that was announced");
    reading.source = package_source(download.package);
    return take_bill(r, batch, &reading, arena);
}
