/*
 * The officers' desk of violations: what was confirmed and waits for them. A statement is answered
 * (陈述申辩复核); a fine above the simple procedure is proposed by one officer and approved by another
 * (一般程序) or given back, and when it is large the person may ask for a hearing first (听证). Each step
 * is a row that never changes, and the schema (86_general_procedure.sql) refuses a decision without
 * them. Penalty Law (2021) articles 38, 44, 45, 57, 58, 63, 64; Violation Procedure 50, 51.
 */
#ifndef VIOLATION_DESK_H
#define VIOLATION_DESK_H

#include "violation/store.h"

#define DESK_REASONS(X)                                                                            \
    X(NOT_THIS_STEP_NOW, 409, "not_this_step_now", "该案件目前不在这个环节")                       \
    X(PROPOSAL_WORSE, 422, "proposal_worse", "拟处罚不得重于已经告知的处罚")                       \
    X(SAME_OFFICER, 403, "same_officer", "调查、主持听证和审批须由不同的民警办理")                 \
    X(STATEMENT_GIVEN, 409, "statement_given", "您已经提出过陈述和申辩，请等待复核")                \
    X(STATEMENT_TOO_LATE, 409, "statement_too_late", "处罚已经拟定，请在听证中陈述，或者决定后申请救济")  \
    X(OWN_CASE, 403, "own_case", "民警是案件当事人，应当回避")                                     \
    X(HEARING_TOO_SOON, 422, "hearing_too_soon", "听证须在举行的七个工作日前通知")                 \
    X(HEARING_TOO_LATE, 422, "hearing_too_late", "听证日期超过规定的期限")                         \
    X(NOT_THE_HOST, 403, "not_the_host", "听证笔录由主持听证的民警记录")                           \
    X(HEARING_NOT_OVER, 409, "hearing_not_over", "听证日期尚未到来")                               \
    X(CHOICE_TOO_LATE, 422, "choice_too_late", "已超过要求听证的期限")

DESK_REASONS(REASON_DECLARE)

/* A confirmed case as far as it is. Absent parts are NULL or NONE. */
struct desk_case {
    const char *id, *plate_type, *plate;
    struct instant occurred_at;
    const char *place, *code, *agency, *source_no, *evidence_sha256;
    const char *person_id, *facts, *basis, *penalty;
    struct fen announced_fen;
    int64_t announced_points;
    struct instant announced_at, confirmed_at;
    const char *statement, *officer_step;
    bool is_disputed;
    const char *review_officer_id, *review_reasons;
    int64_t proposal_number, hearing_of; /* the newest; whose choice and hearing count for it */
    const char *investigator_id, *findings;
    struct fen proposed_fen;
    int64_t proposed_points;
    struct instant proposed_at;
    const char *returned_by, *return_reasons; /* NULL: it was not given back */
    struct instant returned_at;
    struct day answer_until;
    const char *choice;
    struct instant chosen_at;
    const char *host_id, *hearing_place;
    int64_t hearing_turn; /* how often it was changed */
    struct day hearing_on;
    struct instant hearing_closed_at;
    const char *state, *decision_no;
    /* Made here. */
    const char *step;
    struct instant decide_by; /* once it can be approved: 24 hours (Procedure 51) */
    /* In detail only; NULL or NONE: no licence is known. */
    const char *licence_state, *licence_classes;
    struct day licence_until; /* NONE: for good */
    int64_t points_total;
};

/* desk_rules.c, pure: which step comes next. "answer_statement", "propose", "await_choice", "set_hearing",
   "hold_hearing" or "approve", or "none" when it is decided; a term that is over needs no choice. */
const char *desk_step(const struct desk_case *one, struct day today);

/* desk_store.c */
extern const struct statement desk_sql[];
extern const struct field desk_item_fields[], desk_case_fields[], proposal_view_fields[];
MUST_CHECK enum error list_desk_cases(struct request *r, const char *after, int64_t limit,
                                      struct records *rows);
MUST_CHECK enum error find_desk_case(struct request *r, const char *id, struct desk_case *one);
MUST_CHECK enum error insert_review(struct request *r, const struct desk_case *one,
                                    bool is_accepted, const char *reasons);
MUST_CHECK enum error insert_proposal(struct request *r, const struct desk_case *one);
MUST_CHECK enum error insert_return(struct request *r, const struct desk_case *one,
                                    const char *reasons);
MUST_CHECK enum error insert_choice(struct request *r, const struct desk_case *one,
                                    const char *choice);
MUST_CHECK enum error insert_hearing(struct request *r, const struct desk_case *one);
MUST_CHECK enum error insert_hearing_change(struct request *r, const struct desk_case *one,
                                            const char *reasons);
MUST_CHECK enum error close_hearing(struct request *r, const struct desk_case *one,
                                    const char *minutes);
MUST_CHECK enum error insert_approval(struct request *r, const struct desk_case *one);
/* Whether so large a fine gives a right to a hearing. */
MUST_CHECK enum error has_hearing_right(struct request *r, struct fen fine, bool *has);

/* desk_decide.c. The most that may be proposed: what was announced, or today's rule when that is lighter
   (Penalty Law 37). */
void find_most(struct request *r, const struct desk_case *one, struct fen *fine, int64_t *points);
struct penalty {
    const char *manner;
    struct fen fine_fen;
    int64_t points;
    struct waiver waiver;
};
/* At the desk as at the confirmation: the first violation is waived, and a lighter rule counts. */
MUST_CHECK enum error take_mildest(struct request *r, const struct desk_case *one,
                                   struct penalty *penalty);
/* What stands against recording these points becomes reasons, those of a confirmation. */
MUST_CHECK enum error check_points(struct request *r, const struct desk_case *one, int64_t points);
MUST_CHECK enum error add_licence_of(struct request *r, struct desk_case *one);
MUST_CHECK enum error decide_case(struct request *r, const struct desk_case *one,
                                  const struct penalty *penalty);

/* desk_tell.c: inside the transaction of the act. */
MUST_CHECK enum error tell_of_review(struct request *r, const struct desk_case *one,
                                     bool is_accepted);
MUST_CHECK enum error tell_of_proposal(struct request *r, const struct desk_case *one);
MUST_CHECK enum error tell_of_hearing(struct request *r, const struct desk_case *one);

/* One input for all acts of the desk; each route takes what it needs. */
struct desk_input {
    const char *id, *reasons, *findings, *choice, *place, *minutes;
    bool is_accepted;
    struct fen fine_fen;
    int64_t points;
    struct day held_on;
};
extern const struct param review_params[], proposal_params[], return_params[], choice_params[],
    hearing_params[], hearing_change_params[], minutes_params[], approval_params[];

/* desk.c */
struct desk_list_input {
    const char *after;
    int64_t limit;
};
extern const struct param desk_list_params[];
enum error list_desk(struct request *r);
enum error show_desk(struct request *r);
enum error review_statement(struct request *r);
enum error propose_penalty(struct request *r);
enum error return_proposal(struct request *r);
enum error show_proposal(struct request *r);
enum error choose_hearing(struct request *r);
enum error set_hearing(struct request *r);
enum error change_hearing(struct request *r);
enum error hold_hearing(struct request *r);
enum error approve_penalty(struct request *r);

#endif
