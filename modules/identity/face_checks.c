/* The face check that binds a real name to an account: begun, carried out in the client, and judged
   by what WeChat tells us, whatever the client says. */

#include "identity/face_check.h"

#include "casework/identifier.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/ulid.h"
#include "identity/account.h"
#include "identity/persons.h"
#include "identity/wechat.h"

enum { VERIFY_ID_MS = 3600 * 1000 };

/* Both are checked by check_claim, so that a citizen hears of both faults at once. */
const struct param face_check_params[] = {
    PARAM(struct face_check_input, name, .source = BODY, .min = 1, .max = 128),
    PARAM(struct face_check_input, id_no, .source = BODY, .min = 1, .max = 64),
    PARAM_END,
};

const struct param check_path_params[] = {
    PARAM(struct check_path, check_id, .source = PATH, .min = ULID_SIZE, .max = ULID_SIZE,
          .check = is_ulid),
    PARAM_END,
};

struct face_check_view {
    const char *check_id;
    const char *verify_id;
    struct instant expires_at;
};

const struct field face_check_view_fields[] = {
    FIELD(struct face_check_view, check_id),
    FIELD(struct face_check_view, verify_id),
    FIELD(struct face_check_view, expires_at),
    FIELD_END,
};

struct check_result {
    const char *check_id;
    const char *state;
    bool is_verified;
    const char *name_masked;
};

const struct field check_result_fields[] = {
    FIELD(struct check_result, check_id),
    FIELD(struct check_result, state),
    FIELD(struct check_result, is_verified),
    FIELD_OR_NULL(struct check_result, name_masked),
    FIELD_END,
};

static enum error check_claim(struct request *r, struct claim *claim)
{
    const struct face_check_input *input = r->input;

    claim->name = input->name;
    claim->id_no = canonical(r->arena, input->id_no.text);
    if (!is_person_name(claim->name))
        reason(r, FIELD_INVALID, VALUES("name", claim->name));
    if (claim->id_no == NULL || !is_id_no_on(claim->id_no, civil_day(r->now)))
        reason(r, FIELD_INVALID, VALUES("id_no", input->id_no));
    if (strcmp(r->channel, WECHAT) != 0)
        reason(r, WECHAT_ONLY, VALUES(r->channel));
    if (r->person_id != NULL)
        reason(r, VERIFIED_ALREADY, NO_VALUES);
    return refused(r);
}

struct begun {
    struct claim claim;
    const char *id; /* if it is new */
    struct face_check check;
    const char *out_seq_no, *verify_id;
};

/* The same key finds the same check; the account's lock makes two taps stand in line. */
static enum error enter_check(struct request *r, void *product)
{
    const struct identity_settings *settings = r->settings;
    struct begun *begun = product;
    struct account account;
    enum error found;
    int64_t count;

    TRY(lock_account(r, r->actor_id, &account));
    found = find_check_by_key(r, &begun->check);
    if (found != E_NOT_FOUND)
        return found;
    TRY(count_checks_today(r, &count));
    if (count >= settings->face_checks_a_day)
        return refuse(r, CHECKS_USED_UP, VALUES(count, settings->face_checks_a_day));
    TRY(insert_check(r, begun->id, &begun->claim));
    return find_check_by_key(r, &begun->check);
}

static enum error store_verify_id(struct request *r, void *product)
{
    struct begun *begun = product;

    TRY(keep_verify_id(r, begun->check.id, begun->out_seq_no, begun->verify_id));
    return find_check_by_key(r, &begun->check);
}

/* Each question to WeChat has a number of its own: one whose answer was lost is simply unused. */
static enum error ask_verify_id(struct request *r, struct begun *begun)
{
    begun->out_seq_no = ulid_new(r);
    TRY(wechat_face_begin(r,
                          &(struct face_question){.out_seq_no = begun->out_seq_no,
                                                  .name = begun->claim.name,
                                                  .id_no = begun->claim.id_no},
                          &begun->verify_id));
    return db_transaction(r, store_verify_id, begun);
}

enum error create_face_check(struct request *r)
{
    struct begun begun = {.id = ulid_new(r)};
    struct face_check_view view;

    TRY(check_claim(r, &begun.claim));
    TRY(db_transaction(r, enter_check, &begun));
    if (begun.check.verify_id == NULL)
        TRY(ask_verify_id(r, &begun));
    view = (struct face_check_view){begun.check.id, begun.check.verify_id,
                                    instant_add(begun.check.created_at, VERIFY_ID_MS)};
    return reply_record(r, 201, face_check_view_fields, &view);
}

struct decision {
    const char *check_id;
    int64_t verify_ret;
    const char *person_id;
    const char *name;
    bool is_other_person;
    bool is_failed; /* by somebody else, meanwhile */
};

static enum error fail_check(struct request *r, void *product)
{
    const struct decision *decision = product;
    enum error error = decide_check(r, decision->check_id, "failed", decision->verify_ret);

    audit(r, "face_check_failed", decision->check_id, "verify_ret=%lld",
          (long long)decision->verify_ret);
    return error == E_NOT_FOUND ? E_OK : error; /* decided already */
}

static enum error bind(struct request *r, const struct account *account,
                       const struct decision *decision)
{
    if (account->person_id == NULL)
        TRY(bind_person(r, r->actor_id, decision->person_id, decision->name));
    audit(r, "person_bound", r->actor_id, "person=%s check=%s", decision->person_id,
          decision->check_id);
    return decide_check(r, decision->check_id, "passed", decision->verify_ret);
}

/* An account that another check has bound meanwhile keeps its person. */
static enum error finish(struct request *r, void *product)
{
    struct decision *decision = product;
    struct account account;
    struct face_check check;

    TRY(lock_account(r, r->actor_id, &account));
    TRY(lock_check(r, decision->check_id, &check));
    decision->is_other_person =
        account.person_id != NULL && strcmp(account.person_id, decision->person_id) != 0;
    decision->is_failed = strcmp(check.state, "failed") == 0;
    if (strcmp(check.state, "asked") != 0)
        return E_OK;
    if (!decision->is_other_person)
        return bind(r, &account, decision);
    audit(r, "person_refused", r->actor_id, "person=%s check=%s", decision->person_id,
          decision->check_id);
    return decide_check(r, decision->check_id, "failed", decision->verify_ret);
}

static enum error reply_result(struct request *r, const char *check_id)
{
    struct check_result result = {.check_id = check_id, .state = "passed", .is_verified = true};
    struct account account;

    TRY(find_account(r, r->actor_id, &account));
    TRY(masked_name(r, &account, &result.name_masked));
    return reply_record(r, 200, check_result_fields, &result);
}

/* Still under way, not completed, and from 90001 on: stopped on the client's side. None of these
   says anything about the face. */
static bool is_unfinished(int64_t verify_ret)
{
    return verify_ret == 10005 || verify_ret == 10300 || verify_ret > 90000;
}

static enum error judge(struct request *r, struct decision *decision)
{
    if (is_unfinished(decision->verify_ret))
        return refuse(r, CHECK_UNFINISHED, VALUES(decision->verify_ret));
    if (decision->verify_ret == FACE_PASSED)
        return E_OK;
    TRY(db_transaction(r, fail_check, decision));
    return refuse(r, CHECK_FAILED, VALUES(decision->verify_ret));
}

static enum error decide(struct request *r, const struct face_check *check)
{
    struct decision decision = {.check_id = check->id};
    struct claim claim;

    TRY(open_claim(r, check, &claim));
    TRY(wechat_face_result(r,
                           &(struct face_question){.out_seq_no = check->out_seq_no,
                                                   .verify_id = check->verify_id,
                                                   .name = claim.name,
                                                   .id_no = claim.id_no},
                           &decision.verify_ret));
    TRY(judge(r, &decision));
    TRY(find_person(r, &claim, &decision.person_id));
    decision.name = claim.name;
    TRY(db_transaction(r, finish, &decision));
    if (decision.is_other_person)
        return refuse(r, BOUND_TO_OTHER, NO_VALUES);
    return decision.is_failed ? refuse(r, CHECK_FAILED, NO_VALUES) : E_OK;
}

enum error finish_face_check(struct request *r)
{
    const struct check_path *input = r->input;
    struct face_check check;

    TRY(find_check(r, input->check_id, &check));
    if (strcmp(check.state, "failed") == 0)
        return refuse(r, CHECK_FAILED, NO_VALUES);
    if (strcmp(check.state, "asked") == 0 && check.verify_id == NULL)
        return refuse(r, CHECK_UNFINISHED, NO_VALUES);
    if (strcmp(check.state, "asked") == 0)
        TRY(decide(r, &check));
    return reply_result(r, check.id);
}
