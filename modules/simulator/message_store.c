#include "core/ulid.h"
#include "simulator/messages.h"

const struct field sim_message_fields[] = {
    FIELD(struct sim_message, id),          FIELD(struct sim_message, channel),
    FIELD(struct sim_message, receiver),    FIELD(struct sim_message, out_id),
    FIELD(struct sim_message, template),    FIELD(struct sim_message, page),
    FIELD(struct sim_message, content),     FIELD(struct sim_message, asked),
    FIELD(struct sim_message, received_at), FIELD_END,
};

enum { INSERT_MESSAGE, ASK_AGAIN, LIST_MESSAGES, USE_CONSENT, SET_CONSENTS, STATEMENTS_END };

const struct statement sim_message_sql[] = {
    [INSERT_MESSAGE] = {.sql = "INSERT INTO sim_message (id, channel, receiver, out_id, template,"
                               "  page, content, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
    [ASK_AGAIN] = {.sql = "UPDATE sim_message SET asked = asked + 1"
                          "  WHERE channel = ? AND out_id = ? AND id <> ?"},
    [LIST_MESSAGES] = {.sql = "SELECT id, channel, receiver, out_id, template, page, content,"
                              "  asked, received_at FROM sim_message"
                              "  WHERE ? IN (receiver, '') ORDER BY id LIMIT 1000",
                       ROWS(struct sim_message, sim_message_fields)},
    [USE_CONSENT] = {.sql = "UPDATE sim_consent SET remaining = remaining - 1"
                            "  WHERE openid = ? AND template = ? AND remaining > 0"},
    [SET_CONSENTS] = {.sql = "INSERT INTO sim_consent (openid, template, remaining)"
                             "  VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE remaining = ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

static enum error insert_message(struct request *r, const struct sim_message *m)
{
    return db_run(r, &sim_message_sql[INSERT_MESSAGE],
                  VALUES(m->id, m->channel, m->receiver, m->out_id, m->template, m->page,
                         m->content, r->now));
}

/* The message comes first: there already, it is the effect of an earlier run of this body. */
static enum error show(struct request *r, void *product)
{
    const struct sim_message *message = product;
    enum error inserted = insert_message(r, message), used;

    if (inserted != E_OK)
        return inserted == E_EXISTS ? E_OK : inserted;
    used =
        db_change(r, &sim_message_sql[USE_CONSENT], VALUES(message->receiver, message->template));
    return used == E_NOT_FOUND ? E_REFUSED : used;
}

enum error show_message(struct request *r, struct sim_message *message)
{
    message->id = message->out_id = ulid_new(r);
    return db_transaction(r, show, message);
}

static enum error take(struct request *r, void *product)
{
    const struct sim_message *message = product;
    enum error inserted = insert_message(r, message);

    if (inserted != E_EXISTS)
        return inserted;
    return db_run(r, &sim_message_sql[ASK_AGAIN],
                  VALUES(message->channel, message->out_id, message->id));
}

enum error take_sms(struct request *r, struct sim_message *message)
{
    message->id = ulid_new(r);
    return db_transaction(r, take, message);
}

enum error list_messages(struct request *r, const char *receiver, struct records *messages)
{
    return db_many(r, &sim_message_sql[LIST_MESSAGES], messages, VALUES(receiver));
}

static enum error set(struct request *r, void *product)
{
    const struct consents_input *in = product;

    return db_run(r, &sim_message_sql[SET_CONSENTS],
                  VALUES(in->openid, in->template_id, in->count, in->count));
}

enum error set_consents(struct request *r, const char *openid, const char *template, int64_t count)
{
    return db_transaction(r, set, &(struct consents_input){openid, template, count});
}
