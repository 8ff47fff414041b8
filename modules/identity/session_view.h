/* What a client is told of the session that it has now, a citizen's or an officer's. */
#ifndef IDENTITY_SESSION_VIEW_H
#define IDENTITY_SESSION_VIEW_H

#include "identity/account.h"

struct session_view {
    const char *token;
    struct instant expires_at;
    bool is_verified;
    const char *name_masked;
    bool must_change; /* an officer's password that somebody else has seen */
};

/* The secret of a new session, and the hash by which its row is found. */
const char *new_token(struct request *r);
struct bytes token_hash(struct request *r, const char *token);
MUST_CHECK enum error reply_session(struct request *r, int status, const struct session_view *view);

#endif
