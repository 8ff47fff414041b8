/*
 * From a template and values to what is sent, and which way is next. Pure.
 *
 * WeChat refuses a message (47003) of which a keyword breaks the rule of its type. The types are in
 * the keyword's name: thing 20 characters; character_string 32 letters, digits and signs; number
 * 32 digits; letter 32 letters; phrase 5 Chinese characters; amount a number of up to 10 digits with
 * a fraction and 元 behind it; date and time in the forms 2026年12月7日 and 15:01. A thing that is too
 * long is cut; anything else that does not fit is a fault of the template.
 */
#ifndef NOTICE_TEMPLATE_H
#define NOTICE_TEMPLATE_H

#include "core/arena.h"
#include "core/value.h"

struct json_t;

/* Each {name} replaced by the text of that name; NULL when one is missing or a brace is open. */
const char *fill_in(struct arena *arena, const char *text, const struct json_t *values);

/* "thing1=粤B1**45" and so on from JSON like wechat_data; NULL items when a value is missing or does
   not fit. */
struct texts wechat_keywords(struct arena *arena, const char *data, const struct json_t *values);

/* What a keyword may say of it; NULL: nothing. */
const char *fit_keyword(struct arena *arena, const char *keyword, const char *text);

/* When hours that begin at one minute of the day (UTC+8) and end at another are over; NONE outside of
   them. */
struct instant quiet_until(struct instant now, int64_t from_minute, int64_t to_minute);

/* What is known when the next way is chosen. States are NULL while that way was not tried. */
struct ways {
    const char *choice; /* wechat, wechat_sms, sms, none */
    bool has_wechat, has_sms;
    const char *wechat_state, *sms_state;
};
/* "wechat", "sms", or NULL: nothing more is to be done. */
const char *next_way(const struct ways *ways);

#endif
