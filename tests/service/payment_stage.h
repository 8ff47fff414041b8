/*
 * Where payment's routes are tried out: WeChat Pay's and Alipay's answers come from a fake
 * upstream, signed with the gateways' keys; callbacks are composed and signed here.
 */
#ifndef SERVICE_PAYMENT_STAGE_H
#define SERVICE_PAYMENT_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "support/asker.h"
#include "support/clock.h"
#include "support/database.h"

#include <cmocka.h>

#define ORDERS "/api/payment/orders"
#define DRIVER "01HZZZZZZZZZZZZZZZZZDR1VER"
#define OWNER "01HZZZZZZZZZZZZZZZZZ0WNER0"
#define STRANGER "01HZZZZZZZZZZZZZZZSTRANGER"
#define PAYER_ACCOUNT "01HZZZZZZZZZZZZZZZACC0NT01"
#define OTHER_ACCOUNT "01HZZZZZZZZZZZZZZZACC0NT02"

extern struct asker asker;
extern struct arena *texts; /* of all tests of a group */

#define FINES_MERCHANT "1900000109"
#define FEES_MERCHANT "1900000117"

int open_payment(void **state);
int open_payment_rehearsed(void **state);
int close_payment(void **state);
/* The same after a group that another one follows with the same keys. */
int forget_payments(void **state);
/* Merchants as their file describes them. */
#define OF_WECHATPAY                                                                               \
    "\"appid\":\"wx1234567890abcdef\",\"key_file\":\"wechatpay/merchant.key\","                    \
    "\"certificate_file\":\"wechatpay/merchant.crt\",\"apiv3_key_file\":\"wechatpay/apiv3.key\","  \
    "\"public_key_file\":\"wechatpay/public.pem\",\"public_key_id_file\":\"wechatpay/public.id\"}"
#define AT_WECHATPAY(merchant, accounts)                                                           \
    "{\"gateway\":\"wechatpay\",\"merchant\":\"" merchant "\",\"accounts\":[" accounts             \
    "]," OF_WECHATPAY
#define FINES AT_WECHATPAY(FINES_MERCHANT, "\"fine_treasury\"")
#define FEES AT_WECHATPAY(FEES_MERCHANT, "\"fee_treasury\"")
#define FINES_AT_ALIPAY                                                                            \
    "{\"gateway\":\"alipay\",\"merchant\":\"2021000000000001\",\"accounts\":[\"fine_treasury\"],"  \
    "\"key_file\":\"alipay/app.key\",\"public_key_file\":\"alipay/gateway.pem\"}"
#define FINES_AT_UNIONPAY                                                                          \
    "{\"gateway\":\"unionpay\",\"merchant\":\"777290058110048\",\"accounts\":[\"fine_treasury\"],"  \
    "\"key_file\":\"unionpay/merchant.key\",\"certificate_file\":\"unionpay/merchant.crt\","          \
    "\"root_file\":\"unionpay/root.crt\",\"middle_file\":\"unionpay/middle.crt\"}"
/* Before payment is opened: the file has only these. */
bool know_only(const char *merchants);
/* Signs the driver in at WeChat, at 10:00 on 2026-11-22 in China. */
int begin_payment(void **state);

const char *sign_in_as(const char *actor_id, const char *person_id, unsigned roles,
                       const char *channel);
/* A file among the platform's keys, and the text of one. */
const char *in_keys(const char *name);
const char *text_of(const char *path);
/* What the fake upstream answers at a path, as it keeps it (support/fake_upstream). */
void put_answer(const char *name, const char *text);
/* How many requests it got that hold both words, in path or body. */
int64_t requests_with(const char *word, const char *other);
void assert_refused(int status, const char *code);
/* The only value of the only row, kept. */
const char *database_word(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A fine of the driver's, due on 2026-12-01; its id. */
const char *new_obligation(int64_t fen);
const char *obligation_of(const char *person_id, const char *account, int64_t fen,
                          const char *due_on);

/* WeChat Pay accepts an order with this prepay_id from now on; or answers like this. */
void wechatpay_accepts(const char *prepay_id);
void wechatpay_answers(const char *method_path, int status, const char *json);
void wechatpay_is_silent(void);
/* From now on this is WeChat Pay's bill of that kind ("trade", "fund"), announced with this hash or,
   NULL, the right one. */
void wechatpay_bill_is(const char *kind, const char *text, const char *sha1);
void wechatpay_has_no_bill(const char *kind);
void alipay_answers(const char *method, const char *node);
/* ... and after that one call, this. */
void alipay_then_answers(const char *method, const char *node);
/* From now on Alipay signs with this certificate ("simulator/alipay_next") and names it, in answers
   and notices; NULL: with its bare key again. */
void alipay_signs_with(const char *name);
/* The serial of a certificate among the keys, as Alipay names it. */
const char *alipay_sn(const char *name);
/* How often this method ("alipay.trade.refund") was called about this number. */
int64_t alipay_calls(const char *method, const char *number);

/* 201 or what else; the attempt's number at the gateway. */
int open_order(const char *key, const char *obligation_id);
int open_order_by(const char *key, const char *obligation_id, const char *channel);
const char *order_no(void);
const char *attempt_of(const char *order);
const char *open_attempt_of(const char *key, const char *obligation_id);

/* What the gateway posts; the HTTP status of our answer. To the path of the merchant for fines,
   unless wechatpay_tells_at names another. */
int wechatpay_tells_at(const char *path_merchant, const char *body_merchant, const char *attempt,
                       const char *transaction_id, int64_t fen);
int wechatpay_tells_paid(const char *attempt, const char *transaction_id, int64_t fen);
int wechatpay_tells(const char *event_type, const char *original_type, const char *plain,
                    const char *signature);
int alipay_tells_paid(const char *attempt, const char *trade_no, const char *yuan);

/* From now on WeChat Pay signs with this key of the keys folder ("simulator/wechatpay_next"), under
   its certificate's serial; NULL: with its public key again. */
void wechatpay_signs_with(const char *name);
/* What it says its callbacks are encrypted with; what they are is WECHATPAY_CIPHER. */
void wechatpay_names_cipher(const char *name);

/* All money invariants, by their ids; fails naming the first that does not hold. */
void assert_books_are_right(void);

#endif
