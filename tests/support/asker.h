/*
 * Asks the real routes of a module through dispatch(), in place of FastCGI:
 *
 *   asker_open(&asker);
 *   asker_sign_in(&asker, "01JD...", "01JE...", CITIZEN | VERIFIED);
 *   assert_int_equal(ask(&asker, "GET", "/api/violation/violations?limit=2", NULL), 200);
 *   assert_int_equal(answer_number(&asker, "items.0.fine_fen"), 20000);
 *
 * The settings come from the environment (scripts/with-database); a test sets its module's own before
 * asker_open. An answer lives until the next question. What cannot be done fails the test.
 */
#ifndef SUPPORT_ASKER_H
#define SUPPORT_ASKER_H

#include "core/process.h"
#include "core/transport.h"

enum { ASKER_HEADERS = 8 };

struct asker {
    struct process process;
    struct request *r; /* of the last question */
    /* What the next questions carry. */
    const char *door; /* "citizens" from asker_open on */
    const char *key;  /* Idempotency-Key, or NULL */
    char token[64];   /* of the session, or "" */
    const char *brigade; /* of the officer who signs in next, or NULL */
    struct {
        const char *name, *value; /* FastCGI names: "HTTP_WECHATPAY_SERIAL" */
    } headers[ASKER_HEADERS];
    struct bytes body;
    size_t body_at;
    char length[24];
    struct transport transport;
    struct json_t *answer; /* parsed when first looked at */
};

void asker_open(struct asker *asker);
void asker_close(struct asker *asker);

/* From now on with a session of its own, inserted by the administrator (support/database.h). */
void asker_sign_in(struct asker *asker, const char *actor_id, const char *person_id,
                   unsigned roles);
void asker_sign_out(struct asker *asker);
/* A header of the next questions; NULL takes it back. The name is the FastCGI parameter's. */
void asker_header(struct asker *asker, const char *name, const char *value);

/* `target` is path and query; `body` may be NULL. Returns the HTTP status. */
int ask(struct asker *asker, const char *method, const char *target, const char *body);
int ask_bytes(struct asker *asker, const char *method, const char *target, struct bytes body);

/* Of the last answer, by the way to it: "error.reasons.0.code". NULL or NONE when it is not there
   or null. */
const char *answer_text(struct asker *asker, const char *way);
int64_t answer_number(struct asker *asker, const char *way);
int64_t answer_count(struct asker *asker, const char *way); /* items of an array */
bool answer_has_reason(struct asker *asker, const char *code);

#endif
