/* The scratch schema in which kept callbacks run again. */

#include "payment/replay.h"

#include <stdarg.h>

#include "core/dispatch.h"
#include "core/log.h"
#include "payment/known_events.h"

#define ACCOUNT "payment_replay"

/* Whatever a callback reads or writes. */
static const char *const tables[] = {"callback_inbox",
                                     "event",
                                     "ledger_entry",
                                     "ledger_txn",
                                     "money_fact",
                                     "obligation",
                                     "pay_attempt",
                                     "pay_order",
                                     "pay_order_item",
                                     "payment_audit",
                                     "payment_audit_head",
                                     "payment_case",
                                     "payment_job",
                                     "platform_certificate",
                                     "refund",
                                     "refund_transfer",
                                     "settlement",
                                     "state_edge",
                                     "state_move"};

/* What moves is made as it was in a table without triggers. */
static const char *const moving[] = {"pay_attempt", "pay_order", "refund"};

enum { TABLES = sizeof(tables) / sizeof(*tables), MOVING = sizeof(moving) / sizeof(*moving) };

#define SCENE_TABLE                                                                                \
    "CREATE TABLE scene AS SELECT id, gateway, merchant, event_key, our_no, fact_id, disposition," \
    "  received_at AS at, SPACE(3) AS direction, event_key AS gateway_no, fact_id AS order_id"     \
    "  FROM live_callback_inbox LIMIT 0"

struct trigger {
    const char *definition;
};

static const struct field trigger_fields[] = {FIELD_OR_NULL(struct trigger, definition), FIELD_END};

struct booked {
    int64_t count;
};

static const struct field booked_fields[] = {FIELD(struct booked, count), FIELD_END};

enum { FIND_TRIGGER, COUNT_BOOKED, SET_SCENE };

static const struct statement scene_sql[] = {
    [FIND_TRIGGER] = {.sql = "SELECT payment_trigger(?) AS definition",
                      ROWS(struct trigger, trigger_fields)},
    [COUNT_BOOKED] = {.sql = "SELECT COUNT(*) AS count FROM scene s JOIN ledger_txn t"
                             "  ON t.at = s.at",
                      ROWS(struct booked, booked_fields)},
    [SET_SCENE] = {.sql = "INSERT INTO scene (id, gateway, merchant, event_key, our_no, fact_id,"
                          "  disposition, at, direction, gateway_no, order_id)"
                          "  SELECT i.id, i.gateway, i.merchant, i.event_key, i.our_no, i.fact_id,"
                          "  i.disposition, i.received_at, IF(i.event_key LIKE 'paid:%', 'in',"
                          "  'out'), SUBSTRING(i.event_key, LOCATE(':', i.event_key) + 1),"
                          "  COALESCE(a.order_id, d.order_id) FROM live_callback_inbox i"
                          "  LEFT JOIN live_pay_attempt a ON a.id = i.our_no"
                          "  LEFT JOIN live_refund d ON d.id = i.our_no WHERE i.id = ?"},
};

/* Once. */
static const struct statement base_sql[] = {
    {.sql = "INSERT INTO state_edge SELECT * FROM live_state_edge"},
    {.sql = "INSERT INTO platform_certificate SELECT * FROM live_platform_certificate"},
    {.sql = "INSERT INTO payment_audit_head SELECT * FROM live_payment_audit_head"},
    {.sql = NULL},
};

/* A fact that was there before: not the one that this callback made. A callback that found its fact
   made by another proof says so, even if that one took the time a little later. */
#define WAS_THERE                                                                                  \
    "  WHERE f.id <> COALESCE(s.fact_id, '') AND (f.recorded_at < s.at"                            \
    "  OR (s.disposition = 'duplicate' AND f.gateway_no = s.gateway_no))"

#define WAS_IN(table, machine)                                                                     \
    {                                                                                              \
        .sql = "UPDATE was_" table " o JOIN scene s SET o.state = COALESCE((SELECT m.frm"          \
               "  FROM live_state_move m WHERE m.machine = '" machine "' AND m.object_id = o.id"   \
               "  AND m.at >= s.at ORDER BY m.id LIMIT 1), o.state)"                               \
    }

/* For each callback, in this order. */
static const struct statement restore_sql[] = {
    {.sql = "DELETE t FROM callback_inbox t JOIN scene s ON t.gateway = s.gateway"
            "  AND t.event_key = s.event_key"},
    {.sql = "DELETE t FROM money_fact t JOIN scene s ON t.order_id = s.order_id"
            "  OR (t.gateway = s.gateway AND t.gateway_no = s.gateway_no)"},
    {.sql = "DELETE t FROM refund t JOIN scene s ON t.order_id = s.order_id OR t.id = s.our_no"},
    {.sql = "DELETE t FROM settlement t JOIN live_pay_order_item i"
            "  ON i.obligation_id = t.obligation_id JOIN scene s ON s.order_id = i.order_id"},
    {.sql = "REPLACE INTO money_fact SELECT f.* FROM scene s JOIN live_money_fact f"
            "  ON f.order_id = s.order_id" WAS_THERE " UNION SELECT f.* FROM scene s"
            "  JOIN live_money_fact f ON f.gateway = s.gateway AND f.merchant = s.merchant"
            "  AND f.direction = s.direction AND f.gateway_no = s.gateway_no" WAS_THERE
            "  UNION SELECT f.* FROM scene s JOIN live_refund d ON d.id = s.our_no"
            "  JOIN live_money_fact f ON f.id = d.fact_id"},
    {.sql = "REPLACE INTO pay_order_item SELECT i.* FROM scene s JOIN live_pay_order_item i"
            "  ON i.order_id = s.order_id"},
    {.sql = "REPLACE INTO obligation SELECT b.* FROM scene s JOIN live_pay_order_item i"
            "  ON i.order_id = s.order_id JOIN live_obligation b ON b.id = i.obligation_id"},
    {.sql = "UPDATE obligation b JOIN scene s SET b.withdrawn_at = NULL"
            "  WHERE b.withdrawn_at >= s.at"},
    {.sql = "INSERT INTO settlement SELECT t.* FROM scene s JOIN live_pay_order_item i"
            "  ON i.order_id = s.order_id JOIN live_settlement t"
            "  ON t.obligation_id = i.obligation_id JOIN live_money_fact f"
            "  ON f.id = t.gw_txn_id" WAS_THERE},
    {.sql = "INSERT INTO was_pay_attempt SELECT a.* FROM scene s JOIN live_pay_attempt a"
            "  ON a.order_id = s.order_id WHERE a.created_at < s.at OR a.id = s.our_no"},
    WAS_IN("pay_attempt", "attempt"),
    {.sql = "INSERT INTO was_refund SELECT d.* FROM scene s JOIN live_refund d"
            "  ON d.order_id = s.order_id WHERE d.created_at < s.at"
            "  UNION SELECT d.* FROM scene s JOIN live_refund d ON d.id = s.our_no"},
    WAS_IN("refund", "refund"),
    {.sql = "INSERT INTO was_pay_order SELECT o.* FROM scene s JOIN live_pay_order o"
            "  ON o.id = s.order_id"},
    WAS_IN("pay_order", "order"),
    {.sql = "UPDATE was_pay_order o SET o.paid_fen = COALESCE((SELECT SUM(f.amount_fen)"
            "  FROM money_fact f WHERE f.order_id = o.id AND f.disposition = 'applied'), 0),"
            "  o.refund_reserved_fen = COALESCE((SELECT SUM(d.amount_fen) FROM was_refund d"
            "  JOIN money_fact f ON f.id = d.fact_id AND f.disposition = 'applied'"
            "  WHERE d.order_id = o.id AND d.state <> 'closed'), 0),"
            "  o.refunded_fen = COALESCE((SELECT SUM(d.amount_fen) FROM was_refund d"
            "  JOIN money_fact f ON f.id = d.fact_id AND f.disposition = 'applied'"
            "  WHERE d.order_id = o.id AND d.state IN ('success', 'transferred')), 0)"},
    {.sql = "REPLACE INTO pay_attempt SELECT * FROM was_pay_attempt"},
    {.sql = "REPLACE INTO pay_order SELECT * FROM was_pay_order"},
    {.sql = "REPLACE INTO refund SELECT * FROM was_refund"},
    {.sql = NULL},
};

static const struct statement clear_sql[] = {
    {.sql = "DELETE FROM was_pay_attempt"},
    {.sql = "DELETE FROM was_pay_order"},
    {.sql = "DELETE FROM was_refund"},
    {.sql = "DELETE FROM scene"},
    {.sql = NULL},
};

/* ---- the schema ---- */

static __attribute__((format(printf, 2, 3))) enum error define(struct request *r,
                                                               const char *format, ...)
{
    char sql[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sql, sizeof(sql), format, arguments);
    va_end(arguments);
    return db_define(r, sql);
}

static enum error run_all(struct request *r, void *statements)
{
    for (const struct statement *one = statements; one->sql != NULL; one++)
        TRY(db_run(r, one, NO_VALUES));
    return E_OK;
}

static enum error make_table(struct request *maker, const char *schema, const char *table)
{
    const char *live = maker->process->config.db_name;

    TRY(define(maker, "CREATE TABLE `%s`.%s LIKE %s", schema, table, table));
    return define(maker, "CREATE VIEW `%s`.live_%s AS SELECT * FROM `%s`.%s", schema, table, live,
                  table);
}

static enum error make_trigger(struct request *maker, struct request *player, const char *table)
{
    struct trigger trigger;

    TRY(db_one(maker, &scene_sql[FIND_TRIGGER], &trigger, VALUES(table)));
    return trigger.definition == NULL ? E_OK : db_define(player, trigger.definition);
}

static enum error make_schema(struct request *maker, struct scene *scene)
{
    for (size_t i = 0; i < TABLES; i++)
        TRY(make_table(maker, scene->schema, tables[i]));
    for (size_t i = 0; i < MOVING; i++)
        TRY(define(maker, "CREATE TABLE `%s`.was_%s LIKE %s", scene->schema, moving[i], moving[i]));
    for (size_t i = 0; i < TABLES; i++)
        TRY(make_trigger(maker, scene->r, tables[i]));
    TRY(db_define(scene->r, SCENE_TABLE));
    return db_transaction(scene->r, run_all, (void *)(uintptr_t)base_sql);
}

static enum error drop_schema(struct request *maker, const char *schema)
{
    return define(maker, "DROP DATABASE IF EXISTS `%s`", schema);
}

/* For the reader of the message: where it failed does not matter to him, why does. */
static enum error tell(struct request *r, const struct request *other, enum error error)
{
    return failed(r, error, "%s: %s", ACCOUNT, failure_text(other));
}

static enum error make(struct request *r, struct scene *scene)
{
    struct request *maker = request_open(&scene->maker);
    enum error error = define(maker, "CREATE DATABASE `%s`", scene->schema);

    if (error == E_OK) {
        error = make_schema(maker, scene);
        if (error != E_OK && drop_schema(maker, scene->schema) != E_OK)
            log_error(r, "replay_left_over", "%s", scene->schema);
    }
    if (error != E_OK)
        error = tell(r, *failure_text(maker) != '\0' ? maker : scene->r, error);
    request_close(maker);
    return error;
}

static void leave(struct scene *scene)
{
    request_close(scene->r);
    process_leave(&scene->player);
    process_leave(&scene->maker);
}

enum error scene_open(struct request *r, struct scene *scene)
{
    struct database_account account = {r->process->config.db_name, ACCOUNT,
                                       payment_settings(r)->replay_password_file};
    unsigned char random[6];
    enum error error;

    random_bytes(random, sizeof(random));
    *scene = (struct scene){
        .schema = arena_printf(r->arena, "tongban_replay_%s",
                               hex_encode(r->arena, (struct bytes){random, sizeof(random)}))};
    TRY(process_beside(r->process, &account, &scene->maker));
    account.database = scene->schema;
    TRY(process_beside(r->process, &account, &scene->player));
    scene->state = *payment_state(r);
    scene->player.state = &scene->state;
    scene->r = request_open(&scene->player);
    error = make(r, scene);
    if (error != E_OK)
        leave(scene);
    return error;
}

enum error scene_close(struct scene *scene, bool is_kept)
{
    struct request *maker = request_open(&scene->maker);
    enum error error = is_kept ? E_OK : drop_schema(maker, scene->schema);

    request_close(maker);
    leave(scene);
    return error;
}

/* ---- a callback ---- */

static enum error restore(struct request *r, void *product)
{
    const struct kept_callback *kept = product;

    TRY(run_all(r, (void *)(uintptr_t)clear_sql));
    TRY(db_run(r, &scene_sql[SET_SCENE], VALUES(kept->id)));
    return run_all(r, (void *)(uintptr_t)restore_sql);
}

enum error scene_restore(struct scene *scene, const struct kept_callback *kept)
{
    request_reset(scene->r);
    return db_transaction(scene->r, restore, (void *)(uintptr_t)kept);
}

/* HTTP_WECHATPAY_SERIAL is Wechatpay-Serial. */
static bool is_header(const char *line, const char *name)
{
    for (; *name != '\0'; line++, name++)
        if (*name == '_' ? *line != '-' : (*line & ~0x20) != *name)
            return false;
    return *line == ':';
}

static const char *posted_header(struct scene *scene, const char *name)
{
    const char *line = scene->posted->headers;

    for (; *line != '\0'; line += strcspn(line, "\n") + 1)
        if (is_header(line, name))
            return arena_text_of(scene->r->arena, line + strlen(name) + 2,
                                 strcspn(line, "\n") - strlen(name) - 2);
    return NULL;
}

static const char *posted_param(const struct transport *transport, const char *name)
{
    struct scene *scene = transport->context;

    if (strncmp(name, "HTTP_", 5) == 0)
        return posted_header(scene, name + 5);
    if (strcmp(name, "DOOR") == 0)
        return "gateways";
    if (strcmp(name, "CONTENT_LENGTH") == 0)
        return arena_printf(scene->r->arena, "%zu", scene->posted->body.size);
    return strcmp(name, "REQUEST_ID") == 0 ? "replay" : NULL;
}

static long posted_read(const struct transport *transport, void *buffer, size_t size)
{
    struct scene *scene = transport->context;
    size_t left = scene->posted->body.size - scene->body_at;

    if (size > left)
        size = left;
    if (size > 0)
        memcpy(buffer, scene->posted->body.data + scene->body_at, size);
    scene->body_at += size;
    return (long)size;
}

void scene_post(struct scene *scene, const struct kept_callback *kept)
{
    const struct callback *callback = &kept->callback;

    request_reset(scene->r);
    scene->state.known_events = known_events_open(scene->r->arena); /* the inbox has to know */
    scene->posted = callback;
    scene->body_at = 0;
    scene->transport =
        (struct transport){.param = posted_param, .read = posted_read, .context = scene};
    scene->r->transport = &scene->transport;
    scene->r->now = kept->received_at;
    dispatch(scene->r, "POST",
             arena_printf(scene->r->arena, "/notify/%s/%s", callback->gateway, callback->merchant),
             "");
}

enum error scene_count_booked(struct scene *scene, int64_t *count)
{
    struct booked booked;

    TRY(db_one(scene->r, &scene_sql[COUNT_BOOKED], &booked, NO_VALUES));
    *count = booked.count;
    return E_OK;
}
