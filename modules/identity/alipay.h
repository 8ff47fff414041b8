/* What identity asks of Alipay: whose login code this is. */
#ifndef IDENTITY_ALIPAY_H
#define IDENTITY_ALIPAY_H

#include "identity/identity.h"

/* alipay.system.oauth.token. A refused code is a reason; everything else that is no answer, an
   unsigned or wrongly signed one among it, is E_UPSTREAM. */
MUST_CHECK enum error alipay_login(struct request *r, const char *code, struct login *login);

#endif
