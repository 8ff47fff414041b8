/*
 * Violations: from the record to the decision. A camera's record is an undecided case; it concerns
 * whoever owns the vehicle, and from the confirmation on who confirmed. What the simple procedure
 * allows is decided at once. A decision made on the street arrives decided. Decision, points and
 * obligation are one transaction; payment's event closes the case.
 *
 * What others own looks absent. Facts and rule are copied into the decision; nothing that was
 * decided changes with a later rule or another owner.
 */
#ifndef VIOLATION_H
#define VIOLATION_H

#include "casework/obligation.h"
#include "core/db.h"
#include "violation/points.h"
#include "violation/waiver.h"

#define VIOLATION_REASONS(X)                                                                       \
    X(ALREADY_DECIDED, 409, "already_decided", "该违法已作出处罚决定")                             \
    X(CASE_WITHDRAWN, 409, "case_withdrawn", "该违法记录已撤销，无需处理")                         \
    X(DISPUTED, 409, "disputed", "该违法正在异议核查中，暂停处理")                                 \
    X(VIOLATION_NOT_OWN, 422, "violation_not_own", "没有找到您的这条违法记录")                     \
    X(NOTHING_TO_LOWER, 422, "nothing_to_lower", "该违法没有可以部分撤销的处罚决定")               \
    X(LOWERED_FINE_NOT_LESS, 422, "lowered_fine_not_less", "变更后的罚款应当低于原处罚决定")       \
    X(LOWERED_POINTS_MORE, 422, "lowered_points_more", "变更后的记分不得高于原处罚决定")           \
    X(LOWERED_BEFORE, 409, "lowered_before", "该处罚已经部分撤销过，不能再次部分撤销")            \
    X(LOWERING_NOTED, 409, "lowering_noted", "部分撤销的意见已经记录")                             \
    X(SERVICE_CONSENT, 422, "service_consent_needed", "网上办理需同意电子送达，不同意的请到窗口办理") \
    X(NOT_ANNOUNCED, 409, "not_announced", "请先阅读处罚告知")                                     \
    X(OFFICER_STEP_MISSING, 422, "officer_step_missing", "已记录您的确认，仍需民警办理后才能决定") \
    X(RULE_MISSING, 422, "rule_missing", "该违法代码没有有效的处罚依据，请等待核实")               \
    X(LIMITATION_PASSED, 422, "limitation_passed", "该违法行为已超过处罚时效")                     \
    X(LICENCE_MISSING, 422, "licence_missing", "没有您的驾驶证信息，不能在网上记分")               \
    X(LICENCE_NOT_NORMAL, 422, "licence_not_normal", "您的驾驶证状态不正常，不能在网上记分")       \
    X(LICENCE_EXPIRED, 422, "licence_expired", "您的驾驶证已过有效期")                             \
    X(LICENCE_LATER, 422, "licence_later", "违法发生时您还没有取得驾驶证")                         \
    X(LICENCE_CLASS, 422, "licence_class", "您的准驾车型不包括该车辆")                             \
    X(POINTS_FULL, 422, "points_full", "本记分周期已满12分，请先参加满分学习和考试")

VIOLATION_REASONS(REASON_DECLARE)

/* A version of an act and its penalty; valid_to is its last day in force or NONE. */
struct code_rule {
    const char *code;
    struct day valid_from, valid_to;
    const char *title, *act, *article;
    struct fen fine_fen;
    int64_t points;
    bool is_warning;
    const char *source;
};

struct surcharge_rule {
    struct day valid_from, valid_to;
    int64_t percent_a_day, percent_max;
    const char *source;
};

/* An act, as it is judged. */
struct violation {
    const char *id, *kind, *agency, *source_no;
    const char *person_id; /* who confirmed, or whom the decision names; NULL until then */
    const char *plate_type, *plate;
    struct instant occurred_at;
    const char *place, *code;
    int64_t measured, allowed;
    struct instant observed_at, arrived_at;
    const char *state;
};

struct announcement {
    const char *case_id, *person_id, *facts, *basis, *penalty;
    struct fen fine_fen;
    int64_t points;
    struct day rule_valid_from;
    struct instant announced_at;
};

struct confirmation {
    const char *request_key, *statement, *officer_step;
    bool electronic_service; /* agreed to be served in the own account */
    struct instant confirmed_at;
};

struct decision {
    const char *decision_no, *case_id, *manner, *person_id, *authority;
    const char *facts, *fact_source;
    struct instant fact_observed_at;
    const char *title, *basis, *rule_source;
    struct day rule_valid_from;
    struct fen fine_fen;
    int64_t points, late_percent_a_day, late_percent_max;
    struct instant decided_at;
    struct day served_on, due_on;
    const char *due_source, *obligation_id;
    struct day reconsider_until, court_until;
    const char *licence_id; /* on which its points are recorded; NULL: none is known */
    const char *replaces;   /* set by who lowers one; NULL: it is the first */
};

struct licence {
    const char *id, *classes;
    struct day first_issued_on, valid_until; /* NONE: for good */
    const char *state;
    struct day review_due_on; /* NONE: not told */
    struct instant observed_at;
};

/* Requests. */
struct list_input {
    const char *mandate_id, *state, *after; /* no mandate: the caller's own */
    int64_t limit;
};
struct case_input {
    const char *id;
};
struct confirm_input {
    const char *id;
    const char *statement;   /* "none", or what the person says to it */
    bool electronic_service; /* the person agrees to it; absent: does not */
};

/* confirm.c: transaction bodies; the product is what they found or made. */
struct announcing {
    struct violation act;
    struct announcement announcement;
    struct waiver waiver; /* whether it would be waived now */
};
struct confirming {
    struct violation act;
    struct announcement announcement;
    struct confirmation confirmation;
    struct decision decision; /* unless confirmation.officer_step is missing */
    struct waiver waiver;
};
MUST_CHECK enum error announce(struct request *r, void *announcing);
MUST_CHECK enum error confirm(struct request *r, void *confirming);

/* handlers.c */
MUST_CHECK enum error list_violations(struct request *r);
MUST_CHECK enum error show_violation(struct request *r);
MUST_CHECK enum error announce_violation(struct request *r);
MUST_CHECK enum error confirm_violation(struct request *r);

/* events.c */
MUST_CHECK enum error take_camera_record(struct request *r, const struct task *task);
MUST_CHECK enum error take_street_decision(struct request *r, const struct task *task);
MUST_CHECK enum error take_settlement(struct request *r, const struct task *task);

#endif
