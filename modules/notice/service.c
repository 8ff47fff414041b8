/* Notices: what a citizen is told, in the app and by the way out that he chose. */

#include "core/clock.h"
#include "core/config.h"
#include "core/crypto.h"
#include "core/process.h"
#include "notice/notice.h"

NOTICE_REASONS(REASON_DEFINE)

static const struct reason *const reasons[] = {NOTICE_REASONS(REASON_LIST) NULL};

#define S struct notice_settings

static const struct setting settings[] = {
    SETTING(S, sms_url, "SMS_URL", NULL, "the SMS platform, https://host[:port]"),
    SETTING(S, sms_app, "SMS_APP", NULL, "our application there"),
    SETTING_FILE(S, sms_key_file, "SMS_KEY_FILE", NULL, "its key; signs requests"),
    SETTING_NUMBER(S, sms_ms, "SMS_MS", "3000", 1, 60000, "deadline of one call to it"),
    /* Before the job itself would be dead. */
    SETTING_NUMBER(S, give_up_s, "GIVE_UP_S", "72000", 1, 72000,
                   "a way out is given up so long after it was tried first"),
    SETTING_END,
};

static const struct route routes[] = {
    {GET, "/notices", VERIFIED, list_notices, INPUT(struct notice_list_input, notice_list_params),
     .answer = notice_view_fields, .is_page = true,
     .summary = "What the caller was told, and by which way, newest first"},
    {POST, "/notices/{notice_id}/read", VERIFIED, read_notice,
     INPUT(struct notice_path, notice_path_params), .answer = notice_view_fields,
     .summary = "It was read"},
    {GET, "/preferences", VERIFIED, list_preferences, .answer = preference_fields, .is_page = true,
     .summary = "How the caller is told, for each group of notices"},
    {POST, "/preferences", VERIFIED, set_preference,
     INPUT(struct preference_input, preference_params), .answer = preference_fields,
     .needs_key = true, .summary = "Chooses that for a group; the app shows all the same"},
    {GET, "/subscriptions", VERIFIED, list_subscriptions, .answer = subscription_fields,
     .is_page = true, .summary = "What WeChat's user can consent to, and what is left of it"},
    {POST, "/subscriptions", VERIFIED, add_subscriptions,
     INPUT(struct subscription_input, subscription_params), .answer = subscription_fields,
     .is_page = true, .needs_key = true,
     .summary = "The user consented: one more message of each of these templates"},
    ROUTE_END,
};

static const struct job jobs[] = {
    {"deliver", 0, deliver},
    {"forget_old", DAY_MS, forget_old},
    {.name = NULL},
};

/* Whatever has a template; each kind that a producer tells of stands here. */
static const struct job events[] = {
    {"violation_new", 0, take_telling},
    {"decision_made", 0, take_telling},
    {"points_full", 0, take_telling},
    {"licence_stopped", 0, take_telling},
    {"statement_answered", 0, take_telling},
    {"penalty_proposed", 0, take_telling},
    {"hearing_set", 0, take_telling},
    {"fine_due_soon", 0, take_telling},
    {"fee_charged", 0, take_telling},
    {"surcharge_starts", 0, take_telling},
    {"refund_step", 0, take_telling},
    {"ticket_near", 0, take_telling},
    {"mandate_given", 0, take_telling},
    {"mandate_ended", 0, take_telling},
    {.name = NULL},
};

static const struct statement *const sql[] = {message_sql, delivery_sql, choice_sql, forget_sql,
                                              NULL};

static enum error open_all(struct process *process, const struct notice_settings *own,
                           struct notice *notice)
{
    size_t size;
    char *key;

    if (strncmp(own->sms_url, "https://", 8) != 0 || own->sms_url[strlen(own->sms_url) - 1] == '/')
        return process_failed(process, "SMS_URL begins with https:// and does not end in a slash");
    key = secret_read(own->sms_key_file, sizeof(notice->sms_key) - 1, &size);
    if (key == NULL)
        return E_REFUSED;
    memcpy(notice->sms_key, key, size + 1);
    secret_forget(key, size);
    return E_OK;
}

enum error notice_open(struct process *process, const void *own, void **state)
{
    enum { ARENA_LIMIT = 4096 };
    struct arena *arena = arena_open(ARENA_LIMIT);
    struct notice *notice = arena_alloc(arena, sizeof(*notice));
    enum error error;

    notice->arena = arena;
    error = open_all(process, own, notice);
    if (error == E_OK)
        *state = notice;
    else
        notice_close(notice);
    return error;
}

void notice_close(void *state)
{
    struct notice *notice = state;
    struct arena *arena = notice->arena;

    wipe(notice, sizeof(*notice));
    arena_close(arena);
}

const struct service service = {
    .name = "notice",
    .title = "消息通知",
    .routes = routes,
    .jobs = jobs,
    .events = events,
    .sql = sql,
    .reasons = reasons,
    .settings = settings,
    .settings_size = sizeof(struct notice_settings),
    .open = notice_open,
    .close = notice_close,
};
