#include <assert.h>
#include <jansson.h>

#include "core/codec.h"
#include "core/db.h"
#include "core/reply.h"
#include "core/work.h"

/* Not copied: a file is more than the arena of a request takes. */
enum error reply_bytes(struct request *r, int status, const char *content_type, struct bytes bytes)
{
    assert(!db_in_transaction(r));
    r->answer = (const char *)bytes.data;
    r->answer_size = bytes.size;
    r->http_status = status;
    r->content_type = content_type;
    return E_OK;
}

static enum error answer(struct request *r, int status, const char *type, struct text *text)
{
    const char *data = text_end(text);

    return reply_bytes(r, status, type, (struct bytes){(const unsigned char *)data, text->size});
}

#define JSON_TYPE "application/json; charset=utf-8"

enum error reply_record(struct request *r, int status, const struct field *fields,
                        const void *record)
{
    struct text text = {.arena = r->arena};

    /* The printed description of the API is made from the route's table: it may not lie. */
    assert(r->route == NULL || (r->route->answer == fields && !r->route->is_page));
    write_record(&text, fields, record);
    return answer(r, status, JSON_TYPE, &text);
}

enum error reply_page(struct request *r, const struct field *fields, size_t size,
                      struct records page, const char *next)
{
    struct text text = {.arena = r->arena};

    assert(r->route == NULL || (r->route->answer == fields && r->route->is_page));
    text_put(&text, "{\"items\":");
    write_records(&text, fields, size, page);
    text_put(&text, ",\"next\":");
    text_json(&text, next);
    text_put(&text, "}");
    return answer(r, 200, JSON_TYPE, &text);
}

int64_t page_limit(int64_t asked)
{
    enum { PAGE_DEFAULT = 20 };

    return asked == NONE ? PAGE_DEFAULT : asked;
}

const char *page_below(const char *cursor)
{
    return cursor == NULL ? "8" : cursor;
}

bool page_cut(struct records *page, int64_t limit)
{
    if (page->count <= (size_t)limit)
        return false;
    page->count = (size_t)limit;
    return true;
}

static void drop_json(void *json)
{
    json_decref(json);
}

enum error reply_json(struct request *r, int status, json_t *json)
{
    struct text text = {.arena = r->arena};
    size_t size;

    if (json == NULL)
        return failed(r, E_INTERNAL, "json_pack failed");
    arena_defer(r->arena, drop_json, json);
    size = json_dumpb(json, NULL, 0, JSON_COMPACT);
    text.data = arena_alloc(r->arena, size + 1);
    text.room = size + 1;
    text.size = json_dumpb(json, text.data, size, JSON_COMPACT);
    return answer(r, status, JSON_TYPE, &text);
}

enum error reply_text(struct request *r, int status, const char *content_type,
                      const char *zero_ended)
{
    struct text text = {.arena = r->arena};

    text_put(&text, zero_ended);
    return answer(r, status, content_type, &text);
}

void reply_header(struct request *r, const char *name, const char *value)
{
    r->headers =
        arena_printf(r->arena, "%s%s: %s\r\n", r->headers == NULL ? "" : r->headers, name, value);
}

static void write_reason(struct request *r, struct text *text, const struct found_reason *found)
{
    text_put(text, "{\"code\":");
    text_json(text, found->what.code);
    text_put(text, ",\"message\":");
    text_json(text, found->what.message);
    text_put(text, ",\"values\":[");
    for (size_t i = 0; i < found->about.count; i++) {
        if (i > 0)
            text_add(text, ",", 1);
        write_value(text, found->about.items[i]);
    }
    text_put(text, "]}");
    (void)r;
}

void reply_reasons(struct request *r, struct reason headline)
{
    struct text text = {.arena = r->arena};

    text_put(&text, "{\"error\":{\"code\":");
    text_json(&text, headline.code);
    text_put(&text, ",\"message\":");
    text_json(&text, headline.message);
    text_put(&text, ",\"reasons\":[");
    for (size_t i = 0; i < r->work->reason_count; i++) {
        if (i > 0)
            text_add(&text, ",", 1);
        write_reason(r, &text, &r->work->reasons[i]);
    }
    text_put(&text, "],\"request_id\":");
    text_json(&text, r->id);
    text_put(&text, "}}");
    r->answer = text_end(&text);
    r->answer_size = text.size;
    r->http_status = headline.status;
    r->content_type = JSON_TYPE;
}
