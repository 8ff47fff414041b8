/*
 * What is sent to Alipay for a merchant, and whose signature is believed in what comes back. In
 * certificate mode (公钥证书模式) answers and notices name the certificate that signed them. One
 * that nobody knows (learned_keys.h) is fetched beside by alipay.open.app.alipaycert.download and
 * believed once it is shown to come from the roots in root_file, to be the one asked for, and to be
 * in date; until then what it signed proves nothing.
 */
#ifndef PAYMENT_ALIPAY_KEYS_H
#define PAYMENT_ALIPAY_KEYS_H

#include "payment/alipay_wire.h"
#include "payment/learned_keys.h"

struct http_answer;

/* The merchant with all certificates of theirs that are known by now and in date. */
struct alipay_merchant alipay_knowing(struct request *r, const struct merchant *merchant);

/* One POST to gateway.do, signed by the merchant. Whoever reads the answer verifies it. */
MUST_CHECK enum error alipay_post(struct request *r, const struct merchant *merchant,
                                  const struct alipay_call *call, struct http_answer *received);
/* alipay_read_answer() and alipay_read_notice() with every certificate that can be known. */
enum alipay_verdict alipay_believe_answer(struct request *r, const struct merchant *merchant,
                                          const char *method, struct bytes body,
                                          struct alipay_answer *answer);
enum alipay_verdict alipay_believe_notice(struct request *r, const struct merchant *merchant,
                                          struct alipay_notice *notice);

/* Job: fetches the certificate that `dedupe` names, APP_ID:SERIAL. */
enum error fetch_alipay_certificate(struct request *r, const struct task *task);

#endif
