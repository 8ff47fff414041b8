/* The routes of notice, and what becomes of what producers tell. Identity and the SMS platform are
   canned answers; every story is told plainly and with each transaction run twice. */

#include "service/notice_stage.h"

#define NOTICES "/api/notice/notices"
#define PREFERENCES "/api/notice/preferences"
#define SUBSCRIPTIONS "/api/notice/subscriptions"

/* ---- messages ---- */

static void what_is_told_twice_stands_once_in_the_app(void **state)
{
    const char *subject = told_of_violation();

    (void)state;
    tell("violation_new", "person_id", person, subject, VALUES_OF_NEW);
    work();
    assert_int_equal(ask(&asker, "GET", NOTICES, NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 1);
    assert_string_equal(answer_text(&asker, "items.0.kind"), "violation_new");
    assert_string_equal(
        answer_text(&asker, "items.0.text"),
        "您的车辆粤B1**45在2026年11月18日有一条交通违法记录：违反规定停放车辆。请查看并处理。");
    assert_string_equal(answer_text(&asker, "items.0.page"),
                        arena_printf(texts, "pages/violation/show?id=%s", subject));
    assert_string_equal(answer_text(&asker, "items.0.sent_text"), "已通过短信发送");
    assert_int_equal(arrived("POST /v1/messages"), 1);
}

static int64_t refusals_of(const char *id)
{
    return database_number("SELECT COUNT(*) FROM notice_audit WHERE object = '%s'"
                           " AND act LIKE '%%refus%%'",
                           id);
}

static void notices_come_in_pages_and_to_their_person_alone(void **state)
{
    const char *after, *id;

    (void)state;
    for (int i = 0; i < 3; i++) {
        told_of_violation();
        work();
    }
    assert_int_equal(ask(&asker, "GET", NOTICES "?limit=2", NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 2);
    id = arena_text(texts, answer_text(&asker, "items.0.id"));
    after = arena_text(texts, answer_text(&asker, "next"));
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, NOTICES "?after=%s", after), NULL),
                     200);
    assert_int_equal(answer_count(&asker, "items"), 1);
    asker_sign_in(&asker, new_id(), new_id(), CITIZEN | VERIFIED);
    assert_int_equal(ask(&asker, "GET", NOTICES, NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 0);
    assert_int_equal(ask(&asker, "POST", arena_printf(texts, NOTICES "/%s/read", id), ""), 404);
    assert_true(refusals_of(id) >= 1);
    id = new_id();
    assert_int_equal(ask(&asker, "POST", arena_printf(texts, NOTICES "/%s/read", id), ""), 404);
    assert_int_equal(refusals_of(id), 0);
}

static void the_first_reading_counts(void **state)
{
    const char *path, *first;

    (void)state;
    told_of_violation();
    work();
    assert_int_equal(ask(&asker, "GET", NOTICES, NULL), 200);
    assert_null(answer_text(&asker, "items.0.read_at"));
    path = arena_printf(texts, NOTICES "/%s/read", answer_text(&asker, "items.0.id"));
    assert_int_equal(ask(&asker, "POST", path, ""), 200);
    first = arena_text(texts, answer_text(&asker, "read_at"));
    set_clock("2026-11-23T02:00:00.000Z");
    assert_int_equal(ask(&asker, "POST", path, ""), 200);
    assert_string_equal(answer_text(&asker, "read_at"), first);
}

static void who_is_behind_an_account_is_told_and_nobody_else(void **state)
{
    static const char refund[] = "{\"amount\":\"200.00元\",\"step\":\"已退回原支付账户\"}";

    (void)state;
    can(PERSON, arena_printf(texts, "200 {\"person_id\":\"%s\"}\n", person));
    tell("refund_step", "account_id", account, new_id(), refund);
    work();
    can(PERSON, "404 {}\n");
    tell("refund_step", "account_id", account, new_id(), refund);
    work();
    assert_int_equal(ask(&asker, "GET", NOTICES, NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 1);
    assert_string_equal(answer_text(&asker, "items.0.text"),
                        "您的退款200.00元：已退回原支付账户。");
    assert_int_equal(database_number("SELECT COUNT(*) FROM event WHERE state <> 'done'"), 0);
}

static void what_lacks_a_value_is_not_told_and_stays_to_be_seen(void **state)
{
    (void)state;
    tell("violation_new", "person_id", person, new_id(), "{\"plate\":\"粤B1**45\"}");
    work();
    assert_int_equal(database_number("SELECT COUNT(*) FROM event WHERE state = 'ready'"
                                     " AND failures = 1"),
                     1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM notice_message"), 0);
}

/* As core/job.c looks for it. */
static void the_newest_of_a_backlog_is_found_without_reading_all_of_it(void **state)
{
    static const char *const tables[] = {"notice_event", "notice_job"};

    (void)state;
    database_run("INSERT INTO event (id, consumer, kind, dedupe, arg, producer, run_at, created_at)"
                 " SELECT CONCAT('01', LPAD(seq, 24, '0')), 'notice', 'x', seq, '{}', 'violation',"
                 " '2026-01-01', '2026-01-01' + INTERVAL seq SECOND FROM seq_1_to_5000");
    database_run("INSERT INTO notice_job (id, kind, dedupe, run_at, created_at)"
                 " SELECT id, kind, dedupe, run_at, created_at FROM event");
    for (size_t i = 0; i < 2; i++) {
        int64_t before = database_rows_read();

        assert_int_equal(
            database_number("SELECT COUNT(*) FROM (SELECT arg FROM %s WHERE state = 'ready'"
                            " AND run_at <= '2026-11-01' ORDER BY created_at DESC LIMIT 4) AS n",
                            tables[i]),
            4);
        assert_true(database_rows_read() - before < 1000);
    }
}

/* ---- ways out ---- */

static void a_consent_lets_one_message_through_and_the_next_goes_by_sms(void **state)
{
    const char *first = told_of_violation(), *second;

    (void)state;
    consented(1);
    work();
    assert_states(first, "sent", "");
    assert_int_equal(consents_left(), 0);
    assert_int_equal(arrived("\"keywords\":[\"thing1=粤B1**45\",\"thing2=违反规定停放车辆\","
                             "\"date3=2026年11月18日\"]"),
                     1);
    assert_int_equal(arrived(account), 1);
    second = told_of_violation();
    work();
    assert_states(second, "failed", "sent");
    assert_int_equal(arrived("messages/wechat"), 1);
    assert_int_equal(ask(&asker, "GET", NOTICES, NULL), 200);
    assert_string_equal(answer_text(&asker, "items.0.sent_text"), "已通过短信发送");
    assert_string_equal(answer_text(&asker, "items.1.sent_text"), "已通过微信发送");
}

static void an_sms_says_no_more_than_it_must(void **state)
{
    const char *subject = told_of_violation();

    (void)state;
    work();
    assert_states(subject, "failed", "sent");
    assert_int_equal(
        arrived(
            "\"text\":\"【深圳交警】您的车辆粤B1**45有一条新的交通违法记录（违反规定停放车辆），"
            "请在小程序查看并处理。\""),
        1);
    assert_int_equal(arrived("\"phone\":\"13812345678\""), 1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM notice_message"
                                     " WHERE CONCAT_WS(' ', text, vals) LIKE '%%13812345678%%'"),
                     0);
}

static void each_choice_is_honoured(void **state)
{
    const char *subject;

    (void)state;
    consented(5);
    chosen("none");
    subject = told_of_violation();
    work();
    assert_states(subject, "", "");
    assert_int_equal(arrived("POST"), 0);
    assert_int_equal(ask(&asker, "GET", NOTICES, NULL), 200);
    assert_string_equal(answer_text(&asker, "items.0.sent_text"), "仅在小程序内显示");

    database_run("UPDATE notice_preference SET channel = 'sms'");
    subject = told_of_violation();
    work();
    assert_states(subject, "", "sent");

    database_run("UPDATE notice_preference SET channel = 'wechat'");
    database_run("UPDATE notice_subscription SET remaining = 0");
    subject = told_of_violation();
    work();
    assert_states(subject, "failed", "");
    assert_int_equal(arrived("messages/wechat"), 0);
}

static void an_sms_waits_until_the_morning(void **state)
{
    const char *subject;

    (void)state;
    set_clock("2026-11-22T14:30:00.000Z"); /* 22:30 in China */
    subject = told_of_violation();
    work();
    assert_states(subject, "failed", "planned");
    assert_int_equal(arrived("v1/messages"), 0);
    assert_int_equal(ask(&asker, "GET", NOTICES, NULL), 200);
    assert_string_equal(answer_text(&asker, "items.0.sent_text"), "正在发送");
    set_clock("2026-11-22T23:59:00.000Z");
    work();
    assert_int_equal(arrived("v1/messages"), 0);
    set_clock("2026-11-23T00:00:01.000Z");
    work();
    assert_states(subject, "failed", "sent");
}

static void a_user_who_refuses_gets_an_sms_and_no_consent_is_left(void **state)
{
    const char *subject = told_of_violation();

    (void)state;
    consented(3);
    can(WECHAT, "200 {\"outcome\":\"refused\",\"errcode\":43101}\n");
    work();
    assert_states(subject, "failed", "sent");
    assert_int_equal(consents_left(), 0);
    assert_string_equal(word("SELECT why FROM notice_delivery WHERE channel = 'wechat'"),
                        "errcode 43101");
}

static void a_template_that_is_wrong_costs_nobody_his_consents(void **state)
{
    const char *subject = told_of_violation();

    (void)state;
    consented(3);
    can(WECHAT, "200 {\"outcome\":\"invalid\",\"errcode\":47003}\n");
    work();
    assert_states(subject, "failed", "sent");
    assert_int_equal(consents_left(), 3);
}

/* Identity begins an attempt once: "unknown" says that it did, and it may have arrived. */
static void what_identity_began_without_an_answer_of_wechat_is_given_up(void **state)
{
    static const char *const answers[] = {"200 {\"outcome\":\"unknown\"}\n",
                                          "503 {}\n200 {\"outcome\":\"unknown\"}\n",
                                          "200 nonsense\n500 {}\n200 {\"outcome\":\"unknown\"}\n"};
    int asked = 0;

    (void)state;
    consented(3);
    for (int i = 0; i < 3; i++) {
        const char *subject = told_of_violation();

        can(WECHAT, answers[i]);
        for (int minute = 0; minute < 4; minute++) {
            set_clock(arena_printf(texts, "2026-11-22T0%d:0%d:00.000Z", i + 3, minute));
            work();
        }
        assert_states(subject, "given_up", "");
        asked += i + 1;
        assert_int_equal(arrived("messages/wechat"), asked);
    }
    assert_int_equal(consents_left(), 0);
    assert_int_equal(arrived("v1/messages"), 0);
}

/* It was away before it began: asked again under the same number it sends, with the same consent.
 */
static void an_identity_that_is_away_for_a_while_costs_nothing(void **state)
{
    const char *subject = told_of_violation(), *attempt;

    (void)state;
    consented(1);
    can(WECHAT, "503 {}\n" SENT_BY_WECHAT);
    work();
    assert_states(subject, "sending", "");
    attempt = word("SELECT attempt FROM notice_delivery");
    set_clock("2026-11-22T02:01:00.000Z");
    work();
    assert_states(subject, "sent", "");
    assert_int_equal(arrived(arena_printf(texts, "\"attempt\":\"%s\"", attempt)), 2);
    assert_int_equal(consents_left(), 0);
    assert_int_equal(arrived("v1/messages"), 0);
}

/* What a process that dies between the two transactions leaves behind. */
static void a_sending_that_was_interrupted_goes_on_under_its_number(void **state)
{
    const char *subject, *attempt = new_id();

    (void)state;
    chosen("none");
    subject = told_of_violation();
    work();
    database_run("UPDATE notice_preference SET channel = 'wechat_sms'");
    database_run(
        "INSERT INTO notice_delivery (message_id, channel, state, account_id, attempt,"
        " planned_at, updated_at) SELECT id, 'wechat', 'sending', '%s', '%s', '2026-11-22 02:00',"
        " '2026-11-22' FROM notice_message WHERE subject = '%s'",
        account, attempt, subject);
    database_run("UPDATE notice_job SET state = 'ready' WHERE kind = 'deliver'");
    work();
    assert_states(subject, "sent", "");
    assert_int_equal(arrived(arena_printf(texts, "\"attempt\":\"%s\"", attempt)), 1);
    assert_int_equal(arrived("v1/messages"), 0);
}

static void a_busy_wechat_is_asked_again_with_the_same_consent(void **state)
{
    const char *subject = told_of_violation();

    (void)state;
    consented(2);
    can(WECHAT, "200 {\"outcome\":\"later\",\"errcode\":-1}\n"
                "200 {\"outcome\":\"later\",\"errcode\":-1}\n" SENT_BY_WECHAT);
    work();
    assert_states(subject, "planned", "");
    set_clock("2026-11-22T02:01:00.000Z");
    work();
    set_clock("2026-11-22T02:05:00.000Z");
    work();
    assert_states(subject, "sent", "");
    assert_int_equal(consents_left(), 1);
    assert_int_equal(arrived("messages/wechat"), 3);
}

static void a_wechat_that_stays_busy_leaves_it_to_the_sms(void **state)
{
    const char *subject = told_of_violation();

    (void)state;
    consented(1);
    can(WECHAT, "200 {\"outcome\":\"later\",\"errcode\":45011}\n");
    work();
    set_clock("2026-11-23T02:00:10.000Z");
    work();
    assert_states(subject, "failed", "sent");
    assert_int_equal(consents_left(), 1);
}

static void without_a_quota_at_wechat_the_sms_goes_at_once(void **state)
{
    const char *subject = told_of_violation();

    (void)state;
    consented(1);
    can(WECHAT, "200 {\"outcome\":\"full\",\"errcode\":45009}\n");
    work();
    assert_states(subject, "failed", "sent");
    assert_int_equal(consents_left(), 1);
    chosen("wechat"); /* no other way: there is a quota again tomorrow */
    subject = told_of_violation();
    work();
    assert_states(subject, "planned", "");
}

static const char *told_of_ticket(void)
{
    const char *subject = new_id();

    tell("ticket_near", "person_id", person, subject,
         "{\"where\":\"福田\",\"what\":\"违法处理\",\"no\":\"A017\",\"ahead\":\"3\"}");
    return subject;
}

static void what_is_worth_nothing_any_more_is_not_sent(void **state)
{
    const char *subject = told_of_ticket();

    (void)state;
    can(SMS, "200 {\"code\":\"busy\"}\n" SENT_BY_SMS);
    work();
    assert_states(subject, "failed", "sending");
    set_clock("2026-11-22T02:10:10.000Z");
    work();
    assert_states(subject, "failed", "given_up");
    assert_int_equal(arrived("v1/messages"), 1);
    assert_int_equal(ask(&asker, "GET", NOTICES, NULL), 200);
    assert_string_equal(answer_text(&asker, "items.0.sent_text"), "仅在小程序内显示");
    set_clock("2026-11-22T14:30:00.000Z"); /* quiet until the next morning */
    subject = told_of_ticket();
    work();
    assert_states(subject, "failed", "");
    assert_int_equal(database_number("SELECT COUNT(*) FROM notice_message WHERE done_at IS NULL"),
                     0);
}

/* The event waited while we were away; what WeChat did not take yet costs no consent. */
static void what_came_too_late_to_us_is_not_sent_either(void **state)
{
    const char *subject = told_of_ticket();

    (void)state;
    database_run("UPDATE event SET run_at = '2026-11-22 02:10:10'");
    set_clock("2026-11-22T02:10:11.000Z");
    work();
    assert_states(subject, "", "");
    assert_int_equal(arrived("v1/messages"), 0);
    database_run("INSERT INTO notice_subscription (person_id, account_id, template, remaining,"
                 " updated_at) VALUES ('%s', '%s', 'tongban-ticket-near', 1, '2026-11-01')",
                 person, account);
    can(WECHAT, "200 {\"outcome\":\"later\",\"errcode\":-1}\n");
    subject = told_of_ticket();
    work();
    assert_states(subject, "planned", "");
    assert_int_equal(consents_left(), 0);
    set_clock("2026-11-22T02:21:00.000Z");
    work();
    assert_states(subject, "failed", "");
    assert_int_equal(consents_left(), 1);
}

static void who_wants_another_way_meanwhile_keeps_his_consent(void **state)
{
    static const char *const choices[] = {"sms", "none"};

    (void)state;
    consented(1);
    chosen("wechat");
    for (int i = 0; i < 2; i++) {
        const char *subject = told_of_violation();

        database_run("UPDATE notice_preference SET channel = 'wechat'");
        can(WECHAT, "200 {\"outcome\":\"later\",\"errcode\":-1}\n");
        work();
        assert_states(subject, "planned", "");
        assert_int_equal(consents_left(), 0);
        database_run("UPDATE notice_preference SET channel = '%s'", choices[i]);
        set_clock(arena_printf(texts, "2026-11-22T02:0%d:00.000Z", i + 1));
        work();
        assert_states(subject, "failed", i == 0 ? "sent" : "");
        assert_int_equal(consents_left(), 1);
    }
}

/* Some days later, or what a job that fails for another reason comes to. */
static void nothing_is_being_sent_for_ever(void **state)
{
    const char *subject = told_of_violation();

    (void)state;
    can(SMS, "500 oops\n");
    work();
    assert_states(subject, "failed", "sending");
    database_run("UPDATE notice_template SET valid_to = '2018-12-31' WHERE kind = 'violation_new'");
    database_run("UPDATE notice_job SET failures = 49, run_at = '2026-11-22'"
                 " WHERE kind = 'deliver'");
    work();
    assert_states(subject, "failed", "sending");
    set_clock("2026-11-22T03:00:00.000Z");
    work();
    database_run("UPDATE notice_template SET valid_to = NULL WHERE kind = 'violation_new'");
    assert_states(subject, "failed", "given_up");
    assert_int_equal(database_number("SELECT COUNT(*) FROM notice_message WHERE done_at IS NULL"),
                     0);
    assert_int_equal(database_number("SELECT COUNT(*) FROM notice_job WHERE kind = 'deliver'"
                                     " AND state <> 'done'"),
                     0);
}

static void an_sms_without_an_answer_goes_again_under_its_number(void **state)
{
    const char *subject = told_of_violation(), *id;

    (void)state;
    can(SMS, "500 oops\n200 nonsense\n" SENT_BY_SMS);
    work();
    assert_states(subject, "failed", "sending");
    set_clock("2026-11-22T02:01:00.000Z");
    work();
    set_clock("2026-11-22T02:05:00.000Z");
    work();
    assert_states(subject, "failed", "sent");
    id = word("SELECT id FROM notice_message WHERE subject = '%s'", subject);
    assert_int_equal(arrived(arena_printf(texts, "\"out_id\":\"%s\"", id)), 3);
    assert_int_equal(arrived("v1/messages"), 3);
}

static void an_sms_is_given_up_after_a_day(void **state)
{
    const char *subject = told_of_violation();

    (void)state;
    can(SMS, "500 oops\n");
    work();
    set_clock("2026-11-23T02:00:10.000Z");
    work();
    assert_states(subject, "failed", "given_up");
    set_clock("2026-11-24T02:00:00.000Z");
    work();
    assert_int_equal(arrived("v1/messages"), 2);
    assert_int_equal(database_number("SELECT COUNT(*) FROM notice_job WHERE kind = 'deliver'"
                                     " AND state <> 'done'"),
                     0);
}

static void who_gave_no_phone_has_it_in_the_app(void **state)
{
    const char *subject = told_of_violation();

    (void)state;
    can(PHONE, "404 {}\n");
    work();
    assert_states(subject, "failed", "failed");
    assert_int_equal(arrived("v1/messages"), 0);
    subject = told_of_violation();
    can(PHONE, "503 {}\n200 {\"phone\":\"13812345678\"}\n");
    work();
    set_clock("2026-11-22T02:01:00.000Z");
    work();
    assert_states(subject, "failed", "sent");
}

static void what_is_older_than_two_years_is_forgotten(void **state)
{
    const char *old = told_of_violation();

    (void)state;
    work();
    database_run(
        "INSERT INTO notice_message (id, kind, subject, person_id, about, page, title, text,"
        " vals, created_at) SELECT CONCAT('01C', LPAD(seq, 23, '0')), 'x', seq, '%s', 'x',"
        " 'x', 'x', 'x', '{}', '2018-01-01' FROM seq_1_to_1200",
        person);
    set_clock("2028-11-21T02:00:00.000Z");
    asker_sign_in(&asker, account, person, CITIZEN | VERIFIED);
    told_of_violation();
    database_run("INSERT INTO notice_job (id, kind, dedupe, run_at, created_at) VALUES ('%s',"
                 " 'forget_old', 'once', '2028-11-21', '2028-11-21')",
                 new_id());
    work();
    assert_int_equal(database_number("SELECT COUNT(*) FROM notice_message"), 2);
    set_clock("2028-11-24T02:00:00.000Z");
    database_run("INSERT INTO notice_job (id, kind, dedupe, run_at, created_at) VALUES ('%s',"
                 " 'forget_old', 'again', '2028-11-22', '2028-11-22')",
                 new_id());
    work();
    assert_int_equal(database_number("SELECT COUNT(*) FROM notice_message"), 1);
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM notice_message WHERE subject = '%s'", old), 0);
    assert_int_equal(database_number("SELECT COUNT(DISTINCT message_id) FROM notice_delivery"), 1);
}

/* ---- choices ---- */

static void a_preference_is_kept_and_a_repetition_undoes_nothing(void **state)
{
    static const char none[] = "{\"group\":\"case\",\"channel\":\"none\"}";

    (void)state;
    assert_int_equal(ask(&asker, "GET", PREFERENCES, NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 4);
    assert_string_equal(answer_text(&asker, "items.0.group"), "case");
    assert_string_equal(answer_text(&asker, "items.0.channel"), "wechat_sms");
    assert_int_equal(ask(&asker, "POST", PREFERENCES, none), 200);
    assert_string_equal(answer_text(&asker, "channel"), "none");
    asker.key = "key-00000002";
    assert_int_equal(ask(&asker, "POST", PREFERENCES, "{\"group\":\"case\",\"channel\":\"sms\"}"),
                     200);
    asker.key = "key-00000001";
    assert_int_equal(ask(&asker, "POST", PREFERENCES, none), 200);
    assert_string_equal(answer_text(&asker, "channel"), "sms");
}

static void a_preference_for_nothing_or_by_no_way_is_refused(void **state)
{
    (void)state;
    assert_int_equal(ask(&asker, "POST", PREFERENCES, "{\"group\":\"x\",\"channel\":\"sms\"}"),
                     422);
    assert_true(answer_has_reason(&asker, "group_unknown"));
    assert_int_equal(ask(&asker, "POST", PREFERENCES, "{\"group\":\"case\",\"channel\":\"post\"}"),
                     400);
    asker.key = NULL;
    assert_int_equal(ask(&asker, "POST", PREFERENCES, "{\"group\":\"case\",\"channel\":\"sms\"}"),
                     400);
}

static void as_from(const char *channel)
{
    database_run("UPDATE core_session SET channel = '%s' WHERE actor_id = '%s'", channel, account);
}

static void consents_are_counted_once_each(void **state)
{
    static const char two[] = "{\"accepted\":[\"" NEW_TEMPLATE "\",\"tongban-decision-made\"]}";

    (void)state;
    as_from("wechat");
    assert_int_equal(ask(&asker, "POST", SUBSCRIPTIONS, two), 200);
    assert_int_equal(ask(&asker, "POST", SUBSCRIPTIONS, two), 200);
    assert_int_equal(consents_left(), 2);
    asker.key = "key-00000002";
    assert_int_equal(ask(&asker, "POST", SUBSCRIPTIONS, two), 200);
    assert_int_equal(consents_left(), 4);
    assert_int_equal(ask(&asker, "GET", SUBSCRIPTIONS, NULL), 200);
    assert_int_equal(
        answer_count(&asker, "items"),
        database_number("SELECT COUNT(DISTINCT wechat_template) FROM notice_template"));
    assert_string_equal(answer_text(&asker, "items.0.template_id"), "tongban-decision-made");
    assert_int_equal(answer_number(&asker, "items.0.remaining"), 2);
}

static void all_that_stands_against_a_consent_is_said_at_once(void **state)
{
    (void)state;
    as_from("alipay");
    assert_int_equal(
        ask(&asker, "POST", SUBSCRIPTIONS, "{\"accepted\":[\"unknown-1\",\"" NEW_TEMPLATE "\"]}"),
        422);
    assert_true(answer_has_reason(&asker, "template_unknown"));
    assert_true(answer_has_reason(&asker, "wechat_only"));
    assert_int_equal(consents_left(), 0);
    assert_int_equal(ask(&asker, "POST", SUBSCRIPTIONS, "{\"accepted\":[]}"), 400);
}

static void strangers_and_the_unverified_are_told_nothing(void **state)
{
    static const char *const paths[] = {NOTICES, PREFERENCES, SUBSCRIPTIONS};

    (void)state;
    asker_sign_in(&asker, new_id(), NULL, CITIZEN);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(ask(&asker, "GET", paths[i], NULL), 403);
    asker_sign_out(&asker);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(ask(&asker, "GET", paths[i], NULL), 401);
}

#define TEST(name) cmocka_unit_test_setup(name, begin_notice)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_told_twice_stands_once_in_the_app),
        TEST(notices_come_in_pages_and_to_their_person_alone),
        TEST(the_first_reading_counts),
        TEST(who_is_behind_an_account_is_told_and_nobody_else),
        TEST(what_lacks_a_value_is_not_told_and_stays_to_be_seen),
        TEST(the_newest_of_a_backlog_is_found_without_reading_all_of_it),
        TEST(a_consent_lets_one_message_through_and_the_next_goes_by_sms),
        TEST(an_sms_says_no_more_than_it_must),
        TEST(each_choice_is_honoured),
        TEST(an_sms_waits_until_the_morning),
        TEST(a_user_who_refuses_gets_an_sms_and_no_consent_is_left),
        TEST(a_template_that_is_wrong_costs_nobody_his_consents),
        TEST(what_identity_began_without_an_answer_of_wechat_is_given_up),
        TEST(an_identity_that_is_away_for_a_while_costs_nothing),
        TEST(a_sending_that_was_interrupted_goes_on_under_its_number),
        TEST(a_busy_wechat_is_asked_again_with_the_same_consent),
        TEST(a_wechat_that_stays_busy_leaves_it_to_the_sms),
        TEST(without_a_quota_at_wechat_the_sms_goes_at_once),
        TEST(what_is_worth_nothing_any_more_is_not_sent),
        TEST(what_came_too_late_to_us_is_not_sent_either),
        TEST(who_wants_another_way_meanwhile_keeps_his_consent),
        TEST(nothing_is_being_sent_for_ever),
        TEST(an_sms_without_an_answer_goes_again_under_its_number),
        TEST(an_sms_is_given_up_after_a_day),
        TEST(who_gave_no_phone_has_it_in_the_app),
        TEST(what_is_older_than_two_years_is_forgotten),
        TEST(a_preference_is_kept_and_a_repetition_undoes_nothing),
        TEST(a_preference_for_nothing_or_by_no_way_is_refused),
        TEST(consents_are_counted_once_each),
        TEST(all_that_stands_against_a_consent_is_said_at_once),
        TEST(strangers_and_the_unverified_are_told_nothing),
    };

    return cmocka_run_group_tests_name("plain", tests, open_notice, close_notice) +
           cmocka_run_group_tests_name("rehearsed", tests, open_notice_rehearsed, close_notice);
}
