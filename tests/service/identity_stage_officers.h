/*
 * Officers on the stage of identity: made by the command as an operator does, and at a clock that is
 * moved on after each code, because a code is good once.
 */
#ifndef SERVICE_IDENTITY_STAGE_OFFICERS_H
#define SERVICE_IDENTITY_STAGE_OFFICERS_H

#include "service/identity_stage.h"

#define OFFICERS "/api/identity/officers/sessions"
#define CHANGE "/api/identity/officers/password"

struct officer_card {
    const char *name, *password, *secret; /* the secret in hex */
};

/* "officer" and the words of the line; what it prints on stdout becomes *output. */
enum error run_command(const char **output, const char *line);
struct officer_card new_officer(const char *roles);
/* One who need not change the first password. */
struct officer_card settled_officer(const char *roles);

void pass_time(int64_t ms);
/* The code of the step that is so many from now. */
const char *code_at(const struct officer_card *card, int64_t steps_from_now);
int try_sign_in(const char *name, const char *password, const char *code);
/* The token; it is the caller's from now on, and the next code is due. */
const char *officer_signs_in(const struct officer_card *card);
int fail_once(const struct officer_card *card);
void lock_out(const struct officer_card *card);

int64_t failures_of(const struct officer_card *card);
/* How often the audit of this officer has such an act, with a detail that begins so. */
int64_t audited(const struct officer_card *card, const char *act, const char *detail);
/* The same of refusals. They are audited alone, which the rehearsal does twice. */
int64_t refusals(const struct officer_card *card, const char *fault);

int begin_unshifted(void **state);

#define OFFICER_TEST(name) cmocka_unit_test_setup(name, begin_unshifted)

#endif
