#include "core/log.h"
#include "simulator/faults.h"

static const char *const operations[] = {"order",        "query",   "close",    "refund",
                                         "refund_query", "login",   "callback", "pay",
                                         "bill",         "message", "any",      NULL};
static const char *const answer_faults[] = {"latency",       "lost_request",
                                            "http_500",      "http_429",
                                            "system_error",  "lost_answer",
                                            "forged",        "probe",
                                            "old_timestamp", "system_error_after",
                                            "bad_signature", "no_signature",
                                            "late_answer",   NULL};
static const char *const query_faults[] = {"says_unpaid", "says_closed", "wrong_amount", NULL};
static const char *const refund_faults[] = {"not_enough", "refund_closed", "refund_abnormal", NULL};
static const char *const pay_faults[] = {"wrong_amount", "unknown_order", NULL};
static const char *const callback_faults[] = {
    "repeat",        "late",          "out_of_order", "missing",      "forged",
    "bad_signature", "old_timestamp", "probe",        "closed_after", NULL};

static const char *const bill_faults[] = {"bill_late",  "wrong_hash",   "truncated", "line_missing",
                                          "line_added", "wrong_amount", NULL};

static const char *const message_faults[] = {"refused", "token_expired", NULL};

static bool is_in(const char *const *list, const char *text)
{
    for (; *list != NULL; list++)
        if (strcmp(*list, text) == 0)
            return true;
    return false;
}

bool is_operation(const char *text)
{
    return is_in(operations, text);
}

bool is_fault(const char *operation, const char *fault)
{
    if (strcmp(fault, "random") == 0)
        return true;
    if (strcmp(operation, "callback") == 0)
        return is_in(callback_faults, fault);
    if (strcmp(operation, "pay") == 0)
        return is_in(pay_faults, fault);
    if (strcmp(operation, "bill") == 0 && is_in(bill_faults, fault))
        return true;
    if (strcmp(operation, "message") == 0 && is_in(message_faults, fault))
        return true;
    if (strcmp(operation, "query") == 0 && is_in(query_faults, fault))
        return true;
    if (strcmp(operation, "refund") == 0 && is_in(refund_faults, fault))
        return true;
    return is_in(answer_faults, fault);
}

bool fault_is(const struct sim_fault *fault, const char *name)
{
    return strcmp(fault->fault, name) == 0;
}

/* The latency is what was ordered; there is no condition to wait for. */
static void wait_ms(int64_t ms)
{
    struct timespec left = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000L};

    while (ms > 0 && nanosleep(&left, &left) != 0)
        ;
}

void fault_wait(const struct request *r, const struct sim_fault *fault)
{
    const struct simulator_settings *settings = r->settings;
    bool is_told = fault->latency_ms > 0 && !fault_is(fault, "late_answer");

    if (fault->fault[0] != '\0')
        log_info(r, "fault", "%s on %s", fault->fault, fault->operation);
    wait_ms(is_told ? fault->latency_ms : settings->latency_ms);
}

void fault_wait_after(const struct sim_fault *fault)
{
    if (fault_is(fault, "late_answer"))
        wait_ms(fault->latency_ms);
}

enum error fault_cut(struct request *r)
{
    reply_header(r, FAULT_CUT);
    return reply_text(r, 200, "text/plain", "");
}
