/* What applicants do with their applications. */

#include "casework/acting.h"
#include "casework/application_routes.h"
#include "casework/application_view.h"
#include "core/clock.h"
#include "core/idempotency.h"
#include "core/ulid.h"

enum { REASON_MAX = 1000, FORM_MAX = 6000 };

const struct param begin_params[] = {
    PARAM(struct begin_input, service, SERVICE_IN_PATH),
    PARAM(struct begin_input, mandate_id, .source = QUERY, .check = is_ulid, .optional = true),
    PARAM_END,
};

const struct param id_params[] = {
    PARAM(struct application_input, id, .source = PATH, .check = is_ulid),
    PARAM_END,
};

const struct param application_params[] = {
    PARAM(struct application_input, id, .source = PATH, .check = is_ulid),
    PARAM(struct application_input, ver, .min = 1, .max = 1000000),
    PARAM_END,
};

const struct param form_body_params[] = {
    PARAM(struct application_input, id, .source = PATH, .check = is_ulid),
    PARAM(struct application_input, ver, .source = QUERY, .min = 1, .max = 1000000),
    PARAM_END,
};

const struct param application_list_params[] = {
    PARAM(struct application_list_input, mandate_id, .source = QUERY, .check = is_ulid,
          .optional = true),
    PARAM(struct application_list_input, after, .source = QUERY, .check = is_ulid,
          .optional = true),
    PARAM(struct application_list_input, limit, .source = QUERY, .min = 1, .max = 100,
          .optional = true),
    PARAM_END,
};

const struct param reason_params[] = {
    PARAM(struct reason_input, id, .source = PATH, .check = is_ulid),
    PARAM(struct reason_input, reason, .min = 1, .max = REASON_MAX),
    PARAM(struct reason_input, ver, .min = 1, .max = 1000000),
    PARAM_END,
};

/* What every step of an applicant begins with: his own, as he saw it. After a repetition of the
   same request nothing is left to do. */
static enum error lock_seen(struct request *r, const char *id, int64_t ver,
                            struct application *application, bool *is_done)
{
    TRY(application_lock_own(r, id, application));
    *is_done = !idempotency_is_new(r);
    return *is_done ? E_OK : application_check_version(r, application, ver);
}

/* --- Begin and edit -------------------------------------------------------------------------- */

static enum error check_form_size(struct request *r)
{
    return r->body.size > FORM_MAX ? refuse(r, BODY_TOO_LARGE, VALUES((int64_t)FORM_MAX)) : E_OK;
}

/* Who applies: the caller, or whom the mandate is from. */
static enum error find_applicant(struct request *r, const char *mandate_id, struct acting *acting)
{
    *acting = (struct acting){NULL, PERSON_APPLICANT, r->person_id};
    return mandate_id == NULL ? E_OK : acting_by(r, mandate_id, acting);
}

/* Nobody needs more at once, and each has a form and documents. */
static enum error check_beginning(struct request *r, const struct definition *definition)
{
    enum { DRAFTS_MAX = 100 };
    int64_t drafts;

    TRY(application_count_drafts(r, &drafts));
    if (drafts >= DRAFTS_MAX)
        reason(r, DRAFTS_FULL, VALUES(drafts, (int64_t)DRAFTS_MAX));
    if (!texts_have(&definition->channels, r->channel))
        reason(r, CHANNEL_NOT_OFFERED, VALUES(r->channel));
    return refused(r);
}

static enum error begin(struct request *r, void *product)
{
    const struct begin_input *in = r->input;
    struct application *application = product;
    const struct definition *definition =
        definition_current(&casework_of(r)->definitions, in->service);
    struct acting acting;
    enum error inserted;

    if (!idempotency_is_new(r))
        return application_find_begun(r, application);
    if (definition == NULL)
        return refuse(r, SERVICE_UNKNOWN, VALUES(in->service));
    TRY(check_beginning(r, definition));
    TRY(find_applicant(r, in->mandate_id, &acting));
    *application = (struct application){
        .id = ulid_new(r),
        .service = definition->code,
        .version = definition->version,
        .definition = definition,
        .filed_by = r->person_id,
        .applicant_kind = acting.principal_kind,
        .applicant_id = acting.principal_id,
        .mandate_id = acting.mandate_id,
        .acting_by = acting.mandate_id,
        .channel = r->channel,
        .submitted_at = {NONE},
        .accepted_at = {NONE},
        .decided_at = {NONE},
    };
    TRY(form_read(r, definition, r->body, &application->form));
    inserted = application_insert(r, application);
    /* Keys are remembered for a week; what one of them began stays. */
    return inserted == E_EXISTS ? refuse(r, KEY_REUSED, VALUES(r->key)) : inserted;
}

enum error begin_application(struct request *r)
{
    struct application application;

    TRY(check_form_size(r));
    TRY(db_transaction(r, begin, &application));
    return reply_application(r, 201, &application);
}

static bool is_editable(const struct application *application)
{
    return IS_ONE_OF(application->state, "draft", "correcting");
}

static enum error edit(struct request *r, void *product)
{
    const struct application_input *in = r->input;
    struct application *application = product;
    bool is_done;

    TRY(lock_seen(r, in->id, in->ver, application, &is_done));
    if (is_done)
        return E_OK;
    if (!is_editable(application))
        return refuse(r, NOT_IN_THIS_STATE, VALUES(application->state, "edit"));
    TRY(form_read(r, application->definition, r->body, &application->form));
    return application_seal_form(r, application);
}

enum error edit_application(struct request *r)
{
    struct application application;

    TRY(check_form_size(r));
    TRY(db_transaction(r, edit, &application));
    return reply_application(r, 200, &application);
}

static bool is_document_code(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(text);
}

#define DOCUMENT_PARAMS                                                                            \
    PARAM(struct document_input, id, .source = PATH, .check = is_ulid),                            \
        PARAM(struct document_input, code, .min = 1, .max = 32, .check = is_document_code),        \
        PARAM(struct document_input, ver, .min = 1, .max = 1000000)

const struct param document_params[] = {
    DOCUMENT_PARAMS,
    PARAM(struct document_input, upload_id, .check = is_ulid),
    PARAM_END,
};

const struct param document_code_params[] = {
    DOCUMENT_PARAMS,
    PARAM_END,
};

/* With an upload it is one more file of the document; without, all of them are taken away. */
static enum error attach(struct request *r, void *product)
{
    const struct document_input *in = r->input;
    const struct move move = {.act = in->upload_id != NULL ? "attach" : "detach"};
    struct application *application = product;
    bool is_done;

    TRY(lock_seen(r, in->id, in->ver, application, &is_done));
    if (is_done)
        return E_OK;
    if (!is_editable(application))
        return refuse(r, NOT_IN_THIS_STATE, VALUES(application->state, move.act));
    TRY(in->upload_id != NULL ? document_add(r, application, in->code, in->upload_id)
                              : document_remove(r, application, in->code));
    return application_move(r, application, &move);
}

enum error change_documents(struct request *r)
{
    struct application application;

    TRY(db_transaction(r, attach, &application));
    return reply_application(r, 200, &application);
}

/* --- Read ------------------------------------------------------------------------------------ */

enum error show_application(struct request *r)
{
    const struct application_input *in = r->input;
    struct application application;

    TRY(application_find_own(r, in->id, &application));
    return reply_application(r, 200, &application);
}

struct application_item {
    const char *id, *application_no, *service, *service_name, *state, *state_text;
    struct day due_on;
    struct instant created_at, submitted_at;
};

const struct field application_item_fields[] = {
    FIELD(struct application_item, id),
    FIELD_OR_NULL(struct application_item, application_no),
    FIELD(struct application_item, service),
    FIELD(struct application_item, service_name),
    FIELD(struct application_item, state),
    FIELD(struct application_item, state_text),
    FIELD_OR_NULL(struct application_item, due_on),
    FIELD(struct application_item, created_at),
    FIELD_OR_NULL(struct application_item, submitted_at),
    FIELD_END,
};

enum error list_applications(struct request *r)
{
    const struct application_list_input *in = r->input;
    int64_t limit = page_limit(in->limit);
    struct records rows;
    const struct application_line *row;
    struct application_item *items;
    struct acting acting;
    bool is_more;

    TRY(find_applicant(r, in->mandate_id, &acting));
    TRY(application_list_of(r, acting.principal_id, page_below(in->after), limit + 1, &rows));
    is_more = page_cut(&rows, limit);
    row = rows.items;
    items = arena_alloc(r->arena, (rows.count + 1) * sizeof(*items));
    for (size_t i = 0; i < rows.count; i++, row++) {
        const struct definition *definition;

        TRY(definition_of(r, row->service, row->version, &definition));
        items[i] =
            (struct application_item){row->id,          row->application_no, row->service,
                                      definition->name, row->state,          state_text(row->state),
                                      row->due_on,      row->created_at,     row->submitted_at};
    }
    return reply_page(r, application_item_fields, sizeof(*items),
                      (struct records){items, rows.count},
                      is_more ? items[rows.count - 1].id : NULL);
}

/* --- Acts ------------------------------------------------------------------------------------ */

static enum error submit(struct request *r, void *product)
{
    const struct application_input *in = r->input;
    struct application *application = product;
    bool is_done;

    TRY(lock_seen(r, in->id, in->ver, application, &is_done));
    return is_done ? E_OK : application_submit(r, application);
}

enum error submit_application(struct request *r)
{
    struct application application;

    TRY(application_transaction(r, submit, &application));
    return reply_application(r, 200, &application);
}

static enum error withdraw(struct request *r, void *product)
{
    const struct reason_input *in = r->input;
    const struct move move = {.act = "withdraw", .reason = in->reason};
    struct application *application = product;
    bool is_done;

    TRY(lock_seen(r, in->id, in->ver, application, &is_done));
    return is_done ? E_OK : application_end(r, application, &move);
}

enum error withdraw_application(struct request *r)
{
    struct application application;

    TRY(db_transaction(r, withdraw, &application));
    return reply_application(r, 200, &application);
}

/* Reconsideration (行政复议) within its term, counted from the day of the decision. */
static enum error check_appeal_term(struct request *r, const struct application *application)
{
    struct day decided = civil_day(application->updated_at), last;

    if (edge_to(casework_of(r), application->state, "appeal") == NULL)
        return refuse(r, NOT_IN_THIS_STATE, VALUES(application->state, "appeal"));
    TRY(term_end_of(r, "appeal.reconsideration", decided, &last));
    if (civil_day(r->now).number > last.number)
        return refuse(r, APPEAL_TOO_LATE, VALUES(decided, last));
    return E_OK;
}

static enum error appeal(struct request *r, void *product)
{
    const struct reason_input *in = r->input;
    const struct move move = {.act = "appeal", .step = APPEAL_STEP, .reason = in->reason};
    struct application *application = product;
    bool is_done;

    TRY(lock_seen(r, in->id, in->ver, application, &is_done));
    if (is_done)
        return E_OK;
    TRY(check_appeal_term(r, application));
    return application_move(r, application, &move);
}

enum error appeal_application(struct request *r)
{
    struct application application;

    TRY(db_transaction(r, appeal, &application));
    return reply_application(r, 200, &application);
}
