#include "core/input.h"
#include "payment/state.h"
#include "payment/wechatpay_order.h"
#include "payment/wechatpay_result.h"

struct transaction {
    const char *mchid, *appid, *out_trade_no, *transaction_id, *trade_state, *success_time;
    const char *currency;
    struct fen total;
};

static const struct param transaction_params[] = {
    PARAM(struct transaction, mchid, .max = 32),
    PARAM(struct transaction, appid, .max = 32),
    PARAM(struct transaction, out_trade_no, .min = 1, .max = 32),
    PARAM(struct transaction, trade_state, .min = 1, .max = 32),
    PARAM(struct transaction, transaction_id, .min = 1, .max = 32, .optional = true),
    PARAM(struct transaction, success_time, .max = 64, .optional = true),
    PARAM(struct transaction, currency, .name = "amount.currency", .max = 16, .optional = true),
    PARAM(struct transaction, total, .name = "amount.total", .min = 1, .max = BILL_FEN_MAX,
          .optional = true),
    PARAM_END,
};

struct refund_object {
    const char *refund_id, *out_refund_no, *status, *refund_status, *success_time;
    const char *mchid, *currency, *transaction_id;
    struct fen refund;
};

static const struct param refund_params[] = {
    PARAM(struct refund_object, refund_id, .min = 1, .max = 32),
    PARAM(struct refund_object, out_refund_no, .min = 1, .max = 64),
    PARAM(struct refund_object, status, .max = 32, .optional = true),
    PARAM(struct refund_object, refund_status, .max = 32, .optional = true),
    PARAM(struct refund_object, success_time, .max = 64, .optional = true),
    PARAM(struct refund_object, mchid, .max = 32, .optional = true),
    PARAM(struct refund_object, transaction_id, .max = 32, .optional = true),
    PARAM(struct refund_object, currency, .name = "amount.currency", .max = 16, .optional = true),
    PARAM(struct refund_object, refund, .name = "amount.refund", .min = 1, .max = BILL_FEN_MAX),
    PARAM_END,
};

static enum error unreadable(struct request *r, const char *what)
{
    reasons_forget(r);
    return failed(r, E_UPSTREAM, "wechatpay: %s", what);
}

static bool is_foreign(const char *currency)
{
    return currency != NULL && strcmp(currency, "CNY") != 0;
}

static enum error take_paid(struct request *r, const struct transaction *found, const char *proof,
                            struct answer *answer)
{
    struct payment_proof paid = {.gateway = "wechatpay",
                                 .merchant = found->mchid,
                                 .gateway_no = found->transaction_id,
                                 .our_no = found->out_trade_no,
                                 .amount_fen = found->total,
                                 .proof = proof};

    if (found->transaction_id == NULL || found->total.fen == NONE || found->success_time == NULL ||
        !wechatpay_time_read(found->success_time, &paid.happened_at))
        return unreadable(r, "a payment without number, amount or time");
    if (is_foreign(found->currency))
        return unreadable(r, "a payment in another currency");
    answer->verdict = VERDICT_PAID;
    answer->proof = paid;
    return E_OK;
}

enum error wechatpay_read_transaction(struct request *r, const struct merchant *merchant,
                                      struct bytes json, const char *proof, struct answer *answer)
{
    struct transaction found;

    *answer = (struct answer){.verdict = VERDICT_PENDING};
    if (input_from_json(r, json, transaction_params, LENIENT, &found) != E_OK)
        return unreadable(r, "unreadable transaction");
    if (strcmp(found.mchid, merchant->id) != 0 ||
        strcmp(found.appid, merchant->wechatpay.appid) != 0)
        return unreadable(r, "a transaction of another merchant or application");
    answer->proof.our_no = found.out_trade_no;
    if (strcmp(found.trade_state, "SUCCESS") == 0 || strcmp(found.trade_state, "REFUND") == 0)
        return take_paid(r, &found, proof, answer);
    if (IS_ONE_OF(found.trade_state, "CLOSED", "REVOKED", "PAYERROR"))
        answer->verdict = VERDICT_CLOSED;
    return E_OK;
}

static enum verdict verdict_of_status(const char *status)
{
    if (strcmp(status, "SUCCESS") == 0)
        return VERDICT_REFUNDED;
    if (strcmp(status, "PROCESSING") == 0)
        return VERDICT_ACCEPTED;
    return strcmp(status, "CLOSED") == 0 ? VERDICT_CLOSED : VERDICT_ABNORMAL;
}

enum error wechatpay_read_refund(struct request *r, const struct merchant *merchant,
                                 struct bytes json, const char *proof, struct answer *answer)
{
    struct refund_object found;
    const char *status;

    *answer = (struct answer){.verdict = VERDICT_ACCEPTED};
    if (input_from_json(r, json, refund_params, LENIENT, &found) != E_OK)
        return unreadable(r, "unreadable refund");
    status = found.refund_status != NULL ? found.refund_status : found.status;
    if (status == NULL || (found.mchid != NULL && strcmp(found.mchid, merchant->id) != 0))
        return unreadable(r, "a refund without status or of another merchant");
    if (is_foreign(found.currency))
        return unreadable(r, "a refund in another currency");
    answer->verdict = verdict_of_status(status);
    answer->code = status;
    answer->proof = (struct payment_proof){.gateway = "wechatpay",
                                           .merchant = merchant->id,
                                           .gateway_no = found.refund_id,
                                           .our_no = found.out_refund_no,
                                           .paid_no = found.transaction_id,
                                           .amount_fen = found.refund,
                                           .proof = proof};
    if (answer->verdict == VERDICT_REFUNDED &&
        (found.success_time == NULL ||
         !wechatpay_time_read(found.success_time, &answer->proof.happened_at)))
        return unreadable(r, "a refund without time");
    return E_OK;
}
