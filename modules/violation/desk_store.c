#include "core/clock.h"
#include "violation/desk.h"

#define ITEM_FIELDS                                                                                \
    FIELD(struct desk_case, id), FIELD(struct desk_case, plate_type),                              \
        FIELD(struct desk_case, plate), FIELD(struct desk_case, occurred_at),                      \
        FIELD(struct desk_case, place), FIELD(struct desk_case, code),                             \
        FIELD(struct desk_case, penalty), FIELD(struct desk_case, announced_fen),                  \
        FIELD(struct desk_case, announced_points), FIELD(struct desk_case, confirmed_at)

#define ROW_FIELDS                                                                                 \
    ITEM_FIELDS, FIELD(struct desk_case, agency), FIELD(struct desk_case, source_no),              \
        FIELD_OR_NULL(struct desk_case, evidence_sha256), FIELD(struct desk_case, person_id),      \
        FIELD(struct desk_case, facts), FIELD(struct desk_case, basis),                            \
        FIELD(struct desk_case, announced_at), FIELD_OR_NULL(struct desk_case, statement),         \
        FIELD_OR_NULL(struct desk_case, officer_step), FIELD(struct desk_case, is_disputed),       \
        FIELD_OR_NULL(struct desk_case, review_officer_id),                                        \
        FIELD_OR_NULL(struct desk_case, review_reasons),                                           \
        FIELD_OR_NULL(struct desk_case, proposal_number),                                          \
        FIELD_OR_NULL(struct desk_case, hearing_of), FIELD_OR_NULL(struct desk_case, returned_by), \
        FIELD_OR_NULL(struct desk_case, return_reasons),                                           \
        FIELD_OR_NULL(struct desk_case, returned_at),                                              \
        FIELD_OR_NULL(struct desk_case, investigator_id),                                          \
        FIELD_OR_NULL(struct desk_case, findings), FIELD_OR_NULL(struct desk_case, proposed_fen),  \
        FIELD_OR_NULL(struct desk_case, proposed_points),                                          \
        FIELD_OR_NULL(struct desk_case, proposed_at),                                              \
        FIELD_OR_NULL(struct desk_case, answer_until), FIELD_OR_NULL(struct desk_case, choice),    \
        FIELD_OR_NULL(struct desk_case, chosen_at), FIELD_OR_NULL(struct desk_case, host_id),      \
        FIELD_OR_NULL(struct desk_case, hearing_place),                                            \
        FIELD_OR_NULL(struct desk_case, hearing_on),                                               \
        FIELD_OR_NULL(struct desk_case, hearing_closed_at), FIELD(struct desk_case, state),        \
        FIELD_OR_NULL(struct desk_case, decision_no)

static const struct field row_fields[] = {FIELD_OR_NULL(struct desk_case, hearing_turn), ROW_FIELDS,
                                          FIELD_END};

const struct field desk_item_fields[] = {ITEM_FIELDS, FIELD(struct desk_case, step), FIELD_END};

const struct field desk_case_fields[] = {
    ROW_FIELDS,
    FIELD(struct desk_case, step),
    FIELD_OR_NULL(struct desk_case, decide_by),
    FIELD_OR_NULL(struct desk_case, licence_state),
    FIELD_OR_NULL(struct desk_case, licence_classes),
    FIELD_OR_NULL(struct desk_case, licence_until),
    FIELD_OR_NULL(struct desk_case, points_total),
    FIELD_END,
};

const struct field proposal_view_fields[] = {
    FIELD(struct desk_case, id),
    FIELD(struct desk_case, facts),
    FIELD(struct desk_case, basis),
    FIELD_OR_NULL(struct desk_case, review_reasons),
    FIELD(struct desk_case, findings),
    FIELD(struct desk_case, proposed_fen),
    FIELD(struct desk_case, proposed_points),
    FIELD(struct desk_case, proposed_at),
    FIELD_OR_NULL(struct desk_case, answer_until),
    FIELD_OR_NULL(struct desk_case, choice),
    FIELD_OR_NULL(struct desk_case, hearing_on),
    FIELD_OR_NULL(struct desk_case, hearing_place),
    FIELD(struct desk_case, step),
    FIELD_END,
};

struct large_fine {
    struct fen person_min_fen;
};

static const struct field large_fine_fields[] = {FIELD(struct large_fine, person_min_fen),
                                                 FIELD_END};

enum {
    LIST,
    FIND,
    INSERT_REVIEW,
    INSERT_PROPOSAL,
    INSERT_RETURN,
    INSERT_CHOICE,
    INSERT_HEARING,
    INSERT_HEARING_CHANGE,
    CLOSE_HEARING,
    INSERT_APPROVAL,
    FIND_LARGE_FINE,
    STATEMENTS_END
};

#define CASE                                                                                       \
    "SELECT c.id, c.plate_type, c.plate, c.occurred_at, c.place, c.code, c.agency, c.source_no,"   \
    "  LOWER(HEX(k.evidence_sha256)) AS evidence_sha256, f.person_id, a.facts, a.basis,"           \
    "  a.penalty, a.fine_fen AS announced_fen, a.points AS announced_points, a.announced_at,"      \
    "  f.confirmed_at, COALESCE(f.statement, t.statement) AS statement, f.officer_step, "          \
    "x.case_id IS NOT NULL AS is_disputed,"                                                        \
    "  v.officer_id AS review_officer_id, v.reasons AS review_reasons, p.investigator_id,"         \
    "  p.number AS proposal_number, p.hearing_of, b.officer_id AS returned_by,"                    \
    "  b.reasons AS return_reasons, b.returned_at,"                                                \
    "  p.findings, p.fine_fen AS proposed_fen, p.points AS proposed_points, p.proposed_at,"        \
    "  p.answer_until, o.choice, o.chosen_at, h.host_id, h.turn AS hearing_turn,"                  \
    "  h.place AS hearing_place,"                                                                  \
    "  h.held_on AS hearing_on, h.closed_at AS hearing_closed_at, c.state, d.decision_no"          \
    "  FROM violation_case c"

#define PARTS                                                                                      \
    "  JOIN violation_confirmation f ON f.case_id = c.id AND f.person_id = c.person_id"            \
    "  LEFT JOIN later_statement t ON t.case_id = c.id AND t.person_id = f.person_id"              \
    "  JOIN violation_announcement a ON a.case_id = f.case_id AND a.person_id = f.person_id"       \
    "  LEFT JOIN camera_record k ON c.kind = 'camera' AND k.id = c.fact_id"                        \
    "  LEFT JOIN violation_dispute x ON x.case_id = c.id AND x.is_open = 1"                        \
    "  LEFT JOIN statement_review v ON v.case_id = c.id AND v.person_id = f.person_id"             \
    "  LEFT JOIN penalty_proposal p ON p.case_id = c.id AND p.person_id = f.person_id"             \
    "    AND p.number = (SELECT MAX(n.number) FROM penalty_proposal n WHERE n.case_id = c.id)"     \
    "  LEFT JOIN proposal_return b ON b.case_id = p.case_id AND b.number = p.number"               \
    "  LEFT JOIN hearing_choice o ON o.case_id = p.case_id AND o.number = p.hearing_of"            \
    "  LEFT JOIN hearing_now h ON h.case_id = p.case_id AND h.number = p.hearing_of"               \
    "  LEFT JOIN violation_decision d ON d.case_id = c.id AND d.stands = 1"

const struct statement desk_sql[] = {
    [LIST] = {.sql = CASE " FORCE INDEX (by_state)" PARTS
                          "  WHERE c.state = 'confirmed' AND c.id > ? ORDER BY c.id LIMIT ?",
              ROWS(struct desk_case, row_fields)},
    [FIND] = {.sql = CASE PARTS "  WHERE c.id = ?", ROWS(struct desk_case, row_fields)},
    [INSERT_REVIEW] = {.sql = "INSERT INTO statement_review (case_id, person_id, officer_id,"
                              "  is_accepted, reasons, reviewed_at) VALUES (?, ?, ?, ?, ?, ?)"},
    [INSERT_PROPOSAL] = {.sql =
                             "INSERT INTO penalty_proposal (case_id, number, hearing_of,"
                             "  person_id, investigator_id, findings, fine_fen, points,"
                             "  answer_until, proposed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [INSERT_RETURN] = {.sql = "INSERT INTO proposal_return (case_id, number, investigator_id,"
                              "  officer_id, reasons, returned_at) VALUES (?, ?, ?, ?, ?, ?)"},
    [INSERT_CHOICE] = {.sql = "INSERT INTO hearing_choice (case_id, number, choice, actor_id,"
                              "  chosen_at) VALUES (?, ?, ?, ?, ?)"},
    [INSERT_HEARING] = {.sql = "INSERT INTO hearing (case_id, number, investigator_id, host_id,"
                               "  held_on, place, set_at) VALUES (?, ?, ?, ?, ?, ?, ?)"},
    [INSERT_HEARING_CHANGE] = {.sql = "INSERT INTO hearing_change (case_id, number, turn, host_id,"
                                      "  held_on, place, reasons, changed_at)"
                                      "  VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
    [CLOSE_HEARING] = {.sql = "UPDATE hearing SET minutes = ?, closed_at = ?"
                              "  WHERE case_id = ? AND number = ? AND closed_at IS NULL"},
    [INSERT_APPROVAL] = {.sql = "INSERT INTO penalty_approval (case_id, number, investigator_id,"
                                "  approver_id, approved_at) VALUES (?, ?, ?, ?, ?)"},
    [FIND_LARGE_FINE] = {.sql = "SELECT person_min_fen FROM hearing_rule WHERE valid_from <= ?"
                                "  ORDER BY valid_from DESC LIMIT 1",
                         ROWS(struct large_fine, large_fine_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error list_desk_cases(struct request *r, const char *after, int64_t limit,
                           struct records *rows)
{
    return db_many(r, &desk_sql[LIST], rows, VALUES(after == NULL ? "" : after, limit + 1));
}

enum error find_desk_case(struct request *r, const char *id, struct desk_case *one)
{
    return db_one(r, &desk_sql[FIND], one, VALUES(id));
}

enum error insert_review(struct request *r, const struct desk_case *one, bool is_accepted,
                         const char *reasons)
{
    return db_run(r, &desk_sql[INSERT_REVIEW],
                  VALUES(one->id, one->person_id, r->actor_id, is_accepted, reasons, r->now));
}

enum error insert_proposal(struct request *r, const struct desk_case *one)
{
    return db_run(r, &desk_sql[INSERT_PROPOSAL],
                  VALUES(one->id, one->proposal_number, one->hearing_of, one->person_id,
                         r->actor_id, one->findings, one->proposed_fen, one->proposed_points,
                         one->answer_until, r->now));
}

enum error insert_return(struct request *r, const struct desk_case *one, const char *reasons)
{
    return db_run(
        r, &desk_sql[INSERT_RETURN],
        VALUES(one->id, one->proposal_number, one->investigator_id, r->actor_id, reasons, r->now));
}

enum error insert_choice(struct request *r, const struct desk_case *one, const char *choice)
{
    return db_run(r, &desk_sql[INSERT_CHOICE],
                  VALUES(one->id, one->hearing_of, choice, r->actor_id, r->now));
}

enum error insert_hearing(struct request *r, const struct desk_case *one)
{
    return db_run(r, &desk_sql[INSERT_HEARING],
                  VALUES(one->id, one->hearing_of, one->investigator_id, r->actor_id,
                         one->hearing_on, one->hearing_place, r->now));
}

enum error insert_hearing_change(struct request *r, const struct desk_case *one,
                                 const char *reasons)
{
    return db_run(r, &desk_sql[INSERT_HEARING_CHANGE],
                  VALUES(one->id, one->hearing_of, one->hearing_turn, r->actor_id, one->hearing_on,
                         one->hearing_place, reasons, r->now));
}

enum error close_hearing(struct request *r, const struct desk_case *one, const char *minutes)
{
    return db_change(r, &desk_sql[CLOSE_HEARING],
                     VALUES(minutes, r->now, one->id, one->hearing_of));
}

enum error insert_approval(struct request *r, const struct desk_case *one)
{
    return db_run(r, &desk_sql[INSERT_APPROVAL],
                  VALUES(one->id, one->proposal_number, one->investigator_id, r->actor_id, r->now));
}

enum error has_hearing_right(struct request *r, struct fen fine, bool *has)
{
    struct large_fine large;
    enum error found = db_one(r, &desk_sql[FIND_LARGE_FINE], &large, VALUES(civil_day(r->now)));

    *has = found == E_OK && fine.fen >= large.person_min_fen.fen;
    return found == E_NOT_FOUND ? failed(r, E_INTERNAL, "hearing_rule: no version in force")
                                : found;
}
