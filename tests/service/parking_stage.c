#include "service/parking_stage.h"

#include "core/arena.h"

const char *member;
static int lots;

int begin_parking(void **state)
{
    begin_applications(state);
    member = new_id();
    database_run("REPLACE INTO parking_institution (code, name, credit_code, kind,"
                 " accredited_from, accredited_to) VALUES"
                 " ('" DRAWERS "', '图审公司', '91350100M000100Y43', 'drawing_review',"
                 "  '2018-01-01', '2019-12-31'),"
                 " ('" ACCEPTORS "', '验收公司', '91440300MA5EB56780', 'site_acceptance',"
                 "  '2018-01-01', '2018-10-31')");
    database_run("REPLACE INTO organisation (id, credit_code, name, representative_id, state,"
                 " source, observed_at) SELECT RPAD(code, 26, '0'), credit_code, name, '%s',"
                 " 'active', 'test', UTC_TIMESTAMP(3) FROM parking_institution",
                 member);
    return 0;
}

const char *institution(const char *code)
{
    return database_word("SELECT RPAD('%s', 26, '0')", code);
}

const char *lot_form(const char *more)
{
    lots++;
    return arena_printf(texts,
                        "\"name\":\"第%d停车场\",\"address\":\"深南大道%d号\",\"division\":"
                        "\"440304\",\"lot_kind\":\"公共\",\"spaces\":120,"
                        "\"contact\":\"13800138000\"%s",
                        lots, lots, more);
}

void add_certificate(const char *id)
{
    attach(id, "planning_acceptance", small_picture());
}

void manager(void)
{
    mandate = company_of(citizen());
}

void manager_again(const char *person_id, const char *company)
{
    citizen_again(person_id);
    mandate = company;
}

const char *file_open(void)
{
    const char *id;

    manager();
    id = begin("parking.open", lot_form(""));
    add_certificate(id);
    assert_int_equal(submit(id), 200);
    return id;
}

const char *filer_of(const char *id)
{
    return database_word("SELECT filed_by FROM parking_application WHERE id = '%s'", id);
}

const char *due_of(const char *id, const char *clock)
{
    return database_word("SELECT due_on FROM parking_application_clock WHERE application_id = '%s'"
                         " AND code = '%s' ORDER BY turn DESC LIMIT 1",
                         id, clock);
}

const char *opened(const char **id)
{
    *id = file_open();
    officer(FUTIAN, INTAKE | REVIEWER);
    assert_int_equal(act(*id, "acceptance", ""), 200);
    assert_int_equal(act(*id, "approval", ""), 200);
    officer(FUTIAN, LEAD);
    assert_int_equal(act(*id, "approval", ""), 200);
    run_jobs();
    assert_string_equal(state_of(*id), "issued");
    return database_word("SELECT permit_no FROM parking_permit WHERE application_id = '%s'", *id);
}

int assign(const char *id, const char *kind, const char *institution)
{
    return act(id, "assignments",
               arena_printf(texts, "\"kind\":\"%s\",\"institution\":\"%s\"", kind, institution));
}

int report(const char *id, const char *kind, const char *body)
{
    const char *assignment =
        database_word("SELECT id FROM parking_assignment WHERE application_id = '%s'"
                      " AND kind = '%s'",
                      id, kind);

    asker.key = arena_printf(texts, "key-report-%d-%s", ++lots, kind);
    return ask(&asker, "POST",
               arena_printf(texts, "/api/parking/assignments/%s/report", assignment), body);
}

const char *renewal(const char *permit_no)
{
    return arena_printf(texts,
                        "\"permit_no\":\"%s\",\"division\":\"440304\",\"contact\":\"13800138000\"",
                        permit_no);
}
