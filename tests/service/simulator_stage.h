/*
 * Where the simulator is tried out by a merchant who signs and verifies with core/crypto, that is
 * with OpenSSL, while the simulator uses mbedTLS. The database comes from the environment
 * (scripts/test); notices go to a fake upstream. Every story is told twice: plainly, and with every
 * transaction rolled back, then committed with its answer swallowed, before it counts.
 */
#ifndef SERVICE_SIMULATOR_STAGE_H
#define SERVICE_SIMULATOR_STAGE_H

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "core/crypto.h"
#include "support/asker.h"
#include "support/fake_upstream.h"

#include <cmocka.h>

#define KEYS VECTORS_DIR "/keys/"
#define APPID "wx8888888888888888"
#define MCHID "1900000109"
#define FEE_MCHID "1900000209" /* the same owner's other merchant, with keys of its own */
#define FEE_APP_ID "2021000000000017" /* and his other ones at Alipay ... */
#define FEE_MER_ID "777290058110097"  /* ... and at UnionPay, with WeChat Pay's keys of these tests */
#define FEE_APIV3_KEY "AnotherTestApiV3Key0123456789abc"
#define APIV3_KEY "SharedTestApiV3Key0123456789abcd"
#define PUBLIC_KEY_ID "PUB_KEY_ID_0119000001092026010100000000001"

struct simulator_stage {
    struct fake_upstream upstream;
    struct asker asker;
    struct arena *arena; /* of one test */
    struct key *merchant, *platform, *next, *public_key, *app, *alipay;
    struct key *fee_merchant, *fee_app;
    const char *merchant_serial, *fee_serial, *platform_serial;
    const char *app_cert_sn, *root_cert_sn; /* what ali() names; NULL: nothing */
    int64_t noon_ms; /* from the real time to noon in China, when the clock is not shifted */
    int64_t clock_ms, numbers;
    bool is_rehearsing;
};

extern struct simulator_stage test;

/* ---- the merchant ---- */

/* Signs as a merchant of WeChat Pay and asks; the HTTP status. A body of NULL is a GET. */
int wx(const char *target, const char *body);
/* The same as the merchant for fees. */
int wx_fees(const char *target, const char *body);
/* The Authorization that wx() sends, for a moment so far from now. */
const char *authorization(const char *method, const char *target, const char *body, int64_t skew_s);
/* Whether the answer is signed, by the key that its serial names, over its very bytes. */
bool is_signed(void);
/* Asks gateway.do with the application's signature; biz_content may be NULL. */
int ali(const char *method, const char *biz);
/* The same as the application for fees. */
int ali_fees(const char *method, const char *biz);
/* alipay.system.oauth.token, whose parameters stand at the top. */
int ali_token(const char *code);
bool is_signed_by_alipay(void);

/* ---- everybody else ---- */

/* Asks through the internal door; a body of NULL is empty. */
int control(const char *method, const char *target, const char *body);
/* Asks through the gateways' door, with the headers of the last wx() save this Authorization. */
int ask_as(const char *authorization, const char *target, const char *body);
/* Asks WeChat, who signs nothing. */
int wechat(const char *target, const char *body);
/* From now on, until the test ends; NULL takes it back. A FastCGI parameter's name. */
void with(const char *param, const char *value);
/* A member of the answer by the way to it ("items.0.state"): a text, or a number. */
const char *said(const char *way);
int64_t said_number(const char *way);
/* A header of the answer, or NULL. */
const char *header(const char *name);

const char *new_no(void);
/* The body of an order for 20,000 fen. */
const char *order_body(const char *out_trade_no);
const char *trade_body(const char *out_trade_no);
void place(const char *out_trade_no);       /* at WeChat Pay */
void place_trade(const char *out_trade_no); /* at Alipay */
const char *pay(const char *gateway, const char *out_trade_no); /* the gateway's number */
void fault(const char *json);
/* What WeChat Pay says the state of the order is. */
const char *trade_state(const char *out_trade_no);

/* The merchant answers notices with these lines, "STATUS BODY" each, the last one for ever. */
void merchant_says(const char *lines);
/* Runs what is due until nothing is. */
void run_jobs(void);
/* How many notices arrived that hold the word. */
int arrived(const char *word);
/* From noon, and what has passed since the program began. */
void shift_clock(int64_t ms);

int open_plain(void **state);
int open_rehearsed(void **state);
int close_all(void **state);
int begin(void **state);

#define TEST(name) cmocka_unit_test_setup(name, begin)
/* How many failed. */
#define TELL_TWICE(tests)                                                                          \
    (cmocka_run_group_tests_name("plain", tests, open_plain, close_all) +                          \
     cmocka_run_group_tests_name("rehearsed", tests, open_rehearsed, close_all))

#endif
