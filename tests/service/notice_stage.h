/*
 * Where notice is tried out: identity and the SMS platform are canned answers, producers' events are
 * inserted, and work() lets the background worker do all that is due. In the rehearsed group every
 * transaction body runs twice.
 */
#ifndef SERVICE_NOTICE_STAGE_H
#define SERVICE_NOTICE_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "core/db.h"
#include "support/asker.h"
#include "support/clock.h"
#include "support/database.h"

#include <cmocka.h>

/* Files of canned answers. */
#define WECHAT "api_identity_messages_wechat"
#define PHONE "api_identity_recipients_phone"
#define PERSON "api_identity_recipients"
#define SMS "v1_messages"
#define SENT_BY_WECHAT "200 {\"outcome\":\"sent\",\"errcode\":0}\n"
#define SENT_BY_SMS "200 {\"code\":\"ok\"}\n"

#define NEW_TEMPLATE "tongban-violation-new"
#define VALUES_OF_NEW                                                                              \
    "{\"plate\":\"粤B1**45\",\"what\":\"违反规定停放车辆\",\"day\":\"2026年11月18日\"}"

extern struct asker asker;
extern struct arena *texts;          /* of all tests of a group */
extern const char *person, *account; /* who is signed in */

/* From now on the path answers with these lines, "STATUS BODY" each, the last one for ever. */
void can(const char *name, const char *lines);
/* How many requests since the test began hold the text. */
int arrived(const char *text);
const char *new_id(void);
/* The only value of the only row, as text. */
const char *word(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* An event as casework/tell.h makes it; `who` is one of its members, "person_id" or "account_id". */
void tell(const char *kind, const char *who, const char *id, const char *subject,
          const char *the_values);
/* A new violation of the person who is signed in; its subject. */
const char *told_of_violation(void);
void work(void);

void chosen(const char *channel); /* for violations */
void consented(int count);        /* to messages of new violations, with the account */
int64_t consents_left(void);
/* How far the message of this subject is by either way; "" where it was not tried. */
void assert_states(const char *subject, const char *wechat, const char *sms);

int open_notice(void **state);
int open_notice_rehearsed(void **state);
int close_notice(void **state);
int begin_notice(void **state);

#endif
