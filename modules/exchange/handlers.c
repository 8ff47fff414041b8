#include "core/audit.h"
#include "core/clock.h"
#include "core/job.h"
#include "core/ulid.h"
#include "exchange/agencies.h"
#include "exchange/batch.h"
#include "exchange/exchange.h"
#include "exchange/fact.h"
#include "exchange/spool.h"

/* Batches up to this many lines are applied before the answer. */
enum { AT_ONCE_MAX = 500, BACKUP_MS = 15000, REASON_BYTES_SHOWN = 256 * 1024 };

struct shown_fault {
    int64_t line;
    struct records reasons;
};

struct report {
    const char *agency, *batch_id, *sha256, *state;
    int64_t lines_total, lines_good, lines_known, lines_bad, next_line;
    struct instant received_at, done_at;
    struct records faults;
    int64_t faults_after; /* where the next page begins; NONE: this is the last */
};

static const struct field fault_reason_fields[] = {
    FIELD(struct fault_reason, code),
    FIELD(struct fault_reason, message),
    FIELD(struct fault_reason, values),
    FIELD_END,
};

static const struct field shown_fault_fields[] = {
    FIELD(struct shown_fault, line),
    FIELD_LIST(struct shown_fault, reasons, fault_reason_fields, struct fault_reason),
    FIELD_END,
};

const struct field report_fields[] = {
    FIELD(struct report, agency),
    FIELD(struct report, batch_id),
    FIELD(struct report, sha256),
    FIELD(struct report, state),
    FIELD(struct report, lines_total),
    FIELD(struct report, lines_good),
    FIELD(struct report, lines_known),
    FIELD(struct report, lines_bad),
    FIELD(struct report, next_line),
    FIELD(struct report, received_at),
    FIELD_OR_NULL(struct report, done_at),
    FIELD_LIST(struct report, faults, shown_fault_fields, struct shown_fault),
    FIELD_OR_NULL(struct report, faults_after),
    FIELD_END,
};

struct person_name_view {
    const char *name;
};

const struct field person_name_fields[] = {FIELD(struct person_name_view, name), FIELD_END};

const struct field person_answer_fields[] = {
    FIELD(struct person_answer, person_id),
    FIELD_END,
};

/* As many as an answer holds; the rest by asking with ?after=. */
static enum error show_faults(struct request *r, const struct batch *batch, int64_t after,
                              struct report *report)
{
    struct records rows;
    const struct batch_fault *faults;
    struct shown_fault *shown;
    size_t bytes = 0, n;

    TRY(list_faults(r, batch->id, after, &rows));
    faults = rows.items;
    shown = arena_alloc(r->arena, (rows.count + 1) * sizeof(*shown));
    for (n = 0; n < rows.count && bytes < REASON_BYTES_SHOWN; n++) {
        shown[n].line = faults[n].line;
        TRY(faults_read(r, faults[n].reasons, &shown[n].reasons));
        bytes += strlen(faults[n].reasons);
    }
    report->faults = (struct records){shown, n};
    report->faults_after = n < rows.count || n == FAULTS_SHOWN ? shown[n - 1].line : NONE;
    return E_OK;
}

static enum error reply_report(struct request *r, const struct batch *batch, int64_t after)
{
    bool is_done = strcmp(batch->state, "done") == 0;
    struct report report = {.agency = batch->agency,
                            .batch_id = batch->batch_id,
                            .sha256 = hex_encode(r->arena, batch->sha256),
                            .state = batch->state,
                            .lines_total = batch->lines_total,
                            .lines_good = batch->lines_good,
                            .lines_known = batch->lines_known,
                            .lines_bad = batch->lines_bad,
                            .next_line = batch->next_line,
                            .received_at = batch->received_at,
                            .done_at = batch->done_at};

    TRY(show_faults(r, batch, after, &report));
    return reply_record(r, is_done ? 200 : 202, report_fields, &report);
}

static bool is_small(const struct batch *batch)
{
    return batch->lines_total <= AT_ONCE_MAX;
}

struct recording {
    const struct batch *wanted;
    struct batch recorded;
};

static enum error add_job(struct request *r, const struct batch *batch)
{
    struct instant run_at = is_small(batch) ? instant_add(r->now, BACKUP_MS) : r->now;

    return job_add(r, "apply_batch", batch->id, NULL, run_at);
}

static enum error insert_new(struct request *r, const struct batch *batch)
{
    TRY(insert_batch(r, batch));
    audit(r, "batch_received", arena_printf(r->arena, "%s/%s", batch->agency, batch->batch_id),
          "lines=%lld", (long long)batch->lines_total);
    return E_OK;
}

/* The same number again finds what it made before, in this run or an earlier one. */
static enum error record_batch(struct request *r, void *product)
{
    struct recording *recording = product;
    const struct batch *wanted = recording->wanted;
    struct batch *recorded = &recording->recorded;
    enum error error = find_own_batch(r, wanted->agency, wanted->batch_id, recorded);

    if (error == E_NOT_FOUND) {
        error = insert_new(r, wanted);
        *recorded = *wanted;
        if (error == E_EXISTS)
            error = find_own_batch(r, wanted->agency, wanted->batch_id, recorded);
    }
    TRY(error);
    if (!bytes_equal(recorded->sha256, wanted->sha256))
        return refuse(r, BATCH_ID_REUSED, VALUES(wanted->batch_id));
    if (strcmp(recorded->state, "done") == 0)
        return E_OK;
    return add_job(r, recorded); /* a dead one lives again */
}

/* What fails here is taken up by the job: the batch is recorded, and that is what is answered. */
static void apply_small(struct request *r, const struct batch *batch)
{
    bool done = !is_small(batch);

    while (!done)
        if (apply_chunk(r->process, batch->id, &done) != E_OK)
            return;
}

static struct bytes new_key(struct request *r, const char *id, unsigned char key[SPOOL_KEY_SIZE])
{
    random_bytes(key, SPOOL_KEY_SIZE);
    return seal(r, &spool_key_column, id,
                hex_encode(r->arena, (struct bytes){key, SPOOL_KEY_SIZE}));
}

/* Spools and proves the body; without success nothing of it stays. */
static enum error take_body_in(struct request *r, const struct claim *claim, struct batch *batch,
                               struct spooled *spooled)
{
    unsigned char key[SPOOL_KEY_SIZE];
    enum error error;

    batch->spool_key = new_key(r, batch->id, key);
    error = spool_write(r, batch->id, key, spooled);
    wipe(key, sizeof(key));
    TRY(error);
    batch->sha256 = (struct bytes){spooled->sha256, SHA256_SIZE};
    batch->size_bytes = spooled->size;
    batch->lines_total = spooled->lines;
    error = claim_verify(r, claim, "POST", spooled->sha256);
    if (error != E_OK)
        spool_remove(r, batch->id);
    return error;
}

enum error push_batch(struct request *r)
{
    struct batch batch = {.id = ulid_new(r), .state = "received", .received_at = r->now};
    struct recording recording = {.wanted = &batch};
    struct spooled spooled;
    struct claim claim;
    enum error error;

    TRY(claim_read(r, &claim));
    batch.agency = claim.agency;
    batch.batch_id = claim.batch_id;
    TRY(take_body_in(r, &claim, &batch, &spooled));
    error = db_transaction(r, record_batch, &recording);
    /* After a COMMIT whose answer was lost the batch may be there: then the sweep decides. */
    if (error == E_REFUSED || (error == E_OK && strcmp(recording.recorded.id, batch.id) != 0))
        spool_remove(r, batch.id);
    TRY(error);
    apply_small(r, &recording.recorded);
    TRY(find_batch(r, recording.recorded.id, &batch));
    return reply_report(r, &batch, 0);
}

enum error show_batch(struct request *r)
{
    const struct push_input *in = r->input;
    unsigned char empty[SHA256_SIZE];
    struct claim claim;
    struct batch batch;

    sha256((struct bytes){(const unsigned char *)"", 0}, empty);
    TRY(claim_read(r, &claim));
    if (strcmp(claim.batch_id, in->batch_id) != 0)
        return refuse(r, FIELD_INVALID, VALUES("Tongban-Batch"));
    TRY(claim_verify(r, &claim, "GET", empty));
    TRY(find_own_batch(r, claim.agency, claim.batch_id, &batch));
    return reply_report(r, &batch, in->after == NONE ? 0 : in->after);
}

struct match {
    struct person_line line;
    const char *person_id;
};

static enum error find_or_make(struct request *r, void *product)
{
    struct match *match = product;

    TRY(match_person(r, r->actor_id, &match->line, &match->person_id));
    audit(r, "person_matched", match->person_id, "for=%s", r->actor_id);
    return E_OK;
}

/* A person by name and identity number, for a module that has checked both against a face. */
enum error make_person(struct request *r)
{
    const struct person_input *in = r->input;
    struct match match = {.line = {.name = in->name, .id_no = in->id_no, .observed_at = r->now}};
    struct person_answer answer;

    check_person(r, &match.line);
    TRY(refused(r));
    TRY(db_transaction(r, find_or_make, &match));
    answer.person_id = match.person_id;
    return reply_record(r, 200, person_answer_fields, &answer);
}

/* Written down before it is told. */
enum error name_person(struct request *r)
{
    const struct person_name_input *in = r->input;
    struct person_name_view view;

    TRY(name_of_person(r, in->person_id, &view.name));
    audit(r, "person_named", in->person_id, "for=%s", r->actor_id);
    return reply_record(r, 200, person_name_fields, &view);
}
