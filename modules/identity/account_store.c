#include "identity/account.h"

#include "casework/identifier.h"
#include "core/seal.h"

const struct sealed_column account_openid = {"account", "openid"};
const struct sealed_column account_name = {"account", "name"};
const struct sealed_column account_phone = {"account", "phone"};
const struct sealed_column account_session_key = {"account", "session_key"};

static const struct field account_fields[] = {
    FIELD(struct account, id),
    FIELD_OR_NULL(struct account, person_id),
    FIELD_OR_NULL(struct account, name),
    FIELD_OR_NULL(struct account, phone),
    FIELD_END,
};

struct account_id {
    const char *id;
};

static const struct field id_fields[] = {FIELD(struct account_id, id), FIELD_END};

enum {
    FIND_ACCOUNT,
    LOCK_ACCOUNT,
    LOCK_BY_OPENID,
    INSERT_ACCOUNT,
    SEE_ACCOUNT,
    KEEP_PHONE,
    BIND_PERSON,
    LIST_ACCOUNTS,
    STATEMENTS_END
};

/* A worker that seals with an older key than the row's says so, and reseal.c finds the row. */
#define KEY " key_id = LEAST(key_id, ?), ver = ver + 1"
#define ACCOUNT "SELECT id, person_id, name, phone FROM account"

const struct statement account_sql[] = {
    [FIND_ACCOUNT] = {.sql = ACCOUNT " WHERE id = ?", ROWS(struct account, account_fields)},
    [LOCK_ACCOUNT] = {.sql = ACCOUNT " WHERE id = ? FOR UPDATE",
                      ROWS(struct account, account_fields)},
    [LOCK_BY_OPENID] = {.sql = ACCOUNT " WHERE channel = ? AND openid_index = ? FOR UPDATE",
                        ROWS(struct account, account_fields)},
    [INSERT_ACCOUNT] = {.sql = "INSERT INTO account (id, channel, openid_index, openid, key_id,"
                               "  created_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?, ?)"},
    [SEE_ACCOUNT] = {.sql = "UPDATE account SET session_key = ?, last_seen_at = ?," KEY
                            "  WHERE id = ?"},
    [KEEP_PHONE] = {.sql = "UPDATE account SET phone = ?," KEY " WHERE id = ?"},
    [BIND_PERSON] = {.sql = "UPDATE account SET person_id = ?, name = ?," KEY
                            "  WHERE id = ? AND person_id IS NULL"},
    [LIST_ACCOUNTS] = {.sql = "SELECT id FROM account WHERE person_id = ? ORDER BY id LIMIT 100",
                       ROWS(struct account_id, id_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_account(struct request *r, const char *id, struct account *account)
{
    return db_one(r, &account_sql[FIND_ACCOUNT], account, VALUES(id));
}

enum error lock_account(struct request *r, const char *id, struct account *account)
{
    return db_one(r, &account_sql[LOCK_ACCOUNT], account, VALUES(id));
}

static enum error lock_by_openid(struct request *r, const struct login *login,
                                 struct account *account)
{
    return db_one(r, &account_sql[LOCK_BY_OPENID], account,
                  VALUES(login->channel, blind_index(r, &account_openid, login->open_id)));
}

/* Two first sign-ins at once: the second finds the row of the first. */
static enum error insert_account(struct request *r, const struct login *login, const char *id)
{
    enum error error = db_run(
        r, &account_sql[INSERT_ACCOUNT],
        VALUES(id, login->channel, blind_index(r, &account_openid, login->open_id),
               seal(r, &account_openid, id, login->open_id), seal_active_key(r), r->now, r->now));

    return error == E_EXISTS ? E_OK : error;
}

enum error enter_account(struct request *r, const struct login *login, const char *new_id,
                         struct account *account)
{
    enum error error = lock_by_openid(r, login, account);
    struct bytes key = {NULL, 0};

    if (error == E_NOT_FOUND) {
        TRY(insert_account(r, login, new_id));
        error = lock_by_openid(r, login, account);
    }
    TRY(error);
    if (login->session_key != NULL)
        key = seal(r, &account_session_key, account->id, login->session_key);
    return db_run(r, &account_sql[SEE_ACCOUNT],
                  VALUES(key, r->now, seal_active_key(r), account->id));
}

enum error keep_phone(struct request *r, const char *id, const char *phone)
{
    return db_change(r, &account_sql[KEEP_PHONE],
                     VALUES(seal(r, &account_phone, id, phone), seal_active_key(r), id));
}

enum error bind_person(struct request *r, const char *id, const char *person_id, const char *name)
{
    TRY(db_change(r, &account_sql[BIND_PERSON],
                  VALUES(person_id, seal(r, &account_name, id, name), seal_active_key(r), id)));
    return verify_sessions(r, id, person_id);
}

enum error list_accounts(struct request *r, const char *person_id, struct texts *ids)
{
    struct records rows;

    TRY(db_many(r, &account_sql[LIST_ACCOUNTS], &rows, VALUES(person_id)));
    *ids =
        (struct texts){arena_alloc(r->arena, (rows.count + 1) * sizeof(*ids->items)), rows.count};
    for (size_t i = 0; i < rows.count; i++)
        ids->items[i] = ((const struct account_id *)rows.items + i)->id;
    return E_OK;
}

enum error real_name(struct request *r, const struct account *account, const char **name)
{
    return unseal(r, &account_name, account->id, account->name, name);
}

enum error masked_name(struct request *r, const struct account *account, const char **masked)
{
    const char *name;

    *masked = NULL;
    if (account->name.data == NULL)
        return E_OK;
    TRY(real_name(r, account, &name));
    *masked = mask_name(r->arena, name);
    return E_OK;
}

enum error masked_phone(struct request *r, const struct account *account, const char **masked)
{
    const char *phone;

    *masked = NULL;
    if (account->phone.data == NULL)
        return E_OK;
    TRY(unseal(r, &account_phone, account->id, account->phone, &phone));
    *masked = mask_mobile(r->arena, phone);
    return E_OK;
}
