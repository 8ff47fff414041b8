/* Contacts of a person, opened when something is about to be sent. */

#include "identity/recipient.h"

#include "core/audit.h"
#include "core/clock.h"
#include "core/seal.h"
#include "core/ulid.h"

static bool is_template(const char *text)
{
    return text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                             "0123456789_-")] == '\0';
}

static bool is_keyword(const char *text)
{
    size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789");

    return size > 0 && text[size] == '=' && text[size + 1] != '\0';
}

const struct param recipient_params[] = {
    PARAM(struct recipient_input, account_id, .source = BODY, .check = is_ulid),
    PARAM_END,
};

const struct param phone_of_params[] = {
    PARAM(struct phone_input, person_id, .source = BODY, .check = is_ulid),
    PARAM_END,
};

const struct param message_params[] = {
    PARAM(struct message_input, attempt, .source = BODY, .check = is_ulid),
    PARAM(struct message_input, person_id, .source = BODY, .check = is_ulid),
    PARAM(struct message_input, account_id, .source = BODY, .check = is_ulid),
    PARAM(struct message_input, template, .source = BODY, .min = 1, .max = 64,
          .check = is_template),
    PARAM(struct message_input, page, .source = BODY, .min = 1, .max = 200),
    PARAM(struct message_input, keywords, .source = BODY, .min = 1, .max = 10, .check = is_keyword),
    PARAM_END,
};

struct recipient {
    const char *person_id;
};

const struct field recipient_fields[] = {FIELD(struct recipient, person_id), FIELD_END};

struct told_phone {
    const char *phone;
};

const struct field phone_fields[] = {FIELD(struct told_phone, phone), FIELD_END};

const struct field sent_fields[] = {
    FIELD(struct sent, outcome),
    FIELD_OR_NULL(struct sent, errcode),
    FIELD_END,
};

struct contact {
    const char *id;
    struct bytes value; /* sealed */
};

static const struct field contact_fields[] = {
    FIELD(struct contact, id),
    FIELD(struct contact, value),
    FIELD_END,
};

struct begun {
    const char *token;
};

static const struct field begun_fields[] = {FIELD(struct begun, token), FIELD_END};

enum { FIND_PHONE, FIND_OPENID, BEGIN_ATTEMPT, FIND_ATTEMPT, DELETE_OLD, STATEMENTS_END };

const struct statement recipient_sql[] = {
    /* Of several accounts the one that was there last. */
    [FIND_PHONE] = {.sql = "SELECT id, phone AS value FROM account"
                           "  WHERE person_id = ? AND phone IS NOT NULL"
                           "  ORDER BY last_seen_at DESC, id LIMIT 1",
                    ROWS(struct contact, contact_fields)},
    [FIND_OPENID] = {.sql = "SELECT id, openid AS value FROM account"
                            "  WHERE id = ? AND person_id = ? AND channel = 'wechat'",
                     ROWS(struct contact, contact_fields)},
    [BEGIN_ATTEMPT] = {.sql = "INSERT INTO message_attempt (attempt, token, begun_at)"
                              "  VALUES (?, ?, ?)"},
    [FIND_ATTEMPT] = {.sql = "SELECT token FROM message_attempt WHERE attempt = ?",
                      ROWS(struct begun, begun_fields)},
    [DELETE_OLD] = {.sql = "DELETE FROM message_attempt WHERE begun_at < ? LIMIT 1000"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_recipient(struct request *r)
{
    const struct recipient_input *in = r->input;
    struct account account;
    struct recipient recipient;

    TRY(find_account(r, in->account_id, &account));
    if (account.person_id == NULL)
        return E_NOT_FOUND;
    recipient.person_id = account.person_id;
    return reply_record(r, 200, recipient_fields, &recipient);
}

static enum error note(struct request *r, void *product)
{
    const struct contact *contact = product;

    audit(r, "phone_told", contact->id, "for an SMS");
    return E_OK;
}

enum error tell_phone(struct request *r)
{
    const struct phone_input *in = r->input;
    struct contact contact;
    struct told_phone told;

    TRY(db_one(r, &recipient_sql[FIND_PHONE], &contact, VALUES(in->person_id)));
    TRY(db_transaction(r, note, &contact));
    TRY(unseal(r, &account_phone, contact.id, contact.value, &told.phone));
    return reply_record(r, 200, phone_fields, &told);
}

/* E_EXISTS: somebody else has begun it, and may have sent it. */
static enum error begin_attempt(struct request *r, void *product)
{
    const struct message_input *in = r->input;
    const char *token = product;
    enum error begun = db_run(r, &recipient_sql[BEGIN_ATTEMPT], VALUES(in->attempt, token, r->now));
    struct begun found;

    if (begun != E_EXISTS)
        return begun;
    TRY(db_one(r, &recipient_sql[FIND_ATTEMPT], &found, VALUES(in->attempt)));
    return strcmp(found.token, token) == 0 ? E_OK : E_EXISTS;
}

enum error send_message(struct request *r)
{
    const struct message_input *in = r->input;
    const char *token = ulid_new(r);
    struct contact contact;
    enum error begun;
    struct sent sent;
    const char *openid;

    TRY(db_one(r, &recipient_sql[FIND_OPENID], &contact, VALUES(in->account_id, in->person_id)));
    TRY(unseal(r, &account_openid, contact.id, contact.value, &openid));
    begun = db_transaction(r, begin_attempt, (void *)(uintptr_t)token);
    if (begun != E_OK && begun != E_EXISTS)
        return begun;
    sent = begun == E_OK ? wechat_message(r, openid, in) : (struct sent){"unknown", NONE};
    return reply_record(r, 200, sent_fields, &sent);
}

enum error delete_old_attempts(struct request *r)
{
    return db_run(r, &recipient_sql[DELETE_OLD], VALUES(instant_add(r->now, -7 * DAY_MS)));
}
