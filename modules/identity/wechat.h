/*
 * What identity asks of WeChat for a mini program. What WeChat refuses for a citizen's sake becomes
 * a reason (E_REFUSED); busy is E_AGAIN; all else that is no answer is E_UPSTREAM.
 */
#ifndef IDENTITY_WECHAT_H
#define IDENTITY_WECHAT_H

#include "identity/identity.h"

#define FACE_PASSED 10000

/* code2Session: a login code, good once within five minutes. */
MUST_CHECK enum error wechat_login(struct request *r, const char *code, struct login *login);

/* getuserphonenumber: the number without a country code; refused for numbers from abroad. */
MUST_CHECK enum error wechat_phone(struct request *r, const char *code, const char **phone);

struct face_question {
    const char *out_seq_no;
    const char *verify_id; /* wechat_face_result only */
    const char *name;
    const char *id_no;
};

/* getverifyid: makes a face check of this identity known to WeChat. */
MUST_CHECK enum error wechat_face_begin(struct request *r, const struct face_question *question,
                                        const char **verify_id);
/* queryverifyinfo: passed only with FACE_PASSED. */
MUST_CHECK enum error wechat_face_result(struct request *r, const struct face_question *question,
                                         int64_t *verify_ret);

#endif
