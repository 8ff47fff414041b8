/* Payment: opens orders for what is owed and follows them until they are settled. */

#include "core/audit.h"
#include "core/ulid.h"
#include "casework/event.h"
#include "payment/alipay_keys.h"
#include "payment/bill_batch.h"
#include "payment/books.h"
#include "payment/callback.h"
#include "payment/cases.h"
#include "payment/fact.h"
#include "payment/order.h"
#include "payment/invariant.h"
#include "payment/receipt.h"
#include "payment/recovery.h"
#include "payment/refund_requests.h"
#include "payment/refund_tell.h"
#include "payment/refund_transfer.h"
#include "payment/replay.h"
#include "payment/state.h"
#include "payment/wechatpay_keys.h"

PAYMENT_REASONS(REASON_DEFINE)

/* Of a voucher: letters, digits and hyphens. */
static bool is_reference(const char *text)
{
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") ==
           strlen(text);
}

static const struct param create_order_params[] = {
    PARAM(struct create_order_input, obligation_ids, .min = 1, .max = 20, .check = is_ulid),
    PARAM(struct create_order_input, channel, .max = 24, .check = is_channel),
    PARAM_END,
};

static const struct param show_order_params[] = {
    PARAM(struct show_order_input, order_no, .source = PATH, .min = ULID_SIZE, .max = ULID_SIZE,
          .check = is_ulid),
    PARAM_END,
};

static const struct param code_params[] = {
    PARAM(struct code_input, order_no, .source = PATH, .min = ULID_SIZE, .max = ULID_SIZE,
          .check = is_ulid),
    PARAM(struct code_input, scale, .source = QUERY, .min = 1, .max = 16, .optional = true),
    PARAM_END,
};

static const struct param front_page_params[] = {
    PARAM(struct front_page_input, order_no, .source = PATH, .min = ULID_SIZE, .max = ULID_SIZE,
          .check = is_ulid),
    PARAM(struct front_page_input, token, .source = PATH, .min = 32, .max = 64),
    PARAM_END,
};

static const struct param request_refund_params[] = {
    PARAM(struct request_refund_input, order_no, .min = ULID_SIZE, .max = ULID_SIZE,
          .check = is_ulid),
    PARAM(struct request_refund_input, amount_fen, .min = 1, .max = INT64_MAX),
    PARAM(struct request_refund_input, note, .min = 1, .max = 200),
    PARAM_END,
};

#define REFUND_NO(type)                                                                            \
    PARAM(type, refund_no, .source = PATH, .min = ULID_SIZE, .max = ULID_SIZE, .check = is_ulid)

static const struct param refund_params[] = {
    REFUND_NO(struct refund_input),
    PARAM_END,
};

static const struct param list_refunds_params[] = {
    PARAM(struct list_refunds_input, state, .source = QUERY, .max = 16, .check = is_refund_state,
          .optional = true),
    PARAM(struct list_refunds_input, after, .source = QUERY, .max = ULID_SIZE, .check = is_ulid,
          .optional = true),
    PARAM(struct list_refunds_input, limit, .source = QUERY, .min = 1, .max = 100,
          .optional = true),
    PARAM_END,
};

static const struct param give_account_params[] = {
    PARAM(struct give_account_input, order_no, .source = PATH, .min = ULID_SIZE, .max = ULID_SIZE,
          .check = is_ulid),
    REFUND_NO(struct give_account_input),
    PARAM(struct give_account_input, holder, .min = 1, .max = 192),
    PARAM(struct give_account_input, bank, .min = 1, .max = 192),
    PARAM(struct give_account_input, account_no, .min = 1, .max = 64),
    PARAM_END,
};

static const struct param transfer_params[] = {
    REFUND_NO(struct transfer_input),
    PARAM(struct transfer_input, reference, .min = 4, .max = 64, .check = is_reference),
    PARAM_END,
};

static const struct param bounce_params[] = {
    REFUND_NO(struct bounce_input),
    PARAM(struct bounce_input, note, .min = 1, .max = 200),
    PARAM_END,
};

static const struct param check_receipt_params[] = {
    PARAM(struct check_receipt_input, receipt_no, .source = PATH, .min = ULID_SIZE,
          .max = ULID_SIZE, .check = is_ulid),
    PARAM(struct check_receipt_input, code, .source = QUERY, .min = 16, .max = 16),
    PARAM_END,
};

static const struct param notify_params[] = {
    PARAM(struct notify_input, merchant, .source = PATH, .min = 1, .max = 64),
    PARAM_END,
};

static const struct param list_bills_params[] = {
    PARAM(struct page_input, after, .source = QUERY, .min = ULID_SIZE, .max = ULID_SIZE,
          .check = is_ulid, .optional = true),
    PARAM(struct page_input, limit, .source = QUERY, .min = 1, .max = 100, .optional = true),
    PARAM_END,
};

static const struct param report_params[] = {
    PARAM(struct report_input, day, .source = PATH, .min = 10, .max = 10),
    PARAM_END,
};

static const struct param close_case_params[] = {
    PARAM(struct close_case_input, id, .source = PATH, .min = ULID_SIZE, .max = ULID_SIZE,
          .check = is_ulid),
    PARAM(struct close_case_input, note, .min = 1, .max = 200),
    PARAM_END,
};

static const struct param repeat_bill_params[] = {
    PARAM(struct repeat_bill_input, id, .source = PATH, .min = ULID_SIZE, .max = ULID_SIZE,
          .check = is_ulid),
    PARAM_END,
};

static const struct route routes[] = {
    {POST, "/orders", VERIFIED, create_order, .answer = order_view_fields, .needs_key = true,
     INPUT(struct create_order_input, create_order_params),
     .summary = "opens an order for what the caller owes", .measure = "T6"},
    {GET, "/orders/{order_no}", CITIZEN, show_order, .answer = order_view_fields,
     INPUT(struct show_order_input, show_order_params), .summary = "an order of the caller's"},
    {GET, "/orders/{order_no}/state", CITIZEN, show_order_state, .answer = order_state_fields,
     INPUT(struct show_order_input, show_order_params), .measure = "V4",
     .summary = "how far an order is, for whoever waits beside its code"},
    {GET, "/orders/{order_no}/code.svg", CITIZEN, show_code_svg,
     INPUT(struct show_order_input, show_order_params), .measure = "T6",
     .summary = "the code by which an order is paid"},
    {GET, "/orders/{order_no}/code.png", CITIZEN, show_code_png,
     INPUT(struct code_input, code_params), .measure = "T6",
     .summary = "the same as PNG; scale: pixels of a module"},
    {GET, "/orders/{order_no}/refunds", CITIZEN, list_own_refunds, .answer = own_refund_fields,
     .is_page = true, INPUT(struct show_order_input, show_order_params), .measure = "T8",
     .summary = "what goes back of an own order, with the step in words"},
    {POST, "/refunds", FINANCE, request_refund, .answer = refund_view_fields, .needs_key = true,
     INPUT(struct request_refund_input, request_refund_params), .measure = "T8",
     .summary = "asks for a refund of a paid order, whole or in part"},
    {GET, "/refunds", FINANCE, list_all_refunds, .answer = refund_view_fields, .is_page = true,
     INPUT(struct list_refunds_input, list_refunds_params), .summary = "all refunds, newest first"},
    {POST, "/refunds/{refund_no}/review", FINANCE, review_refund, .answer = refund_view_fields,
     INPUT(struct refund_input, refund_params), .measure = "T8",
     .summary = "a first person takes up what a revoked decision asks for"},
    {POST, "/refunds/{refund_no}/approval", FINANCE, approve_refund, .answer = refund_view_fields,
     INPUT(struct refund_input, refund_params), .measure = "T8",
     .summary = "a second person agrees, and it is executed"},
    {POST, "/refunds/{refund_no}/refusal", FINANCE, decline_refund, .answer = refund_view_fields,
     INPUT(struct refund_input, refund_params), .summary = "declines it, or takes it back"},
    {POST, "/orders/{order_no}/refunds/{refund_no}/account", VERIFIED, give_account,
     .answer = own_refund_fields, .needs_key = true, .measure = "T8",
     INPUT(struct give_account_input, give_account_params),
     .summary = "the bank account for what cannot go back by the way it came"},
    {GET, "/refunds/{refund_no}/account", FINANCE, show_account, .answer = account_view_fields,
     INPUT(struct refund_input, refund_params), .summary = "that account, opened and audited"},
    {POST, "/refunds/{refund_no}/transfer", FINANCE, record_transfer, .answer = refund_view_fields,
     INPUT(struct transfer_input, transfer_params), .measure = "T8",
     .summary = "the treasury has transferred it, under this number"},
    {POST, "/refunds/{refund_no}/transfer/approval", FINANCE, confirm_transfer,
     .answer = refund_view_fields, INPUT(struct transfer_input, transfer_params), .measure = "T8",
     .summary = "a second person confirms that number, and the refund ends"},
    {POST, "/refunds/{refund_no}/transfer/refusal", FINANCE, return_transfer,
     .answer = refund_view_fields, INPUT(struct bounce_input, bounce_params),
     .summary = "it did not arrive: the payer is asked for another account"},
    {GET, "/orders/{order_no}/receipt", CITIZEN, show_receipt, .answer = receipt_view_fields,
     INPUT(struct show_order_input, show_order_params), .summary = "the receipts of a paid order"},
    {GET, "/receipts/{receipt_no}", ANYONE, check_receipt, .answer = receipt_check_fields,
     INPUT(struct check_receipt_input, check_receipt_params), .measure = "V4",
     .summary = "whether a receipt is genuine, for whoever knows its code"},
    {GET, "/orders/{order_no}/unionpay/{token}", ANYONE, show_front_page,
     INPUT(struct front_page_input, front_page_params),
     .summary = "the page with which a browser pays at UnionPay"},
    {GET, "/reports/{day}", FINANCE, show_report, .answer = report_view_fields,
     INPUT(struct report_input, report_params), .summary = "the books of a day"},
    {GET, "/reports/{day}/csv", FINANCE, show_report_csv, INPUT(struct report_input, report_params),
     .summary = "the same for a spreadsheet"},
    {GET, "/reports/{day}/page", FINANCE, show_report_page,
     INPUT(struct report_input, report_params), .summary = "the same to print"},
    {GET, "/bills", FINANCE, list_bills, .answer = bill_view_fields, .is_page = true,
     INPUT(struct page_input, list_bills_params), .summary = "the gateways' bills, newest first"},
    {POST, "/bills/{id}/repeat", FINANCE, repeat_bill, .answer = bill_view_fields,
     INPUT(struct repeat_bill_input, repeat_bill_params), .summary = "fetches a bill once more"},
    {GET, "/cases", FINANCE, list_cases, .answer = case_view_fields, .is_page = true,
     INPUT(struct page_input, list_bills_params),
     .summary = "what needs a person, and the one action that ends it"},
    {POST, "/cases/{id}/closing", FINANCE, close_case, .answer = closed_case_fields,
     INPUT(struct close_case_input, close_case_params),
     .summary = "the action was taken; with what came of it"},
    ROUTE_END,
};

static const struct route fixed_routes[] = {
    {POST, "/notify/wechatpay/{merchant}", ANYONE, take_wechatpay_callback, .body = RAW_BODY,
     .door = GATEWAYS, INPUT(struct notify_input, notify_params),
     .summary = "WeChat Pay tells of a payment or a refund"},
    {GET, "/internal/payment/invariants", ANYONE, show_invariants, .answer = finding_fields,
     INPUT(struct walk_input, walk_params), .is_page = true, .door = INTERNAL,
     .summary = "violations of the money invariants"},
    {POST, "/notify/alipay/{merchant}", ANYONE, take_alipay_callback, .body = RAW_BODY,
     .door = GATEWAYS, INPUT(struct notify_input, notify_params),
     .summary = "Alipay tells of a trade"},
    {POST, "/notify/unionpay/{merchant}", ANYONE, take_unionpay_callback, .body = RAW_BODY,
     .door = GATEWAYS, INPUT(struct notify_input, notify_params),
     .summary = "UnionPay tells of a payment or a refund"},
    {POST, "/notify/unionpay/{merchant}/return", ANYONE, show_return_page, .body = RAW_BODY,
     .door = GATEWAYS, INPUT(struct notify_input, notify_params),
     .summary = "where a payer's browser comes back to from UnionPay"},
    ROUTE_END,
};

static const struct job jobs[] = {
    {"follow_attempt", 0, follow_attempt},
    {"close_attempt", 0, close_attempt},
    {"close_stray", 0, close_attempt},
    {"follow_refund", 0, follow_refund},
    {"check_invariants", 3600 * 1000, check_invariants},
    {"check_all_invariants", 24 * 3600 * 1000, check_all_invariants},
    {"wipe_accounts", 3600 * 1000, wipe_accounts},
    {"plan_bills", 600 * 1000, plan_bills},
    {"close_days", 600 * 1000, close_days},
    {"plan_certificates", 3600 * 1000, plan_certificates},
    {"fetch_certificates", 0, fetch_certificates},
    {"fetch_alipay_certificate", 0, fetch_alipay_certificate},
    {"return_excess", 0, take_lowering},
    {"reconcile", 0, reconcile},
    {"tidy_callbacks", 3600 * 1000, tidy_callbacks},
    {.name = NULL},
};

static const struct command commands[] = {
    {"--replay",
     "DAY [--keep]\n"
     "      runs the callbacks of a day (YYYY-MM-DD in UTC+8, or today) against this build, in a\n"
     "      scratch schema, and says what differs from what was made of them; 0: nothing, 1:\n"
     "      something, 2: called wrongly. Nothing is sent or changed. --keep leaves the schema.",
     replay_callbacks},
    {.name = NULL},
};

static const struct job events[] = {
    {"obligation_withdrawn", 0, take_withdrawal},
    {"obligation_lowered", 0, take_lowering},
    {.name = NULL},
};

static const struct statement *const sql[] = {order_sql,       attempt_sql,
                                              fact_sql,        refund_sql,
                                              refundable_sql,  receipt_sql,
                                              ledger_sql,      inbox_sql,
                                              invariant_sql,   invariant_part_sql,
                                              bill_sql,        bill_view_sql,
                                              books_sql,       certificate_sql,
                                              case_sql,        replay_sql,
                                              obligation_sql,  event_sql,
                                              transfer_sql,    recovery_sql,
                                              refund_tell_sql, NULL};
static const struct reason *const reasons[] = {PAYMENT_REASONS(REASON_LIST) NULL};

const struct service service = {.name = "payment",
                                .title = "缴款",
                                .routes = routes,
                                .fixed_routes = fixed_routes,
                                .jobs = jobs,
                                .commands = commands,
                                .events = events,
                                .sql = sql,
                                .reasons = reasons,
                                .settings = payment_setting_table,
                                .settings_size = sizeof(struct payment_settings),
                                .open = payment_open,
                                .close = payment_close};
