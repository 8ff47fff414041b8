/*
 * UnionPay's transactions (payment/unionpay_wire.h) behind the row of functions of gateway.h. The
 * payer's browser makes the order known there (front_page.c), so that opening calls nobody, and
 * until the browser has done so they do not know the number. Nothing there closes an order: it runs
 * out, and what a query says after that is final.
 */

#include "core/clock.h"
#include "core/http.h"
#include "core/log.h"
#include "payment/bill_unionpay.h"
#include "payment/front_page.h"
#include "payment/gateway.h"
#include "payment/state.h"

/* The file host is another one: what ails it says nothing of payments. */
static const char host[] = "unionpay", file_host[] = "unionpay_files";

static enum error unreadable(struct request *r, const char *upstream, const char *what)
{
    http_blame(r, upstream);
    return failed(r, E_UPSTREAM, "%s: %s", upstream, what);
}

static const char *const form_headers[] = {
    "Content-Type: application/x-www-form-urlencoded;charset=UTF-8", NULL};

static enum error post(struct request *r, const char *path, const char *body,
                       struct http_answer *received)
{
    const struct payment_settings *settings = payment_settings(r);

    if (body == NULL)
        return failed(r, E_INTERNAL, "signing failed");
    return http_call(r,
                     &(struct http_call){.upstream = host,
                                         .method = "POST",
                                         .url = arena_printf(r->arena, "%s/gateway/api/%s",
                                                             settings->unionpay_url, path),
                                         .headers = form_headers,
                                         .body = bytes_of(body),
                                         .timeout_ms = settings->gateway_timeout_ms,
                                         .answer_max = 64 * 1024},
                     received);
}

/* A verified answer about this transaction of this merchant. All else leaves the outcome unknown.
 */
static enum error call(struct request *r, const struct merchant *merchant, const char *path,
                       struct unionpay_fields fields, struct unionpay_result *result)
{
    const char *body =
        unionpay_body(r->arena, unionpay_signed(r->arena, &merchant->unionpay, fields));
    struct unionpay_fields answer;
    struct http_answer received;
    struct instant made_at;

    TRY(post(r, path, body, &received));
    if (received.status != 200 || !unionpay_split_answer(r->arena, received.body, &answer) ||
        !unionpay_verify(r->arena, &merchant->unionpay_gateway, answer, r->now))
        return unreadable(r, host, "no verified answer");
    if (!unionpay_read_result(answer, result) ||
        !unionpay_time_read(unionpay_value(fields, "txnTime"), &made_at) ||
        !unionpay_is_about(result, merchant->id, unionpay_value(fields, "orderId"), made_at))
        return unreadable(r, host, "an answer that is odd, or about something else");
    if (result->outcome != UNIONPAY_DONE && result->outcome != UNIONPAY_NO_ORDER)
        log_info(r, "unionpay_refused", "%s: %s", path, result->code);
    return E_OK;
}

/* Opening again gives the same page: whoever has its address keeps it. */
static enum error open_order(struct request *r, const struct merchant *merchant,
                             const struct pursuit *pursuit, struct answer *answer)
{
    (void)merchant;
    *answer = (struct answer){.verdict = VERDICT_PENDING,
                              .prepay_id = front_page_token(r, pursuit->attempt_id)};
    return E_OK;
}

bool unionpay_proof(const struct merchant *merchant, const struct unionpay_result *result,
                    const char *how, struct payment_proof *proof)
{
    *proof = (struct payment_proof){.gateway = "unionpay",
                                    .merchant = merchant->id,
                                    .gateway_no = result->query_id,
                                    .our_no = result->order_id,
                                    .amount_fen = result->amount,
                                    .happened_at = result->done_at,
                                    .proof = how};
    return result->query_id != NULL && result->amount.fen != NONE &&
           (result->currency == NULL || strcmp(result->currency, "156") == 0);
}

/* The transaction that a query found; `done` is its verdict when it went through. */
static enum error take_found(struct request *r, const struct merchant *merchant,
                             const struct unionpay_result *result, enum verdict done,
                             struct answer *answer)
{
    answer->code = result->orig_code;
    if (!unionpay_proof(merchant, result, "query", &answer->proof))
        return unreadable(r, host,
                          "a transaction without number or amount, or in another currency");
    answer->verdict = done;
    return E_OK;
}

/* Refused there means that one card was: the payer may take another until the order runs out. */
static enum error query_order(struct request *r, const struct merchant *merchant,
                              const struct pursuit *pursuit, struct answer *answer)
{
    struct unionpay_result result;

    *answer = (struct answer){.verdict = VERDICT_PENDING};
    TRY(call(
        r, merchant, "queryTrans.do",
        unionpay_query(r->arena, &merchant->unionpay, pursuit->attempt_id, pursuit->created_at),
        &result));
    if (result.outcome == UNIONPAY_NO_ORDER) {
        answer->verdict = VERDICT_UNKNOWN;
        return E_OK;
    }
    if (result.outcome != UNIONPAY_DONE)
        return failed(r, E_UPSTREAM, "unionpay query: %s", result.code);
    answer->code = result.orig_code;
    if (result.orig_outcome == UNIONPAY_NO_ORDER)
        answer->verdict = VERDICT_UNKNOWN;
    if (result.orig_outcome == UNIONPAY_REFUSED)
        answer->verdict = VERDICT_CLOSED;
    if (result.orig_outcome != UNIONPAY_DONE)
        return E_OK;
    return take_found(r, merchant, &result, VERDICT_PAID, answer);
}

static enum error ask_order(struct request *r, const struct merchant *merchant,
                            const struct pursuit *pursuit, struct answer *answer)
{
    TRY(query_order(r, merchant, pursuit, answer));
    if (answer->verdict == VERDICT_CLOSED)
        answer->verdict = VERDICT_PENDING;
    return E_OK;
}

/* A payment of the last moment needs a while to be known there. */
static enum error close_order(struct request *r, const struct merchant *merchant,
                              const struct pursuit *pursuit, struct answer *answer)
{
    *answer = (struct answer){.verdict = VERDICT_PENDING};
    if (r->now.ms < pursuit->expire_at.ms + MINUTE_MS)
        return E_OK;
    return query_order(r, merchant, pursuit, answer);
}

/* txnTime of a refund; of one that others brought about we know no better. */
static struct instant known_at(const struct refund *refund)
{
    return refund->sent_at.ms != NONE ? refund->sent_at : refund->created_at;
}

static enum error refund_payment(struct request *r, const struct merchant *merchant,
                                 const struct refund *refund, struct answer *answer)
{
    const struct unionpay_reversal reversal = {.order_id = refund->id,
                                               .made_at = known_at(refund),
                                               .amount = refund->amount_fen,
                                               .query_id = refund->gateway_no,
                                               .back_url = merchant->notify_url};
    struct unionpay_result result;

    *answer = (struct answer){.verdict = VERDICT_ACCEPTED};
    TRY(call(r, merchant, "backTransReq.do",
             (is_cancel(refund) ? unionpay_cancel : unionpay_refund)(r->arena, &merchant->unionpay,
                                                                     &reversal),
             &result));
    answer->code = result.code;
    if (result.outcome == UNIONPAY_UNKNOWN)
        return failed(r, E_UPSTREAM, "unionpay refund: %s", result.code);
    /* 39: its time is over, which for a cancellation will not change. */
    if (result.outcome == UNIONPAY_LATER && !(is_cancel(refund) && strcmp(result.code, "39") == 0))
        answer->verdict = VERDICT_LATER;
    else if (result.outcome != UNIONPAY_DONE)
        answer->verdict = VERDICT_REFUSED;
    return E_OK;
}

static enum error query_refund(struct request *r, const struct merchant *merchant,
                               const struct refund *refund, struct answer *answer)
{
    struct unionpay_result result;

    *answer = (struct answer){.verdict = VERDICT_ACCEPTED};
    TRY(call(r, merchant, "queryTrans.do",
             unionpay_query(r->arena, &merchant->unionpay, refund->id, known_at(refund)), &result));
    if (result.outcome == UNIONPAY_NO_ORDER) {
        answer->verdict = VERDICT_UNKNOWN; /* the same once more */
        return E_OK;
    }
    if (result.outcome != UNIONPAY_DONE)
        return failed(r, E_UPSTREAM, "unionpay refund query: %s", result.code);
    answer->code = result.orig_code;
    if (result.orig_outcome == UNIONPAY_REFUSED)
        answer->verdict = VERDICT_CLOSED;
    if (result.orig_outcome != UNIONPAY_DONE)
        return E_OK;
    return take_found(r, merchant, &result, VERDICT_REFUNDED, answer);
}

static enum error present(struct request *r, const struct merchant *merchant, const char *prepay_id,
                          struct order_view *view)
{
    (void)merchant;
    view->pay_url = front_page_url(r, view->order_no, prepay_id);
    return E_OK;
}

/* The whole answer is signed, so all of it is in memory at once, some five times until the zip is
   out of it; the arena ends with that. The text within is a tenth of what a bill may hold. */
enum { FILE_ANSWER_MAX = 32 * 1024 * 1024, FILE_ROOM = 256 * 1024 * 1024 };

/* A clearing day's file is made by this hour of the next day. */
enum { FILE_HOUR = 10 };

/* One transfer of a file. */
struct transfer {
    const struct merchant *merchant;
    struct unionpay_asked asked;
    struct package *received;
    struct arena *arena; /* of the answer */
    struct bill_download *download;
};

static enum error receive_file(struct request *r, const struct transfer *transfer)
{
    const struct payment_settings *settings = payment_settings(r);
    const struct unionpay_merchant *merchant = &transfer->merchant->unionpay;
    const char *body = unionpay_body(
        r->arena, unionpay_signed(r->arena, merchant,
                                  unionpay_file_transfer(r->arena, merchant, transfer->asked.day,
                                                         transfer->asked.made_at)));
    struct http_answer answer;

    if (body == NULL)
        return failed(r, E_INTERNAL, "signing failed");
    TRY(http_call(r,
                  &(struct http_call){.upstream = file_host,
                                      .method = "POST",
                                      .url = settings->unionpay_file_url,
                                      .headers = form_headers,
                                      .body = bytes_of(body),
                                      .timeout_ms = settings->bill_timeout_ms,
                                      .answer_max = FILE_ANSWER_MAX,
                                      .take = package_keep,
                                      .take_context = transfer->received},
                  &answer));
    return answer.status == 200
               ? E_OK
               : failed(r, E_UPSTREAM, "unionpay file: status %lld", (long long)answer.status);
}

/* Content that does not unpack is an empty package: such a bill is refused. */
static enum error take_file(struct request *r, const struct transfer *transfer,
                            const struct unionpay_statement *file)
{
    struct bytes zip = {NULL, 0};

    if (file->content != NULL)
        zip = unionpay_file(transfer->arena, file->content);
    return zip.data == NULL || package_keep(transfer->download->package, zip)
               ? E_OK
               : failed(r, E_UPSTREAM, "unionpay file: too large");
}

static enum error read_file(struct request *r, const struct transfer *transfer)
{
    struct day next = {transfer->asked.day.number + 1};
    struct arena *arena = transfer->arena;
    struct unionpay_fields answer;
    struct unionpay_statement file;

    if (!unionpay_split_answer(arena, package_text(transfer->received, arena), &answer) ||
        !unionpay_verify(arena, &transfer->merchant->unionpay_gateway, answer, r->now))
        return unreadable(r, file_host, "no verified answer about a file");
    if (!unionpay_read_file(arena, answer, &transfer->asked, &file))
        return unreadable(r, file_host, "an answer that is odd, or about another file");
    if (strcmp(file.code, "98") == 0) {
        transfer->download->answer =
            r->now.ms < day_start(next).ms + FILE_HOUR * HOUR_MS ? BILL_LATER : BILL_NONE;
        return E_OK;
    }
    if (strcmp(file.code, "00") != 0)
        return failed(r, E_UPSTREAM, "unionpay file: %s", file.code);
    transfer->download->answer = BILL_HERE;
    return take_file(r, transfer, &file);
}

static enum error fetch_bill_of(struct request *r, const struct merchant *merchant,
                                const struct bill_wanted *wanted, struct bill_download *download)
{
    struct transfer transfer = {.merchant = merchant,
                                .asked = {merchant->id, wanted->day, r->now},
                                .received = package_open(r),
                                .download = download};
    enum error error;

    TRY(receive_file(r, &transfer));
    transfer.arena = arena_open(FILE_ROOM);
    error = read_file(r, &transfer);
    arena_close(transfer.arena);
    return error;
}

static const char *bill_merchant(const struct merchant *merchant)
{
    return merchant->id;
}

/* There is no bill of the account. */
static const char *const bill_kinds[] = {"trade", NULL};

const struct gateway gateway_unionpay = {
    .name = "unionpay",
    .runs_out = true,
    .day_lead_ms = HOUR_MS,
    .bill_kinds = bill_kinds,
    .bill_format = &bill_unionpay,
    .bill_merchant = bill_merchant,
    .bill = fetch_bill_of,
    .query = ask_order,
    .close = close_order,
    .refund = refund_payment,
    .refund_query = query_refund,
    .cancels = true,
};

const struct way unionpay_ways[] = {
    {"unionpay", NULL, &gateway_unionpay, open_order, present},
    {.channel = NULL},
};
