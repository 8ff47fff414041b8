/* After a rotation: every account and officer that an older data key seals is sealed anew under the
   active one. Face checks need no such care: what they seal is erased within a day. */

#include "core/job.h"
#include "core/log.h"
#include "identity/officer.h"

struct sealed_account {
    const char *id;
    struct bytes openid, name, phone, session_key;
    int64_t ver;
};

static const struct field sealed_fields[] = {
    FIELD(struct sealed_account, id),
    FIELD(struct sealed_account, openid),
    FIELD_OR_NULL(struct sealed_account, name),
    FIELD_OR_NULL(struct sealed_account, phone),
    FIELD_OR_NULL(struct sealed_account, session_key),
    FIELD(struct sealed_account, ver),
    FIELD_END,
};

struct sealed_officer {
    const char *id;
    struct bytes display_name, totp_secret;
    int64_t ver;
};

static const struct field sealed_officer_fields[] = {
    FIELD(struct sealed_officer, id),
    FIELD(struct sealed_officer, display_name),
    FIELD(struct sealed_officer, totp_secret),
    FIELD(struct sealed_officer, ver),
    FIELD_END,
};

enum { FIND_OLD, RESEAL, FIND_OLD_OFFICERS, RESEAL_OFFICER, STATEMENTS_END };

const struct statement reseal_sql[] = {
    [FIND_OLD] = {.sql = "SELECT id, openid, name, phone, session_key, ver FROM account"
                         "  WHERE key_id <> ? ORDER BY key_id LIMIT 50",
                  ROWS(struct sealed_account, sealed_fields)},
    [RESEAL] = {.sql = "UPDATE account SET openid = ?, name = ?, phone = ?, session_key = ?,"
                       "  key_id = ?, ver = ver + 1 WHERE id = ? AND ver = ?"},
    [FIND_OLD_OFFICERS] = {.sql = "SELECT id, display_name, totp_secret, ver FROM officer"
                                  "  WHERE key_id <> ? ORDER BY key_id LIMIT 50",
                           ROWS(struct sealed_officer, sealed_officer_fields)},
    [RESEAL_OFFICER] = {.sql = "UPDATE officer SET display_name = ?, totp_secret = ?, key_id = ?,"
                               "  ver = ver + 1 WHERE id = ? AND ver = ?"},
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
static enum error reseal_account(struct request *r, struct sealed_account account)
{
    TRY(seal_anew(r, &account_openid, account.id, &account.openid));
    TRY(seal_anew(r, &account_name, account.id, &account.name));
    TRY(seal_anew(r, &account_phone, account.id, &account.phone));
    TRY(seal_anew(r, &account_session_key, account.id, &account.session_key));
    return db_run(r, &reseal_sql[RESEAL],
                  VALUES(account.openid, account.name, account.phone, account.session_key,
                         seal_active_key(r), account.id, account.ver));
}

static enum error reseal_some_accounts(struct request *r, void *product)
{
    size_t *count = product;
    struct records rows;

    TRY(db_many(r, &reseal_sql[FIND_OLD], &rows, VALUES(seal_active_key(r))));
    for (size_t i = 0; i < rows.count; i++)
        TRY(reseal_account(r, ((const struct sealed_account *)rows.items)[i]));
    *count = rows.count;
    return E_OK;
}

static enum error reseal_officer(struct request *r, struct sealed_officer officer)
{
    TRY(seal_anew(r, &officer_display_name, officer.id, &officer.display_name));
    TRY(seal_anew(r, &officer_totp_secret, officer.id, &officer.totp_secret));
    return db_run(r, &reseal_sql[RESEAL_OFFICER],
                  VALUES(officer.display_name, officer.totp_secret, seal_active_key(r), officer.id,
                         officer.ver));
}

static enum error reseal_some_officers(struct request *r, void *product)
{
    size_t *count = product;
    struct records rows;

    TRY(db_many(r, &reseal_sql[FIND_OLD_OFFICERS], &rows, VALUES(seal_active_key(r))));
    for (size_t i = 0; i < rows.count; i++)
        TRY(reseal_officer(r, ((const struct sealed_officer *)rows.items)[i]));
    *count = rows.count;
    return E_OK;
}

/* At once, until none is left or there were that many rounds. */
static enum error reseal_rounds(struct request *r, transaction_body *body, size_t *count)
{
    enum { ROUNDS = 10 };

    *count = 1;
    for (int i = 0; i < ROUNDS; i++)
        if (*count > 0)
            TRY(db_transaction(r, body, count));
    return E_OK;
}

/* A few hundred rows, which one request's memory holds; the rest at once, in the next run. */
enum error reseal(struct request *r, const struct task *task)
{
    size_t accounts, officers;

    (void)task;
    TRY(reseal_rounds(r, reseal_some_accounts, &accounts));
    TRY(reseal_rounds(r, reseal_some_officers, &officers));
    if (accounts + officers > 0)
        return job_again_at(r, r->now);
    log_debug(r, "resealed", "no account and no officer names an older key than %lld",
              (long long)seal_active_key(r));
    return E_OK;
}
