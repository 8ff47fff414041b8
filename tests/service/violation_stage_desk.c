#include "service/violation_stage_desk.h"

const char *confirmed(struct citizen citizen, const char *code, const char *body)
{
    const char *id = camera(citizen.plate, code);

    sign_in(citizen.person_id);
    assert_int_equal(announce_it(arena_printf(texts, "a-%s", id), id), 201);
    assert_int_equal(confirm_it(arena_printf(texts, "c-%s", id), id, body), 422);
    assert_refused(422, "officer_step_missing");
    return id;
}

int do_it(const char *base, const char *id, const char *what, const char *more)
{
    static int count;

    asker.key = arena_printf(texts, "desk-key-%d-%d", ++count, is_rehearsing);
    return ask(&asker, "POST", arena_printf(texts, "%s/%s/%s", base, id, what),
               arena_printf(texts, "{%s}", more));
}

const char *desk_step_of(const char *id)
{
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, DESK "/%s", id), NULL), 200);
    return answer_kept("step");
}

const char *decision_of(const char *id)
{
    return database_word("SELECT CONCAT_WS(' ', c.state, d.manner, d.fine_fen, d.points,"
                         " LEFT(d.decision_no, 7), d.person_id = c.person_id, d.served_on,"
                         " (SELECT COUNT(*) FROM obligation o WHERE o.id = d.obligation_id"
                         "   AND o.owner_id = d.person_id))"
                         " FROM violation_case c JOIN violation_decision d ON d.case_id = c.id"
                         " WHERE c.id = '%s'",
                         id);
}

#define DECISION                                                                                   \
    "INSERT INTO violation_decision (decision_no, case_id, manner, person_id, authority, facts,"   \
    " fact_source, fact_observed_at, title, basis, rule_source, fine_fen, points,"                 \
    " late_percent_a_day, late_percent_max, decided_at, served_on, due_on, obligation_id)"         \
    " VALUES (LEFT('%s', 16), '%s', '%s', '%s', 'a', 'f', 't', '2026-11-22', 't', 'b', 's', %d,"   \
    " %d, 3, 100, '2026-11-22 02:00:00', '2026-11-22', '2026-12-07', '%s')"

bool refuses_decision(const char *id, const char *person_id, const char *manner, int fine,
                      int points)
{
    return database_refuses("violation", DECISION, new_id(), id, manner, person_id, fine, points,
                            new_id()) != 0;
}

const char *fallen(const char *person_id)
{
    street(person_id, "1344", 20000, 1, "2026-11-19");
    database_run("UPDATE violation_decision SET stands = NULL, withdrawn_at = '2026-11-22'"
                 " WHERE person_id = '%s'",
                 person_id);
    return person_id;
}

bool refuses_proposal(const char *id, const char *person_id, int fine, const char *until)
{
    return database_refuses("violation",
                            "INSERT INTO penalty_proposal (case_id, person_id, investigator_id,"
                            " findings, fine_fen, points, answer_until, proposed_at)"
                            " VALUES ('%s', '%s', '%s', 'f', %d, 12, %s, '2026-11-22 02:00:00')",
                            id, person_id, new_id(), fine, until) != 0;
}

bool refuses_approval(const char *id, const char *first, const char *second, const char *day)
{
    return database_refuses("violation",
                            "INSERT INTO penalty_approval (case_id, investigator_id, approver_id,"
                            " approved_at) VALUES ('%s', '%s', '%s', '%s')",
                            id, first, second, day) != 0;
}

const char *state_of_case(const char *id)
{
    return database_word("SELECT state FROM violation_case WHERE id = '%s'", id);
}

const char *told(const char *kind, const char *person_id, const char *value)
{
    return database_word("SELECT GROUP_CONCAT(JSON_VALUE(arg, '$.values.%s') ORDER BY id)"
                         " FROM event WHERE consumer = 'notice' AND kind = '%s'"
                         " AND JSON_VALUE(arg, '$.person_id') = '%s'",
                         value, kind, person_id);
}

const char *proposed(struct citizen citizen)
{
    const char *id = confirmed(citizen, "1721", NOTHING_TO_SAY);

    officer(FUTIAN, REVIEWER);
    assert_string_equal(desk_step_of(id), "propose");
    assert_int_equal(do_it(DESK, id, "proposal", LARGE), 200);
    assert_string_equal(answer_text(&asker, "step"), "await_choice");
    assert_string_equal(answer_text(&asker, "answer_until"), "2026-11-27");
    return id;
}
