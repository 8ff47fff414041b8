/*
 * Car parks (经营性停车场), measures P1 to P4: opened, changed, closed and renewed online, on casework.
 * Three working days, without the time that accredited third parties (第三方机构) take for reviewing
 * drawings and accepting the site; one certificate and no originals; who is not answered before his
 * licence ends has it renewed (Licensing Law 50).
 */
#ifndef PARKING_PARKING_H
#define PARKING_PARKING_H

#include "casework/application.h"
#include "casework/papers.h"

#define PARKING_REASONS(X)                                                                         \
    X(LOT_EXISTS, 409, "lot_exists", "该地址已有同名的停车场")                                     \
    X(LOT_NOT_OWN, 422, "lot_not_own", "没有这个许可证，或者它不属于申请人")                       \
    X(LOT_CLOSED, 409, "lot_closed", "该停车场已经注销")                                           \
    X(LOT_ENDED, 409, "lot_ended", "该停车场的许可已经到期，继续经营应当重新申请开办")             \
    X(DIVISION_DIFFERS, 422, "division_differs",                                                   \
      "行政区与该停车场所在的行政区不一致；迁往其他行政区应当重新申请开办")                        \
    X(RENEWED_TOO_LATE, 422, "renewed_too_late", "应当在有效期届满三十日前申请延续")               \
    X(RULE_NOT_IN_FORCE, 422, "rule_not_in_force", "该类停车场目前没有许可规定")                   \
    X(INSTITUTION_UNKNOWN, 422, "institution_unknown", "没有这个机构，或者它不具备该项资质")       \
    X(INSTITUTION_EXPIRED, 422, "institution_expired", "该机构的资质不在有效期内")                 \
    X(INSTITUTION_CONFLICT, 422, "institution_conflict", "该机构与申请人有利害关系，应当回避")     \
    X(ASSIGNED_ALREADY, 409, "assigned_already", "该项工作已经委托")                               \
    X(REPORTED_ALREADY, 409, "reported_already", "该项工作已经提交报告")                           \
    X(REPORT_AWAITED, 409, "report_awaited", "第三方机构尚未提交报告")

PARKING_REASONS(REASON_DECLARE)

struct parking_rule {
    const char *lot_kind;
    struct day valid_from, valid_to;
    int64_t months, renew_days;
    const char *source;
};

struct parking {
    struct casework casework; /* first: casework_of(r) */
    struct records rules;     /* struct parking_rule */
};

extern const struct domain parking_domain;
extern const struct statement rule_sql[], lot_sql[], assignment_sql[];

MUST_CHECK enum error parking_open(struct process *process, const void *settings, void **state);
void parking_close(void *state);
/* In force on that day; NULL: none is. */
const struct parking_rule *parking_rule_of(const struct request *r, const char *lot_kind,
                                           struct day on);

struct lot {
    const char *id, *permit_application_id, *operator_id, *credit_code;
    const char *name, *address, *division, *lot_kind;
    int64_t spaces;
    struct day valid_to;
    struct instant opened_at, closed_at;
    int64_t ver;
};
/* A licence is over after its last day. No job says so, since one comes late: whoever looks compares
   the days. It may still be renewed then, by silence, so that an ended lot is no closed one. */
bool lot_has_ended(const struct request *r, const struct lot *lot);
/* Of those whose days run. */
MUST_CHECK enum error lot_at(struct request *r, const char *address, const char *name,
                             struct lot *lot);
/* Before another gets this address and name: one whose days are over holds them no longer. */
MUST_CHECK enum error free_place(struct request *r, const struct lot *successor);
/* By the number of the permit that stands for it, or stood when it was closed; locked. */
MUST_CHECK enum error lock_lot(struct request *r, const char *permit_no, struct lot *lot);
MUST_CHECK enum error find_lot(struct request *r, const char *permit_no, struct lot *lot);
/* By the application that granted any of its permits; locked. */
MUST_CHECK enum error lot_of_permit(struct request *r, const char *application_id,
                                    struct lot *lot);
MUST_CHECK enum error insert_lot(struct request *r, const struct lot *lot);
MUST_CHECK enum error change_lot(struct request *r, const struct lot *lot);
MUST_CHECK enum error end_lot(struct request *r, const struct lot *lot);
/* Open again until the last day that *lot names; E_EXISTS when a successor has its place. */
MUST_CHECK enum error restore_lot(struct request *r, const struct lot *lot);

/* A permit of a car park, of which there are two that stand when it was renewed in advance. */
struct lot_permit {
    const char *application_id;
    struct day valid_from, valid_to;
};
/* The one that the lot names now, when it comes into being. */
MUST_CHECK enum error add_lot_permit(struct request *r, const struct lot *lot);
/* Neither revoked nor over, those that begin first coming first: struct lot_permit. */
MUST_CHECK enum error standing_permits(struct request *r, const struct lot *lot,
                                       struct records *permits);

struct assignment {
    const char *id, *application_id, *kind, *institution, *institution_name, *opinion;
    struct instant assigned_at, reported_at, recalled_at;
    bool passed;
};
/* No officer decides, nor lets the clock run on, while a report is awaited: REPORT_AWAITED. */
MUST_CHECK enum error check_reports(struct request *r, const struct application *application);

struct assign_input {
    const char *id, *kind, *institution;
    int64_t ver;
};
struct report_input {
    const char *assignment_id, *opinion;
    bool passed;
};
struct recall_input {
    const char *id, *assignment_id, *reason;
    int64_t ver;
};
struct assignments_input {
    const char *id;
};
extern const struct param assign_params[], recall_params[], report_params[], assignments_params[],
    lots_params[];
extern const struct field assignment_fields[], task_view_fields[], lot_view_fields[];
enum error assign_institution(struct request *r);
/* A brigade lead takes one back that was not reported; another institution may get it. */
enum error recall_assignment(struct request *r);
enum error list_assignments(struct request *r);
enum error list_tasks(struct request *r);
enum error report_assignment(struct request *r);

struct lots_input {
    const char *division, *after;
    int64_t limit;
};
enum error list_lots(struct request *r);

#endif
