/* After a rotation: every row that an older data key seals is sealed anew under the active one. A
   key may be retired when no row names it any more. */

#include "core/clock.h"
#include "core/job.h"
#include "core/log.h"
#include "core/process.h"
#include "exchange/fact.h"

enum { ROWS_AT_ONCE = 50, JOB_MS = 10000 };

struct sealed_person {
    const char *id;
    struct bytes name, id_no, phone;
    int64_t ver;
};

static const struct field sealed_person_fields[] = {
    FIELD(struct sealed_person, id),    FIELD(struct sealed_person, name),
    FIELD(struct sealed_person, id_no), FIELD_OR_NULL(struct sealed_person, phone),
    FIELD(struct sealed_person, ver),   FIELD_END,
};

struct sealed_licence {
    const char *id;
    struct bytes file_no;
    int64_t ver;
};

static const struct field sealed_licence_fields[] = {
    FIELD(struct sealed_licence, id),
    FIELD(struct sealed_licence, file_no),
    FIELD(struct sealed_licence, ver),
    FIELD_END,
};

enum { FIND_PERSONS, RESEAL_PERSON, FIND_LICENCES, RESEAL_LICENCE, STATEMENTS_END };

const struct statement reseal_sql[] = {
    [FIND_PERSONS] = {.sql = "SELECT id, name, id_no, phone, ver FROM person WHERE key_id <> ?"
                             "  ORDER BY key_id LIMIT 50",
                      ROWS(struct sealed_person, sealed_person_fields)},
    [RESEAL_PERSON] = {.sql = "UPDATE person SET name = ?, id_no = ?, phone = ?, key_id = ?,"
                              "  ver = ver + 1 WHERE id = ? AND ver = ?"},
    [FIND_LICENCES] = {.sql = "SELECT id, file_no, ver FROM licence WHERE key_id <> ?"
                              "  ORDER BY key_id LIMIT 50",
                       ROWS(struct sealed_licence, sealed_licence_fields)},
    [RESEAL_LICENCE] = {.sql = "UPDATE licence SET file_no = ?, key_id = ?, ver = ver + 1"
                               "  WHERE id = ? AND ver = ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

static enum error seal_anew(struct request *r, const struct sealed_column *column, const char *id,
                            struct bytes *sealed)
{
    const char *text;

    if (sealed->data == NULL)
        return E_OK;
    TRY(unseal(r, column, id, *sealed, &text));
    *sealed = seal(r, column, id, text);
    return E_OK;
}

/* A row changed since it was read stays as it is; the next round finds it again. */
static enum error reseal_person(struct request *r, struct sealed_person *person)
{
    TRY(seal_anew(r, &person_name_column, person->id, &person->name));
    TRY(seal_anew(r, &person_id_no_column, person->id, &person->id_no));
    TRY(seal_anew(r, &person_phone_column, person->id, &person->phone));
    return db_run(r, &reseal_sql[RESEAL_PERSON],
                  VALUES(person->name, person->id_no, person->phone, seal_active_key(r), person->id,
                         person->ver));
}

static enum error reseal_licence(struct request *r, struct sealed_licence *licence)
{
    TRY(seal_anew(r, &licence_file_no_column, licence->id, &licence->file_no));
    return db_run(r, &reseal_sql[RESEAL_LICENCE],
                  VALUES(licence->file_no, seal_active_key(r), licence->id, licence->ver));
}

static enum error reseal_some(struct request *r, void *product)
{
    size_t *count = product;
    struct records persons, licences;

    TRY(db_many(r, &reseal_sql[FIND_PERSONS], &persons, VALUES(seal_active_key(r))));
    for (size_t i = 0; i < persons.count; i++) {
        struct sealed_person person = ((const struct sealed_person *)persons.items)[i];

        TRY(reseal_person(r, &person));
    }
    TRY(db_many(r, &reseal_sql[FIND_LICENCES], &licences, VALUES(seal_active_key(r))));
    for (size_t i = 0; i < licences.count; i++) {
        struct sealed_licence licence = ((const struct sealed_licence *)licences.items)[i];

        TRY(reseal_licence(r, &licence));
    }
    *count = persons.count + licences.count;
    return E_OK;
}

/* In a request of its own, whose memory goes with it. */
static enum error reseal_round(struct process *process, size_t *count)
{
    struct request *r = request_open(process);
    enum error error = db_transaction(r, reseal_some, count);

    if (error != E_OK)
        log_error(r, "reseal_failed", "%s: %s", error_name(error), failure_text(r));
    request_close(r);
    return error;
}

enum error reseal(struct request *r, const struct task *task)
{
    int64_t until_ms = monotonic_ms() + JOB_MS;
    long long total = 0;
    size_t count;

    (void)task;
    do {
        TRY(reseal_round(r->process, &count));
        total += (long long)count;
    } while (count > 0 && monotonic_ms() < until_ms);
    if (total > 0)
        log_info(r, "resealed", "%lld rows under key %lld%s", total, (long long)seal_active_key(r),
                 count > 0 ? ", more to come" : ", none left");
    return count > 0 ? job_again_at(r, r->now) : E_OK;
}
