#include "identity/officer.h"

#include "core/audit.h"
#include "core/ulid.h"
#include "identity/password.h"
#include "identity/state.h"
#include "identity/totp.h"

/* For a name that nobody has, with a hash that no password has: it takes as long. */
static enum error check_password(struct request *r, struct attempt *attempt)
{
    const struct identity *identity = r->state;
    struct officer officer;
    enum error found = find_officer_by_name(r, attempt->name, &officer);

    if (found != E_OK && found != E_NOT_FOUND)
        return found;
    attempt->checked_hash = found == E_OK ? officer.password_hash : identity->password_stand_in;
    TRY(password_matches(r, attempt->checked_hash, attempt->password, &attempt->matches));
    if (attempt->new_password != NULL)
        return password_hash(r, attempt->new_password, &attempt->new_hash);
    return E_OK;
}

/* Which step the code belongs to: NONE for a wrong one. */
static enum error find_step(struct request *r, const struct attempt *attempt, int64_t *step)
{
    const struct officer *officer = &attempt->officer;
    const char *secret;

    TRY(unseal(r, &officer_totp_secret, officer->id, officer->totp_secret, &secret));
    *step = totp_find(hex_decode(r->arena, secret), r->now, attempt->code);
    return E_OK;
}

/* The password may have been changed since it was compared. A code is good once, and none is after
   a later one. */
static const char *fault_of(const struct attempt *attempt, int64_t step)
{
    const struct officer *officer = &attempt->officer;

    if (!officer->is_active)
        return "disabled";
    if (!attempt->matches || strcmp(attempt->checked_hash, officer->password_hash) != 0)
        return "password";
    if (step == NONE)
        return "code";
    return step <= officer->last_step ? "code used before" : NULL;
}

static enum error count_wrong(struct request *r, const struct attempt *attempt)
{
    const struct identity_settings *settings = r->settings;
    struct officer officer = attempt->officer;
    struct tries before = {officer.failures, officer.locked_until};
    struct tries after = count_failure(before, r->now, settings->officer_lock_s * SECOND_MS);

    if (after.locked_until.ms != NONE && after.locked_until.ms != before.locked_until.ms)
        audit(r, "officer_locked", officer.id, "failures=%lld seconds=%lld",
              (long long)after.failures, (long long)settings->officer_lock_s);
    officer.failures = after.failures;
    officer.locked_until = after.locked_until;
    officer.attempt_id = attempt->id;
    return keep_attempt(r, &officer);
}

static enum error count_right(struct request *r, struct attempt *attempt, int64_t step)
{
    struct officer officer = attempt->officer;

    officer.failures = 0;
    officer.locked_until = (struct instant){NONE};
    officer.last_step = step;
    officer.attempt_id = attempt->id;
    TRY(keep_attempt(r, &officer));
    return attempt->then(r, attempt);
}

/*
 * A lock is told only to who has both the password and a fresh code. Told to everybody, it would
 * say which names exist; told for the password alone, guessing could go on during the lock, with an
 * answer that says when the guess was right.
 */
static enum error judge(struct request *r, void *product)
{
    struct attempt *attempt = product;
    const struct officer *officer = &attempt->officer;
    enum error found = lock_officer_by_name(r, attempt->name, &attempt->officer);
    int64_t step;

    if (found == E_NOT_FOUND) {
        attempt->fault = "unknown name";
        return count_unknown(r, attempt->id);
    }
    TRY(found);
    /* Its own earlier effect, from a commit whose answer was lost; the fault is as it was found
       then. If another came between, a wrong one counts twice and a right one is a replay. */
    if (strcmp(officer->attempt_id, attempt->id) == 0)
        return E_OK;
    TRY(find_step(r, attempt, &step));
    attempt->fault = fault_of(attempt, step);
    if (attempt->fault != NULL)
        return count_wrong(r, attempt);
    if (is_locked(&(struct tries){officer->failures, officer->locked_until}, r->now)) {
        audit_refusal(r, officer->id, "locked");
        return refuse(r, OFFICER_LOCKED, VALUES(officer->locked_until));
    }
    return count_right(r, attempt, step);
}

/* What was counted stays, though the answer is a refusal: the transaction has ended by then. */
enum error attempt_run(struct request *r, struct attempt *attempt)
{
    enum error error;

    attempt->id = ulid_new(r);
    attempt->fault = "not judged";
    TRY(password_enter(r));
    error = check_password(r, attempt);
    password_leave(r);
    TRY(error);
    TRY(db_transaction(r, judge, attempt));
    if (attempt->fault == NULL)
        return E_OK;
    audit_refusal(r, attempt->officer.id == NULL ? "officer" : attempt->officer.id, "%s",
                  attempt->fault);
    return refuse(r, CREDENTIALS_INVALID, NO_VALUES);
}
