/* What identity asks of Alipay: whose login code this is. */
#ifndef IDENTITY_ALIPAY_H
#define IDENTITY_ALIPAY_H

#include "casework/alipay_gateway.h"
#include "identity/identity.h"

/* alipay.system.oauth.token. A refused code is a reason; everything else that is no answer, an
   unsigned or wrongly signed one among it, is E_UPSTREAM. */
MUST_CHECK enum error alipay_login(struct request *r, const char *code, struct login *login);

struct http_answer;

/* One POST to gateway.do. Whoever reads the answer verifies it. */
MUST_CHECK enum error alipay_send(struct request *r, const struct alipay_app *app,
                                  const struct alipay_call *call, struct http_answer *answer);

/* --- alipay_keys.c --------------------------------------------------------------------------- */

/* With every certificate of Alipay's that is known by now and in date. */
struct alipay_app alipay_application(struct request *r);
/* After ALIPAY_UNKNOWN_SERIAL: true when that certificate was fetched and is believed, so that the
   answer is worth another look. Asked for every KEY_ASK_MS at most; kept while the worker lives. */
bool alipay_learn(struct request *r, const char *serial);

#endif
