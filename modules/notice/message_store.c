#include "core/audit.h"
#include "core/ulid.h"
#include "notice/notice.h"

const struct param notice_list_params[] = {
    PARAM(struct notice_list_input, after, .source = QUERY, .check = is_ulid, .optional = true),
    PARAM(struct notice_list_input, limit, .source = QUERY, .min = 1, .max = 100, .optional = true),
    PARAM_END,
};

const struct param notice_path_params[] = {
    PARAM(struct notice_path, notice_id, .source = PATH, .check = is_ulid),
    PARAM_END,
};

struct notice_view {
    const char *id, *kind, *title, *text, *about, *page;
    struct instant created_at, read_at, done_at;
    const char *wechat, *sms; /* how far it is by either way; NULL: not tried */
    const char *sent_text;    /* by which way it went, in words */
};

#define NOTICE_FIELDS                                                                              \
    FIELD(struct notice_view, id), FIELD(struct notice_view, kind),                                \
        FIELD(struct notice_view, title), FIELD(struct notice_view, text),                         \
        FIELD(struct notice_view, about), FIELD(struct notice_view, page),                         \
        FIELD(struct notice_view, created_at), FIELD_OR_NULL(struct notice_view, read_at),         \
        FIELD_OR_NULL(struct notice_view, wechat), FIELD_OR_NULL(struct notice_view, sms)

const struct field notice_view_fields[] = {
    NOTICE_FIELDS,
    FIELD(struct notice_view, sent_text),
    FIELD_END,
};

static const struct field row_fields[] = {
    NOTICE_FIELDS,
    FIELD_OR_NULL(struct notice_view, done_at),
    FIELD_END,
};

static const struct field message_fields[] = {
    FIELD(struct message, id),
    FIELD(struct message, kind),
    FIELD(struct message, subject),
    FIELD(struct message, person_id),
    FIELD(struct message, about),
    FIELD(struct message, page),
    FIELD(struct message, title),
    FIELD(struct message, text),
    FIELD(struct message, vals),
    FIELD(struct message, created_at),
    FIELD_END,
};

static const struct field template_fields[] = {
    FIELD(struct template, kind),
    FIELD(struct template, grp),
    FIELD(struct template, title),
    FIELD(struct template, words),
    FIELD_OR_NULL(struct template, sms),
    FIELD_OR_NULL(struct template, wechat_template),
    FIELD_OR_NULL(struct template, wechat_data),
    FIELD(struct template, page),
    FIELD_OR_NULL(struct template, good_for_s),
    FIELD_END,
};

enum {
    INSERT_MESSAGE,
    FIND_MESSAGE,
    FIND_OWN,
    LIST_OWN,
    MARK_READ,
    MARK_DONE,
    FIND_TEMPLATE,
    STATEMENTS_END
};

#define BY(channel)                                                                                \
    " (SELECT d.state FROM notice_delivery d"                                                      \
    "  WHERE d.message_id = m.id AND d.channel = '" channel "') AS " channel
#define VIEW                                                                                       \
    "SELECT m.id, m.kind, m.title, m.text, m.about, m.page, m.created_at, m.read_at, "             \
    "m.done_at," BY("wechat") "," BY("sms") " FROM notice_message m WHERE m.person_id = ?"

const struct statement message_sql[] = {
    [INSERT_MESSAGE] = {.sql = "INSERT INTO notice_message (id, kind, subject, person_id, about,"
                               "  page, title, text, vals, created_at)"
                               "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND_MESSAGE] = {.sql = "SELECT id, kind, subject, person_id, about, page, title, text, vals,"
                             "  created_at FROM notice_message WHERE id = ?",
                      ROWS(struct message, message_fields)},
    [FIND_OWN] = {.sql = VIEW " AND m.id = ?", ROWS(struct notice_view, row_fields)},
    [LIST_OWN] = {.sql = VIEW " AND m.id < ? ORDER BY m.id DESC LIMIT ?",
                  ROWS(struct notice_view, row_fields)},
    [MARK_READ] = {.sql = "UPDATE notice_message SET read_at = ? WHERE person_id = ? AND id = ?"
                          "  AND read_at IS NULL"},
    [MARK_DONE] = {.sql = "UPDATE notice_message SET done_at = ? WHERE id = ?"
                          "  AND done_at IS NULL"},
    [FIND_TEMPLATE] =
        {.sql = "SELECT kind, grp, title, words, sms, wechat_template, wechat_data,"
                "  page, good_for_s FROM notice_template WHERE kind = ? AND valid_from <= ?"
                "  AND (valid_to IS NULL OR valid_to >= ?)"
                "  ORDER BY valid_from DESC LIMIT 1",
         ROWS(struct template, template_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error insert_message(struct request *r, const struct message *m)
{
    return db_run(r, &message_sql[INSERT_MESSAGE],
                  VALUES(m->id, m->kind, m->subject, m->person_id, m->about, m->page, m->title,
                         m->text, m->vals, m->created_at));
}

enum error find_message(struct request *r, const char *id, struct message *message)
{
    return db_one(r, &message_sql[FIND_MESSAGE], message, VALUES(id));
}

enum error mark_done(struct request *r, const char *id)
{
    return db_write(r, &message_sql[MARK_DONE], VALUES(r->now, id));
}

enum error find_template(struct request *r, const char *kind, struct day day,
                         struct template *template)
{
    return db_one(r, &message_sql[FIND_TEMPLATE], template, VALUES(kind, day, day));
}

/* ---- routes ---- */

static void say_how(struct notice_view *view)
{
    if (IS_ONE_OF(view->wechat, "sent"))
        view->sent_text = "已通过微信发送";
    else if (IS_ONE_OF(view->sms, "sent"))
        view->sent_text = "已通过短信发送";
    else if (view->done_at.ms == NONE)
        view->sent_text = "正在发送";
    else
        view->sent_text = "仅在小程序内显示";
}

enum error list_notices(struct request *r)
{
    const struct notice_list_input *in = r->input;
    int64_t limit = page_limit(in->limit);
    struct notice_view *views;
    struct records rows;
    bool is_more;

    TRY(db_many(r, &message_sql[LIST_OWN], &rows,
                VALUES(r->person_id, page_below(in->after), limit + 1)));
    is_more = page_cut(&rows, limit);
    views = arena_alloc(r->arena, (rows.count + 1) * sizeof(*views));
    if (rows.count > 0)
        memcpy(views, rows.items, rows.count * sizeof(*views));
    for (size_t i = 0; i < rows.count; i++)
        say_how(&views[i]);
    return reply_page(r, notice_view_fields, sizeof(*views), (struct records){views, rows.count},
                      is_more ? views[rows.count - 1].id : NULL);
}

/* The first time counts. */
static enum error mark(struct request *r, void *product)
{
    const struct notice_path *in = r->input;

    TRY(db_run(r, &message_sql[MARK_READ], VALUES(r->now, r->person_id, in->notice_id)));
    return db_one(r, &message_sql[FIND_OWN], product, VALUES(r->person_id, in->notice_id));
}

/* Somebody else's looks absent, and that somebody asked for it is kept. */
static enum error refuse_foreign(struct request *r, const char *id)
{
    struct message message;

    TRY(find_message(r, id, &message));
    audit_refusal(r, id, "notice of another person");
    return E_NOT_FOUND;
}

enum error read_notice(struct request *r)
{
    const struct notice_path *in = r->input;
    struct notice_view view;
    enum error read = db_transaction(r, mark, &view);

    if (read == E_NOT_FOUND)
        return refuse_foreign(r, in->notice_id);
    TRY(read);
    say_how(&view);
    return reply_record(r, 200, notice_view_fields, &view);
}
