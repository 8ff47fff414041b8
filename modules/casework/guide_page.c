/* The printable page of a service's guide. Pages and charts are the same for everybody and change
   with the definition and the law only: they have an ETag, and nginx keeps them for a minute. */

#include <inttypes.h>

#include "casework/application_routes.h"
#include "casework/guide_chart.h"
#include "casework/html.h"
#include "core/clock.h"
#include "core/crypto.h"
#include "core/money.h"

#define STYLE                                                                                      \
    "body{font:16px/1.6 sans-serif;max-width:46em;margin:1em auto;padding:0 1em;color:#123}"       \
    "h1{font-size:1.5em}h2{font-size:1.15em;border-bottom:1px solid #9ab}"                         \
    "table{border-collapse:collapse;width:100%%}td,th{border:1px solid #9ab;padding:.3em .5em;"    \
    "text-align:left;vertical-align:top}svg{max-width:100%%;height:auto}"                          \
    "@media print{body{margin:0;max-width:none}h2{break-after:avoid}svg{max-height:60vh}}"

static const char *list(struct arena *arena, const struct texts *texts)
{
    const char *items = "";

    for (size_t i = 0; i < texts->count; i++)
        items = arena_printf(arena, "%s<li>%s</li>", items, html_escaped(arena, texts->items[i]));
    return arena_printf(arena, "<ul>%s</ul>", items);
}

/* What makes it unnecessary, or how it is to be. */
static const char *note_of(const struct document_rule *rule)
{
    if (rule->fact_name != NULL)
        return rule->fact_name;
    return rule->hint != NULL ? rule->hint : "";
}

static const char *documents(struct arena *arena, const struct definition *definition)
{
    const struct document_rule *rule = definition->documents.items;
    const char *rows = "";

    if (definition->documents.count == 0)
        return "<p>不需要提交材料。</p>";
    for (size_t i = 0; i < definition->documents.count; i++, rule++)
        rows = arena_printf(arena, "%s<tr><td>%s</td><td>%s</td><td>%s</td></tr>", rows,
                            html_escaped(arena, rule->name), rule->is_required ? "必需" : "如有",
                            html_escaped(arena, note_of(rule)));
    return arena_printf(
        arena, "<table><tr><th>材料</th><th>要求</th><th>说明／何时免交</th></tr>%s</table>", rows);
}

static const char *clocks(struct request *r, const struct definition *definition)
{
    const struct clock_rule *rule = definition->clocks.items;
    const char *rows = "";

    if (definition->clocks.count == 0)
        return "<p>提交后即时办结。</p>";
    for (size_t i = 0; i < definition->clocks.count; i++, rule++) {
        const struct term *term = term_of_clock(r, rule);

        rows = arena_printf(r->arena, "%s<tr><td>%s%s</td><td>%s</td><td>%s</td></tr>", rows,
                            html_escaped(r->arena, rule->name), rule->is_promise ? "（承诺）" : "",
                            term == NULL ? "—" : term_text(r->arena, term),
                            term == NULL ? "—" : html_escaped(r->arena, term->source));
    }
    return arena_printf(r->arena,
                        "<table><tr><th>环节</th><th>期限</th><th>依据</th></tr>%s</table>", rows);
}

static const char *fees(struct request *r, const struct definition *definition)
{
    const struct records items = fees_today(r, definition);
    const struct fee_item *item = items.items;
    struct fen total = {0};
    const char *rows = "";

    if (items.count == 0)
        return "<p>不收取费用。</p>";
    for (size_t i = 0; i < items.count; i++, item++) {
        total = fen_add(total, item->amount_fen);
        rows = arena_printf(r->arena, "%s<tr><td>%s</td><td>%s元</td><td>%s</td></tr>", rows,
                            html_escaped(r->arena, item->name),
                            fen_to_yuan(r->arena, item->amount_fen),
                            html_escaped(r->arena, item->source));
    }
    return arena_printf(r->arena,
                        "<table><tr><th>项目</th><th>金额</th><th>依据</th></tr>%s</table>"
                        "<p>合计%s元，批准后在线缴纳，缴清后办结。</p>",
                        rows, fen_to_yuan(r->arena, total));
}

static const char *page_of(struct request *r, const struct definition *d)
{
    struct arena *arena = r->arena;
    const char *name = html_escaped(arena, d->name);

    return arena_printf(
        arena,
        "<!DOCTYPE html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\""
        " content=\"width=device-width,initial-scale=1\"><title>%s办事指南</title><style>" STYLE
        "</style></head><body><h1>%s办事指南</h1><p>%s</p><h2>服务承诺</h2>%s<h2>申请材料</h2>%s"
        "<h2>办理期限</h2>%s<h2>收费</h2>%s<h2>办理流程</h2>%s<h2>法律依据</h2>%s"
        "<p>事项编码 %s，第 %" PRId64 " 版</p></body></html>",
        name, name, html_escaped(arena, d->summary), list(arena, &d->promises), documents(arena, d),
        clocks(r, d), fees(r, d), guide_chart(arena, d), list(arena, &d->basis),
        html_escaped(arena, d->code), d->version);
}

static enum error find(struct request *r, const struct definition **definition)
{
    const struct service_input *in = r->input;

    *definition = definition_current(&casework_of(r)->definitions, in->service);
    return *definition == NULL ? refuse(r, SERVICE_UNKNOWN, VALUES(in->service)) : E_OK;
}

/* Whoever has it as it is need not get it again; nginx compares. */
static enum error reply_kept(struct request *r, const char *type, const char *text)
{
    reply_header(r, "ETag",
                 arena_printf(r->arena, "\"%.32s\"", sha256_hex(r->arena, bytes_of(text))));
    reply_header(r, "Cache-Control", "public, max-age=60");
    reply_header(r, "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    reply_header(r, "X-Content-Type-Options", "nosniff");
    return reply_text(r, 200, type, text);
}

enum error show_service_page(struct request *r)
{
    const struct definition *definition;

    TRY(find(r, &definition));
    return reply_kept(r, "text/html; charset=utf-8", page_of(r, definition));
}

enum error show_service_chart(struct request *r)
{
    const struct definition *definition;

    TRY(find(r, &definition));
    return reply_kept(r, "image/svg+xml; charset=utf-8", guide_chart(r->arena, definition));
}
