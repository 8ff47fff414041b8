/* Sending, judging the merchant's answer, and sending again by the gateway's schedule. */

#include <pthread.h>

#include "core/http.h"
#include "core/log.h"
#include "core/process.h"
#include "simulator/callbacks.h"
#include "simulator/unionpay.h"

#define BURST_MAX 64
#define ANSWER_MAX 512

/* Seconds until the next sending after the first, second, ... was not accepted. */
static const int64_t wechatpay_gaps[] = {15,   15,   30,    180,   600,   1200,  1800, 1800,
                                         1800, 3600, 10800, 10800, 10800, 21600, 21600};
static const int64_t alipay_gaps[] = {240, 600, 600, 3600, 7200, 21600, 54000};

static const int64_t unionpay_gaps[] = {60, 120, 240, 300};

#define GAPS(gaps) (gaps), sizeof(gaps) / sizeof((gaps)[0])

/* How a gateway tells. */
struct teller {
    const char *gateway;
    enum error (*compose)(struct request *r, const struct sim_callback *callback, const char *fault,
                          struct notice *notice);
    const int64_t *gaps;
    size_t count;
};

static const struct teller tellers[] = {
    {WECHATPAY, wechatpay_notice, GAPS(wechatpay_gaps)},
    {ALIPAY, alipay_notice, GAPS(alipay_gaps)},
    {UNIONPAY, unionpay_notice, GAPS(unionpay_gaps)},
};

static const struct teller *teller_of(const struct sim_callback *callback)
{
    size_t i = 0;

    while (strcmp(tellers[i].gateway, callback->gateway) != 0)
        i++;
    return &tellers[i];
}

enum error compose_notice(struct request *r, const struct sim_callback *callback, const char *fault,
                          struct notice *notice)
{
    return teller_of(callback)->compose(r, callback, fault, notice);
}

/* Milliseconds until the next sending; NONE after the last. */
static int64_t gap_after(const struct sim_callback *callback, int64_t sendings)
{
    const struct teller *teller = teller_of(callback);

    return (size_t)sendings > teller->count ? NONE : teller->gaps[sendings - 1] * SECOND_MS;
}

bool is_accepted(const struct sim_callback *callback, int64_t status, const char *answer)
{
    if (strcmp(callback->gateway, ALIPAY) == 0)
        return status == 200 && strcmp(answer, "success") == 0;
    return status == 200 || (status == 204 && strcmp(callback->gateway, WECHATPAY) == 0);
}

enum error post_callback(struct request *r, const struct sim_callback *callback, bool with_fault,
                         int64_t *status, const char **answer)
{
    const struct simulator_settings *settings = r->settings;
    const char *fault = with_fault && callback->fault != NULL ? callback->fault : "";
    struct notice notice;
    struct http_call call = {.upstream = "merchant", .method = "POST", .url = callback->url};
    struct http_answer got;
    enum error sent;

    TRY(compose_notice(r, callback, fault, &notice));
    call.headers = notice.headers;
    call.body = (struct bytes){(const unsigned char *)notice.body, strlen(notice.body)};
    call.timeout_ms = settings->callback_ms;
    sent = http_call(r, &call, &got);
    *status = sent == E_OK ? got.status : 0;
    *answer = sent == E_OK ? arena_text_of(r->arena, got.body.data, got.body.size) : "";
    if (strlen(*answer) > ANSWER_MAX / 4) /* the column counts characters, and cuts none */
        *answer = "(long)";
    log_info(r, "callback_sent", "%s %s %s: %lld", callback->gateway, callback->kind,
             callback->out_trade_no, (long long)*status);
    return E_OK;
}

struct shot {
    pthread_t thread;
    struct process *process;
    const struct sim_callback *callback;
    int64_t status;
    char answer[ANSWER_MAX];
    bool is_flying;
};

static void *fire(void *argument)
{
    struct shot *shot = argument;
    struct request *r = request_open(shot->process);
    const char *answer = "";

    if (post_callback(r, shot->callback, false, &shot->status, &answer) != E_OK)
        shot->status = 0;
    snprintf(shot->answer, sizeof(shot->answer), "%s", answer);
    request_close(r);
    return NULL;
}

enum error burst_callback(struct request *r, const struct sim_callback *callback, int64_t *status,
                          const char **answer)
{
    size_t count = callback->repeats > BURST_MAX ? BURST_MAX : (size_t)callback->repeats;
    struct shot *shots = arena_alloc(r->arena, count * sizeof(*shots));

    *status = 0;
    *answer = "";
    for (size_t i = 0; i < count; i++) {
        shots[i].process = r->process;
        shots[i].callback = callback;
        shots[i].is_flying = pthread_create(&shots[i].thread, NULL, fire, &shots[i]) == 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (!shots[i].is_flying)
            continue;
        pthread_join(shots[i].thread, NULL);
        if (*status == 0 || is_accepted(callback, shots[i].status, shots[i].answer)) {
            *status = shots[i].status;
            *answer = shots[i].answer;
        }
    }
    return E_OK;
}

struct sending {
    struct sim_callback callback;
    struct instant next;
};

static enum error record_sending(struct request *r, void *product)
{
    const struct sending *sending = product;
    enum error stored = store_sending(r, &sending->callback);

    if (stored != E_OK) /* not found: run again after a COMMIT whose answer was lost */
        return stored == E_NOT_FOUND ? E_OK : stored;
    if (sending->next.ms == NONE)
        return E_OK;
    return add_sending(r, sending->callback.id, sending->callback.sendings + 2, sending->next);
}

static bool has_fault(const struct sim_callback *callback, const char *name)
{
    return callback->fault != NULL && strcmp(callback->fault, name) == 0;
}

/* A sending that nobody may accept, whatever the merchant answered to it. */
static bool is_spoiled(const struct sim_callback *callback)
{
    return callback->sendings == 0 &&
           (has_fault(callback, "probe") || has_fault(callback, "bad_signature") ||
            has_fault(callback, "old_timestamp"));
}

/* The first sending has what the fault says; the later ones are as they should be. */
static enum error send_now(struct request *r, struct sim_callback *callback)
{
    bool is_first = callback->sendings == 0;
    int64_t repeats = is_first ? callback->repeats : 1;

    if (is_first && has_fault(callback, "forged")) { /* a stranger's, and then the real one */
        TRY(post_callback(r, callback, true, &callback->last_status, &callback->last_answer));
        is_first = false;
    }

    if (is_first && callback->concurrent && repeats > 1)
        return burst_callback(r, callback, &callback->last_status, &callback->last_answer);
    for (int64_t i = 0; i < repeats; i++)
        TRY(post_callback(r, callback, is_first, &callback->last_status, &callback->last_answer));
    return E_OK;
}

enum error send_callback(struct request *r, const struct task *task)
{
    json_t *arg = json_read(r->arena, task->arg, strlen(task->arg));
    const char *id = json_string_at(arg, "id");
    int64_t n = json_integer_value(json_object_get(arg, "n")), gap;
    struct sending sending = {.next = {NONE}};
    struct sim_callback *callback = &sending.callback;

    TRY(find_callback(r, id, callback));
    if (callback->sendings + 1 != n || strcmp(callback->state, "waiting") != 0)
        return E_OK; /* done before */
    TRY(send_now(r, callback));
    gap = gap_after(callback, n);
    if (!is_spoiled(callback) &&
        is_accepted(callback, callback->last_status, callback->last_answer))
        callback->state = "delivered";
    else if (gap == NONE)
        callback->state = "abandoned";
    else
        sending.next = instant_add(r->now, gap);
    return db_transaction(r, record_sending, &sending);
}
