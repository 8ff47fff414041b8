/*
 * What the module notice asks of us, by module call: who is behind an account, a person's mobile number
 * when an SMS is about to go, and to send a subscription message of WeChat's, for which it needs
 * neither openid nor access token. What became of such a message is an answer and no error, because
 * WeChat knows no number of ours by which a repetition could be told from a second message:
 *
 *   sent     errcode 0
 *   refused  certainly not sent: no consent is left, or the openid is not (any longer) known
 *   invalid  certainly not sent, and it never will be: template, page or a keyword is wrong
 *   later    certainly not sent: busy, out of quota, no access token, no connection
 *   unknown  no answer, or none that can be read, or this attempt was begun before
 */
#ifndef IDENTITY_RECIPIENT_H
#define IDENTITY_RECIPIENT_H

#include "identity/account.h"

/* What notice sends. */
struct recipient_input {
    const char *account_id;
};
struct phone_input {
    const char *person_id;
};
struct message_input {
    const char *attempt; /* ULID; asked again with the same one, also by nginx, it is not sent again */
    const char *person_id, *account_id;
    const char *template, *page;
    struct texts keywords; /* "thing1=粤B1**45" */
};

enum error find_recipient(struct request *r);
enum error tell_phone(struct request *r);
enum error send_message(struct request *r);

/* Inside a transaction: at most a thousand that are older than a week. */
MUST_CHECK enum error delete_old_attempts(struct request *r);

extern const struct param recipient_params[], phone_of_params[], message_params[];
extern const struct field recipient_fields[], phone_fields[], sent_fields[];
extern const struct statement recipient_sql[];

/* wechat_message.c */
struct sent {
    const char *outcome;
    int64_t errcode; /* NONE: no answer */
};
struct sent wechat_message(struct request *r, const char *openid, const struct message_input *in);

#endif
