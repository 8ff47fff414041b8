/*
 * The one interface of all ways out: what goes, and what came of it. What a way may say is filled in
 * already; it knows no kinds and no choices.
 */
#ifndef NOTICE_WAY_H
#define NOTICE_WAY_H

#include "core/db.h"

struct outgoing {
    const char *id; /* the message's: its number wherever a number can be given */
    const char *person_id;
    const char *text; /* SMS */
    /* WeChat */
    const char *attempt; /* identity sends each once */
    const char *account_id, *template, *page;
    struct texts keywords; /* "thing1=粤B1**45" */
};

enum sending {
    SENT,
    REFUSED, /* certainly not sent, and it will not be */
    FULL,    /* certainly not sent, and for hours it will not be; another way may be faster */
    LATER,   /* certainly not sent; worth another try */
    UNKNOWN, /* no answer, or none that can be read: it may have been sent; ask under its number */
    LOST,    /* it may have been sent, and nobody will say whether it was */
};

struct outcome {
    enum sending sending;
    const char *why;  /* in a word, for the log and for notice_delivery */
    bool is_our_fault; /* a template or a setting is wrong: someone must act */
};

/* sms.c: the only file that knows the SMS platform. */
struct outcome send_by_sms(struct request *r, const struct outgoing *outgoing);

#endif
