/*
 * WeChat Pay APIv3 as a merchant meets it. A handler names the operation and an act;
 * wechatpay_serve checks the request as the real one does, lets the act decide, puts the fault on
 * it, and signs.
 */
#ifndef SIMULATOR_WECHATPAY_H
#define SIMULATOR_WECHATPAY_H

#include "simulator/callbacks.h"
#include "simulator/faults.h"
#include "simulator/wire_text.h"

struct wechatpay_call {
    const struct wechatpay_party *party; /* who signed the request */
    const char *operation;     /* as faults name it */
    const char *number_member; /* of the body, or NULL when .number is known from the path */
    const char *number;
    json_t *body; /* NULL without one */
    struct sim_fault fault;
    int status; /* the answer */
    const char *answer;
};

typedef enum error wechatpay_act(struct request *r, struct wechatpay_call *call);

MUST_CHECK enum error wechatpay_serve(struct request *r, struct wechatpay_call *call,
                                      wechatpay_act *act);
/* Sets an error of the real list as the answer. */
MUST_CHECK enum error wechatpay_error(struct request *r, struct wechatpay_call *call, int status,
                                      const char *code, const char *message);
/* An order of the merchant who calls; another's is E_NOT_FOUND. */
MUST_CHECK enum error find_own_order(struct request *r, const struct wechatpay_call *call,
                                     const char *out_trade_no, struct sim_order *order);
MUST_CHECK enum error find_own_order_by_id(struct request *r, const struct wechatpay_call *call,
                                           const char *gw_id, struct sim_order *order);
/* Sets a 400 PARAM_ERROR that names the member, when the body breaks a rule; else .status stays 0.
 */
void wechatpay_check_body(struct request *r, struct wechatpay_call *call,
                          const struct member *members);

/* What an order call is answered with while BENCH_REPLY is on; nothing is stored. */
MUST_CHECK enum error wechatpay_bench_reply(struct request *r);

/* ---- wechatpay_sign.c ---- */

/* The signer that goes by this serial; NULL if none does. */
const struct signer *signer_by_serial(const struct simulator *simulator, const char *serial);
/* The one that signs what no request asked for: callbacks, and answers to requests that name none.
 */
MUST_CHECK enum error signer_in_use(struct request *r, const struct signer **signer);

/* The five headers over a body, as the fault wants them. */
struct wechatpay_signature {
    const char *timestamp, *nonce, *serial, *signature;
};
struct wechatpay_signature wechatpay_sign(struct request *r, const struct signer *signer,
                                          const char *body, const char *fault);

/* The merchant of this number; NULL if there is none. */
const struct wechatpay_party *party_by_mchid(const struct simulator *simulator, const char *mchid);
/* NULL, or why the Authorization header does not authorise this request. */
const char *wechatpay_authorization_fault(struct request *r, const char *method,
                                          const struct wechatpay_party **party);

/* ---- wechatpay_view.c ---- */

/* The transaction as queries and notices show it; says is "" or a fault of a query. */
json_t *transaction_json(struct request *r, const struct sim_order *order,
                         const struct sim_fault *says);
json_t *refund_json(struct request *r, const struct sim_refund *refund);
/* What is inside a refund's notice: fewer members, and refund_status. */
json_t *refund_notice_json(struct request *r, const struct sim_order *order,
                           const struct sim_refund *refund);

/* ---- rules of members ---- */

bool is_wechat_order_no(const char *text);
bool is_notify_url(const char *text);

/* ---- handlers ---- */

struct wechatpay_path {
    const char *number;
};

enum error wechatpay_order_jsapi(struct request *r);
enum error wechatpay_order_native(struct request *r);
enum error wechatpay_query_by_no(struct request *r);
enum error wechatpay_query_by_id(struct request *r);
enum error wechatpay_close(struct request *r);
enum error wechatpay_refund(struct request *r);
enum error wechatpay_query_refund(struct request *r);
enum error wechatpay_certificates(struct request *r);
enum error wechatpay_trade_bill(struct request *r);
enum error wechatpay_fund_bill(struct request *r);
enum error wechatpay_download(struct request *r);

/* "wx" and 34 more; the end tells whether it belongs to the order. */
const char *new_prepay_id(struct request *r, const char *out_trade_no);
bool is_prepay_id_of(struct request *r, const char *prepay_id, const char *out_trade_no);

/* The job that ends an accepted refund. */
enum error end_refund(struct request *r, const struct task *task);

#endif
