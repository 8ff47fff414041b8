/* Exchange: takes in what agencies push, and is the only writer of those facts. */

#include "casework/event.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/ulid.h"
#include "exchange/agencies.h"
#include "exchange/batch.h"
#include "exchange/exchange.h"
#include "exchange/fact.h"
#include "exchange/spool.h"

EXCHANGE_REASONS(REASON_DEFINE)

static const struct param show_batch_params[] = {
    PARAM(struct push_input, batch_id, .source = PATH, .check = is_batch_id),
    PARAM(struct push_input, after, .source = QUERY, .max = INT64_MAX, .optional = true),
    PARAM_END,
};

static const struct param person_name_params[] = {
    PARAM(struct person_name_input, person_id, .source = BODY, .check = is_ulid),
    PARAM_END,
};

static const struct param make_person_params[] = {
    PARAM(struct person_input, name, .source = BODY, .min = 1, .max = 128),
    PARAM(struct person_input, id_no, .source = BODY, .min = 1, .max = 64),
    PARAM_END,
};

static const struct route routes[] = {
    {POST, "/batches", ANYONE, push_batch, .answer = report_fields, .body = STREAM_BODY,
     .door = GATEWAYS, .summary = "an agency pushes a signed batch of lines"},
    {GET, "/batches/{batch_id}", ANYONE, show_batch, .answer = report_fields, .door = GATEWAYS,
     INPUT(struct push_input, show_batch_params),
     .summary = "how far a batch is, and its bad lines after a line"},
    {POST, "/persons", MODULE, make_person, .answer = person_answer_fields, .door = MODULES,
     .callers = "identity", INPUT(struct person_input, make_person_params),
     .summary = "finds a person by identity number, or creates the missing one"},
    {POST, "/persons/name", MODULE, name_person, .answer = person_name_fields, .door = MODULES,
     .callers = "road parking violation", INPUT(struct person_name_input, person_name_params),
     .summary = "the real name, for a paper that the law wants it on; audited"},
    ROUTE_END,
};

static const struct job jobs[] = {
    {"apply_batch", 0, apply_batch},
    {"sweep_spool", HOUR_MS, sweep_spool},
    {"reseal", 10 * MINUTE_MS, reseal},
    {.name = NULL},
};

static const struct setting settings[] = {
    SETTING(struct exchange_settings, agency_keys, "AGENCY_KEYS", NULL,
            "folder with the public key NAME.pem of each agency"),
    SETTING(struct exchange_settings, spool, "SPOOL", NULL,
            "folder for batches that are not applied yet; made if missing"),
    SETTING_END,
};

static const struct statement *const sql[] = {
    batch_sql,   person_sql, organisation_sql, vehicle_sql, licence_sql, violation_sql,
    passage_sql, held_sql,   study_sql,        reseal_sql,  event_sql,   NULL};
static const struct reason *const reasons[] = {EXCHANGE_REASONS(REASON_LIST) NULL};

const struct service service = {
    .name = "exchange",
    .title = "数据交换",
    .routes = routes,
    .jobs = jobs,
    .sql = sql,
    .reasons = reasons,
    .settings = settings,
    .settings_size = sizeof(struct exchange_settings),
    .open = agencies_open,
    .close = agencies_close,
};
