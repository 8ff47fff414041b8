#include "payment/state.h"

#include "core/process.h"
#include "payment/known_events.h"

#define P struct payment_settings

const struct setting payment_setting_table[] = {
    SETTING_NUMBER(P, order_minutes, "ORDER_MINUTES", "30", 1, 1440,
                   "how long an order keeps its price"),
    SETTING_NUMBER(P, gateway_timeout_ms, "GATEWAY_TIMEOUT_MS", "5000", 1, 60000,
                   "of one call to a gateway"),
    SETTING_NUMBER(P, key_look_ms, "KEY_LOOK_MS", "5000", 0, 600000,
                   "at least between two looks of a worker for new keys of a gateway"),
    SETTING_NUMBER(P, key_ask_ms, "KEY_ASK_MS", "60000", 0, 3600000,
                   "at least between two times that they are asked for because one is unknown"),
    SETTING(P, notify_url, "NOTIFY_URL", NULL,
            "https address before /notify/..., as gateways see it"),
    SETTING_FILE(P, merchants_file, "MERCHANTS_FILE", NULL,
                 "merchant accounts and their keys, JSON (modules/payment/merchant.h)"),
    SETTING(P, wechatpay_url, "WECHATPAY_URL", "https://api.mch.weixin.qq.com", "WeChat Pay"),
    SETTING(P, alipay_url, "ALIPAY_URL", "https://openapi.alipay.com/gateway.do", "Alipay"),
    SETTING(P, unionpay_url, "UNIONPAY_URL", "https://gateway.95516.com", "UnionPay"),
    SETTING(P, unionpay_file_url, "UNIONPAY_FILE_URL", "https://filedownload.95516.com/",
            "where UnionPay hands its files over"),
    SETTING_NUMBER(P, bill_hour, "BILL_HOUR", "10", 0, 23,
                   "from which hour (UTC+8) on yesterday's bills are fetched"),
    SETTING_NUMBER(P, bill_timeout_ms, "BILL_TIMEOUT_MS", "12000", 1, 15000,
                   "of one download of a bill"),
    SETTING_NUMBER(P, callback_days, "CALLBACK_DAYS", "400", 1, 3650,
                   "how long callbacks are kept, to be run again; refunds take up to a year"),
    SETTING(P, replay_password_file, "REPLAY_PASSWORD_FILE", "",
            "password of the database user payment_replay; for --replay alone"),
    SETTING_NUMBER(P, invariant_part, "INVARIANT_PART", "20000", 1, 1000000,
                   "how many rows one statement of the money invariants takes"),
    SETTING_NUMBER(P, account_keep_days, "ACCOUNT_KEEP_DAYS", "180", 1, 3650,
                   "how long a payer's bank account is kept after the last step of its transfer"),
    SETTING_NUMBER(P, queries_a_second, "QUERIES_A_SECOND", "100", 1, 100000,
                   "with which a background worker asks for the orders of a merchant account"),
    SETTING_NUMBER(P, closes_a_second, "CLOSES_A_SECOND", "20", 1, 100000,
                   "with which it closes them when they expire"),
    SETTING_END,
};

enum { STATE_MAX = 1024 * 1024 };

static void open_paces(struct payment_state *state, const struct payment_settings *settings)
{
    size_t count = state->merchants.count;

    state->paces = arena_alloc(state->arena, (count + 1) * sizeof(*state->paces));
    for (size_t i = 0; i < count; i++) {
        state->paces[i][ERRAND_QUERY] = pace_open(state->arena, settings->queries_a_second);
        state->paces[i][ERRAND_CLOSE] = pace_open(state->arena, settings->closes_a_second);
    }
}

enum error payment_open(struct process *process, const void *given, void **product)
{
    const struct payment_settings *settings = given;
    struct arena *arena = arena_open(STATE_MAX);
    struct payment_state *state = arena_alloc(arena, sizeof(*state));
    enum error error;

    state->arena = arena;
    state->known_events = known_events_open(arena);
    error = merchants_open(process, arena, settings->merchants_file, settings->notify_url,
                           &state->merchants);
    if (error == E_OK)
        open_paces(state, settings);
    if (process->vault == NULL)
        error = process_failed(process, "setting DATA_KEYS_FILE is missing");
    if (error != E_OK)
        payment_close(state);
    else
        *product = state;
    return error;
}

void payment_close(void *product)
{
    struct payment_state *state = product;

    arena_close(state->arena);
}
