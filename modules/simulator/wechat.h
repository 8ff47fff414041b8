/*
 * WeChat's servers for mini programs: login, access token, phone number, face check. Who has an
 * account, and what comes out of a face check, is said through the control routes.
 */
#ifndef SIMULATOR_WECHAT_H
#define SIMULATOR_WECHAT_H

#include "simulator/simulator.h"
#include "simulator/wire_text.h"

struct sim_citizen {
    const char *openid, *phone, *name, *id_no;
    int64_t face_ret;
    bool is_risky;
};

struct sim_code {
    const char *code, *kind, *openid;
    struct instant expires_at, used_at;
};

struct sim_face {
    const char *verify_id, *out_seq_no, *openid, *cert_hash;
    int64_t verify_ret;
    struct instant expires_at;
};

struct sim_token {
    const char *token;
    struct instant made_at, expires_at;
};

extern const struct field sim_citizen_fields[];
extern const struct statement citizen_sql[];

#define FACE_PASSED 10000
#define CODE_MS (5 * MINUTE_MS)

MUST_CHECK enum error find_citizen(struct request *r, const char *openid,
                                   struct sim_citizen *citizen);
/* Outside of a transaction. Members that are NULL or NONE keep what is there. */
MUST_CHECK enum error save_citizen(struct request *r, const struct sim_citizen *citizen);
/* A fresh code of a citizen, who is made when missing. */
MUST_CHECK enum error make_code(struct request *r, const char *kind, const char *openid,
                                struct sim_code *code);
/* Uses a code up. E_NOT_FOUND: none such, or too old; E_EXISTS: used before. */
MUST_CHECK enum error redeem_code(struct request *r, const char *kind, const char *text,
                                  struct sim_code *code);

MUST_CHECK enum error insert_face(struct request *r, const struct sim_face *face);
MUST_CHECK enum error find_face(struct request *r, const char *verify_id, struct sim_face *face);
MUST_CHECK enum error set_face(struct request *r, const char *verify_id, int64_t verify_ret);

MUST_CHECK enum error find_token(struct request *r, struct sim_token *token);
MUST_CHECK enum error save_token(struct request *r, const struct sim_token *token);

/* ---- handlers ---- */

enum error wechat_code2session(struct request *r);
enum error wechat_stable_token(struct request *r);
enum error wechat_phone_number(struct request *r);
enum error wechat_get_verify_id(struct request *r);
enum error wechat_query_verify_info(struct request *r);

/* Answers {"errcode","errmsg"} with status 200. */
MUST_CHECK enum error wechat_error(struct request *r, int64_t errcode, const char *errmsg);
/* Waits, and answers in the act's place where a fault says so: *done. */
MUST_CHECK enum error wechat_fault(struct request *r, const char *number, bool *done);
/* The value of a member of the query string, or NULL. */
const char *wechat_query(struct request *r, const char *name);
/* Whether the query string has the token of today; if not, the error is the answer: *done. */
MUST_CHECK enum error check_token(struct request *r, bool *done);

#endif
