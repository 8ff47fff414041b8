#include "core/clock.h"
#include "notice/notice.h"
#include "notice/template.h"

struct quiet {
    int64_t from_minute, to_minute;
};

static const struct field quiet_fields[] = {
    FIELD(struct quiet, from_minute),
    FIELD(struct quiet, to_minute),
    FIELD_END,
};

static const struct field delivery_fields[] = {
    FIELD(struct delivery, channel),
    FIELD(struct delivery, state),
    FIELD_OR_NULL(struct delivery, account_id),
    FIELD(struct delivery, attempt),
    FIELD(struct delivery, planned_at),
    FIELD_END,
};

struct consent {
    const char *account_id;
};

static const struct field consent_fields[] = {FIELD(struct consent, account_id), FIELD_END};

enum {
    FIND_DELIVERY,
    LOCK_DELIVERY,
    INSERT_DELIVERY,
    MOVE_DELIVERY,
    BEGIN_AGAIN,
    FIND_QUIET,
    LOCK_CONSENT,
    USE_CONSENT,
    RETURN_CONSENT,
    FORGET_CONSENTS,
    STATEMENTS_END
};

#define DELIVERY                                                                                   \
    "SELECT channel, state, account_id, attempt, planned_at FROM notice_delivery"                  \
    "  WHERE message_id = ? AND channel = ?"

const struct statement delivery_sql[] = {
    [FIND_DELIVERY] = {.sql = DELIVERY, ROWS(struct delivery, delivery_fields)},
    [LOCK_DELIVERY] = {.sql = DELIVERY " FOR UPDATE", ROWS(struct delivery, delivery_fields)},
    [INSERT_DELIVERY] = {.sql = "INSERT INTO notice_delivery (message_id, channel, state,"
                                "  account_id, attempt, attempts, why, planned_at, updated_at)"
                                "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [MOVE_DELIVERY] = {.sql = "UPDATE notice_delivery SET state = ?, why = ?, updated_at = ?"
                              "  WHERE message_id = ? AND channel = ? AND attempt = ?"
                              "  AND state IN ('planned', 'sending')"},
    [BEGIN_AGAIN] = {.sql = "UPDATE notice_delivery SET state = 'sending', attempt = ?,"
                            "  attempts = attempts + 1, updated_at = ?"
                            "  WHERE message_id = ? AND channel = ?"},
    [FIND_QUIET] = {.sql = "SELECT from_minute, to_minute FROM notice_quiet WHERE channel = ?"
                           "  AND valid_from <= ? AND (valid_to IS NULL OR valid_to >= ?)"
                           "  ORDER BY valid_from DESC LIMIT 1",
                    ROWS(struct quiet, quiet_fields)},
    [LOCK_CONSENT] = {.sql = "SELECT account_id FROM notice_subscription"
                             "  WHERE person_id = ? AND template = ? AND remaining > 0"
                             "  ORDER BY updated_at DESC, account_id LIMIT 1 FOR UPDATE",
                      ROWS(struct consent, consent_fields)},
    [USE_CONSENT] = {.sql = "UPDATE notice_subscription SET remaining = remaining - 1"
                            "  WHERE person_id = ? AND template = ? AND account_id = ?"},
    [RETURN_CONSENT] = {.sql =
                            "UPDATE notice_subscription SET remaining = LEAST(remaining + 1, 100)"
                            "  WHERE person_id = ? AND template = ? AND account_id = ?"},
    [FORGET_CONSENTS] = {.sql = "UPDATE notice_subscription SET remaining = 0"
                                "  WHERE person_id = ? AND template = ? AND account_id = ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_delivery(struct request *r, const char *message_id, const char *channel,
                         struct delivery *delivery)
{
    return db_one(r, &delivery_sql[FIND_DELIVERY], delivery, VALUES(message_id, channel));
}

enum error lock_delivery(struct request *r, const char *message_id, const char *channel,
                         struct delivery *delivery)
{
    return db_one(r, &delivery_sql[LOCK_DELIVERY], delivery, VALUES(message_id, channel));
}

enum error insert_delivery(struct request *r, const char *message_id,
                           const struct delivery *delivery, const char *why)
{
    int64_t attempts = strcmp(delivery->state, "sending") == 0;

    return db_run(r, &delivery_sql[INSERT_DELIVERY],
                  VALUES(message_id, delivery->channel, delivery->state, delivery->account_id,
                         delivery->attempt, attempts, why, r->now, r->now));
}

enum error move_delivery(struct request *r, const char *message_id, const struct delivery *delivery,
                         const char *to, const char *why)
{
    return db_change(r, &delivery_sql[MOVE_DELIVERY],
                     VALUES(to, why, r->now, message_id, delivery->channel, delivery->attempt));
}

enum error begin_again(struct request *r, const char *message_id, const char *channel,
                       const char *attempt)
{
    return db_change(r, &delivery_sql[BEGIN_AGAIN], VALUES(attempt, r->now, message_id, channel));
}

enum error find_quiet(struct request *r, const char *channel, struct instant *until)
{
    struct day today = civil_day(r->now);
    struct quiet quiet;
    enum error found = db_one(r, &delivery_sql[FIND_QUIET], &quiet, VALUES(channel, today, today));

    *until = (struct instant){NONE};
    if (found != E_OK)
        return found == E_NOT_FOUND ? E_OK : found;
    *until = quiet_until(r->now, quiet.from_minute, quiet.to_minute);
    return E_OK;
}

enum error take_consent(struct request *r, const char *person_id, const char *template,
                        const char **account_id)
{
    struct consent consent;

    TRY(db_one(r, &delivery_sql[LOCK_CONSENT], &consent, VALUES(person_id, template)));
    *account_id = consent.account_id;
    return db_change(r, &delivery_sql[USE_CONSENT],
                     VALUES(person_id, template, consent.account_id));
}

enum error return_consent(struct request *r, const char *person_id, const char *template,
                          const char *account_id)
{
    return db_run(r, &delivery_sql[RETURN_CONSENT], VALUES(person_id, template, account_id));
}

enum error forget_consents(struct request *r, const char *person_id, const char *template,
                           const char *account_id)
{
    return db_run(r, &delivery_sql[FORGET_CONSENTS], VALUES(person_id, template, account_id));
}
