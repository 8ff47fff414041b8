/*
 * Queues of service halls (排队取号), measure T3. A hall has lines, one a business, and counters that
 * serve some of them. A ticket is taken online, near the hall and within limits, or at the hall, where
 * a share of the day's tickets is kept for who has no smartphone. Counters call the next ticket by
 * one locked row that nobody else holds, so that two never call the same. What a citizen is told is
 * a range of time, made from what services took here so far.
 *
 * Locks are taken in one order: taker, line of the day or counter, tickets, service times.
 */
#ifndef BOOKING_BOOKING_H
#define BOOKING_BOOKING_H

#include "booking/rules.h"
#include "casework/term.h"
#include "core/db.h"

#define BOOKING_REASONS(X)                                                                         \
    X(TOO_FAR, 422, "too_far", "您距离服务厅太远，请到附近后再取号，或者到现场取号")               \
    X(HALL_CLOSED, 409, "hall_closed", "服务厅目前不对外办公")                                     \
    X(TAKEN_TOO_EARLY, 409, "too_early", "今天的在线取号尚未开始")                                 \
    X(TAKEN_TOO_LATE, 409, "too_late", "今天的取号时间已经结束")                                   \
    X(ONLINE_FULL, 409, "online_full", "今天的在线号源已经取完，现场仍有预留，请到服务厅取号")     \
    X(DAY_FULL, 409, "day_full", "今天的号源已经取完")                                             \
    X(HAS_TICKET, 409, "has_ticket", "您今天已经取了该项业务的号")                                 \
    X(TOO_MANY_TODAY, 409, "too_many_today", "您今天在线取号的次数已经用完，可到现场取号")         \
    X(BARRED, 403, "barred",                                                                       \
      "您多次过号未到，暂停在线取号；可到现场取号，有异议的可向服务厅申请解除")                    \
    X(NOT_WAITING, 409, "not_waiting", "该号已不在等候中")                                         \
    X(COUNTER_TAKEN, 409, "counter_taken", "该窗口已由其他人员开启")                               \
    X(COUNTER_ELSEWHERE, 409, "counter_elsewhere", "您已经开启了其他窗口")                         \
    X(COUNTER_CLOSED, 409, "counter_closed", "该窗口尚未开启")                                     \
    X(COUNTER_NOT_OWN, 403, "counter_not_own", "该窗口由其他人员开启")                             \
    X(COUNTER_BUSY, 409, "counter_busy", "该窗口的上一个号尚未办结")                               \
    X(NOBODY_WAITS, 409, "nobody_waits", "没有等候的号")                                           \
    X(NOT_CALLED, 409, "not_called", "该号不在叫号中")                                             \
    X(NOT_SERVING, 409, "not_serving", "该号尚未开始办理")                                         \
    X(RECALL_FIRST, 409, "recall_first", "应当先重复叫号")                                         \
    X(NOT_MISSED, 409, "not_missed", "该号没有过号")                                               \
    X(OTHER_DAY, 409, "other_day", "该号不是今天的号")                                             \
    X(RETURNED_ALREADY, 409, "returned_already", "过号后重新排队的次数已经用完，请重新取号")       \
    X(PARDONED_ALREADY, 409, "pardoned_already", "该次过号已经不计")

BOOKING_REASONS(REASON_DECLARE)

struct booking_rule {
    const char *code;
    struct day valid_from, valid_to;
    int64_t n;
};
struct booking {
    struct request *loading; /* what follows lives in its arena */
    struct calendar *calendar;
    struct records rules; /* struct booking_rule */
};
/* The limits in force on the day of the request; table booking_rule has one a member. */
struct limits {
    int64_t distance_m, online_a_day;
    int64_t no_shows, no_show_days, bar_days;
    int64_t recalls, recalls_before_missed;
    int64_t return_after, returns, priority_after, near_ahead, idle_minutes, keep_days;
};
MUST_CHECK enum error find_limits(struct request *r, struct limits *limits);
/* A counter counts as open while somebody acted there since then. */
MUST_CHECK enum error find_presence(struct request *r, struct instant *since);
bool works_today(const struct request *r); /* the day of the request is a working day */
MUST_CHECK enum error booking_open(struct process *process, const void *settings, void **state);
void booking_close(void *state);

struct line {
    const char *hall, *business, *hall_name, *business_name, *brigade, *letter;
    bool is_open;
    const char *shut_reason;
    int64_t lat_e6, lon_e6, opens, closes; /* minutes of the day; NONE: shut all day */
    int64_t bit, capacity, walkin_percent, take_from, take_until, last_no, online;
};

struct ticket {
    const char *id, *hall, *business, *number, *way, *person_id, *state, *officer_id, *brigade;
    struct day day;
    bool is_priority;
    int64_t order_key, recalls, returns, counter;
    struct instant taken_at, called_at, served_at, ended_at, pardoned_at;
};

struct counter {
    const char *hall, *officer_id, *ticket_id, *brigade;
    int64_t no, serves;
};

extern const struct statement rule_sql[], hall_sql[], ticket_sql[], show_sql[], take_sql[],
    counter_sql[], near_sql[], forget_sql[];

/* --- tickets.c, ticket_store.c, take.c -------------------------------------------------------- */

struct take_input {
    const char *hall, *business;
    int64_t lat_e6, lon_e6;
};
struct walkin_input {
    const char *hall, *business;
    bool is_priority;
};
struct ticket_input {
    const char *ticket_id;
};
bool is_code(const char *text); /* of a hall or a business */
/* What its holder sees; with `by_taker` whoever took it, E_NOT_FOUND for all others. One statement. */
MUST_CHECK enum error reply_ticket(struct request *r, int status, const char *id, bool by_taker);
/* The words for a state, with how many are ahead or which counter. */
const char *state_text(struct request *r, const char *state, int64_t ahead, int64_t counter);

MUST_CHECK enum error find_ticket(struct request *r, const char *id, struct ticket *ticket);
MUST_CHECK enum error lock_ticket(struct request *r, const char *id, struct ticket *ticket);
MUST_CHECK enum error leave_line(struct request *r, const char *id);
/* What was given of a line on a day. Whoever gives more, or a place in it, locks it first; it comes
   into being when it is first locked. */
struct line_day {
    int64_t last_no, online, last_key;
};
MUST_CHECK enum error lock_line(struct request *r, const struct ticket *ticket,
                                struct line_day *given);
/* ticket->order_key: behind the n-th who waits, and all of priority if it is; NONE or fewer: at the end. */
MUST_CHECK enum error place_in_line(struct request *r, struct ticket *ticket, int64_t n,
                                    struct line_day *given);
MUST_CHECK enum error keep_line(struct request *r, const struct ticket *ticket,
                                const struct line_day *given);
/* A service took so long. */
MUST_CHECK enum error observe(struct request *r, const struct ticket *ticket, int64_t took_ms);
enum error end_day(struct request *r, const struct task *task);
enum error forget_old(struct request *r, const struct task *task); /* forget.c */

extern const struct param take_params[], walkin_params[], ticket_params[];
extern const struct field ticket_view_fields[], own_ticket_fields[];
enum error take_online(struct request *r);
enum error take_walkin(struct request *r);
enum error show_ticket(struct request *r);
enum error list_tickets(struct request *r);
enum error leave_queue(struct request *r);

/* --- halls.c ---------------------------------------------------------------------------------- */

struct hall_input {
    const char *hall;
};
extern const struct param hall_params[];
extern const struct field hall_view_fields[], display_fields[];
enum error list_halls(struct request *r);
enum error show_display(struct request *r);

#endif
