/*
 * Who may do what to which table: every user, every table, every verb, every column is tried, and
 * what is not listed here must be refused. Money facts, settlements, ledger and audit chains can be
 * added to and not changed by anybody.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "support/database.h"

#include <cmocka.h>

/* SELECT, INSERT, DELETE by their first letters; UPDATE by columns, "*" for all. */
struct right {
    const char *user, *table, *verbs, *columns;
};

static const struct right rights[] = {
    {"exchange", "agency", "S", ""},
    {"exchange", "agency_batch", "SI",
     "spool_key state lines_good lines_known lines_bad next_line next_offset done_at"},
    {"exchange", "batch_fault", "SI", ""},
    {"exchange", "camera_record", "SI", ""},
    {"exchange", "core_session", "S", ""},
    {"exchange", "event", "I", ""},
    {"exchange", "licence", "SI",
     "file_no key_id classes first_issued_on valid_until state source observed_at ver"},
    {"exchange", "person", "SI", "name id_no phone key_id source observed_at ver"},
    {"exchange", "street_decision", "SI", ""},
    {"exchange", "vehicle", "SI", "vin owner_id registered_on use_kind source observed_at ver"},
    {"identity", "account", "SI", "*"},
    {"identity", "core_session", "SID", "token_hash person_id roles expires_at ver"},
    {"identity", "face_check", "SID", "*"},
    {"identity", "link_code", "SID", "*"},
    {"payment", "callback_inbox", "SI", "state"},
    {"payment", "core_session", "S", ""},
    {"payment", "event", "I", ""},
    {"payment", "ledger_entry", "SI", ""},
    {"payment", "ledger_txn", "SI", ""},
    {"payment", "money_fact", "SI", ""},
    {"payment", "obligation", "S", "ver"},
    {"payment", "pay_attempt", "SI", "state prepay_id updated_at ver"},
    {"payment", "pay_order", "SI",
     "state paid_fen refund_reserved_fen refunded_fen paid_at updated_at ver"},
    {"payment", "pay_order_item", "SI", ""},
    {"payment", "payment_case", "SI", "state"},
    {"payment", "payment_told", "S", ""},
    {"payment", "refund", "SI", "state refund_no maker checker updated_at ver"},
    {"payment", "settlement", "SI", ""},
    {"payment", "state_edge", "S", ""},
    {"payment", "state_move", "S", ""},
    {"violation", "calendar_day", "S", ""},
    {"violation", "calendar_year", "S", ""},
    {"violation", "camera_record", "S", ""},
    {"violation", "core_session", "S", ""},
    {"violation", "decision_block", "S", "next_serial last_serial"},
    {"violation", "decision_serial", "S", "next_serial"},
    {"violation", "licence", "S", ""},
    {"violation", "obligation", "SI", "withdrawn_at ver"},
    {"violation", "plate_class", "S", ""},
    {"violation", "points_account", "SI", "ver"},
    {"violation", "points_entry", "SI", ""},
    {"violation", "points_rule", "S", ""},
    {"violation", "procedure_rule", "S", ""},
    {"violation", "settlement", "S", ""},
    {"violation", "street_decision", "S", ""},
    {"violation", "surcharge_rule", "S", ""},
    {"violation", "term_rule", "S", ""},
    {"violation", "vehicle", "S", ""},
    {"violation", "violation_announcement", "SI", ""},
    {"violation", "violation_case", "SI", "person_id state updated_at ver"},
    {"violation", "violation_code", "S", ""},
    {"violation", "violation_confirmation", "SI", ""},
    {"violation", "violation_decision", "SI", "stands withdrawn_at"},
    {"violation", "violation_event", "S",
     "state attempts failures run_at lease_until lease_token done_at"},
    {"violation", "violation_move", "S", ""},
};

/* The template's tables, the same for every module. */
static const struct right own_rights[] = {
    {"_job", "", "SID", "*"},
    {"_idem", "", "SID", ""},
    {"_audit", "", "SI", ""},
    {"_audit_head", "", "S", "lock_count"},
};

static const char *const users[] = {"exchange", "identity", "payment", "violation"};

enum { USERS = sizeof(users) / sizeof(*users), TABLES_MAX = 200, NAME_MAX_SIZE = 64 };

static char tables[TABLES_MAX][NAME_MAX_SIZE];
static size_t table_count;

static const struct right nothing = {NULL, NULL, "", ""};

static const struct right *right_of(const char *user, const char *table)
{
    char own[NAME_MAX_SIZE];

    for (size_t i = 0; i < sizeof(rights) / sizeof(*rights); i++)
        if (strcmp(rights[i].user, user) == 0 && strcmp(rights[i].table, table) == 0)
            return &rights[i];
    for (size_t i = 0; i < sizeof(own_rights) / sizeof(*own_rights); i++) {
        snprintf(own, sizeof(own), "%s%s", user, own_rights[i].user);
        if (strcmp(own, table) == 0)
            return &own_rights[i];
    }
    return &nothing;
}

static bool is_listed(const char *columns, const char *column)
{
    size_t size = strlen(column);

    if (strcmp(columns, "*") == 0)
        return true;
    for (const char *at = columns; (at = strstr(at, column)) != NULL; at += size)
        if ((at == columns || at[-1] == ' ') && (at[size] == ' ' || at[size] == '\0'))
            return true;
    return false;
}

/* Refused for want of a right; any other fault comes after the rights were found sufficient. */
static bool is_denied(unsigned number)
{
    return number == 1142 || number == 1143 || number == 1044 || number == 1370;
}

static int wrong; /* what differs from the list is printed, and counted here */

static void expect(const char *user, const char *table, const char *verb, bool is_allowed,
                   unsigned number)
{
    if (is_denied(number) != is_allowed)
        return;
    wrong++;
    print_error("%s %s %s: %s\n", user, verb, table,
                is_allowed ? "is refused and should not be" : "is possible and should not be");
}

static void try_verbs(const char *user, const char *table)
{
    const struct right *right = right_of(user, table);

    expect(user, table, "SELECT", strchr(right->verbs, 'S') != NULL,
           database_refuses(user, "SELECT 1 FROM `%s` LIMIT 0", table));
    expect(user, table, "INSERT", strchr(right->verbs, 'I') != NULL,
           database_refuses(user, "INSERT INTO `%s` () VALUES ()", table));
    expect(user, table, "DELETE", strchr(right->verbs, 'D') != NULL,
           database_refuses(user, "DELETE FROM `%s` WHERE FALSE", table));
}

static void try_columns(const char *user, const char *table)
{
    const struct right *right = right_of(user, table);
    int64_t count = database_number("SELECT COUNT(*) FROM information_schema.columns"
                                    " WHERE table_schema = 'tongban' AND table_name = '%s'",
                                    table);
    char column[NAME_MAX_SIZE], verb[NAME_MAX_SIZE + 16];

    for (int64_t i = 1; i <= count; i++) {
        database_text(column, sizeof(column),
                      "SELECT column_name FROM information_schema.columns WHERE table_schema ="
                      " 'tongban' AND table_name = '%s' AND ordinal_position = %lld",
                      table, (long long)i);
        snprintf(verb, sizeof(verb), "UPDATE %s of", column);
        expect(user, table, verb, is_listed(right->columns, column),
               database_refuses(user, "UPDATE `%s` SET `%s` = DEFAULT(`%s`) LIMIT 0", table, column,
                                column));
    }
}

static void every_user_can_do_to_every_table_what_is_listed_and_no_more(void **state)
{
    (void)state;
    for (size_t u = 0; u < USERS; u++)
        for (size_t t = 0; t < table_count; t++) {
            try_verbs(users[u], tables[t]);
            try_columns(users[u], tables[t]);
        }
    assert_int_equal(wrong, 0);
}

static void nobody_changes_what_money_and_audit_rest_on(void **state)
{
    static const char *const kept[] = {"money_fact", "settlement", "ledger_txn", "ledger_entry"};

    (void)state;
    for (size_t i = 0; i < sizeof(rights) / sizeof(*rights); i++)
        for (size_t k = 0; k < sizeof(kept) / sizeof(*kept); k++)
            if (strcmp(rights[i].table, kept[k]) == 0) {
                assert_null(strchr(rights[i].verbs, 'D'));
                assert_string_equal(rights[i].columns, "");
            }
}

static int find_tables(void **state)
{
    (void)state;
    database_open();
    table_count = (size_t)database_number("SELECT COUNT(*) FROM information_schema.tables"
                                          " WHERE table_schema = 'tongban'");
    assert_in_range(table_count, 1, TABLES_MAX);
    for (size_t i = 0; i < table_count; i++)
        database_text(tables[i], NAME_MAX_SIZE,
                      "SELECT table_name FROM information_schema.tables WHERE table_schema ="
                      " 'tongban' ORDER BY table_name LIMIT 1 OFFSET %zu",
                      i);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    database_close();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_user_can_do_to_every_table_what_is_listed_and_no_more),
        cmocka_unit_test(nobody_changes_what_money_and_audit_rest_on),
    };

    return cmocka_run_group_tests(tests, find_tables, close_all);
}
