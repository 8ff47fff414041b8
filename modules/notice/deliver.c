/* The job behind a message: by which way it goes, and what is promised when a process dies. */

#include <jansson.h>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/job.h"
#include "core/json_read.h"
#include "core/log.h"
#include "core/ulid.h"
#include "notice/identity.h"
#include "notice/notice.h"
#include "notice/template.h"

struct errand {
    struct message message;
    struct template template;
    const json_t *values;
    struct instant good_until; /* NONE: always */
    bool is_expired, may_sms;
    bool has_open;       /* some way is planned or sending */
    const char *attempt; /* of this run: whoever reads another one in "sending" knows it died */
    struct delivery delivery; /* of the way that is tried */
    bool is_ours;             /* to be sent now */
    const struct outcome *outcome;
    const char *to; /* where that leads */
};

static bool is_worthless(const struct errand *errand, struct instant at)
{
    return errand->good_until.ms != NONE && at.ms > errand->good_until.ms;
}

static enum error begin_errand(struct request *r, const char *id, struct errand *errand)
{
    struct message *message = &errand->message;
    enum error found;

    TRY(find_message(r, id, message));
    errand->values = read_json(r->arena, bytes_of(message->vals));
    errand->attempt = ulid_new(r);
    found = find_template(r, message->kind, civil_day(message->created_at), &errand->template);
    if (found == E_NOT_FOUND)
        return failed(r, E_INTERNAL, "notice_template %s: no version in force", message->kind);
    TRY(found);
    errand->good_until = (struct instant){NONE};
    if (errand->template.good_for_s != NONE)
        errand->good_until =
            instant_add(ulid_moment(message->id), errand->template.good_for_s * SECOND_MS);
    errand->is_expired = is_worthless(errand, r->now);
    return E_OK;
}

/* ---- the state of a way ---- */

static enum error state_of(struct request *r, const char *id, const char *channel,
                           const char **state)
{
    struct delivery delivery;
    enum error found = find_delivery(r, id, channel, &delivery);

    *state = found == E_OK ? delivery.state : NULL;
    return found == E_NOT_FOUND ? E_OK : found;
}

static enum error choose(struct request *r, struct errand *errand, const char **way)
{
    const struct message *message = &errand->message;
    struct ways ways = {.has_wechat = errand->template.wechat_template != NULL,
                        .has_sms = errand->template.sms != NULL};

    TRY(find_choice(r, message->person_id, errand->template.grp, &ways.choice));
    TRY(state_of(r, message->id, BY_WECHAT, &ways.wechat_state));
    TRY(state_of(r, message->id, BY_SMS, &ways.sms_state));
    errand->may_sms = ways.has_sms && IS_ONE_OF(ways.choice, "sms", "wechat_sms");
    errand->has_open = IS_ONE_OF(ways.wechat_state, "planned", "sending") ||
                       IS_ONE_OF(ways.sms_state, "planned", "sending");
    *way = next_way(&ways);
    return E_OK;
}

/* A body that runs again after a lost COMMIT finds its own attempt. */
static bool is_own(const struct errand *errand)
{
    return strcmp(errand->delivery.attempt, errand->attempt) == 0;
}

static bool is_in(const struct errand *errand, const char *state)
{
    return strcmp(errand->delivery.state, state) == 0;
}

/* A consent that WeChat did not use is there for the next message; unless it says that there is
 * none. */
static enum error settle_consent(struct request *r, const struct errand *errand)
{
    const char *account_id = errand->delivery.account_id;
    bool is_none = errand->outcome->sending == REFUSED && !errand->outcome->is_our_fault;

    if (account_id == NULL || errand->template.wechat_template == NULL ||
        strcmp(errand->to, "failed") != 0)
        return E_OK;
    return (is_none ? forget_consents : return_consent)(
        r, errand->message.person_id, errand->template.wechat_template, account_id);
}

static enum error record(struct request *r, void *product)
{
    const struct errand *errand = product;
    enum error moved =
        move_delivery(r, errand->message.id, &errand->delivery, errand->to, errand->outcome->why);

    if (moved == E_NOT_FOUND)
        return E_OK; /* recorded before a lost COMMIT, or a matter of whoever is at it now */
    TRY(moved);
    return settle_consent(r, errand);
}

/* Writes what came of it; E_AGAIN when it is not over. */
static enum error conclude(struct request *r, struct errand *errand, const struct outcome *outcome,
                           const char *to)
{
    const char *channel = errand->delivery.channel;

    errand->outcome = outcome;
    errand->to = to;
    TRY(db_transaction(r, record, errand));
    if (outcome->is_our_fault)
        log_error(r, "notice_fault", "%s by %s: %s", errand->message.kind, channel, outcome->why);
    else
        log_info(r, "notice_sending", "message=%s by %s: %s %s", errand->message.id, channel, to,
                 outcome->why);
    if (strcmp(to, "planned") == 0 || strcmp(to, "sending") == 0)
        return failed(r, E_AGAIN, "%s: %s", channel, outcome->why);
    return E_OK;
}

static bool is_too_late(const struct request *r, const struct errand *errand)
{
    const struct notice_settings *settings = r->settings;

    return r->now.ms > errand->delivery.planned_at.ms + settings->give_up_s * SECOND_MS;
}

/* ---- WeChat: at most once, which identity sees to by the number of the attempt ---- */

static enum error insert_wechat(struct request *r, struct errand *errand)
{
    struct delivery *delivery = &errand->delivery;
    enum error taken;

    *delivery = (struct delivery){
        .channel = BY_WECHAT, .state = "sending", .attempt = errand->attempt, .planned_at = r->now};
    taken = take_consent(r, errand->message.person_id, errand->template.wechat_template,
                         &delivery->account_id);
    if (taken != E_OK && taken != E_NOT_FOUND)
        return taken;
    if (taken == E_NOT_FOUND)
        delivery->state = "failed";
    errand->is_ours = taken == E_OK;
    return insert_delivery(r, errand->message.id, delivery, errand->is_ours ? "" : "no_consent");
}

static enum error begin_wechat(struct request *r, void *product)
{
    struct errand *errand = product;
    const char *id = errand->message.id;
    enum error found = lock_delivery(r, id, BY_WECHAT, &errand->delivery);

    errand->is_ours = false;
    if (found == E_NOT_FOUND)
        return insert_wechat(r, errand);
    TRY(found);
    errand->is_ours = is_in(errand, "planned") || is_in(errand, "sending");
    if (is_in(errand, "planned"))
        errand->delivery.attempt = errand->attempt;
    /* What was being sent, by somebody who died or got no answer, goes on under the same number. */
    return errand->is_ours ? begin_again(r, id, BY_WECHAT, errand->delivery.attempt) : E_OK;
}

static const char *end_by_wechat(const struct request *r, const struct errand *errand,
                                 enum sending sending)
{
    switch (sending) {
    case SENT:
        return "sent";
    case REFUSED:
        return "failed";
    case FULL:
        if (errand->may_sms)
            return "failed";
        /* fall through */
    case LATER:
        return is_too_late(r, errand) ? "failed" : "planned";
    case UNKNOWN:
        return is_too_late(r, errand) ? "given_up" : "sending";
    default:
        return "given_up";
    }
}

static enum error try_wechat(struct request *r, struct errand *errand)
{
    const struct message *message = &errand->message;
    struct outgoing outgoing = {.id = message->id,
                                .person_id = message->person_id,
                                .template = errand->template.wechat_template,
                                .page = message->page};
    struct outcome outcome = {REFUSED, "template", true};

    TRY(db_transaction(r, begin_wechat, errand));
    if (!errand->is_ours)
        return E_OK;
    outgoing.attempt = errand->delivery.attempt;
    outgoing.account_id = errand->delivery.account_id;
    outgoing.keywords = wechat_keywords(r->arena, errand->template.wechat_data, errand->values);
    if (outgoing.keywords.items != NULL)
        outcome = send_by_wechat(r, &outgoing);
    return conclude(r, errand, &outcome, end_by_wechat(r, errand, outcome.sending));
}

/* ---- SMS: repeated under its number ---- */

static enum error begin_sms(struct request *r, void *product)
{
    struct errand *errand = product;
    struct delivery *delivery = &errand->delivery;
    enum error found = lock_delivery(r, errand->message.id, BY_SMS, delivery);

    errand->is_ours = true;
    if (found == E_NOT_FOUND) {
        *delivery = (struct delivery){.channel = BY_SMS,
                                      .state = "sending",
                                      .attempt = errand->attempt,
                                      .planned_at = r->now};
        return insert_delivery(r, errand->message.id, delivery, "");
    }
    TRY(found);
    errand->is_ours = is_in(errand, "planned") || is_in(errand, "sending");
    if (!errand->is_ours || is_own(errand))
        return E_OK;
    delivery->attempt = errand->attempt;
    return begin_again(r, errand->message.id, BY_SMS, errand->attempt);
}

/* So that the app says that it is on its way. */
static enum error plan_sms(struct request *r, void *product)
{
    struct errand *errand = product;
    enum error found = lock_delivery(r, errand->message.id, BY_SMS, &errand->delivery);
    const struct delivery planned = {
        .channel = BY_SMS, .state = "planned", .attempt = errand->attempt};

    return found == E_NOT_FOUND ? insert_delivery(r, errand->message.id, &planned, "quiet") : found;
}

static const char *end_by_sms(const struct request *r, const struct errand *errand,
                              enum sending sending)
{
    if (sending == SENT)
        return "sent";
    if (sending == REFUSED)
        return "failed";
    return is_too_late(r, errand) ? "given_up" : "sending";
}

static enum error try_sms(struct request *r, struct errand *errand)
{
    struct outgoing outgoing = {.id = errand->message.id, .person_id = errand->message.person_id};
    struct outcome outcome = {REFUSED, "template", true};
    struct instant until;

    TRY(find_quiet(r, BY_SMS, &until));
    errand->is_expired = until.ms != NONE && is_worthless(errand, until);
    if (errand->is_expired)
        return E_OK;
    if (until.ms != NONE) {
        TRY(db_transaction(r, plan_sms, errand));
        return job_again_at(r, until);
    }
    TRY(db_transaction(r, begin_sms, errand));
    if (!errand->is_ours)
        return E_OK;
    outgoing.text = fill_in(r->arena, errand->template.sms, errand->values);
    if (outgoing.text != NULL)
        outcome = send_by_sms(r, &outgoing);
    return conclude(r, errand, &outcome, end_by_sms(r, errand, outcome.sending));
}

/* ---- nothing more ---- */

/* What was not sent for certain is failed, and its consent is there for another message. */
static enum error close_way(struct request *r, struct errand *errand, const char *channel)
{
    enum error found = lock_delivery(r, errand->message.id, channel, &errand->delivery);

    if (found != E_OK)
        return found == E_NOT_FOUND ? E_OK : found;
    if (!is_in(errand, "planned") && !is_in(errand, "sending"))
        return E_OK;
    errand->to = is_in(errand, "planned") ? "failed" : "given_up";
    TRY(move_delivery(r, errand->message.id, &errand->delivery, errand->to, errand->outcome->why));
    return settle_consent(r, errand);
}

static enum error close_all(struct request *r, void *product)
{
    TRY(close_way(r, product, BY_WECHAT));
    return close_way(r, product, BY_SMS);
}

static enum error end(struct request *r, struct errand *errand, const char *why)
{
    const struct outcome outcome = {LATER, why, false};

    errand->outcome = &outcome;
    log_info(r, "notice_ended", "message=%s %s", errand->message.id, why);
    TRY(db_transaction(r, close_all, errand));
    return mark_done(r, errand->message.id);
}

/* Something of ours stood in the way for most of a day, a template that is missing, say. The job
   would die soon, and leave a message behind that is being sent for ever. */
static enum error give_up(struct request *r, const char *id)
{
    struct errand errand = {.is_ours = false};
    const struct message *message = &errand.message;
    enum error found;

    TRY(find_message(r, id, &errand.message));
    found = find_template(r, message->kind, civil_day(message->created_at), &errand.template);
    if (found != E_OK && found != E_NOT_FOUND)
        return found;
    log_error(r, "notice_given_up", "message=%s %s", id, message->kind);
    return end(r, &errand, "too_many_failures");
}

/* Each step ends a way, or returns an error. */
enum error deliver(struct request *r, const struct task *task)
{
    enum { FAILURES_MAX = 50 }; /* a job dies of a few more (core/job.c) */
    struct errand errand = {.is_ours = false};
    const char *way;

    if (task->failures >= FAILURES_MAX)
        return give_up(r, task->dedupe);
    TRY(begin_errand(r, task->dedupe, &errand));
    TRY(choose(r, &errand, &way));
    while (way != NULL && !errand.is_expired) {
        TRY(strcmp(way, BY_WECHAT) == 0 ? try_wechat(r, &errand) : try_sms(r, &errand));
        TRY(choose(r, &errand, &way));
    }
    if (way != NULL)
        return end(r, &errand, "expired");
    /* What was planned by a way that the person no longer wants. */
    if (errand.has_open)
        return end(r, &errand, "not_chosen");
    return mark_done(r, errand.message.id);
}
