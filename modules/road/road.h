/*
 * Road passes (通行证), measures R1 to R3: who may drive where and when it is restricted. Applications
 * run on casework; here stand the conditions of the kinds, the passes in force and the quotas of
 * areas. A pass is electronic: a patrol asks by the plate, or by the number on its code.
 */
#ifndef ROAD_ROAD_H
#define ROAD_ROAD_H

#include "casework/application.h"
#include "casework/papers.h"

#define ROAD_REASONS(X)                                                                            \
    X(KIND_NOT_IN_FORCE, 422, "kind_not_in_force", "该类通行证在所选日期没有开放")                 \
    X(DAYS_OVER, 422, "days_over", "申请的通行日期已过")                                           \
    X(DAYS_REVERSED, 422, "days_reversed", "结束日期早于开始日期")                                 \
    X(BEGINS_IN_PAST, 422, "begins_in_past", "开始日期已过")                                       \
    X(BEGINS_TOO_FAR, 422, "begins_too_far", "开始日期超出可以预先申请的范围")                     \
    X(TOO_MANY_DAYS, 422, "too_many_days", "通行天数超过上限")                                     \
    X(PLATE_NOT_LOCAL, 422, "plate_not_local", "该类通行证只适用于本市号牌车辆")                   \
    X(PLATE_LOCAL, 422, "plate_local", "该类通行证只适用于非本市号牌车辆")                         \
    X(PASS_OVERLAPS, 409, "pass_overlaps", "该车在所选日期已有同类通行证")                         \
    X(NOT_FOR_TODAY, 422, "not_for_today", "须在前一日24时前申请，不能申请当日通行")               \
    X(ONCE_A_MONTH, 409, "once_a_month", "该车本月已经申请过")                                     \
    X(BARRED, 403, "barred", "曾因核查不通过被撤销，暂不适用先批后核")                             \
    X(AREA_CLOSED, 422, "area_closed", "该片区所选日期没有开放预约")                               \
    X(AREA_FULL, 409, "area_full", "该片区所选日期已约满")

ROAD_REASONS(REASON_DECLARE)

struct kind_rule {
    const char *service;
    struct day valid_from, valid_to;
    int64_t max_days, max_ahead_days;
    const char *plates; /* any, local, nonlocal */
    const char *source;
};

struct road {
    struct casework casework; /* first: casework_of(r) */
    struct records kinds;     /* struct kind_rule */
};

extern const struct domain road_domain;
extern const struct statement kind_sql[], pass_sql[], quota_sql[];

MUST_CHECK enum error road_open(struct process *process, const void *settings, void **state);
void road_close(void *state);
/* In force on that day; NULL: none is. */
const struct kind_rule *kind_rule_of(const struct road *road, const char *code, struct day on);

/* What an application asks for. */
struct wish {
    const char *plate_type, *plate;
    const char *area; /* "" for all of the city */
    struct day from, to;
};
struct wish wish_of(const struct application *application);

struct pass {
    const char *application_id, *service, *plate_type, *plate, *area;
    struct day valid_from, valid_to;
    int64_t quota_part; /* NONE */
    struct instant granted_at, revoked_at;
};
/* E_NOT_FOUND: there is none. */
MUST_CHECK enum error pass_of(struct request *r, const char *application_id, struct pass *pass);
/* It is in force again, with this part of the quota, and bars nobody. */
MUST_CHECK enum error pass_restore(struct request *r, const struct pass *pass);
MUST_CHECK enum error pass_lock_vehicle(struct request *r, const struct wish *wish);
/* E_NOT_FOUND: nothing of this kind and area is in force on any of those days. */
MUST_CHECK enum error pass_find_overlap(struct request *r, const char *code,
                                        const struct wish *wish, struct pass *pass);
MUST_CHECK enum error pass_insert(struct request *r, const struct application *application,
                                  const struct wish *wish, int64_t quota_part);
MUST_CHECK enum error pass_end(struct request *r, const char *application_id, struct pass *pass);
MUST_CHECK enum error pass_note_abuse(struct request *r, const struct application *application);
/* Until when the applicant is barred from what is approved first; NONE. */
MUST_CHECK enum error pass_barred_until(struct request *r, const char *applicant_id,
                                        struct day *until);

/* Takes one place of that day; AREA_FULL or AREA_CLOSED. Last in its transaction. */
MUST_CHECK enum error quota_take(struct request *r, const char *area, struct day day,
                                 int64_t *part);
MUST_CHECK enum error quota_give_back(struct request *r, const struct pass *pass);

struct pass_query {
    const char *plate_type, *plate;
};
extern const struct param pass_query_params[], area_params[];
extern const struct field pass_view_fields[], room_fields[];
enum error check_plate(struct request *r);
struct area_query {
    const char *area;
};
enum error list_rooms(struct request *r);

#endif
