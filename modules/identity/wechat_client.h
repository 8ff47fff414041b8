/* How WeChat's interfaces are called; for wechat.c and wechat_token.c. */
#ifndef IDENTITY_WECHAT_CLIENT_H
#define IDENTITY_WECHAT_CLIENT_H

#include "core/http.h"
#include "identity/state.h"

/* An errcode that is the citizen's to know. */
struct refusal {
    int64_t errcode; /* 0 ends a table */
    const struct reason *reason;
};

/* One call and how its answer is read: a JSON object by `params`, of which `errcode` is a member.
 */
struct wechat_call {
    const char *path;
    const char *body; /* NULL: a GET */
    const struct param *params;
    void *answer;
    const int64_t *errcode; /* inside *answer */
    const struct refusal *refusals;
};

/* Sends to a finished URL and reads the answer, whatever its errcode. */
MUST_CHECK enum error wechat_send(struct request *r, const struct wechat_call *call,
                                  const char *url);
/* What the errcode of the answer means. */
MUST_CHECK enum error wechat_judge(struct request *r, const struct wechat_call *call);
/* Sends with the access token, once more with a fresh one when it was refused; whatever the errcode. */
MUST_CHECK enum error wechat_send_known(struct request *r, const struct wechat_call *call);
/* The same, and judges. */
MUST_CHECK enum error wechat_ask(struct request *r, const struct wechat_call *call);

/* wechat_token.c. The one in use, fetched when there is none. */
MUST_CHECK enum error token_take(struct request *r, char token[ACCESS_TOKEN_SIZE]);
/* WeChat does not accept it (any more): unless another has come since, the next take fetches. */
void token_forget(struct request *r, const char *token);

#endif
