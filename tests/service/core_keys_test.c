/* Idempotency keys on a service of the test's own: a key stands or falls with an effect. */

#include "service/core_stage.h"

#include "core/audit.h"
#include "core/idempotency.h"
#include "core/ulid.h"

#define KEY_REASONS(X) X(DONE_BEFORE, 409, "done_before", "已办理")
KEY_REASONS(REASON_DEFINE)

static enum error find_nothing(struct request *r, void *product)
{
    (void)r;
    (void)product;
    return E_NOT_FOUND;
}

static enum error do_once(struct request *r, void *product)
{
    (void)product;
    return idempotency_is_new(r) ? E_OK : refuse(r, DONE_BEFORE, NO_VALUES);
}

static enum error act(struct request *r)
{
    TRY(db_transaction(r, do_once, NULL));
    return reply_text(r, 200, "text/plain", "done");
}

/* Another transaction than the first has the effect. */
static enum error act_later(struct request *r)
{
    if (db_transaction(r, find_nothing, NULL) != E_NOT_FOUND)
        return failed(r, E_INTERNAL, "there was something");
    return act(r);
}

static enum error refuse_all(struct request *r)
{
    audit_refusal(r, "everything", "for the test");
    return refuse(r, DONE_BEFORE, NO_VALUES);
}

static const struct route routes[] = {
    {POST, "/later", CITIZEN, act_later, .needs_key = true},
    {POST, "/refusals", CITIZEN, refuse_all, .needs_key = true},
    {POST, "/once", CITIZEN, act, .needs_key = true},
    {DELETE, "/once", CITIZEN, act, .needs_key = true},
    ROUTE_END,
};

static const struct reason *const reasons[] = {KEY_REASONS(REASON_LIST) NULL};

const struct service service = {
    .name = "payment", .title = "试验", .routes = routes, .reasons = reasons};

static int begin(void **state)
{
    (void)state;
    asker.door = "citizens";
    asker_sign_in(&asker, ulid_new(asker.r), NULL, CITIZEN);
    return 0;
}

static int64_t keys_kept(void)
{
    return database_number("SELECT COUNT(*) FROM payment_idem WHERE ikey = '%s'", asker.key);
}

static void a_key_stands_with_the_effect_whichever_transaction_has_it(void **state)
{
    (void)state;
    asker.key = "key-of-later";
    assert_int_equal(ask(&asker, "POST", "/api/payment/later", "{}"), 200);
    assert_int_equal(keys_kept(), 1);
}

static void a_refusal_keeps_its_record_and_no_key(void **state)
{
    (void)state;
    asker.key = "key-refused";
    assert_int_equal(ask(&asker, "POST", "/api/payment/refusals", "{}"), 409);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_audit WHERE act = 'refused'"
                                     " AND object = 'everything'"),
                     1);
    assert_int_equal(keys_kept(), 0);
}

static void a_key_belongs_to_one_method(void **state)
{
    (void)state;
    asker.key = "key-of-one-method";
    assert_int_equal(ask(&asker, "POST", "/api/payment/once", "{}"), 200);
    assert_int_equal(ask(&asker, "POST", "/api/payment/once", "{}"), 409);
    assert_int_equal(ask(&asker, "DELETE", "/api/payment/once", "{}"), 200);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_key_stands_with_the_effect_whichever_transaction_has_it, begin),
        cmocka_unit_test_setup(a_refusal_keeps_its_record_and_no_key, begin),
        cmocka_unit_test_setup(a_key_belongs_to_one_method, begin),
    };

    return cmocka_run_group_tests_name("keys", tests, open_core, close_core);
}
