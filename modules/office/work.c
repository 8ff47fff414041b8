#include "casework/identifier.h"
#include "core/clock.h"
#include "core/audit.h"
#include "core/ulid.h"
#include "office/office.h"

struct work {
    const char *application_id, *module, *application_no, *service, *measure, *channel, *brigade;
    const char *state, *step, *officer_id;
    bool is_paused, is_deemed;
    struct day due_on, sort_on;
    struct instant submitted_at, decided_at;
};

#define WORK_FIELDS                                                                                \
    FIELD(struct work, application_id), FIELD(struct work, module),                                \
        FIELD(struct work, application_no), FIELD(struct work, service),                           \
        FIELD(struct work, measure), FIELD(struct work, channel), FIELD(struct work, brigade),     \
        FIELD(struct work, state), FIELD_OR_NULL(struct work, step),                               \
        FIELD_OR_NULL(struct work, officer_id), FIELD(struct work, is_paused),                     \
        FIELD(struct work, is_deemed), FIELD_OR_NULL(struct work, due_on),                         \
        FIELD(struct work, submitted_at), FIELD_OR_NULL(struct work, decided_at)

const struct field work_fields[] = {WORK_FIELDS, FIELD_END};
static const struct field row_fields[] = {WORK_FIELDS, FIELD_OR_NULL(struct work, sort_on),
                                          FIELD_END};

enum { LIST_BRIGADE, LIST_OWN, FIND, STATEMENTS_END };

#define WORK                                                                                       \
    "SELECT application_id, module, application_no, service, measure, channel, brigade, state,"    \
    "  step, officer_id, is_paused, is_deemed, due_on, submitted_at, decided_at, sort_on"          \
    "  FROM work_item WHERE "
/* From where the last page ended; the optional conditions narrow what the index range gives. */
#define PAGE                                                                                       \
    " AND sort_on >= ? AND (sort_on > ? OR application_id > ?)"                                    \
    "  AND module = COALESCE(?, module) AND step = COALESCE(?, step)"                              \
    "  ORDER BY sort_on, application_id LIMIT ?"

const struct statement work_sql[] = {
    [LIST_BRIGADE] = {.sql = WORK "brigade = ?" PAGE, ROWS(struct work, row_fields)},
    [LIST_OWN] = {.sql = WORK "officer_id = ?" PAGE, ROWS(struct work, row_fields)},
    [FIND] = {.sql = WORK "application_no = ?", ROWS(struct work, row_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum { DAY_LETTERS = 10 };

static bool is_place(const char *text)
{
    struct day day;
    char date[DAY_LETTERS + 1];

    if (strlen(text) != DAY_LETTERS + 1 + ULID_SIZE || text[DAY_LETTERS] != '.')
        return false;
    memcpy(date, text, DAY_LETTERS);
    date[DAY_LETTERS] = '\0';
    return day_from_text(date, &day) && is_ulid(text + DAY_LETTERS + 1);
}

static bool is_word(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(text);
}

const struct param work_query_params[] = {
    PARAM(struct work_query, mine, .source = QUERY, .optional = true),
    PARAM(struct work_query, module, .source = QUERY, .min = 1, .max = 32, .check = is_word,
          .optional = true),
    PARAM(struct work_query, step, .source = QUERY, .min = 1, .max = 32, .check = is_word,
          .optional = true),
    PARAM(struct work_query, after, .source = QUERY, .max = 40, .check = is_place,
          .optional = true),
    PARAM(struct work_query, limit, .source = QUERY, .min = 1, .max = 100, .optional = true),
    PARAM_END,
};

const struct param work_by_no_params[] = {
    PARAM(struct work_by_no, application_no, .source = PATH, .check = is_application_no),
    PARAM_END,
};

/* What is due first comes first. */
enum error list_work(struct request *r)
{
    const struct work_query *in = r->input;
    int64_t limit = page_limit(in->limit);
    struct day from = {0};
    const char *behind = "", *next = NULL;
    struct records page;
    const struct work *rows;
    bool is_more;

    if (r->brigade == NULL)
        return refuse(r, NO_BRIGADE, NO_VALUES);
    if (in->after != NULL) {
        (void)day_from_text(arena_text_of(r->arena, in->after, DAY_LETTERS), &from);
        behind = in->after + DAY_LETTERS + 1;
    }
    TRY(db_many(r, &work_sql[in->mine ? LIST_OWN : LIST_BRIGADE], &page,
                VALUES(in->mine ? r->actor_id : r->brigade, from, from, behind, in->module,
                       in->step, limit + 1)));
    is_more = page_cut(&page, limit);
    rows = page.items;
    if (is_more)
        next = arena_printf(r->arena, "%s.%s", day_to_text(r->arena, rows[page.count - 1].sort_on),
                            rows[page.count - 1].application_id);
    return reply_page(r, work_fields, sizeof(*rows), page, next);
}

/* By the number that the applicant has in his hand; another brigade's looks absent. */
enum error find_work(struct request *r)
{
    const struct work_by_no *in = r->input;
    struct work work;

    TRY(db_one(r, &work_sql[FIND], &work, VALUES(in->application_no)));
    if (!(r->roles & AUDITOR) && (r->brigade == NULL || strcmp(r->brigade, work.brigade) != 0)) {
        audit_refusal(r, in->application_no, "of another brigade");
        return E_NOT_FOUND;
    }
    return reply_record(r, 200, work_fields, &work);
}
