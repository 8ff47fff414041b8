/* A batch becomes facts, a chunk of lines in one transaction. */

#include "core/clock.h"
#include "core/job.h"
#include "core/log.h"
#include "exchange/batch.h"
#include "exchange/fact.h"
#include "exchange/spool.h"

/* What a chunk holds at most, so that its memory is bounded whatever the lines say. */
enum { CHUNK_LINES = 200, CHUNK_BYTES = 128 * 1024, CHUNK_FAULT_BYTES = 128 * 1024 };
/* Of passages, which are written all at once, it may hold more. */
enum { BULK_LINES = 900 };

/* The job gives way to others, and to a drain, after so long. */
enum { JOB_MS = 10000 };

const struct sealed_column spool_key_column = {"agency_batch", "spool_key"};

struct chunk {
    struct batch batch; /* as it was when its lines were read */
    const char *types;
    struct line lines[BULK_LINES];
    size_t count;
    bool is_plain; /* there is more in it than good passages */
    int64_t next_offset;
    bool is_last;
    bool is_done; /* the batch, by these lines or by whoever was quicker */
};

static enum error open_spool(struct request *r, const struct batch *batch,
                             struct spool_reader **reader)
{
    unsigned char key[SPOOL_KEY_SIZE];
    const char *hex;
    struct bytes decoded;
    enum error error;

    TRY(unseal(r, &spool_key_column, batch->id, batch->spool_key, &hex));
    decoded = hex_decode(r->arena, hex);
    if (decoded.size != sizeof(key))
        return failed(r, E_INTERNAL, "batch %s has no key of its file", batch->id);
    memcpy(key, decoded.data, sizeof(key));
    wipe((void *)(uintptr_t)hex, strlen(hex));
    wipe((void *)(uintptr_t)decoded.data, decoded.size);
    error = spool_open(r, batch->id, key, batch->size_bytes, batch->next_offset, reader);
    wipe(key, sizeof(key));
    return error;
}

static bool is_bulk(const struct line *line)
{
    return line->faults == NULL && line->type == PASSAGE_LINE;
}

static bool is_full(const struct chunk *chunk)
{
    return chunk->count >= (chunk->is_plain ? CHUNK_LINES : BULK_LINES);
}

static enum error read_chunk(struct request *r, struct chunk *chunk)
{
    struct spool_reader *reader;
    size_t bytes = 0, fault_bytes = 0;
    enum error error = E_OK;

    TRY(open_spool(r, &chunk->batch, &reader));
    while (!is_full(chunk) && bytes < CHUNK_BYTES && fault_bytes < CHUNK_FAULT_BYTES) {
        struct line *line = &chunk->lines[chunk->count];
        struct bytes text;

        error = spool_line(reader, &text);
        if (error != E_OK)
            break;
        line_read(r, chunk->types, text, line);
        line->no = chunk->batch.next_line + (int64_t)chunk->count++;
        chunk->is_plain |= !is_bulk(line);
        bytes += text.size;
        fault_bytes += line->faults == NULL ? 0 : strlen(line->faults);
    }
    chunk->next_offset = spool_offset(reader);
    chunk->is_last = chunk->next_offset >= chunk->batch.size_bytes;
    return error == E_NOT_FOUND ? E_OK : error;
}

static enum error apply_learning(struct request *r, const char *source, const struct line *line,
                                 bool *known)
{
    if (line->type == STUDY_LINE)
        return apply_study(r, source, &line->study, known);
    if (line->type == CHEATING_LINE)
        return apply_cheating(r, source, &line->cheating, known);
    return apply_examination(r, source, &line->examination, known);
}

static enum error apply_fact(struct request *r, const char *source, const struct line *line,
                             bool *known)
{
    if (line->type >= STUDY_LINE)
        return apply_learning(r, source, line, known);
    switch (line->type) {
    case PERSON_LINE:
        return apply_person(r, source, &line->person, known);
    case ORGANISATION_LINE:
        return apply_organisation(r, source, &line->organisation, known);
    case VEHICLE_LINE:
        return apply_vehicle(r, source, &line->vehicle, known);
    case LICENCE_LINE:
        return apply_licence(r, source, &line->licence, known);
    case CAMERA_LINE:
        return apply_camera(r, source, &line->camera, known);
    case POLICY_LINE:
        return apply_policy(r, source, &line->policy, known);
    case HELD_LINE:
        return apply_held(r, source, &line->held, known);
    case HANDOVER_LINE:
        return apply_handover(r, source, &line->handover, known);
    case STREET_LINE:
        return apply_street(r, source, &line->street, known);
    default:
        return apply_site(r, source, &line->site, known);
    }
}

static enum error count_fault(struct request *r, struct batch *batch, const struct line *line,
                              const char *faults)
{
    struct line refused_line = *line;

    refused_line.faults = faults;
    return ++batch->lines_bad <= FAULTS_KEPT ? insert_fault(r, batch->id, &refused_line) : E_OK;
}

static enum error count_good(struct batch *batch, bool known)
{
    batch->lines_good++;
    batch->lines_known += known;
    return E_OK;
}

static enum error apply_line(struct request *r, struct batch *batch, const struct line *line)
{
    bool known = false;
    enum error error =
        line->faults == NULL ? apply_fact(r, batch->agency, line, &known) : E_REFUSED;

    if (error == E_OK)
        return count_good(batch, known);
    if (error != E_REFUSED)
        return error;
    return count_fault(r, batch, line, line->faults == NULL ? faults_take(r) : line->faults);
}

/* The passages last, so that they find the sites that came with them. */
static enum error apply_bulk(struct request *r, struct batch *batch, const struct chunk *chunk)
{
    struct bulk_line *bulk = arena_alloc(r->arena, (chunk->count + 1) * sizeof(*bulk));
    size_t count = 0;

    for (size_t i = 0; i < chunk->count; i++)
        if (is_bulk(&chunk->lines[i]))
            bulk[count++].line = &chunk->lines[i];
    TRY(apply_passages(r, batch->agency, bulk, count));
    for (size_t i = 0; i < count; i++)
        TRY(bulk[i].faults == NULL ? count_good(batch, bulk[i].is_known)
                                   : count_fault(r, batch, bulk[i].line, bulk[i].faults));
    return E_OK;
}

/* Somebody else may have applied these lines meanwhile, or this body itself in a commit whose
   answer was lost: then the position has moved. */
static enum error apply_lines(struct request *r, void *product)
{
    struct chunk *chunk = product;
    struct batch batch;

    TRY(lock_batch(r, chunk->batch.id, &batch));
    chunk->is_done = strcmp(batch.state, "done") == 0;
    if (batch.next_line != chunk->batch.next_line || chunk->is_done)
        return E_OK;
    for (size_t i = 0; i < chunk->count; i++)
        if (!is_bulk(&chunk->lines[i]))
            TRY(apply_line(r, &batch, &chunk->lines[i]));
    TRY(apply_bulk(r, &batch, chunk));
    batch.next_line += (int64_t)chunk->count;
    batch.next_offset = chunk->next_offset;
    batch.state = "applying";
    if (chunk->is_last) {
        batch.state = "done";
        batch.done_at = r->now;
        batch.spool_key = (struct bytes){NULL, 0};
    }
    chunk->is_done = chunk->is_last;
    return save_progress(r, &batch);
}

static void report_done(struct request *r, const char *id)
{
    struct batch batch;

    if (find_batch(r, id, &batch) == E_OK)
        log_info(r, "batch_done", "%s/%s: %lld lines, %lld good, %lld known, %lld bad",
                 batch.agency, batch.batch_id, (long long)batch.lines_total,
                 (long long)batch.lines_good, (long long)batch.lines_known,
                 (long long)batch.lines_bad);
}

static enum error apply_next(struct request *r, const char *id, bool *done)
{
    struct chunk *chunk = arena_alloc(r->arena, sizeof(*chunk));

    *done = true;
    TRY(find_batch(r, id, &chunk->batch));
    if (strcmp(chunk->batch.state, "done") == 0) {
        spool_remove(r, id); /* whoever finished it may have died before this */
        return E_OK;
    }
    TRY(find_agency_types(r, chunk->batch.agency, &chunk->types));
    TRY(read_chunk(r, chunk));
    TRY(db_transaction(r, apply_lines, chunk));
    *done = chunk->is_done;
    if (chunk->is_done) {
        report_done(r, id);
        spool_remove(r, id);
    }
    return E_OK;
}

enum error apply_chunk(struct process *process, const char *id, bool *done)
{
    struct request *r = request_open(process);
    enum error error;

    r->id = arena_printf(r->arena, "batch-%s", id);
    r->actor_id = "system";
    r->roles = SYSTEM;
    error = apply_next(r, id, done);
    if (error != E_OK)
        log_error(r, "chunk_failed", "batch %s: %s: %s", id, error_name(error), failure_text(r));
    request_close(r);
    return error;
}

enum error apply_batch(struct request *r, const struct task *task)
{
    int64_t until_ms = monotonic_ms() + JOB_MS;
    bool done = false;

    while (!done) {
        TRY(apply_chunk(r->process, task->dedupe, &done));
        if (!done && monotonic_ms() >= until_ms)
            return job_again_at(r, r->now);
    }
    return E_OK;
}
