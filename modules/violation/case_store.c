#include "casework/acting.h"
#include "core/audit.h"
#include "core/clock.h"
#include "violation/store.h"

#define ACT_FIELDS(type)                                                                           \
    FIELD(type, id), FIELD(type, kind), FIELD(type, agency), FIELD(type, source_no),               \
        FIELD(type, plate_type), FIELD(type, plate), FIELD(type, occurred_at), FIELD(type, place), \
        FIELD(type, code), FIELD_OR_NULL(type, measured), FIELD_OR_NULL(type, allowed),            \
        FIELD(type, observed_at), FIELD(type, arrived_at), FIELD(type, state)

#define DECISION_FIELDS(type)                                                                      \
    FIELD_OR_NULL(type, decision_no), FIELD_OR_NULL(type, title), FIELD_OR_NULL(type, fine_fen),   \
        FIELD_OR_NULL(type, points), FIELD_OR_NULL(type, obligation_id),                           \
        FIELD_OR_NULL(type, due_on), FIELD_OR_NULL(type, late_percent_a_day),                      \
        FIELD_OR_NULL(type, late_percent_max), FIELD_OR_NULL(type, frozen_days),                   \
        FIELD_OR_NULL(type, settled_at)

static const struct field act_fields[] = {
    ACT_FIELDS(struct violation),
    FIELD_OR_NULL(struct violation, person_id),
    FIELD_END,
};

/* What a list shows; the explanation of each case is read with that case. */
static const struct field listed_fields[] = {
    FIELD(struct case_row, id),          FIELD(struct case_row, kind),
    FIELD(struct case_row, plate_type),  FIELD(struct case_row, plate),
    FIELD(struct case_row, occurred_at), FIELD(struct case_row, place),
    FIELD(struct case_row, code),        FIELD(struct case_row, state),
    DECISION_FIELDS(struct case_row),    FIELD_END,
};

static const struct field shown_fields[] = {
    ACT_FIELDS(struct case_row),
    DECISION_FIELDS(struct case_row),
    FIELD_OR_NULL(struct case_row, paid_fen),
    FIELD_OR_NULL(struct case_row, facts),
    FIELD_OR_NULL(struct case_row, basis),
    FIELD_OR_NULL(struct case_row, rule_source),
    FIELD_OR_NULL(struct case_row, rule_valid_from),
    FIELD_OR_NULL(struct case_row, decided_at),
    FIELD_OR_NULL(struct case_row, served_on),
    FIELD_OR_NULL(struct case_row, due_source),
    FIELD_OR_NULL(struct case_row, reconsider_until),
    FIELD_OR_NULL(struct case_row, court_until),
    FIELD_OR_NULL(struct case_row, announced_at),
    FIELD_OR_NULL(struct case_row, confirmed_at),
    FIELD_OR_NULL(struct case_row, officer_step),
    FIELD_OR_NULL(struct case_row, withdrawn_at),
    FIELD_OR_NULL(struct case_row, withdrawn_because),
    FIELD_OR_NULL(struct case_row, withdrawn_decision_no),
    FIELD_OR_NULL(struct case_row, dispute_id),
    FIELD_OR_NULL(struct case_row, disputed_at),
    DESK_FIELDS(struct case_row),
    FIELD_END,
};

struct count_row {
    int64_t cases;
};

static const struct field count_fields[] = {
    FIELD(struct count_row, cases),
    FIELD_END,
};

enum {
    LIST_OWN,
    LIST_OWN_MANY,
    LIST_FLEET,
    COUNT_IN_FLEET,
    SHOW_OWN,
    LOCK_OWN,
    FIND_ANY,
    LOCK_ANY,
    LOCK_BY_OBLIGATION,
    INSERT_CASE,
    MOVE_CASE,
    STATEMENTS_END
};

#define ACT                                                                                        \
    "c.id, c.kind, c.agency, c.source_no, c.plate_type, c.plate, c.occurred_at, c.place, c.code,"  \
    "  c.measured, c.allowed, c.observed_at, c.arrived_at, c.state"
#define LISTED "c.id, c.kind, c.plate_type, c.plate, c.occurred_at, c.place, c.code, c.state"
#define DECISION                                                                                   \
    "d.decision_no, d.title, d.fine_fen, d.points, d.obligation_id, d.due_on,"                     \
    "  d.late_percent_a_day, d.late_percent_max, o.frozen_days, s.settled_at"
#define NO_DECISION                                                                                \
    "NULL AS decision_no, NULL AS title, NULL AS fine_fen, NULL AS points, NULL AS obligation_id," \
    "  NULL AS due_on, NULL AS late_percent_a_day, NULL AS late_percent_max, NULL AS frozen_days," \
    "  NULL AS settled_at"
#define WITH_DECISION_BY(index)                                                                    \
    "  LEFT JOIN violation_decision d " index " ON d.case_id = c.id AND d.stands = 1"              \
    "  LEFT JOIN obligation o ON o.id = d.obligation_id"                                           \
    "  LEFT JOIN settlement s ON s.obligation_id = d.obligation_id"
#define WITH_DECISION WITH_DECISION_BY("")
#define WITH_LISTED_DECISION WITH_DECISION_BY("FORCE INDEX (listed)")

/* What the officers did with a confirmation f. */
#define AT_THE_DESK                                                                                \
    "  COALESCE(f.electronic_service, 0) AS electronic_service,"                                   \
    "  COALESCE(f.statement, t.statement) AS statement, CASE v.is_accepted WHEN 1 THEN "           \
    "'accepted' WHEN 0 THEN 'rejected' END"                                                        \
    "    AS review, v.reasons AS review_reasons, v.reviewed_at, q.fine_fen AS proposed_fen,"       \
    "  q.points AS proposed_points, q.proposed_at, q.answer_until, y.choice AS hearing_choice,"    \
    "  h.held_on AS hearing_on, h.place AS hearing_place"
#define FROM_THE_DESK                                                                              \
    "  LEFT JOIN later_statement t ON t.case_id = c.id AND t.person_id = f.person_id"              \
    "  LEFT JOIN statement_review v ON v.case_id = c.id AND v.person_id = f.person_id"             \
    "  LEFT JOIN penalty_proposal q ON q.case_id = c.id AND q.person_id = f.person_id"             \
    "    AND NOT EXISTS (SELECT 1 FROM proposal_return b WHERE b.case_id = q.case_id"              \
    "      AND b.number = q.number)"                                                               \
    "  LEFT JOIN hearing_choice y ON y.case_id = q.case_id AND y.number = q.hearing_of"            \
    "  LEFT JOIN hearing_now h ON h.case_id = q.case_id AND h.number = q.hearing_of"

/* A record that nobody was named for concerns the owner of the vehicle, and where that is an
   organisation, whoever acts for it. */
#define IS_OWN                                                                                     \
    "(c.person_id = ? OR c.person_id IS NULL AND c.kind = 'camera' AND EXISTS (SELECT 1"           \
    "  FROM vehicle v WHERE v.plate_type = c.plate_type AND v.plate = c.plate"                     \
    "  AND (v.owner_id = ? OR EXISTS (SELECT 1 FROM violation_acting g"                            \
    "    WHERE g.principal_kind = '" ORGANISATION_APPLICANT "'"                                    \
    "      AND g.principal_id = v.organisation_id AND g.agent_id = ?"                              \
    "      AND g.valid_from <= ? AND g.valid_to >= ?))))"

/* Each half reads an index that begins with the vehicle or the person and has all that is shown, so
   the list is as quick with millions of cases as with thousands. The first half has no decisions;
   an order makes the database copy it into a table of its own. Merged by the caller, for the same
   reason. */
#define OWN_CASES(order)                                                                           \
    "(SELECT STRAIGHT_JOIN " LISTED ", " NO_DECISION "  FROM vehicle v FORCE INDEX (by_owner)"     \
    "  JOIN violation_case c FORCE INDEX (by_vehicle)"                                             \
    "    ON c.plate_type = v.plate_type AND c.plate = v.plate"                                     \
    "  WHERE v.owner_id = ? AND c.person_id IS NULL AND c.kind = 'camera'"                         \
    "  AND c.id < ? AND (? IS NULL OR c.state = ?) " order " LIMIT ?)"                             \
    "  UNION ALL"                                                                                  \
    "  (SELECT STRAIGHT_JOIN " LISTED ", " DECISION                                                \
    "  FROM violation_case c FORCE INDEX (by_person)" WITH_LISTED_DECISION                         \
    "  WHERE c.person_id = ? AND c.id < ? AND (? IS NULL OR c.state = ?)"                          \
    "  ORDER BY c.id DESC LIMIT ?)"

/* As many are read of the first half without an order, and are all there are if there are fewer. */
enum { FEW = 200 };

const struct statement case_sql[] = {
    [LIST_OWN] = {.sql = OWN_CASES(""), ROWS(struct case_row, listed_fields)},
    [LIST_OWN_MANY] = {.sql = OWN_CASES("ORDER BY c.id DESC"),
                       ROWS(struct case_row, listed_fields)},
    [LIST_FLEET] = {.sql = "SELECT STRAIGHT_JOIN " LISTED ", " NO_DECISION
                           "  FROM vehicle v FORCE INDEX (by_organisation)"
                           "  JOIN violation_case c FORCE INDEX (by_vehicle)"
                           "    ON c.plate_type = v.plate_type AND c.plate = v.plate"
                           "  WHERE v.organisation_id = ? AND c.person_id IS NULL"
                           "  AND c.kind = 'camera' AND c.id < ? AND (? IS NULL OR c.state = ?)"
                           "  ORDER BY c.id DESC LIMIT ?",
                    ROWS(struct case_row, listed_fields)},
    [COUNT_IN_FLEET] = {.sql = "SELECT COUNT(*) AS cases FROM violation_case c JOIN vehicle v"
                               "  ON v.plate_type = c.plate_type AND v.plate = c.plate"
                               "  WHERE c.id = ? AND c.person_id IS NULL AND c.kind = 'camera'"
                               "  AND v.organisation_id = ?",
                        ROWS(struct count_row, count_fields)},
    [SHOW_OWN] =
        {.sql =
             "SELECT " ACT ", " DECISION ", s.amount_fen AS paid_fen, d.facts, d.basis,"
             "  d.rule_source, d.rule_valid_from, d.decided_at, d.served_on,"
             "  d.due_source, d.reconsider_until, d.court_until, a.announced_at,"
             "  f.confirmed_at, f.officer_step,"
             "  CASE WHEN c.state = 'withdrawn' THEN c.updated_at END AS withdrawn_at,"
             "  w.ground AS withdrawn_because, w.decision_no AS withdrawn_decision_no,"
             "  p.application_id AS dispute_id, p.opened_at AS disputed_at," AT_THE_DESK
             "  FROM violation_case c" WITH_DECISION "  LEFT JOIN violation_announcement a"
             "    ON a.case_id = c.id AND a.person_id = ?"
             "  LEFT JOIN violation_confirmation f"
             "    ON f.case_id = c.id AND f.person_id = ?"
             "  LEFT JOIN violation_withdrawal w ON w.case_id = c.id"
             "  LEFT JOIN violation_dispute p ON p.case_id = c.id AND p.is_open = 1" FROM_THE_DESK
             "  WHERE c.id = ? AND " IS_OWN,
         ROWS(struct case_row, shown_fields)},
    [LOCK_OWN] = {.sql = "SELECT " ACT ", c.person_id FROM violation_case c"
                         "  WHERE c.id = ? AND " IS_OWN " FOR UPDATE",
                  ROWS(struct violation, act_fields)},
    [FIND_ANY] = {.sql = "SELECT " ACT ", c.person_id FROM violation_case c WHERE c.id = ?",
                  ROWS(struct violation, act_fields)},
    [LOCK_ANY] = {.sql = "SELECT " ACT ", c.person_id FROM violation_case c WHERE c.id = ?"
                         "  FOR UPDATE",
                  ROWS(struct violation, act_fields)},
    [LOCK_BY_OBLIGATION] =
        {.sql = "SELECT " ACT ", c.person_id FROM violation_case c"
                "  WHERE c.id = (SELECT DISTINCT d.case_id FROM violation_decision d"
                "    WHERE d.obligation_id = ?) FOR UPDATE",
         ROWS(struct violation, act_fields)},
    [INSERT_CASE] = {.sql = "INSERT INTO violation_case (id, kind, fact_id, agency, source_no,"
                            "  person_id, plate_type, plate, occurred_at, place, code, measured,"
                            "  allowed, observed_at, arrived_at, state, updated_at)"
                            "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [MOVE_CASE] = {.sql = "UPDATE violation_case SET person_id = COALESCE(person_id, ?), state = ?,"
                          "  updated_at = ?, ver = ver + 1 WHERE id = ? AND state = ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

static int newest_first(const void *a, const void *b)
{
    return strcmp(((const struct case_row *)b)->id, ((const struct case_row *)a)->id);
}

static enum error read_own(struct request *r, const struct statement *statement,
                           const struct list_input *in, int64_t of_vehicles, struct records *rows)
{
    const char *before = page_below(in->after);

    return db_many(r, statement, rows,
                   VALUES(r->person_id, before, in->state, in->state, of_vehicles, r->person_id,
                          before, in->state, in->state, in->limit + 1));
}

enum error list_own_cases(struct request *r, const struct list_input *in, struct records *rows)
{
    TRY(read_own(r, &case_sql[LIST_OWN], in, FEW, rows));
    if (rows->count >= FEW)
        TRY(read_own(r, &case_sql[LIST_OWN_MANY], in, in->limit + 1, rows));
    qsort((void *)(uintptr_t)rows->items, rows->count, sizeof(struct case_row), newest_first);
    return E_OK;
}

enum error list_fleet_cases(struct request *r, const char *organisation_id,
                            const struct list_input *in, struct records *rows)
{
    return db_many(
        r, &case_sql[LIST_FLEET], rows,
        VALUES(organisation_id, page_below(in->after), in->state, in->state, in->limit + 1));
}

enum error is_fleet_case(struct request *r, const char *id, const char *organisation_id,
                         bool *is_fleet)
{
    struct count_row count;

    TRY(db_one(r, &case_sql[COUNT_IN_FLEET], &count, VALUES(id, organisation_id)));
    *is_fleet = count.cases > 0;
    return E_OK;
}

/* What others own looks absent, but it is noted that somebody asked for it. */
static enum error note_foreign(struct request *r, const char *id)
{
    struct violation act;
    enum error found = db_one(r, &case_sql[FIND_ANY], &act, VALUES(id));

    if (found == E_OK)
        audit_refusal(r, id, "violation of another person");
    return found == E_OK ? E_NOT_FOUND : found;
}

enum error find_own_case(struct request *r, const char *id, struct case_row *row)
{
    struct day today = civil_day(r->now);
    enum error found = db_one(r, &case_sql[SHOW_OWN], row,
                              VALUES(r->person_id, r->person_id, id, r->person_id, r->person_id,
                                     r->person_id, today, today));

    return found == E_NOT_FOUND ? note_foreign(r, id) : found;
}

enum error lock_own_case(struct request *r, const char *id, struct violation *act)
{
    struct day today = civil_day(r->now);
    enum error found = db_one(r, &case_sql[LOCK_OWN], act,
                              VALUES(id, r->person_id, r->person_id, r->person_id, today, today));

    return found == E_NOT_FOUND ? note_foreign(r, id) : found;
}

enum error lock_case(struct request *r, const char *id, struct violation *act)
{
    return db_one(r, &case_sql[LOCK_ANY], act, VALUES(id));
}

enum error lock_case_of(struct request *r, const char *obligation_id, struct violation *act)
{
    return db_one(r, &case_sql[LOCK_BY_OBLIGATION], act, VALUES(obligation_id));
}

enum error insert_case(struct request *r, const struct violation *act, const char *fact_id)
{
    return db_run(r, &case_sql[INSERT_CASE],
                  VALUES(act->id, act->kind, fact_id, act->agency, act->source_no, act->person_id,
                         act->plate_type, act->plate, act->occurred_at, act->place, act->code,
                         act->measured, act->allowed, act->observed_at, r->now, act->state,
                         r->now));
}

enum error move_case(struct request *r, const char *id, const char *person_id, const char *from,
                     const char *to)
{
    return db_change(r, &case_sql[MOVE_CASE], VALUES(person_id, to, r->now, id, from));
}
