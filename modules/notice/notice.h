/*
 * Notices (通知): what a citizen is told. Producers publish an event (casework/tell.h); here it becomes
 * one message for each person, kind and subject, which the app shows from then on, and a job that
 * sends it by the way the person chose for its group.
 *
 * A way out is tried like this (deliver.c):
 *   wechat  uses up one consent (一次性订阅) of an account of the person. At most once: "sending" is
 *           written first, with the number of the attempt, which identity begins once; without an
 *           answer it is asked again, and given up when identity says that it had begun.
 *   sms     the message's id is its number at the platform, which sends a number once. So it is
 *           repeated until the answer is certain, for most of a day. It waits in the
 *           hours of notice_quiet.
 * WeChat first and SMS next is for "wechat_sms", where WeChat certainly did not take it. News that is too
 * old (good_for_s) is sent by neither.
 *
 * WeChat's token and everybody's openid and phone stay in identity, which sends to WeChat on our
 * behalf and tells a phone when an SMS is about to go; nothing of that is kept here.
 */
#ifndef NOTICE_NOTICE_H
#define NOTICE_NOTICE_H

#include "core/db.h"

#define NOTICE_REASONS(X)                                                                          \
    X(GROUP_UNKNOWN, 422, "group_unknown", "没有这种通知")                                         \
    X(TEMPLATE_UNKNOWN, 422, "template_unknown", "没有这个消息模板")                               \
    X(IN_WECHAT_ONLY, 409, "wechat_only", "请在微信小程序中办理")

NOTICE_REASONS(REASON_DECLARE)

struct notice_settings {
    const char *sms_url, *sms_app, *sms_key_file;
    int64_t sms_ms;
    int64_t give_up_s;
};

/* What all threads of a worker share. */
struct notice {
    struct arena *arena;
    char sms_key[257];
};

#define BY_WECHAT "wechat"
#define BY_SMS "sms"

/* Its id is that of the event, so that an inbox is in the order in which things happened, whichever was
   delivered first. */
struct message {
    const char *id, *kind, *subject, *person_id, *about, *page, *title, *text;
    const char *vals; /* JSON */
    struct instant created_at;
};

/* A version of notice_template. */
struct template {
    const char *kind, *grp, *title, *words;
    const char *sms;                           /* NULL: never by SMS */
    const char *wechat_template, *wechat_data; /* NULL: never by WeChat */
    const char *page;
    int64_t good_for_s; /* after it happened; NONE: no limit */
};

struct delivery {
    const char *channel, *state;
    const char *account_id; /* whose consent; NULL for none */
    const char *attempt;
    struct instant planned_at;
};

struct subscription {
    const char *account_id, *template;
    int64_t remaining;
};

extern const struct statement message_sql[], forget_sql[]; /* message_store.c, forget.c */
extern const struct param notice_list_params[], notice_path_params[];
extern const struct field notice_view_fields[];
/* E_EXISTS: told before. */
MUST_CHECK enum error insert_message(struct request *r, const struct message *message);
MUST_CHECK enum error find_message(struct request *r, const char *id, struct message *message);
/* Nothing more is to be sent. */
MUST_CHECK enum error mark_done(struct request *r, const char *id);
/* The version in force on that day; E_NOT_FOUND without one. */
MUST_CHECK enum error find_template(struct request *r, const char *kind, struct day day,
                                    struct template *template);

/* delivery_store.c; all but the first two inside a transaction */
extern const struct statement delivery_sql[];
/* E_NOT_FOUND: not tried by this way. */
MUST_CHECK enum error find_delivery(struct request *r, const char *message_id, const char *channel,
                                    struct delivery *delivery);
/* Until when a channel is silent; NONE when it is not. */
MUST_CHECK enum error find_quiet(struct request *r, const char *channel, struct instant *until);
MUST_CHECK enum error lock_delivery(struct request *r, const char *message_id, const char *channel,
                                    struct delivery *delivery);
MUST_CHECK enum error insert_delivery(struct request *r, const char *message_id,
                                      const struct delivery *delivery, const char *why);
/* Of one that is open; E_NOT_FOUND: it is recorded, or somebody else is at it. */
MUST_CHECK enum error move_delivery(struct request *r, const char *message_id,
                                    const struct delivery *delivery, const char *to,
                                    const char *why);
MUST_CHECK enum error begin_again(struct request *r, const char *message_id, const char *channel,
                                  const char *attempt);
/* Uses up one; E_NOT_FOUND: there is none. */
MUST_CHECK enum error take_consent(struct request *r, const char *person_id, const char *template,
                                   const char **account_id);
MUST_CHECK enum error return_consent(struct request *r, const char *person_id,
                                     const char *template, const char *account_id);
/* WeChat says that there is none, whatever was counted. */
MUST_CHECK enum error forget_consents(struct request *r, const char *person_id,
                                      const char *template, const char *account_id);

/* choices.c */
extern const struct statement choice_sql[];
extern const struct param preference_params[], subscription_params[];
extern const struct field preference_fields[], subscription_fields[];
/* What the person chose for that group, or what holds without a choice. */
MUST_CHECK enum error find_choice(struct request *r, const char *person_id, const char *group,
                                  const char **choice);

/* What clients send. */
struct notice_list_input {
    const char *after;
    int64_t limit;
};
struct notice_path {
    const char *notice_id;
};
struct preference_input {
    const char *group, *channel;
};
struct subscription_input {
    struct texts accepted;
};

enum error list_notices(struct request *r);
enum error read_notice(struct request *r);
enum error list_preferences(struct request *r);
enum error set_preference(struct request *r);
enum error list_subscriptions(struct request *r);
enum error add_subscriptions(struct request *r);

enum error take_telling(struct request *r, const struct task *task);
enum error deliver(struct request *r, const struct task *task);
enum error forget_old(struct request *r, const struct task *task);

enum error notice_open(struct process *process, const void *settings, void **state);
void notice_close(void *state);

#endif
