/* The file of a clearing day's transactions, in a zip with a report for people. */

#include "simulator/bills.h"
#include "simulator/unionpay.h"

enum { READY_HOUR = 9, COLUMNS = 41 };

static const int widths[COLUMNS] = {3,  11, 11, 6,  10, 19, 12, 4,  2,  21, 2,  32, 2,  6,
                                    10, 13, 13, 4,  15, 2,  2,  6,  2,  4,  32, 1,  21, 15,
                                    1,  15, 32, 13, 13, 8,  32, 13, 13, 12, 2,  1,  131};

static void close_arena(void *arena)
{
    arena_close(arena);
}

/* The last day with this date that has begun; the clearing day is an hour ahead. */
static bool read_day(struct request *r, const struct unionpay_call *call, struct day *day)
{
    const char *date = unionpay_get(call, "settleDate");
    struct day today = civil_day(instant_add(r->now, HOUR_MS));
    int64_t year, month, day_of_month;

    day_parts(today, &year, &month, &day_of_month);
    for (int64_t back = 0; back < 2; back++) {
        const char *text =
            arena_printf(r->arena, "%04d-%.2s-%.2s", (int)(year - back), date, date + 2);

        if (day_from_text(text, day) && day->number <= today.number)
            return true;
    }
    return false;
}

const char *unionpay_file_day(struct request *r, const struct unionpay_call *call)
{
    struct day day;

    return read_day(r, call, &day) ? day_to_text(r->arena, day) : "";
}

static bool is_in(const struct bill_row *row)
{
    return strcmp(row->direction, "in") == 0;
}

/* What was paid under a number that no merchant gave has no type of its own. */
static const char *type_of(const struct bill_row *row)
{
    if (row->txn_type[0] != '\0')
        return row->txn_type;
    return is_in(row) ? "01" : "04";
}

/* Blank is what a merchant without branches and instalments has none of. */
static void add_line(struct request *r, struct page *page, const char *mer_id,
                     const struct bill_row *row)
{
    const char *fen = arena_printf(r->arena, "%012lld", (long long)row->amount_fen.fen);
    const char *columns[COLUMNS] = {
        [0] = is_in(row) ? "S22" : "S30",
        [1] = "48270000",
        [2] = "00049992",
        [3] = row->gw_id + strlen(row->gw_id) - strlen("000001"),
        [4] = wire_compact(r->arena, row->happened_at) + strlen("2026"),
        [5] = "621226******0018",
        [6] = fen,
        [7] = "9222",
        [8] = "07",
        [9] = row->gw_id,
        [11] = row->our_no,
        [12] = "01",
        [15] = "D000000000000",
        [16] = arena_printf(r->arena, "%s%s", is_in(row) ? "C" : "D", fen),
        [17] = "0201",
        [19] = type_of(row),
        [20] = is_in(row) ? "01" : "00",
        [21] = "000201",
        [26] = is_in(row) ? NULL : row->payment_id,
        [27] = mer_id,
    };

    for (int i = 0; i < COLUMNS; i++)
        page_add(page, "%s%-*.*s", i == 0 ? "" : " ", widths[i], widths[i],
                 columns[i] == NULL ? "" : columns[i]);
    page_add(page, "\r\n");
}

static const char *report(struct request *r, struct arena *arena, const struct bill_rows *rows)
{
    struct page *page = page_open(arena);
    int64_t net = 0;

    for (size_t i = 0; i < rows->count; i++) {
        int64_t fen = rows->items[i].amount_fen.fen;

        net += is_in(&rows->items[i]) ? fen : -fen;
    }
    page_add(page, "商户清算汇总表\r\n笔数 %zu 净额 %s\r\n", rows->count, wire_yuan(r->arena, net));
    return page_text(page);
}

/* fileContent: base64 of zlib of the zip. */
static const char *content_of(struct request *r, const char *mer_id, struct day day,
                              const struct bill_rows *rows)
{
    struct arena *arena = arena_open((size_t)64 * 1024 * 1024);
    const char *date = wire_compact(r->arena, day_start(day));
    struct page *lines = page_open(arena);
    struct bill_file files[2];
    struct bytes packed;

    arena_defer(r->arena, close_arena, arena);
    for (size_t i = 0; i < rows->count; i++)
        add_line(r, lines, mer_id, &rows->items[i]);
    files[0].name = arena_printf(arena, "INN%.6s88ZM_%s", date + 2, mer_id);
    files[0].text = page_text(lines);
    files[1].name = arena_printf(arena, "RD%.8s5001_%s", date, mer_id);
    files[1].text = report(r, arena, rows);
    packed = wire_zlib(arena, wire_zip_gbk(arena, files, 2));
    return wire_base64(r->arena, packed.data, packed.size);
}

enum error unionpay_hand_over(struct request *r, struct unionpay_call *call)
{
    const char *mer_id = call->party->mer_id, *content;
    struct instant ready;
    struct bill_rows rows;
    struct day day;

    if (!read_day(r, call, &day))
        return unionpay_refuse(call, "10", "报文格式错误:settleDate"), E_OK;
    ready = instant_add(day_start((struct day){day.number + 1}), READY_HOUR * HOUR_MS);
    TRY(list_day(r, UNIONPAY, mer_id, day, &call->fault, &rows));
    if (r->now.ms < ready.ms || rows.count == 0 || fault_is(&call->fault, "bill_late"))
        return unionpay_refuse(call, "98", "文件不存在"), E_OK;
    content = content_of(r, mer_id, day, &rows);
    if (fault_is(&call->fault, "truncated"))
        content = arena_text_of(r->arena, content, strlen(content) / 2);
    unionpay_set(r, call, "fileName",
                 arena_printf(r->arena, "%s_%.8s.zip", mer_id, wire_compact(r->arena, r->now)));
    unionpay_set(r, call, "fileContent", content);
    return E_OK;
}
