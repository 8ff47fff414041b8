#include "core/clock.h"
#include "core/seal.h"
#include "core/ulid.h"
#include "payment/refund_transfer.h"
#include "payment/state.h"

static const struct sealed_column holder_column = {"refund_transfer", "holder"};
static const struct sealed_column bank_column = {"refund_transfer", "bank"};
static const struct sealed_column account_no_column = {"refund_transfer", "account_no"};

enum { TAIL_DIGITS = 4 };

static const struct field transfer_fields[] = {
    FIELD(struct transfer, id),
    FIELD(struct transfer, refund_id),
    FIELD(struct transfer, state),
    FIELD_OR_NULL(struct transfer, holder),
    FIELD_OR_NULL(struct transfer, bank),
    FIELD_OR_NULL(struct transfer, account_no),
    FIELD_OR_NULL(struct transfer, reference),
    FIELD_OR_NULL(struct transfer, maker),
    FIELD_OR_NULL(struct transfer, checker),
    FIELD_OR_NULL(struct transfer, bounce),
    FIELD_OR_NULL(struct transfer, bounced_by),
    FIELD_END,
};

enum {
    INSERT_TRANSFER,
    FIND_LAST,
    FIND_BY_KEY,
    ENTER_TRANSFER,
    FINISH_TRANSFER,
    BOUNCE_TRANSFER,
    BOUNCE_LAPSED,
    WIPE_LAPSED,
    STATEMENTS_END
};

#define TRANSFER                                                                                   \
    "SELECT id, refund_id, state, holder, bank, account_no, reference, maker, checker, bounce,"    \
    "  bounced_by FROM refund_transfer"
#define STEP " keep_until = ?, updated_at = ?, ver = ver + 1"

const struct statement transfer_sql[] = {
    [INSERT_TRANSFER] = {.sql = "INSERT INTO refund_transfer (id, refund_id, request_key, holder,"
                                "  bank, account_no, tail, keep_until, created_at, updated_at)"
                                "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND_LAST] = {.sql = TRANSFER " WHERE refund_id = ? ORDER BY id DESC LIMIT 1",
                   ROWS(struct transfer, transfer_fields)},
    [FIND_BY_KEY] = {.sql = TRANSFER " WHERE refund_id = ? AND request_key = ?",
                     ROWS(struct transfer, transfer_fields)},
    [ENTER_TRANSFER] = {.sql = "UPDATE refund_transfer SET state = 'entered', reference = ?,"
                               "  maker = ?," STEP " WHERE id = ?"
                               "  AND state IN ('given', 'entered')"},
    [FINISH_TRANSFER] = {.sql = "UPDATE refund_transfer SET state = 'done', checker = ?," STEP
                                "  WHERE id = ? AND state = 'entered'"},
    [BOUNCE_TRANSFER] = {.sql = "UPDATE refund_transfer SET state = 'bounced', live = NULL,"
                                "  bounce = ?, bounced_by = ?," STEP " WHERE id = ?"
                                "  AND state IN ('given', 'entered')"},
    /* Not what the treasury was told already: another account might be paid as well. */
    [BOUNCE_LAPSED] = {.sql = "UPDATE refund_transfer SET state = 'bounced', live = NULL,"
                              "  bounce = '账户信息已超过保存期限', bounced_by = 'system',"
                              "  updated_at = ?, ver = ver + 1 WHERE keep_until < ?"
                              "  AND state = 'given' LIMIT 1000"},
    [WIPE_LAPSED] = {.sql = "UPDATE refund_transfer SET holder = NULL, bank = NULL,"
                            "  account_no = NULL, tail = NULL, ver = ver + 1"
                            "  WHERE keep_until < ? AND account_no IS NOT NULL LIMIT 1000"},
    [STATEMENTS_END] = {.sql = NULL},
};

static struct instant keep_until(const struct request *r)
{
    return instant_add(r->now, payment_settings(r)->account_keep_days * DAY_MS);
}

enum error insert_transfer(struct request *r, const char *refund_id,
                           const struct bank_account *account)
{
    const char *id = ulid_new(r);
    const char *tail = account->account_no + strlen(account->account_no) - TAIL_DIGITS;

    return db_run(r, &transfer_sql[INSERT_TRANSFER],
                  VALUES(id, refund_id, r->key, seal(r, &holder_column, id, account->holder),
                         seal(r, &bank_column, id, account->bank),
                         seal(r, &account_no_column, id, account->account_no), tail, keep_until(r),
                         r->now, r->now));
}

enum error find_last_transfer(struct request *r, const char *refund_id, struct transfer *transfer)
{
    return db_one(r, &transfer_sql[FIND_LAST], transfer, VALUES(refund_id));
}

enum error has_given(struct request *r, const char *refund_id, bool *has)
{
    struct transfer transfer;
    enum error found = db_one(r, &transfer_sql[FIND_BY_KEY], &transfer, VALUES(refund_id, r->key));

    *has = found == E_OK;
    return found == E_NOT_FOUND ? E_OK : found;
}

enum error open_account(struct request *r, const struct transfer *transfer,
                        struct bank_account *account)
{
    if (transfer->account_no.data == NULL)
        return E_NOT_FOUND;
    TRY(unseal(r, &holder_column, transfer->id, transfer->holder, &account->holder));
    TRY(unseal(r, &bank_column, transfer->id, transfer->bank, &account->bank));
    return unseal(r, &account_no_column, transfer->id, transfer->account_no, &account->account_no);
}

enum error enter_transfer(struct request *r, const struct transfer *transfer, const char *reference)
{
    return db_change(r, &transfer_sql[ENTER_TRANSFER],
                     VALUES(reference, r->actor_id, keep_until(r), r->now, transfer->id));
}

enum error finish_transfer(struct request *r, const struct transfer *transfer)
{
    return db_change(r, &transfer_sql[FINISH_TRANSFER],
                     VALUES(r->actor_id, keep_until(r), r->now, transfer->id));
}

enum error bounce_transfer(struct request *r, const struct transfer *transfer, const char *why)
{
    return db_change(r, &transfer_sql[BOUNCE_TRANSFER],
                     VALUES(why, r->actor_id, keep_until(r), r->now, transfer->id));
}

static enum error wipe_lapsed(struct request *r, void *product)
{
    (void)product;
    TRY(db_run(r, &transfer_sql[BOUNCE_LAPSED], VALUES(r->now, r->now)));
    return db_run(r, &transfer_sql[WIPE_LAPSED], VALUES(r->now));
}

enum error wipe_accounts(struct request *r, const struct task *task)
{
    (void)task;
    return db_transaction(r, wipe_lapsed, NULL);
}
