/*
 * The counters (窗口) of a hall and whoever sits there: an officer of the hall's brigade opens one,
 * calls, calls again, serves, and closes it. What is missed may be put back into the line.
 */
#ifndef BOOKING_DESK_H
#define BOOKING_DESK_H

#include "booking/booking.h"

struct counter_input {
    const char *hall;
    int64_t no;
};
struct pardon_input {
    const char *ticket_id, *reason;
};
struct desk_query {
    const char *hall, *state, *after;
    int64_t limit;
};
struct accuracy_input {
    const char *hall;
    struct day day;
};

struct shut_input {
    const char *hall, *reason;
};
struct shut_hall {
    const char *hall, *shut_reason;
    bool is_open;
};

extern const struct param counter_params[], pardon_params[], desk_query_params[], accuracy_params[],
    shut_params[];
extern const struct field counter_fields[], desk_ticket_fields[], desk_line_fields[],
    accuracy_fields[], shut_fields[];
extern const struct statement shut_sql[];

MUST_CHECK enum error reply_desk_ticket(struct request *r, const struct ticket *ticket);
enum error list_counters(struct request *r);
enum error open_counter(struct request *r);
enum error close_counter(struct request *r);
enum error call_next(struct request *r);

enum error recall_ticket(struct request *r);
enum error miss_ticket(struct request *r);
enum error begin_service(struct request *r);
enum error finish_service(struct request *r);
enum error return_ticket(struct request *r);
enum error pardon_ticket(struct request *r);
enum error list_desk_tickets(struct request *r);
/* How far the times that were told on a day were from those that came. */
enum error show_accuracy(struct request *r);

/* shut.c */
enum error shut_hall(struct request *r);
enum error open_hall(struct request *r);

/* counter_store.c */
/* Locked; another brigade's looks absent. */
MUST_CHECK enum error lock_counter(struct request *r, const char *hall, int64_t no,
                                   struct counter *counter);
MUST_CHECK enum error find_counters(struct request *r, const char *hall, struct records *counters);
MUST_CHECK enum error find_hall_brigade(struct request *r, const char *hall);
MUST_CHECK enum error check_brigade(struct request *r, const char *object, const char *brigade);
/* Whoever opened it; NULL closes it. E_EXISTS: the officer has another. */
MUST_CHECK enum error seat_officer(struct request *r, const struct counter *counter,
                                   const char *officer_id);
/* The officer is still there. */
MUST_CHECK enum error keep_seat(struct request *r, const struct counter *counter);
MUST_CHECK enum error free_counter(struct request *r, const struct ticket *ticket);
/* The first of the lines that the counter serves whom nobody else is calling: called now. */
MUST_CHECK enum error call_from_lines(struct request *r, const struct counter *counter,
                                      struct ticket *ticket);
/* near.c: after this one was called, who waits next is told once (casework/tell.h). */
MUST_CHECK enum error tell_near(struct request *r, const struct ticket *called);
MUST_CHECK enum error find_called(struct request *r, const struct counter *counter,
                                  struct ticket *ticket);

/* desk_store.c: moves of a locked ticket, which are in *ticket afterwards. */
MUST_CHECK enum error mark_recalled(struct request *r, struct ticket *ticket);
MUST_CHECK enum error mark_serving(struct request *r, struct ticket *ticket);
MUST_CHECK enum error mark_ended(struct request *r, struct ticket *ticket, const char *state);
/* The officer went away: it waits again in front of its line; or its service, begun by him, is over. */
MUST_CHECK enum error mark_put_back(struct request *r, struct ticket *ticket);
MUST_CHECK enum error mark_abandoned(struct request *r, struct ticket *ticket);
MUST_CHECK enum error mark_returned(struct request *r, struct ticket *ticket);
MUST_CHECK enum error mark_pardoned(struct request *r, struct ticket *ticket, const char *why);
extern const struct statement desk_sql[], desk_list_sql[];

#endif
