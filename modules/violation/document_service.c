/* Service of decisions (送达): handed over, electronic, by post, by public notice; the law's order.
 */

#include "casework/office_routes.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/idempotency.h"
#include "core/ulid.h"
#include "violation/procedure.h"
#include "violation/state.h"

const struct field document_service_fields[] = {
    FIELD(struct document_service, id),
    FIELD(struct document_service, decision_no),
    FIELD(struct document_service, how),
    FIELD(struct document_service, served_on),
    FIELD_OR_NULL(struct document_service, consent_at),
    FIELD_OR_NULL(struct document_service, tracking_no),
    FIELD_OR_NULL(struct document_service, published_on),
    FIELD(struct document_service, recorded_by),
    FIELD(struct document_service, recorded_at),
    FIELD_END,
};

static bool is_way(const char *text)
{
    return IS_ONE_OF(text, "handed_over", "post", "public_notice");
}

static bool is_tracking_no(const char *text)
{
    return text[strspn(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}

const struct param document_service_params[] = {
    PARAM(struct document_service_input, id, .source = PATH, .check = is_ulid),
    PARAM(struct document_service_input, how, .max = 16, .check = is_way),
    PARAM(struct document_service_input, served_on, .source = BODY),
    PARAM(struct document_service_input, tracking_no, .min = 6, .max = 40, .check = is_tracking_no,
          .optional = true),
    PARAM(struct document_service_input, published_on, .optional = true),
    PARAM_END,
};

enum { LIST, INSERT, STATEMENTS_END };

const struct statement document_service_sql[] = {
    [LIST] = {.sql = "SELECT id, decision_no, how, served_on, consent_at, tracking_no,"
                     "  published_on, recorded_by, recorded_at FROM document_service"
                     "  WHERE decision_no = ? ORDER BY recorded_at, id LIMIT 100",
              ROWS(struct document_service, document_service_fields)},
    [INSERT] = {.sql = "INSERT INTO document_service (id, decision_no, how, served_on, consent_at,"
                       "  tracking_no, published_on, recorded_by, recorded_at)"
                       "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [STATEMENTS_END] = {.sql = NULL},
};

static enum error insert(struct request *r, const struct document_service *row)
{
    return db_run(r, &document_service_sql[INSERT],
                  VALUES(row->id, row->decision_no, row->how, row->served_on, row->consent_at,
                         row->tracking_no, row->published_on, row->recorded_by, row->recorded_at));
}

enum error insert_document_service(struct request *r, const struct document_service *row)
{
    enum error inserted = insert(r, row);

    return inserted == E_EXISTS ? E_OK : inserted;
}

/* A notice serves when its term is over; everything else not before the decision. */
static enum error check_day(struct request *r, const struct document_service_input *in,
                            const struct decision *decision)
{
    struct day first = civil_day(decision->decided_at), today = civil_day(r->now);

    if (in->published_on.number != NONE) {
        if (in->published_on.number < first.number)
            reason(r, SERVED_TOO_EARLY, VALUES("published_on", in->published_on, first));
        TRY(find_term_end(r, "service.public_notice", today, in->published_on, &first, NULL));
    }
    if (in->served_on.number < first.number)
        reason(r, SERVED_TOO_EARLY, VALUES("served_on", in->served_on, first));
    if (in->served_on.number > today.number)
        reason(r, SERVED_LATER, VALUES("served_on", in->served_on, today));
    return E_OK;
}

void check_not_own(struct request *r, const char *case_id, const char *person_id,
                   const struct reason *why)
{
    if (r->person_id == NULL || strcmp(r->person_id, person_id) != 0)
        return;
    audit_refusal(r, case_id, "officer is the person");
    reason(r, *why, VALUES(case_id));
}

static enum error check(struct request *r, const struct document_service_input *in,
                        const struct decision *decision)
{
    bool is_post = strcmp(in->how, "post") == 0, is_notice = strcmp(in->how, "public_notice") == 0;

    check_not_own(r, decision->case_id, decision->person_id, &PARTY_CONFLICT);
    if (is_post != (in->tracking_no != NULL) || is_notice != (in->published_on.number != NONE))
        reason(r, SERVICE_DETAIL, VALUES(in->how));
    TRY(check_day(r, in, decision));
    return refused(r);
}

static enum error record(struct request *r, void *product)
{
    const struct document_service_input *in = r->input;
    struct document_service *row = product;
    struct decision decision;
    struct violation act;
    enum error inserted;

    TRY(lock_case(r, in->id, &act));
    TRY(find_decision(r, in->id, &decision));
    *row = (struct document_service){
        ulid_new(r),     decision.decision_no, in->how,     in->served_on, {NONE},
        in->tracking_no, in->published_on,     r->actor_id, r->now};
    if (!idempotency_is_new(r))
        return E_OK;
    TRY(check(r, in, &decision));
    inserted = insert(r, row);
    if (inserted == E_EXISTS)
        return refuse(r, SERVED_ALREADY, VALUES(decision.decision_no, in->how));
    TRY(inserted);
    audit(r, "document_served", in->id, "decision=%s how=%s", decision.decision_no, in->how);
    return E_OK;
}

static enum error reply_services(struct request *r, const char *decision_no)
{
    struct records rows;

    TRY(db_many(r, &document_service_sql[LIST], &rows, VALUES(decision_no)));
    return reply_page(r, document_service_fields, sizeof(struct document_service), rows, NULL);
}

/* Answers with all ways so far, so that a repetition is answered alike. */
enum error record_document_service(struct request *r)
{
    struct document_service row;

    TRY(db_transaction(r, record, &row));
    return reply_services(r, row.decision_no);
}

enum error list_document_services(struct request *r)
{
    const struct case_input *in = r->input;
    struct decision decision;

    TRY(find_decision(r, in->id, &decision));
    audit(r, "document_services_read", in->id, "%s", decision.decision_no);
    return reply_services(r, decision.decision_no);
}
