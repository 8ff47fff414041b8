/* Counting the money invariants, part by part. */

#include "payment/invariant.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/job.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/ulid.h"
#include "payment/bill.h"
#include "payment/bill_batch.h"
#include "payment/state.h"

enum { RECENT_HOURS = 96, PAGE_MS = 3000, FINDINGS_MAX = 40, TIME_LETTERS = 10, KEY_SIZE = 40 };
enum { LINES_OF_PART = 100000 };

const struct field finding_fields[] = {
    FIELD(struct finding, id),
    FIELD(struct finding, violations),
    FIELD_END,
};

/* --- Where a part ends -------------------------------------------------------------------------
 */

struct part_end {
    const char *last;
};

static const struct field part_end_fields[] = {
    FIELD(struct part_end, last),
    FIELD_END,
};

struct bill_ref {
    const char *id;
    int64_t line_count;
};

static const struct field bill_ref_fields[] = {
    FIELD(struct bill_ref, id),
    FIELD(struct bill_ref, line_count),
    FIELD_END,
};

#define END_OF(table, key)                                                                         \
    {                                                                                              \
        .sql = "SELECT " key " AS last FROM " table " WHERE " key " > ? ORDER BY " key             \
               "  LIMIT 1 OFFSET ?",                                                               \
        ROWS(struct part_end, part_end_fields)                                                     \
    }

/* In the order of enum part. */
enum { NEXT_BILL = BY_BILL };
const struct statement invariant_part_sql[] = {
    [WHOLE] = END_OF("money_fact", "id"), /* not asked for */
    [BY_TXN] = END_OF("ledger_txn", "id"),
    [BY_FACT] = END_OF("money_fact", "id"),
    [BY_ORDER] = END_OF("pay_order", "id"),
    [BY_REFUND] = END_OF("refund", "id"),
    [BY_SETTLEMENT] = END_OF("settlement", "gw_txn_id"),
    [BY_MOVE] = END_OF("state_move", "object_id"),
    [NEXT_BILL] = {.sql = "SELECT id, line_count FROM recon_batch WHERE id > ?"
                          "  AND state = 'closed' AND (closed_at IS NULL OR closed_at >= ?)"
                          "  ORDER BY id LIMIT 1",
                   ROWS(struct bill_ref, bill_ref_fields)},
    {.sql = NULL},
};

/* A place in the count: which invariant, behind which key, and behind which line of that bill. */
struct walk {
    size_t which;
    char after[KEY_SIZE];
    int64_t line;
    struct instant since; /* nothing older; the beginning of time for all */
};

/* No key is above it. */
#define TOP "~"

static void go_behind(struct walk *walk, const char *key)
{
    snprintf(walk->after, sizeof(walk->after), "%s", key);
}

/* Before the first key of that time. */
static void begin(struct walk *walk)
{
    walk->line = 0;
    walk->after[0] = '\0';
    if (walk->since.ms == 0)
        return;
    ulid_write(walk->after, walk->since);
    walk->after[TIME_LETTERS] = '\0';
}

static void next_invariant(struct walk *walk)
{
    walk->which++;
    begin(walk);
}

/* --- One part ----------------------------------------------------------------------------------
 */

static enum error count_with(struct request *r, const struct walk *walk, struct values values,
                             int64_t *violations)
{
    struct violations found;

    TRY(db_one(r, &invariant_sql[walk->which], &found, values));
    *violations += found.violations;
    return E_OK;
}

static enum error count_range(struct request *r, struct walk *walk, int64_t *violations)
{
    const struct invariant *invariant = &invariants[walk->which];
    const struct payment_settings *settings = payment_settings(r);
    struct part_end end = {TOP};
    struct value values[6];
    size_t count = 0;
    enum error found = E_NOT_FOUND;

    if (invariant->part != WHOLE)
        found = db_one(r, &invariant_part_sql[invariant->part], &end,
                       VALUES((const char *)walk->after, settings->invariant_part - 1));
    if (found != E_OK && found != E_NOT_FOUND)
        return found;
    for (int i = 0; i < invariant->ranges; i++) {
        values[count++] = value_text(walk->after);
        values[count++] = value_text(end.last);
    }
    for (int i = 0; i < invariant->moments; i++)
        values[count++] = value_instant(r->now);
    TRY(count_with(r, walk, (struct values){values, count}, violations));
    go_behind(walk, end.last);
    if (found == E_NOT_FOUND)
        next_invariant(walk);
    return E_OK;
}

/* The bills that were closed since then, one after the other, each in pieces. */
static enum error count_bill(struct request *r, struct walk *walk, int64_t *violations)
{
    bool is_by_lines = invariants[walk->which].part == BY_LINES;
    struct bill_ref bill;
    enum error found = db_one(r, &invariant_part_sql[NEXT_BILL], &bill,
                              VALUES((const char *)walk->after, walk->since));
    int64_t to = walk->line + LINES_OF_PART;

    if (found == E_NOT_FOUND) {
        next_invariant(walk);
        return E_OK;
    }
    TRY(found);
    if (!is_by_lines || to >= bill.line_count)
        to = INT64_MAX;
    TRY(is_by_lines ? count_with(r, walk, VALUES(bill.id, walk->line, to), violations)
                    : count_with(r, walk, VALUES(bill.id), violations));
    walk->line = to == INT64_MAX ? 0 : to;
    if (to == INT64_MAX)
        go_behind(walk, bill.id);
    return E_OK;
}

static enum error count_part(struct request *r, struct walk *walk, int64_t *violations)
{
    enum part part = invariants[walk->which].part;

    return part == BY_BILL || part == BY_LINES ? count_bill(r, walk, violations)
                                               : count_range(r, walk, violations);
}

/* --- Findings ----------------------------------------------------------------------------------
 */

struct findings {
    struct finding items[FINDINGS_MAX];
    size_t count;
};

/* One for each id; some take two statements. */
static void findings_begin(struct findings *findings)
{
    findings->count = 0;
    for (size_t i = 0; invariants[i].id != NULL; i++)
        if (i == 0 || strcmp(invariants[i].id, invariants[i - 1].id) != 0)
            findings->items[findings->count++] = (struct finding){.id = invariants[i].id};
}

static int64_t *violations_of(struct findings *findings, const char *id)
{
    size_t i = 0;

    while (strcmp(findings->items[i].id, id) != 0)
        i++;
    return &findings->items[i].violations;
}

/* One that can not be asked does not hide the others. */
static enum error count_next(struct request *r, struct walk *walk, struct findings *findings)
{
    const char *id = invariants[walk->which].id;

    if (count_part(r, walk, violations_of(findings, id)) == E_OK)
        return E_OK;
    log_error(r, "invariant_not_asked", "%s", id);
    next_invariant(walk);
    return E_UNAVAILABLE;
}

static int64_t log_findings(struct request *r, const struct findings *findings)
{
    int64_t violations = 0;

    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];

        if (finding->violations > 0)
            log_error(r, "invariant_violated", "%s: %" PRId64, finding->id, finding->violations);
        violations += finding->violations;
    }
    return violations;
}

/* --- Jobs --------------------------------------------------------------------------------------
 */

/* E_AGAIN: the process stops, or somebody else has the job; what was counted says nothing then. */
static enum error count_since(struct request *r, struct instant since, int64_t *violations)
{
    struct walk walk = {.since = since};
    struct findings findings;
    enum error worst = E_OK;

    findings_begin(&findings);
    begin(&walk);
    while (invariants[walk.which].id != NULL) {
        struct arena_mark mark = arena_mark(r->arena);

        if (count_next(r, &walk, &findings) != E_OK)
            worst = E_UNAVAILABLE;
        arena_rewind(r->arena, mark);
        if (!has_time_left(r) && !job_keep(r))
            return job_again_at(r, r->now);
    }
    *violations = log_findings(r, &findings);
    return worst;
}

enum error check_invariants(struct request *r, const struct task *task)
{
    int64_t violations;

    (void)task;
    TRY(count_since(r, instant_add(r->now, -RECENT_HOURS * HOUR_MS), &violations));
    metrics_found(r, LEVEL_VIOLATIONS, violations);
    return E_OK;
}

/* At three in the morning, when nobody pays. */
static struct instant next_night(struct instant now)
{
    struct instant night = instant_add(day_start(civil_day(now)), 3 * HOUR_MS);

    return night.ms > now.ms ? night : instant_add(night, DAY_MS);
}

enum error check_all_invariants(struct request *r, const struct task *task)
{
    int64_t violations;

    (void)task;
    TRY(count_since(r, (struct instant){0}, &violations));
    metrics_found(r, LEVEL_VIOLATIONS_OF_ALL, violations);
    return job_again_at(r, next_night(clock_now()));
}

/* --- Whoever asks ------------------------------------------------------------------------------
 */

/* "5-01JD...-200000": which, behind which key, behind which line. */
static bool is_walk(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    size_t key = digits == 0 || text[digits] != '-'
                     ? 0
                     : strspn(text + digits + 1, "0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    const char *line = text + digits + 1 + key;

    return digits > 0 && digits < 3 && text[digits] == '-' && key < KEY_SIZE && *line == '-' &&
           strlen(line) > 1 && strlen(line) < 12 &&
           strspn(line + 1, "0123456789") == strlen(line + 1);
}

const struct param walk_params[] = {
    PARAM(struct walk_input, after, .source = QUERY, .max = 64, .check = is_walk, .optional = true),
    PARAM_END,
};

static void walk_from(const char *text, struct walk *walk)
{
    const char *key, *line;

    if (text == NULL)
        return;
    walk->which = (size_t)strtoul(text, NULL, 10);
    key = strchr(text, '-') + 1;
    line = strchr(key, '-');
    snprintf(walk->after, sizeof(walk->after), "%.*s", (int)(line - key), key);
    walk->line = strtoll(line + 1, NULL, 10);
}

/* Each page has every invariant with what was found since the page before: whoever follows `next`
   to its end adds up. */
enum error show_invariants(struct request *r)
{
    const struct walk_input *in = r->input;
    struct walk walk = {.which = 0};
    struct findings findings;
    int64_t until = monotonic_ms() + PAGE_MS, violations;
    size_t last = 0;
    const char *next = NULL;

    while (invariants[last].id != NULL)
        last++;
    walk_from(in->after, &walk);
    if (walk.which >= last && in->after != NULL)
        return refuse(r, FIELD_INVALID, VALUES("after", in->after));
    findings_begin(&findings);
    while (walk.which < last && monotonic_ms() < until)
        TRY(count_next(r, &walk, &findings));
    violations = log_findings(r, &findings);
    if (walk.which == last && in->after == NULL)
        metrics_found(r, LEVEL_VIOLATIONS_OF_ALL, violations);
    if (walk.which < last)
        next = arena_printf(r->arena, "%zu-%s-%" PRId64, walk.which, walk.after, walk.line);
    return reply_page(r, finding_fields, sizeof(*findings.items),
                      (struct records){findings.items, findings.count}, next);
}
