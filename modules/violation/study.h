/*
 * Points and study (T4): what a driver learnt, what that takes off his points (学法减分), and the study
 * that full points ask for (满分教育). All is computed from facts each time: a decision that fell or a
 * study in which somebody cheated changes the result by itself.
 *
 * Full points are cleared on the day on which the study was proven, every examination passed and
 * every fine paid.
 */
#ifndef VIOLATION_STUDY_H
#define VIOLATION_STUDY_H

#include "violation/violation.h"

#define STUDY_REASONS(X)                                                                           \
    X(EDUCATED_TWICE, 422, "educated_twice", "本周期或上一周期已有两次以上满分教育，不能减分")     \
    X(BARRED_BY_PENALTY, 422, "barred_by_penalty", "最近三个周期内有不得减分的处罚")               \
    X(ON_PROBATION, 422, "on_probation", "驾驶证尚在实习期，不能减分")                             \
    X(REVIEW_OVERDUE, 422, "review_overdue", "驾驶证逾期未审验，不能减分")                         \
    X(LICENCE_UNUSABLE, 422, "licence_unusable", "驾驶证被扣留、暂扣或吊销，不能减分")             \
    X(VEHICLE_OVERDUE, 422, "vehicle_overdue", "名下车辆逾期未检验或应当报废，不能减分")           \
    X(CHEATED, 422, "cheated", "最近三个周期内在学习中弄虚作假，不能减分")                         \
    X(POINTS_ARE_FULL, 422, "points_are_full", "已满12分，请先参加满分学习和考试，不能减分")       \
    X(REDUCTION_USED_UP, 422, "reduction_used_up", "本记分周期可减的分数已用完")                   \
    X(NOTHING_TO_REDUCE, 422, "nothing_to_reduce", "当前没有记分可减")                             \
    X(STUDY_NOT_PASSED, 422, "study_not_passed", "该次学习未通过")                                 \
    X(STUDY_TOO_SHORT, 422, "study_too_short", "该次学习时间不足")                                 \
    X(STUDY_TOO_SLOW, 422, "study_too_slow", "网上学习应当在规定的天数内完成")                     \
    X(STUDY_EARLIER, 422, "study_earlier", "该次学习不在本记分周期内")                             \
    X(STUDY_OTHER, 422, "study_other", "该次学习不是减分学习")                                     \
    X(STUDY_USED, 409, "study_used", "该次学习已经减过分")

STUDY_REASONS(REASON_DECLARE)

struct reduction_rule {
    struct day valid_from, valid_to;
    int64_t max_points;
    int64_t online_minutes, online_days, online_points;
    int64_t on_site_minutes, on_site_points;
    int64_t volunteer_minutes, volunteer_points;
    int64_t education_limit, bar_cycles;
    const char *source;
};

struct study {
    const char *id, *kind;
    struct day begun_on, ended_on;
    int64_t minutes;
    bool is_passed;
    struct day cheated_on; /* NONE: nobody found so */
    /* NULL or NONE while it was not applied to the points. */
    const char *reduction_id, *request_key;
    int64_t granted;
    struct day applied_on;
    struct instant applied_at;
};

struct examination_result {
    const char *subject;
    struct day taken_on;
    bool is_passed;
};

/* Who stands against a reduction besides the licence: a penalty or a vehicle. */
struct reduction_bar {
    const char *what, *ground; /* code and its kind; plate, and NULL */
    struct day on;
};

enum { EDUCATIONS_MAX = 16 };
/* All that is known of one driver; the arrays live in the request. */
struct driver {
    struct licence licence; /* .id NULL: none is known */
    struct points_facts facts;
    struct points_state state;
    bool *counts;
    struct records studies, examinations; /* struct study by day; struct examination_result */
    struct points_education *educations;
    const struct reduction_rule *reduction; /* NULL: none is in force */
    const struct points_rule *rule;
    struct day today;
};

/* How far the study is that full points ask for. */
struct study_progress {
    int64_t counted_days, on_site_days; /* proven so far */
    unsigned passed;                    /* mask of examinations */
    int64_t unpaid;                     /* fines */
    const char *missing;                /* "study", "examination", "pay"; NULL: done */
    struct day passed_on, done_on;      /* NONE until then */
};

/* study.c: pure. Full points are asked for before; `driver->state` is up to date. */
struct study_progress study_progress(const struct driver *driver);
/* Fills in educations, as facts prove them, and the state with its counts. */
void reckon_points(const struct points_law *law, struct driver *driver);
/* Whether study was begun since the points are full. */
bool is_study_begun(const struct driver *driver);
/* Points of one pass; 0 for a kind that reduces none. */
int64_t points_offered(const struct reduction_rule *rule, const struct study *study);
/* min(offered, what is left of the cycle, what there is). */
int64_t points_granted(const struct driver *driver, int64_t offered);
/* Educations in this cycle and the one before. */
int64_t recent_educations(const struct driver *driver);
/* First day of the oldest cycle that matters. */
struct day bar_start(const struct driver *driver);
/* Whether a retained licence was given back by study, or which step of that is missing; NULL: it is
   another reason that only a window knows. */
bool is_lifted(const struct driver *driver);
const char *missing_step(const struct driver *driver);

/* reductions.c: what stands against reducing points now, and against this study. */
void check_reduction(struct request *r, const struct driver *driver, const struct records *bars);
void check_passed(struct request *r, const struct driver *driver, const struct study *study);

/* study_store.c */
extern const struct statement study_sql[];
MUST_CHECK enum error load_reduction_rules(struct request *r, struct records *rules);
/* E_OK with licence.id NULL when there is none. Locks nothing. */
MUST_CHECK enum error load_driver(struct request *r, const char *person_id, struct driver *driver);
/* struct reduction_bar: penalties of listed codes, then vehicles. */
MUST_CHECK enum error list_bars(struct request *r, const char *person_id,
                                const struct driver *driver, struct records *bars);
MUST_CHECK enum error insert_reduction(struct request *r, const struct driver *driver,
                                       const struct study *study, int64_t offered);
/* After its points are recorded: opens the study when they became full by it. */
MUST_CHECK enum error open_full_study(struct request *r, const struct decision *decision);

/* reductions.c, routes */
struct reduction_input {
    const char *study_id;
};
extern const struct param reduction_params[];
extern const struct field points_view_fields[], reduction_view_fields[];
MUST_CHECK enum error show_points(struct request *r);
MUST_CHECK enum error reduce_points(struct request *r);

#endif
