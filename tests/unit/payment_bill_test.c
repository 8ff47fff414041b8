#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>
#include <iconv.h>
#include <zlib.h>

#include "payment/bill.h"
#include "payment/bill_unionpay.h"
#include "payment/bill_unpack.h"

static struct arena *arena;
static struct bill_reading reading;

enum { TAKEN_MAX = 16 };
static struct {
    size_t count;
    struct bill_line lines[TAKEN_MAX];
} taken;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open((size_t)512 * 1024 * 1024);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

/* Pieces of a size that cuts lines and characters. */
struct pieces {
    struct bytes left;
    size_t size;
    int64_t repeats; /* of the same bytes, without end or so */
};

static struct bytes next_piece(void *context)
{
    struct pieces *pieces = context;
    struct bytes piece = pieces->left;

    if (pieces->repeats > 0) {
        pieces->repeats--;
        return piece;
    }
    if (piece.size == 0)
        return (struct bytes){NULL, 0};
    piece.size = piece.size < pieces->size ? piece.size : pieces->size;
    pieces->left = (struct bytes){piece.data + piece.size, pieces->left.size - piece.size};
    return piece;
}

static bool take(void *context, const struct bill_line *line)
{
    (void)context;
    if (taken.count < TAKEN_MAX) {
        struct bill_line *kept = &taken.lines[taken.count];

        *kept = *line;
        kept->gateway_no = arena_text(arena, line->gateway_no);
        kept->our_no = arena_text(arena, line->our_no);
    }
    taken.count++;
    return true;
}

static bool read_pieces(const struct bill_format *format, enum bill_kind kind, struct pieces pieces)
{
    taken.count = 0;
    reading = (struct bill_reading){
        .format = format,
        .wanted = {.merchant = format == &bill_wechatpay ? "1900000109" : "2088000000000009",
                   .day = day_of(2026, 11, 21),
                   .kind = kind},
        .source = {next_piece, &pieces},
        .take = take,
    };
    return bill_read(arena, &reading);
}

static bool read_wechatpay(const char *text)
{
    return read_pieces(&bill_wechatpay, BILL_TRADE, (struct pieces){bytes_of(text), 7, 0});
}

static void assert_refuses(const char *reason)
{
    assert_non_null(strstr(reading.fault.reason, reason));
}

/* ---- WeChat Pay ---- */

#define HEADING                                                                                    \
    "\xef\xbb\xbf交易时间,公众账号ID,商户号,微信订单号,"                           \
    "商户订单号,交易状态,货币种类,应结订单金额,"                                \
    "微信退款单号,商户退款单号,退款金额,充值券退款金额,"                    \
    "退款状态,商品名称,手续费,订单金额,"                                            \
    "申请退款金额\r\n"
#define LINE(time, no, ours, state, total, refund_id, refund_no, back, refund_state, name)         \
    "`" time ",`wx1,`1900000109,`" no ",`" ours ",`" state ",`CNY,`" total ",`" refund_id          \
    ",`" refund_no ",`" back ",`0.00,`" refund_state ",`" name ",`0.76000,`" total ",`" back       \
    "\r\n"
#define PAID(total) PAID_AS("fine", total)
#define PAID_AS(name, total)                                                                       \
    LINE("2026-11-21 10:00:00", "42001", "A1", "SUCCESS", total, "0", "0", "0.00", "", name)
#define BACK(state, amount)                                                                        \
    LINE("2026-11-21 11:00:00", "42001", "A1", "REFUND", "0.00", "5001", "R1", amount, state, "x")
#define TOTALS(count, settled, back)                                                               \
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,"              \
    "手续费总金额,订单总金额,"                                                          \
    "申请退款总金额\r\n`" count ",`" settled ",`" back ",`0.00,`0.76000,"                          \
    "`" settled ",`" back "\r\n"

static void a_bill_says_what_was_paid_and_what_went_back(void **state)
{
    (void)state;
    assert_true(read_wechatpay(HEADING PAID("200.00") BACK("SUCCESS", "20.50")
                                   BACK("PROCESSING", "1.00") TOTALS("3", "200.00", "21.50")));
    assert_int_equal(taken.count, 3);
    assert_int_equal(reading.sums.lines, 3);
    assert_int_equal(reading.sums.in_fen.fen, 20000);
    assert_int_equal(reading.sums.out_fen.fen, 2050);
    assert_string_equal(taken.lines[0].direction, "in");
    assert_string_equal(taken.lines[0].gateway_no, "42001");
    assert_string_equal(taken.lines[0].our_no, "A1");
    assert_int_equal(taken.lines[0].number, 2);
    assert_int_equal(taken.lines[0].happened_at.ms,
                     day_start(day_of(2026, 11, 21)).ms + 10 * HOUR_MS);
    assert_string_equal(taken.lines[1].direction, "out");
    assert_string_equal(taken.lines[1].gateway_no, "5001");
    assert_string_equal(taken.lines[1].our_no, "R1");
    assert_int_equal(taken.lines[1].amount_fen.fen, 2050);
    assert_int_equal(taken.lines[2].state, BILL_PENDING);
}

static void columns_go_by_their_names(void **state)
{
    (void)state;
    assert_true(read_wechatpay(
        "新列,订单金额,交易状态,货币种类,微信订单号,商户订单号,应结订单金额,微信退款单号,"
        "商户退款单号,退款金额,退款状态,商户号,交易时间\n"
        "`new,`9.00,`SUCCESS,`CNY,`42002,`A2,`8.00,`0,`0,`0.00,`,`1900000109,"
        "`2026-11-21 00:00:00\n"
        "总交易单数,应结订单总金额,退款总金额\n`1,`8.00,`0.00\n"));
    assert_int_equal(taken.lines[0].amount_fen.fen, 900);
    assert_string_equal(taken.lines[0].our_no, "A2");
}

static void a_comma_in_a_value_parts_nothing(void **state)
{
    (void)state;
    assert_true(read_wechatpay(HEADING PAID_AS("a,b,\"c\",d", "1.00") TOTALS("1", "1.00", "0.00")));
    assert_false(read_wechatpay(HEADING PAID_AS("a,`b", "1.00") TOTALS("1", "1.00", "0.00")));
    assert_refuses("values below");
}

static void every_odd_amount_refuses_the_bill(void **state)
{
    (void)state;
#define ODD(amount) assert_false(read_wechatpay(HEADING PAID(amount) TOTALS("1", amount, "0.00")))
    ODD("1e3");
    ODD("0150.00");
    ODD("１.00");
    ODD("92233720368547758.08");
    ODD("-1.00");
    ODD("1.005");
    ODD("+1.00");
    ODD(" 1.00");
    ODD("1,000.00");
    ODD("");
    ODD("0x10");
    ODD("10000000000.01");
    ODD("92233720368547758.07");
    ODD("1.0.0");
    ODD("1.00 ");
    ODD("null");
    assert_refuses("amount");
    assert_int_equal(reading.fault.line, 2);
    assert_int_equal(taken.count, 0);
    ODD("0.00");
    assert_refuses("not above zero");
    assert_true(
        read_wechatpay(HEADING PAID("10000000000.00") TOTALS("1", "10000000000.00", "0.00")));
}

static void totals_must_be_those_of_the_lines(void **state)
{
    (void)state;
    assert_false(read_wechatpay(HEADING PAID("1.00") TOTALS("2", "1.00", "0.00")));
    assert_refuses("numbers");
    assert_false(read_wechatpay(HEADING PAID("1.00") TOTALS("1", "1.01", "0.00")));
    assert_refuses("sums");
    assert_false(read_wechatpay(HEADING PAID("1.00") TOTALS("01", "1.00", "0.00")));
    assert_false(read_wechatpay(HEADING PAID("1.00")));
    assert_refuses("without its totals");
    assert_false(read_wechatpay(HEADING PAID("1.00") TOTALS("1", "1.00", "0.00") PAID("1.00")));
    assert_refuses("where none belongs");
}

static void an_odd_line_refuses_the_bill(void **state)
{
    static const char *const odd[] = {
        LINE("2026-11-20 23:59:59", "42001", "A1", "SUCCESS", "1.00", "0", "0", "0.00", "", "x"),
        LINE("2026-11-21 24:00:00", "42001", "A1", "SUCCESS", "1.00", "0", "0", "0.00", "", "x"),
        LINE("2026-11-21 10:00:00", "4200 1", "A1", "SUCCESS", "1.00", "0", "0", "0.00", "", "x"),
        LINE("2026-11-21 10:00:00", "", "A1", "SUCCESS", "1.00", "0", "0", "0.00", "", "x"),
        LINE("2026-11-21 10:00:00", "42001", "罚", "SUCCESS", "1.00", "0", "0", "0.00", "", "x"),
        LINE("2026-11-21 10:00:00", "42001", "A1", "PAID", "1.00", "0", "0", "0.00", "", "x"),
        "`2026-11-21 10:00:00,`short\r\n",
        "\r\n",
        "`\xff\xfe\r\n",
        "#what is this\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
        assert_false(
            read_wechatpay(arena_printf(arena, HEADING "%s" TOTALS("1", "1.00", "0.00"), odd[i])));
        assert_string_not_equal(reading.fault.reason, "");
        assert_int_equal(taken.count, 0);
    }
    assert_false(read_wechatpay(
        arena_printf(arena, HEADING PAID("1.00") "`%9000d\r\n" TOTALS("1", "1.00", "0.00"), 1)));
    assert_refuses("longer");
    assert_int_equal(reading.fault.line, 3);
}

static void headings_that_are_missing_or_twice_refuse_the_bill(void **state)
{
    (void)state;
    assert_false(read_wechatpay("交易时间,商户号\r\n"));
    assert_refuses("微信订单号");
    assert_false(read_wechatpay("交易时间,商户号,商户号\r\n"));
    assert_refuses("twice");
    assert_false(read_wechatpay("`2026-11-21 10:00:00\r\n"));
    assert_false(read_wechatpay("<xml>a page</xml>\r\n"));
    assert_false(read_wechatpay(""));
}

#define FLOWS                                                                                      \
    "记账时间,微信支付业务单号,资金流水单号,业务名称,"                       \
    "业务类型,收支类型,收支金额(元),账户结余(元),"                               \
    "资金变更提交申请人,备注,业务凭证号\r\n"                                       \
    "`2026-11-21 10:00:00,`42001,`F1,`交易,`交易,`收入,`200.00,`200.00,`system,"             \
    "`,`A1\r\n"                                                                                    \
    "`2026-11-21 10:00:00,`42001,`F2,`交易,`扣除交易手续费,`支出,`0.76,"                \
    "`199.24,`system,`,`A1\r\n"                                                                    \
    "`2026-11-21 12:00:00,`5001,`F3,`退款,`退款,`支出,`20.00,`179.24,`system,"               \
    "`a,b,`R1\r\n"                                                                                 \
    "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n"

static void a_fund_bill_tells_fees_from_refunds(void **state)
{
    static const char good[] = FLOWS "`3,`1,`200.00,`2,`20.76\r\n";
    static const char bad[] = FLOWS "`3,`1,`200.00,`2,`20.00\r\n";

    (void)state;
    assert_true(read_pieces(&bill_wechatpay, BILL_FUND, (struct pieces){bytes_of(good), 4096, 0}));
    assert_int_equal(taken.count, 3);
    assert_int_equal(taken.lines[1].state, BILL_OTHER);
    assert_string_equal(taken.lines[1].gateway_no, "F2");
    assert_string_equal(taken.lines[2].gateway_no, "5001");
    assert_string_equal(taken.lines[2].our_no, "R1");
    assert_int_equal(reading.sums.out_fen.fen, 2000);
    assert_false(read_pieces(&bill_wechatpay, BILL_FUND, (struct pieces){bytes_of(bad), 4096, 0}));
}

/* ---- packing ---- */

static struct bytes gzip(struct bytes plain)
{
    size_t room = plain.size + 1024;
    unsigned char *packed = arena_alloc(arena, room);
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)plain.data,
                       .avail_in = (unsigned)plain.size,
                       .next_out = packed,
                       .avail_out = (unsigned)room};

    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(deflateEnd(&stream), Z_OK);
    return (struct bytes){packed, room - stream.avail_out};
}

static const char ordinary[] = HEADING PAID("1.00") TOTALS("1", "1.00", "0.00");

static bool read_packed(struct bytes packed, size_t piece)
{
    return read_pieces(&bill_wechatpay, BILL_TRADE, (struct pieces){packed, piece, 0});
}

static void a_packed_bill_reads_like_a_plain_one(void **state)
{
    struct bytes packed = gzip(bytes_of(ordinary));
    const char *sha1;

    (void)state;
    assert_true(read_wechatpay(ordinary));
    sha1 = reading.sha1;
    for (size_t piece = 4; piece < 40; piece += 7)
        assert_true(read_packed(packed, piece));
    assert_string_equal(reading.sha1, sha1);
    assert_int_equal(strlen(sha1), 40);
    assert_int_equal(strlen(reading.sha256), 64);
}

static void a_damaged_package_is_refused(void **state)
{
    struct bytes packed = gzip(bytes_of(ordinary));
    unsigned char *copy = arena_alloc(arena, packed.size + 1);

    (void)state;
    assert_false(read_packed((struct bytes){packed.data, packed.size - 1}, 100));
    assert_refuses("cut short");
    assert_false(read_packed((struct bytes){packed.data, 3}, 100));
    memcpy(copy, packed.data, packed.size);
    copy[packed.size - 5] ^= 1; /* of its checksum */
    assert_false(read_packed((struct bytes){copy, packed.size}, 100));
    assert_refuses("damaged");
    memcpy(copy, packed.data, packed.size);
    copy[packed.size] = 'x';
    assert_false(read_packed((struct bytes){copy, packed.size + 1}, 100));
    assert_refuses("follows");
}

static bool ignore_file(void *context, const char *name)
{
    (void)context;
    (void)name;
    return true;
}

static bool count_bytes(void *context, struct bytes piece)
{
    *(int64_t *)context += (int64_t)piece.size;
    return true;
}

static void the_unpacker_stops_by_ratio_size_and_what_never_ends(void **state)
{
    const size_t size = (size_t)64 * 1024 * 1024;
    int64_t counted = 0;
    struct unpack_sink sink = {ignore_file, count_bytes, &counted};
    struct pieces pieces = {gzip((struct bytes){arena_alloc(arena, size), size}), 1024, 0};
    struct bill_reading one = {.source = {next_piece, &pieces}};

    (void)state;
    assert_false(unpack(&one, &sink));
    assert_non_null(strstr(one.fault.reason, "far more"));
    assert_true(counted < 4 * 1024 * 1024);
    pieces = (struct pieces){{(const unsigned char *)ordinary, 1000}, 1000, INT64_MAX};
    one = (struct bill_reading){.source = {next_piece, &pieces}};
    counted = 0;
    assert_false(unpack(&one, &sink));
    assert_non_null(strstr(one.fault.reason, "packed bill is too large"));
    assert_true(counted <= BILL_PACKED_MAX);
}

/* ---- Alipay ---- */

struct entry {
    const char *name, *text;
};

static const char *in_gbk(const char *text)
{
    size_t in_left = strlen(text), out_left = 2 * in_left;
    char *in = arena_text(arena, text), *gbk = arena_alloc(arena, out_left + 1), *out = gbk;
    iconv_t state = iconv_open("GBK", "UTF-8");

    assert_int_equal(iconv(state, &in, &in_left, &out, &out_left), 0);
    iconv_close(state);
    return gbk;
}

static struct bytes zip(const struct entry *entries, size_t count, bool is_raw)
{
    size_t room = 1024 * 1024, used = 0;
    char *packed = arena_alloc(arena, room);
    struct archive *archive = archive_write_new();

    archive_write_set_format_zip(archive);
    archive_write_set_bytes_per_block(archive, 0);
    assert_int_equal(archive_write_open_memory(archive, packed, room, &used), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        struct archive_entry *entry = archive_entry_new();
        const char *text = is_raw ? entries[i].text : in_gbk(entries[i].text);

        archive_entry_set_pathname(entry, entries[i].name);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (la_int64_t)strlen(text));
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        assert_int_equal(archive_write_data(archive, text, strlen(text)), strlen(text));
        archive_entry_free(entry);
    }
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
    return (struct bytes){(unsigned char *)packed, used};
}

#define REMARKS(title, list)                                                                       \
    "#支付宝业务" title "查询\r\n#账号：[2088000000000009]\r\n"                               \
    "#起始日期：[2026年11月21日 00:00:00]   终止日期："                               \
    "[2026年11月22日 00:00:00]\r\n"                                                             \
    "#------业务" list "列表------\r\n"
#define ALI_HEADING                                                                                \
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,"                   \
    "完成时间,订单金额（元）,"                                                          \
    "商家实收（元）,退款批次号/请求号,备注\r\n"
#define ALI_PAID                                                                                   \
    "20261\t,A1\t,交易\t,罚款\t,2026-11-21 09:59:00,2026-11-21 10:00:00,200.00,"               \
    "199.00,\t,\r\n"
#define ALI_BACK                                                                                   \
    "20261\t,A1\t,退款\t,罚款\t,2026-11-21 10:59:00,2026-11-21 11:00:00,-20.00,"               \
    "-20.00,R1\t,\r\n"
#define ALI_END(in, in_sum, out, out_sum)                                                          \
    "#------业务明细列表结束------\r\n#交易合计：" in "笔，"                                     \
    "商家实收共" in_sum "元，商家优惠共0.00元\r\n#退款合计：" out "笔，"                         \
    "商家实收退款共" out_sum                                                                       \
    "元，商家优惠退款共0.00元\r\n#导出时间：[2026年11月22日 09:00:00]\r\n"
#define SUMMARY(in, out)                                                                           \
    REMARKS("汇总", "汇总")                                                                        \
    "门店编号,门店名称,交易订单总笔数,退款订单总笔数,"                       \
    "订单金额（元）\r\n,," in "," out ",180.00\r\n合计,," in "," out                               \
    ",180.00\r\n#------业务汇总列表结束------\r\n"                                         \
    "#导出时间：[2026年11月22日 09:00:00]\r\n"

static const char detail[] =
    REMARKS("明细", "明细") ALI_HEADING ALI_PAID ALI_BACK ALI_END("1", "199.00", "1", "-20.00");

static bool read_alipay(const char *lines, const char *summary)
{
    const struct entry entries[] = {{"detail.csv", lines}, {"summary.csv", summary}};

    return read_pieces(&bill_alipay, BILL_TRADE, (struct pieces){zip(entries, 2, false), 61, 0});
}

static void alipay_s_zip_has_lines_and_a_summary_in_gbk(void **state)
{
    (void)state;
    assert_true(read_alipay(detail, SUMMARY("1", "1")));
    assert_int_equal(taken.count, 2);
    assert_string_equal(taken.lines[0].gateway_no, "20261");
    assert_int_equal(taken.lines[0].amount_fen.fen, 20000);
    assert_string_equal(taken.lines[1].direction, "out");
    assert_string_equal(taken.lines[1].gateway_no, "R1");
    assert_int_equal(taken.lines[1].amount_fen.fen, 2000);
}

static void alipay_s_files_must_agree_and_be_of_that_day(void **state)
{
    (void)state;
    assert_false(read_alipay(detail, SUMMARY("2", "1")));
    assert_refuses("differ");
    assert_false(read_alipay(detail, detail));
    assert_refuses("two files");
    assert_false(read_alipay(REMARKS("明细", "明细")
                                 ALI_HEADING ALI_PAID ALI_END("1", "198.00", "0", "0.00"),
                             SUMMARY("1", "0")));
    assert_refuses("announces");
    assert_false(
        read_alipay("#支付宝业务明细查询\r\n#账号：[2088000000000001]\r\n", SUMMARY("1", "0")));
    assert_refuses("another account");
    assert_false(read_alipay("#支付宝业务明细查询\r\n#账号：[2088000000000009]\r\n"
                             "#起始日期：[2026年11月20日 00:00:00]\r\n",
                             SUMMARY("1", "0")));
    assert_refuses("another day");
}

#define ALI_LINE(business, total, received, request)                                               \
    "20261\t,A1\t,%s\t,罚款\t,2026-11-21 09:59:00,2026-11-21 10:00:00,%s,%s,%s\t,\r\n", business,  \
        total, received, request

/* One line with these amounts, and totals that fit it. */
static bool read_alipay_line(const char *line)
{
    bool is_back = strstr(line, "退款") != NULL;
    const char *end =
        is_back ? ALI_END("0", "0.00", "1", "-200.00") : ALI_END("1", "200.00", "0", "0.00");

    return read_alipay(
        arena_printf(arena, "%s%s%s", REMARKS("明细", "明细") ALI_HEADING, line, end),
        is_back ? SUMMARY("0", "1") : SUMMARY("1", "0"));
}

static void every_odd_amount_refuses_alipay_s_bill(void **state)
{
    static const char *const odd[] = {"",
                                      "2e2",
                                      "0200.00",
                                      "+200.00",
                                      "200.000",
                                      "200.0.0",
                                      "200.",
                                      ".50",
                                      "２００.００",
                                      "0x200",
                                      "10000000000.01",
                                      "92233720368547758.07",
                                      "92233720368547758.08",
                                      "null",
                                      "--200.00",
                                      "-",
                                      "0.00"};

    (void)state;
    assert_true(read_alipay_line(arena_printf(arena, ALI_LINE("交易", "200.00", "200.00", ""))));
    assert_true(
        read_alipay_line(arena_printf(arena, ALI_LINE("退款", "-200.00", "-200.00", "R1"))));
    for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
        const char *back = arena_printf(arena, "-%s", odd[i]);

        assert_false(read_alipay_line(arena_printf(arena, ALI_LINE("交易", odd[i], "200.00", ""))));
        assert_refuses("amount");
        assert_false(read_alipay_line(arena_printf(arena, ALI_LINE("交易", "200.00", odd[i], ""))));
        assert_false(
            read_alipay_line(arena_printf(arena, ALI_LINE("退款", back, "-200.00", "R1"))));
        assert_refuses("amount");
        assert_int_equal(taken.count, 0);
    }
    /* A payment below zero, a refund above it. */
    assert_false(read_alipay_line(arena_printf(arena, ALI_LINE("交易", "-200.00", "200.00", ""))));
    assert_false(
        read_alipay_line(arena_printf(arena, ALI_LINE("退款", "200.00", "-200.00", "R1"))));
    assert_refuses("amount");
}

/* ---- UnionPay ---- */

/* A line of the statement: blanks, and in the columns that are read these texts. */
static const char *unionpay_line(const char *amount, const char *merchant)
{
    static const struct {
        size_t at;
        const char *text;
    } fixed[] = {{35, "1121100000"},
                 {87, "842611211000000000018"},
                 {112, "SZJJ20261121000005"},
                 {215, "01"}};
    char *line = arena_alloc(arena, UNIONPAY_LINE_SIZE + 3);

    memset(line, ' ', UNIONPAY_LINE_SIZE);
    for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
        memcpy(line + fixed[i].at, fixed[i].text, strlen(fixed[i].text));
    memcpy(line + 66, amount, strlen(amount));
    memcpy(line + 293, merchant, strlen(merchant));
    memcpy(line + UNIONPAY_LINE_SIZE, "\r\n", sizeof("\r\n"));
    return line;
}

static bool read_unionpay(const char *line)
{
    const struct entry entries[] = {{"INN26112188ZM_777290058110048", line}};
    struct pieces pieces = {zip(entries, 1, true), 61, 0};

    taken.count = 0;
    reading = (struct bill_reading){
        .format = &bill_unionpay,
        .wanted = {.merchant = "777290058110048", .day = day_of(2026, 11, 21)},
        .source = {next_piece, &pieces},
        .take = take};
    return bill_read(arena, &reading);
}

static void every_odd_amount_refuses_unionpay_s_bill(void **state)
{
    static const char *const odd[] = {"",
                                      "20000",
                                      "       20000",
                                      "20000       ",
                                      "+00000020000",
                                      "-00000020000",
                                      "0000000200.0",
                                      "0000000002e4",
                                      "0x0000004e20",
                                      "000000020０",
                                      "000000000000"};

    (void)state;
    assert_true(read_unionpay(unionpay_line("000000020000", "777290058110048")));
    assert_int_equal(taken.count, 1);
    assert_int_equal(taken.lines[0].amount_fen.fen, 20000);
    assert_true(read_unionpay(unionpay_line("999999999999", "777290058110048")));
    for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
        assert_false(read_unionpay(unionpay_line(odd[i], "777290058110048")));
        assert_int_equal(taken.count, 0);
    }
    assert_false(read_unionpay(unionpay_line("000000020000", "777290058110049")));
    assert_refuses("another merchant");
}

static void a_zip_with_odd_files_is_refused(void **state)
{
    const struct entry paths[] = {{"../detail.csv", detail}};
    const struct entry alone[] = {{"detail.csv", detail}};
    const struct entry page[] = {{"index.html", detail}};
    const struct entry utf8[] = {{"detail.csv", "#\xff\xff\r\n"}};
    struct entry many[UNPACK_FILES_MAX + 1];
    struct bytes packed;

    (void)state;
#define READ_ZIP(entries, count)                                                                   \
    read_pieces(&bill_alipay, BILL_TRADE, (struct pieces){zip(entries, count, true), 512, 0})
    assert_false(READ_ZIP(paths, 1));
    assert_refuses("odd name");
    assert_false(READ_ZIP(page, 1));
    assert_refuses("no CSV");
    assert_false(READ_ZIP(utf8, 1));
    assert_refuses("GBK");
    packed = zip(alone, 1, false);
    assert_false(read_pieces(&bill_alipay, BILL_TRADE, (struct pieces){packed, 512, 0}));
    assert_refuses("summary are missing");
    packed.size = packed.size / 2;
    assert_false(read_pieces(&bill_alipay, BILL_TRADE, (struct pieces){packed, 512, 0}));
    for (size_t i = 0; i <= UNPACK_FILES_MAX; i++)
        many[i] = (struct entry){arena_printf(arena, "%zu.csv", i), ""};
    packed = zip(many, UNPACK_FILES_MAX + 1, true);
    {
        int64_t counted = 0;
        struct pieces pieces = {packed, 512, 0};
        struct bill_reading one = {.source = {next_piece, &pieces}};
        struct unpack_sink sink = {ignore_file, count_bytes, &counted};

        assert_false(unpack(&one, &sink));
        assert_non_null(strstr(one.fault.reason, "too many files"));
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_bill_says_what_was_paid_and_what_went_back),
    cmocka_unit_test(columns_go_by_their_names),
    cmocka_unit_test(a_comma_in_a_value_parts_nothing),
    cmocka_unit_test(every_odd_amount_refuses_the_bill),
    cmocka_unit_test(totals_must_be_those_of_the_lines),
    cmocka_unit_test(an_odd_line_refuses_the_bill),
    cmocka_unit_test(headings_that_are_missing_or_twice_refuse_the_bill),
    cmocka_unit_test(a_fund_bill_tells_fees_from_refunds),
    cmocka_unit_test(a_packed_bill_reads_like_a_plain_one),
    cmocka_unit_test(a_damaged_package_is_refused),
    cmocka_unit_test(the_unpacker_stops_by_ratio_size_and_what_never_ends),
    cmocka_unit_test(alipay_s_zip_has_lines_and_a_summary_in_gbk),
    cmocka_unit_test(alipay_s_files_must_agree_and_be_of_that_day),
    cmocka_unit_test(every_odd_amount_refuses_alipay_s_bill),
    cmocka_unit_test(every_odd_amount_refuses_unionpay_s_bill),
    cmocka_unit_test(a_zip_with_odd_files_is_refused),
};

int main(void)
{
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
