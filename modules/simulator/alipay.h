/*
 * Alipay's gateway.do, in public-key mode or, with the setting ALIPAY_CERTIFICATES, in certificate
 * mode. alipay_gateway checks the envelope and the signature over all parameters, finds the method,
 * puts the fault on it and signs the node of the answer.
 */
#ifndef SIMULATOR_ALIPAY_H
#define SIMULATOR_ALIPAY_H

#include "simulator/callbacks.h"
#include "simulator/wire_text.h"

/* A certificate of Alipay's, or of somebody who would like to be it. */
struct alipay_signer {
    const char *name; /* now, next, expired or stranger */
    const char *sn;
    const char *pem; /* with what leads from it to a root */
    const struct wire_key *key;
};

enum { ALIPAY_NOW, ALIPAY_NEXT, ALIPAY_EXPIRED, ALIPAY_STRANGER, ALIPAY_SIGNERS };

struct alipay_call {
    const struct form *form;
    const struct alipay_party *party; /* whose request it is */
    const json_t *biz; /* biz_content; NULL for methods without */
    struct sim_fault fault;
    json_t *node;  /* the answer; its reference ends with the answer */
    bool is_error; /* the node is called error_response */
};

struct alipay_method {
    const char *name; /* NULL ends a table */
    const char *operation;
    const struct member *members; /* of biz_content; NULL for none */
    enum error (*act)(struct request *r, struct alipay_call *call);
};

extern const struct alipay_method alipay_methods[];

enum error alipay_gateway(struct request *r);
/* The application of this id; NULL if there is none. */
const struct alipay_party *party_by_app_id(const struct simulator *simulator, const char *app_id);

/* Nodes: 10000, to be filled; 40004 with a sub_code. */
json_t *alipay_success(void);
void alipay_refuse(struct alipay_call *call, const char *sub_code, const char *sub_msg);

/* ---- alipay_trade.c ---- */

extern const struct member alipay_create_members[], alipay_precreate_members[];
extern const struct member alipay_trade_members[];

enum error alipay_create(struct request *r, struct alipay_call *call);
enum error alipay_precreate(struct request *r, struct alipay_call *call);
enum error alipay_query(struct request *r, struct alipay_call *call);
enum error alipay_close(struct request *r, struct alipay_call *call);
const char *new_trade_no(struct request *r);
/* WAIT_BUYER_PAY, TRADE_SUCCESS or TRADE_CLOSED. */
const char *trade_status(const struct request *r, const struct sim_order *order);
/* The trade of the caller that biz_content names by trade_no or out_trade_no; E_NOT_FOUND for one
   unscanned or another's. */
MUST_CHECK enum error find_trade(struct request *r, const struct alipay_call *call,
                                 struct sim_order *order);

/* ---- alipay_refund.c ---- */

extern const struct member alipay_refund_members[], alipay_refund_query_members[];

enum error alipay_refund(struct request *r, struct alipay_call *call);
enum error alipay_refund_query(struct request *r, struct alipay_call *call);
bool is_alipay_no(const char *text);
bool is_alipay_amount(const char *text);

/* ---- alipay_bills.c ---- */

extern const struct member alipay_bill_members[];

enum error alipay_bill(struct request *r, struct alipay_call *call);

/* ---- alipay_token.c, alipay_notice.c ---- */

enum error alipay_token(struct request *r, struct alipay_call *call);
/* What a notice about the trade says, before notify_time and signature; refund is NULL for payment.
 */
json_t *trade_notice_json(struct request *r, const struct sim_order *order,
                          const struct sim_refund *refund);
/* ---- alipay_certificates.c ---- */

extern const struct member alipay_certificate_members[];

enum error alipay_certificate(struct request *r, struct alipay_call *call);
bool is_alipay_signer(const char *text);
/* Who signs at the moment; in key mode a key without a certificate. */
MUST_CHECK enum error alipay_signer_in_use(struct request *r, struct alipay_signer *signer);
/* NULL, or the sub_code of what is wrong with the serials that the request names. */
const char *alipay_serial_fault(const struct request *r, const struct form *form,
                                const struct alipay_party *party);
/* base64 over the text, as the fault wants it. */
const char *alipay_sign(struct request *r, const struct alipay_signer *signer, const char *text,
                        const char *fault);

#endif
