/*
 * Officers as rows, and the proof of being one: a password and a one-time code, each attempt counted.
 */
#ifndef IDENTITY_OFFICER_H
#define IDENTITY_OFFICER_H

#include "core/seal.h"
#include "identity/account.h"
#include "identity/officer_rules.h"

struct officer {
    const char *id;
    const char *name;
    struct bytes display_name; /* sealed; so is */
    struct bytes totp_secret;
    int64_t roles; /* OFFICER is among them */
    const char *brigade; /* NULL: works for none */
    const char *person_id; /* who it is as a natural person; NULL until bound */
    const char *password_hash;
    int64_t failures; /* in a row */
    struct instant locked_until;
    int64_t last_step;      /* of the last code that was accepted */
    const char *attempt_id; /* the last one that was counted */
    bool must_change;
    bool is_active;
    struct instant created_at;
};

extern const struct statement officer_sql[];
extern const struct sealed_column officer_display_name, officer_totp_secret;

MUST_CHECK enum error find_officer(struct request *r, const char *id, struct officer *officer);
MUST_CHECK enum error find_officer_by_name(struct request *r, const char *name,
                                           struct officer *officer);
#define LIST_MAX 100
/* By name, behind this one. */
MUST_CHECK enum error list_officers(struct request *r, const char *after, int64_t limit,
                                    struct records *rows);
/* The ones below: inside a transaction. The row is locked. */
MUST_CHECK enum error lock_officer(struct request *r, const char *id, struct officer *officer);
MUST_CHECK enum error lock_officer_by_name(struct request *r, const char *name,
                                           struct officer *officer);
/* E_EXISTS when the name was given before. */
MUST_CHECK enum error insert_officer(struct request *r, const struct officer *officer);
/* What an attempt leaves: failures, locked_until, last_step, attempt_id. */
MUST_CHECK enum error keep_attempt(struct request *r, const struct officer *officer);
MUST_CHECK enum error count_unknown(struct request *r, const char *attempt_id);
MUST_CHECK enum error keep_password(struct request *r, const char *id, const char *hash);
MUST_CHECK enum error unlock_officer(struct request *r, const char *id);
MUST_CHECK enum error disable_officer(struct request *r, const char *id);
/* Roles and brigade; a new password and a new secret, as on the first day. */
MUST_CHECK enum error change_officer(struct request *r, const struct officer *officer);
/* For good; the officer's sessions know it at once. */
MUST_CHECK enum error bind_officer(struct request *r, const struct officer *officer);
MUST_CHECK enum error reset_officer(struct request *r, const struct officer *officer);
/* E_NOT_FOUND when there is none. */
MUST_CHECK enum error is_brigade(struct request *r, const char *code);

/* ---- officer_attempt.c ---- */

/*
 * One attempt to prove that it is this officer. Made before its transaction, so that running that again
 * is the same attempt. Whatever is wrong, unknown or disabled looks the same from outside, in words and
 * in time; `fault` is for the audit alone.
 */
struct attempt {
    const char *name, *password, *code;
    const char *id;           /* ULID */
    const char *checked_hash; /* what the password was compared with ... */
    bool matches;             /* ... and whether it did */
    const char *fault;        /* NULL: proven */
    struct officer officer;
    /* What it was made for; in the transaction that counts it, only when it is proven. */
    enum error (*then)(struct request *r, struct attempt *attempt);
    struct new_officer_session *session;
    const char *new_password, *new_hash;
};

/* E_OK when it is proven and done; else refused, counted and audited. */
MUST_CHECK enum error attempt_run(struct request *r, struct attempt *attempt);

/* ---- officers.c ---- */

struct officer_sign_in_input {
    const char *name, *password, *code;
};
struct officer_password_input {
    const char *old, *new, *code;
};

struct session_view;

MUST_CHECK enum error show_officer(struct request *r, const struct officer *officer,
                                   struct session_view *view);
enum error sign_in_officer(struct request *r);
enum error change_officer_password(struct request *r);

extern const struct param officer_sign_in_params[], officer_password_params[];
extern const struct field password_changed_fields[];

/* ---- officer_command.c ---- */

enum error officer_command(struct request *r, int count, char **words);

#endif
