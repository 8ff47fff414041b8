#include "violation/withdraw.h"

#include "core/audit.h"
#include "violation/decide.h"
#include "violation/state.h"

static const struct field dispute_fields[] = {
    FIELD(struct dispute, application_id),
    FIELD(struct dispute, opened_at),
    FIELD_END,
};

static const struct field lowering_fields[] = {
    FIELD(struct lowering, fine_fen),
    FIELD(struct lowering, points),
    FIELD_END,
};

static const struct field disputed_fields[] = {FIELD(struct disputed, case_id), FIELD_END};

enum {
    FIND_DISPUTE,
    OPEN_DISPUTE,
    OPEN_AGAIN,
    CLOSE_DISPUTES,
    LIST_DISPUTED,
    INSERT_WITHDRAWAL,
    WITHDRAW_DECISION,
    INSERT_CHANGE,
    FIND_LOWERING,
    INSERT_LOWERING,
    STATEMENTS_END
};

const struct statement withdraw_sql[] = {
    [FIND_DISPUTE] = {.sql = "SELECT application_id, opened_at FROM violation_dispute"
                             "  WHERE case_id = ? AND is_open = 1",
                      ROWS(struct dispute, dispute_fields)},
    [OPEN_DISPUTE] = {.sql = "INSERT INTO violation_dispute (application_id, case_id, opened_at)"
                             "  VALUES (?, ?, ?)"},
    [OPEN_AGAIN] = {.sql = "UPDATE violation_dispute SET is_open = 1, closed_at = NULL"
                           "  WHERE application_id = ? AND case_id = ?"},
    [CLOSE_DISPUTES] = {.sql = "UPDATE violation_dispute SET is_open = NULL, closed_at = ?"
                               "  WHERE application_id = ? AND is_open = 1"},
    [LIST_DISPUTED] = {.sql = "SELECT case_id FROM violation_dispute WHERE application_id = ?"
                              "  AND is_open = 1 ORDER BY case_id LIMIT 1000",
                       ROWS(struct disputed, disputed_fields)},
    [INSERT_WITHDRAWAL] = {.sql = "INSERT INTO violation_withdrawal (case_id, application_id,"
                                  "  decision_no, ground, officer_id, withdrawn_at)"
                                  "  VALUES (?, ?, ?, ?, ?, ?)"},
    [WITHDRAW_DECISION] = {.sql = "UPDATE violation_decision SET stands = NULL, withdrawn_at = ?"
                                  "  WHERE decision_no = ? AND stands = 1"},
    [INSERT_CHANGE] = {.sql = "INSERT INTO decision_change (decision_no, replaced_no,"
                              "  application_id, officer_id, changed_at) VALUES (?, ?, ?, ?, ?)"},
    [FIND_LOWERING] = {.sql = "SELECT fine_fen, points FROM objection_lowering"
                              "  WHERE application_id = ?",
                       ROWS(struct lowering, lowering_fields)},
    [INSERT_LOWERING] = {.sql = "INSERT INTO objection_lowering (application_id, fine_fen, points,"
                                "  officer_id, noted_at) VALUES (?, ?, ?, ?, ?)"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_dispute(struct request *r, const char *case_id, struct dispute *dispute)
{
    return db_one(r, &withdraw_sql[FIND_DISPUTE], dispute, VALUES(case_id));
}

enum error check_no_other_dispute(struct request *r, const char *application_id,
                                  const char *case_id)
{
    struct dispute dispute;
    enum error found = find_dispute(r, case_id, &dispute);

    if (found == E_OK && strcmp(dispute.application_id, application_id) != 0)
        reason(r, DISPUTED, VALUES(case_id, dispute.opened_at));
    return found == E_NOT_FOUND ? E_OK : found;
}

enum error check_undisputed(struct request *r, const char *case_id)
{
    return check_no_other_dispute(r, "", case_id);
}

enum error open_dispute(struct request *r, const char *application_id, const char *case_id)
{
    enum error opened =
        db_run(r, &withdraw_sql[OPEN_DISPUTE], VALUES(application_id, case_id, r->now));

    return opened == E_EXISTS
               ? db_change(r, &withdraw_sql[OPEN_AGAIN], VALUES(application_id, case_id))
               : opened;
}

enum error close_disputes(struct request *r, const char *application_id)
{
    return db_run(r, &withdraw_sql[CLOSE_DISPUTES], VALUES(r->now, application_id));
}

enum error list_disputed(struct request *r, const char *application_id, struct records *cases)
{
    return db_many(r, &withdraw_sql[LIST_DISPUTED], cases, VALUES(application_id));
}

enum error find_lowering(struct request *r, const char *application_id, struct lowering *lowering)
{
    return db_one(r, &withdraw_sql[FIND_LOWERING], lowering, VALUES(application_id));
}

enum error insert_lowering(struct request *r, const char *application_id,
                           const struct lowering *lowering)
{
    return db_run(
        r, &withdraw_sql[INSERT_LOWERING],
        VALUES(application_id, lowering->fine_fen, lowering->points, r->actor_id, r->now));
}

/* Its points fall with it, because they are computed from what stands; whoever computes them at
   this moment waits. */
static enum error withdraw_decision(struct request *r, const struct decision *decision)
{
    if (decision->points > 0)
        TRY(lock_points(r, decision->person_id));
    TRY(db_change(r, &withdraw_sql[WITHDRAW_DECISION], VALUES(r->now, decision->decision_no)));
    return decision->obligation_id == NULL
               ? E_OK
               : obligation_withdraw(r, decision->obligation_id, r->now);
}

enum error withdraw_violation(struct request *r, const char *case_id, const char *application_id,
                              const char *ground)
{
    struct violation act;
    struct decision decision = {.decision_no = NULL};
    enum error found;

    TRY(lock_case(r, case_id, &act));
    if (strcmp(act.state, "withdrawn") == 0)
        return E_OK;
    found = find_decision(r, case_id, &decision);
    if (found == E_OK)
        TRY(withdraw_decision(r, &decision));
    else if (found != E_NOT_FOUND)
        return found;
    TRY(move_case(r, case_id, NULL, act.state, "withdrawn"));
    TRY(db_run(r, &withdraw_sql[INSERT_WITHDRAWAL],
               VALUES(case_id, application_id, decision.decision_no, ground, r->actor_id, r->now)));
    audit(r, "withdraw_violation", case_id, "application=%s decision=%s",
          application_id == NULL ? "none" : application_id,
          decision.decision_no == NULL ? "none" : decision.decision_no);
    return E_OK;
}

static void check_less(struct request *r, const struct decision *decision,
                       const struct lowering *to)
{
    if (to->fine_fen.fen >= decision->fine_fen.fen)
        reason(r, LOWERED_FINE_NOT_LESS, VALUES("fine_fen", to->fine_fen, decision->fine_fen));
    if (to->points > decision->points)
        reason(r, LOWERED_POINTS_MORE, VALUES("points", to->points, decision->points));
}

/* Payment returns what was paid above it once. */
static enum error check_unlowered(struct request *r, const struct decision *decision)
{
    struct obligation obligation;

    if (decision->obligation_id == NULL)
        return E_OK;
    TRY(obligation_find(r, decision->obligation_id, &obligation));
    if (obligation.lowered_at.ms != NONE)
        reason(r, LOWERED_BEFORE, VALUES(decision->decision_no, obligation.lowered_at));
    return E_OK;
}

enum error check_lowering(struct request *r, const char *case_id, const struct lowering *to)
{
    struct decision decision;
    enum error found = find_decision(r, case_id, &decision);

    if (found == E_NOT_FOUND)
        return refuse(r, NOTHING_TO_LOWER, VALUES(case_id));
    TRY(found);
    check_less(r, &decision, to);
    TRY(check_unlowered(r, &decision));
    return refused(r);
}

enum error lower_violation(struct request *r, const char *case_id, const char *application_id,
                           const struct lowering *to)
{
    struct violation act;
    struct decision decision;

    TRY(lock_case(r, case_id, &act));
    TRY(check_lowering(r, case_id, to));
    TRY(find_decision(r, case_id, &decision));
    if (decision.points > 0)
        TRY(lock_points(r, decision.person_id));
    decision.replaces = decision.decision_no;
    TRY(db_change(r, &withdraw_sql[WITHDRAW_DECISION], VALUES(r->now, decision.replaces)));
    decision.fine_fen = to->fine_fen;
    decision.points = to->points;
    decision.decided_at = r->now;
    TRY(renumber_decision(r, &act, &decision));
    TRY(obligation_lower(r, decision.obligation_id, to->fine_fen, r->now));
    TRY(db_run(
        r, &withdraw_sql[INSERT_CHANGE],
        VALUES(decision.decision_no, decision.replaces, application_id, r->actor_id, r->now)));
    audit(r, "lower_violation", case_id, "application=%s decision=%s replaces=%s", application_id,
          decision.decision_no, decision.replaces);
    return E_OK;
}
