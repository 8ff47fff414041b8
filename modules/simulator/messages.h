/*
 * Messages to people: WeChat's subscription messages and the SMS platform (modules/notice/sms.c says
 * how that is spoken to). WeChat shows a message for each time that it is asked, as long as the user
 * has consented so often; the SMS platform sends a number once. GET /simulator/messages tells what
 * arrived.
 */
#ifndef SIMULATOR_MESSAGES_H
#define SIMULATOR_MESSAGES_H

#include "simulator/simulator.h"

struct sim_message {
    const char *id, *channel, *receiver, *out_id, *template, *page, *content;
    int64_t asked;
    struct instant received_at;
};

extern const struct field sim_message_fields[];
extern const struct statement sim_message_sql[];

/* message_store.c; outside of a transaction */

/* E_REFUSED: the user has not consented (any more). */
MUST_CHECK enum error show_message(struct request *r, struct sim_message *message);
MUST_CHECK enum error take_sms(struct request *r, struct sim_message *message);
/* Up to 1000 of one receiver, or of all for "", the oldest first. */
MUST_CHECK enum error list_messages(struct request *r, const char *receiver,
                                    struct records *messages);
/* The user has consented so often and no message has used that up. */
MUST_CHECK enum error set_consents(struct request *r, const char *openid, const char *template,
                                   int64_t count);

struct list_messages_input {
    const char *receiver;
};
struct consents_input {
    const char *openid, *template_id;
    int64_t count;
};

enum error wechat_subscribe_send(struct request *r);
enum error sms_send_route(struct request *r);
enum error list_messages_route(struct request *r);
enum error set_consents_route(struct request *r);

#endif
