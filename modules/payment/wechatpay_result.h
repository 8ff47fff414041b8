/* WeChat Pay's transaction and refund objects, as answers and callbacks carry them, in our words.
 */
#ifndef PAYMENT_WECHATPAY_RESULT_H
#define PAYMENT_WECHATPAY_RESULT_H

#include "payment/gateway.h"

/* `json` was verified. Merchant, application and currency are compared with this one's; E_UPSTREAM
   when it cannot be read or is not ours. The number in it is in answer->proof.our_no. */
MUST_CHECK enum error wechatpay_read_transaction(struct request *r, const struct merchant *merchant,
                                                 struct bytes json, const char *proof,
                                                 struct answer *answer);
MUST_CHECK enum error wechatpay_read_refund(struct request *r, const struct merchant *merchant,
                                            struct bytes json, const char *proof,
                                            struct answer *answer);

#endif
