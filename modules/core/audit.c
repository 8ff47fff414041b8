#include <stdarg.h>

#include "core/audit.h"
#include "core/clock.h"
#include "core/codec.h"
#include "core/crypto.h"
#include "core/db.h"
#include "core/log.h"
#include "core/work.h"

enum { ALONE_MAX = 50, CHECK_PAGE = 500, OBJECT_MAX = 250 };

struct head {
    int64_t seq;
    struct bytes mac;
};

static const struct field head_fields[] = {
    FIELD(struct head, seq),
    FIELD(struct head, mac),
    FIELD_END,
};

struct line {
    int64_t seq;
    struct instant at;
    const char *actor, *act, *object, *detail;
    struct bytes prev, mac;
};

static const struct field line_fields[] = {
    FIELD(struct line, seq),  FIELD(struct line, at),     FIELD(struct line, actor),
    FIELD(struct line, act),  FIELD(struct line, object), FIELD(struct line, detail),
    FIELD(struct line, prev), FIELD(struct line, mac),    FIELD_END,
};

enum { LOCK_HEAD, INSERT_LINE, READ_HEAD, READ_LINES, STATEMENTS_END };

const struct statement audit_sql[] = {
    [LOCK_HEAD] = {.sql = "SELECT seq, mac FROM {module}_audit_head WHERE id = 1 FOR UPDATE",
                   ROWS(struct head, head_fields)},
    [INSERT_LINE] = {.sql = "INSERT INTO {module}_audit"
                            "  (seq, at, actor, act, object, detail, prev, mac)"
                            "  VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
    [READ_HEAD] = {.sql = "SELECT seq, mac FROM {module}_audit_head WHERE id = 1",
                   ROWS(struct head, head_fields)},
    [READ_LINES] = {.sql = "SELECT seq, at, actor, act, object, detail, prev, mac"
                           "  FROM {module}_audit WHERE seq > ? ORDER BY seq LIMIT 500",
                    ROWS(struct line, line_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

/* A path may hold any byte, and a long text is cut anywhere: the database takes neither as it is.
 */
static char *clean(struct arena *arena, const char *text, size_t most)
{
    char *copy = arena_text_of(arena, text, strnlen(text, most));

    for (size_t i = 0; !is_utf8(copy) && copy[i] != '\0'; i++)
        if ((unsigned char)copy[i] >= 0x80)
            copy[i] = '?';
    return copy;
}

static __attribute__((format(printf, 4, 0))) struct audit_record *
remember(struct request *r, const char *act, const char *object, const char *format,
         va_list arguments)
{
    struct audit_record *record = arena_alloc(r->arena, sizeof(*record));
    char detail[1000];

    vsnprintf(detail, sizeof(detail), format, arguments);
    record->act = arena_text(r->arena, act);
    record->object = clean(r->arena, object, OBJECT_MAX);
    record->detail = clean(r->arena, detail, sizeof(detail));
    record->next = r->work->audits;
    r->work->audits = record;
    return record;
}

void audit(struct request *r, const char *act, const char *object, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    remember(r, act, object, format, arguments);
    va_end(arguments);
}

void audit_refusal(struct request *r, const char *object, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    remember(r, "refused", object, format, arguments)->is_refusal = true;
    va_end(arguments);
}

void audit_roll_back(struct request *r, struct audit_record *before)
{
    struct audit_record **at = &r->work->audits;

    if (*at == NULL)
        *at = before; /* they were written, but the COMMIT failed */
    while (*at != before && *at != NULL) {
        if ((*at)->is_refusal)
            at = &(*at)->next;
        else
            *at = (*at)->next;
    }
}

/* Every part with its length, so that no two records have the same bytes. */
static struct bytes line_mac(struct request *r, const struct line *line)
{
    struct text text = {.arena = r->arena};
    const char *const parts[] = {line->actor, line->act, line->object, line->detail};
    unsigned char *mac = arena_alloc(r->arena, SHA256_SIZE);

    text_add(&text, (const char *)line->prev.data, line->prev.size);
    text_number(&text, line->seq);
    text_put(&text, "@");
    text_number(&text, line->at.ms);
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        text_put(&text, ":");
        text_number(&text, (int64_t)strlen(parts[i]));
        text_put(&text, ":");
        text_put(&text, parts[i]);
    }
    hmac_sha256(r->process->audit_key, (struct bytes){(const unsigned char *)text.data, text.size},
                mac);
    return (struct bytes){mac, SHA256_SIZE};
}

static enum error append(struct request *r, struct head *head, const struct audit_record *record)
{
    struct line line = {.seq = head->seq + 1,
                        .at = r->now,
                        .actor = r->actor_id == NULL ? "anyone" : r->actor_id,
                        .act = record->act,
                        .object = record->object,
                        .detail = record->detail,
                        .prev = head->mac};

    line.mac = line_mac(r, &line);
    TRY(db_run(r, &audit_sql[INSERT_LINE],
               VALUES(line.seq, line.at, line.actor, line.act, line.object, line.detail, line.prev,
                      line.mac)));
    *head = (struct head){line.seq, line.mac};
    return E_OK;
}

/* Oldest first: the list is newest first and short. */
static enum error append_all(struct request *r, struct head *head,
                             const struct audit_record *record)
{
    if (record == NULL)
        return E_OK;
    TRY(append_all(r, head, record->next));
    return append(r, head, record);
}

enum error audit_write(struct request *r)
{
    struct head head;

    if (r->work->audits == NULL)
        return E_OK;
    TRY(db_one(r, &audit_sql[LOCK_HEAD], &head, NO_VALUES));
    TRY(append_all(r, &head, r->work->audits));
    r->work->audits = NULL;
    return E_OK;
}

static enum error write_alone(struct request *r, void *records)
{
    r->work->audits = records; /* run again: they are written again */
    return E_OK;
}

static bool may_write_alone(struct process *process)
{
    int64_t second = monotonic_ms() / 1000;

    if (process->audited_second != second) {
        process->audited_second = second;
        process->audited_count = 0;
    }
    return ++process->audited_count <= ALONE_MAX;
}

void audit_finish(struct request *r)
{
    struct audit_record *records = r->work->audits;

    if (records == NULL || r->process->pool == NULL)
        return;
    r->work->key_recorded = true; /* a key stands with an effect: this is none */
    if (!may_write_alone(r->process))
        log_info(r, "audit_limited", "%s %s", records->act, records->object);
    else if (db_transaction(r, write_alone, records) != E_OK)
        log_error(r, "audit_lost", "%s %s", records->act, records->object);
    r->work->audits = NULL;
}

static bool follows(struct request *r, const struct head *head, const struct line *line)
{
    return line->seq == head->seq + 1 && bytes_equal(line->prev, head->mac) &&
           bytes_equal(line->mac, line_mac(r, line));
}

enum error audit_check(struct request *r, int64_t *bad_seq)
{
    static const unsigned char zeros[SHA256_SIZE];
    unsigned char mac[SHA256_SIZE] = {0};
    struct head head = {0, {zeros, SHA256_SIZE}}, last;
    struct records page;

    *bad_seq = 0;
    do {
        struct arena_mark mark = arena_mark(r->arena);

        TRY(db_many(r, &audit_sql[READ_LINES], &page, VALUES(head.seq)));
        for (size_t i = 0; i < page.count; i++) {
            const struct line *line = (const struct line *)page.items + i;

            if (!follows(r, &head, line)) {
                *bad_seq = line->seq;
                return E_OK;
            }
            head = (struct head){line->seq, line->mac};
        }
        memcpy(mac, head.mac.data, sizeof(mac));
        head.mac = (struct bytes){mac, sizeof(mac)};
        arena_rewind(r->arena, mark);
    } while (page.count == CHECK_PAGE);
    TRY(db_one(r, &audit_sql[READ_HEAD], &last, NO_VALUES));
    if (last.seq != head.seq || !bytes_equal(last.mac, head.mac))
        *bad_seq = head.seq + 1; /* the tail was cut off */
    return E_OK;
}
