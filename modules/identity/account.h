/*
 * Accounts and their sessions as rows. Personal fields go in and out sealed.
 */
#ifndef IDENTITY_ACCOUNT_H
#define IDENTITY_ACCOUNT_H

#include "core/seal.h"
#include "identity/identity.h"

struct account {
    const char *id;
    const char *person_id; /* NULL until the real name is bound */
    struct bytes name;     /* sealed; so is */
    struct bytes phone;
};

extern const struct statement account_sql[];
extern const struct sealed_column account_openid, account_name, account_phone, account_session_key;

MUST_CHECK enum error find_account(struct request *r, const char *id, struct account *account);
/* The ones below: inside a transaction. The row is locked. */
MUST_CHECK enum error lock_account(struct request *r, const char *id, struct account *account);
/* The account of this login, made under `new_id` when it is the first; remembers the sign-in. */
MUST_CHECK enum error enter_account(struct request *r, const struct login *login,
                                    const char *new_id, struct account *account);
MUST_CHECK enum error keep_phone(struct request *r, const char *id, const char *phone);
/* Binds account and its sessions to a person; the caller has locked the account and seen that it has
   none yet. */
MUST_CHECK enum error bind_person(struct request *r, const char *id, const char *person_id,
                                  const char *name);
/* The ids of all accounts of a person. */
MUST_CHECK enum error list_accounts(struct request *r, const char *person_id, struct texts *ids);
/* "*华"; NULL where there is none. */
MUST_CHECK enum error masked_name(struct request *r, const struct account *account,
                                  const char **masked);
MUST_CHECK enum error real_name(struct request *r, const struct account *account,
                                const char **name);
MUST_CHECK enum error masked_phone(struct request *r, const struct account *account,
                                   const char **masked);

/* ---- session_store.c ---- */

struct session_row {
    const char *actor_id;
    struct instant expires_at;
    struct instant absolute_expires_at;
};

extern const struct statement session_rows_sql[];

/* How long a session lives that is opened or renewed now. */
struct instant session_expiry(const struct request *r, int64_t idle_s, struct instant absolute);
/* The hash by which the session of this request is found. */
struct bytes session_hash(struct request *r);
MUST_CHECK enum error find_session(struct request *r, struct bytes hash,
                                   struct session_row *session);
/* The ones below: inside a transaction. */
MUST_CHECK enum error lock_session(struct request *r, struct bytes hash,
                                   struct session_row *session);
MUST_CHECK enum error insert_session(struct request *r, struct bytes hash,
                                     const struct account *account, const struct login *login,
                                     const struct session_row *session);
struct officer;
/* With the officer's roles, or NEWCOMER in their place. */
MUST_CHECK enum error insert_officer_session(struct request *r, struct bytes hash,
                                             const struct officer *officer,
                                             const struct session_row *session);
MUST_CHECK enum error move_session(struct request *r, struct bytes from, struct bytes to,
                                   struct instant expires_at);
MUST_CHECK enum error delete_session(struct request *r, struct bytes hash);
MUST_CHECK enum error delete_sessions_of(struct request *r, const char *actor_id);
MUST_CHECK enum error delete_other_sessions(struct request *r, const char *actor_id,
                                            struct bytes own);
MUST_CHECK enum error verify_sessions(struct request *r, const char *account_id,
                                      const char *person_id);
MUST_CHECK enum error set_session_roles(struct request *r, struct bytes hash, int64_t roles);
/* At most a thousand; db_changed() says how many. */
MUST_CHECK enum error delete_expired_sessions(struct request *r);

#endif
