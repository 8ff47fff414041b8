#include "booking/desk.h"

enum { RECALL, SERVE, END, PUT_BACK, RETURN, PARDON, STATEMENTS_END };

const struct statement desk_sql[] = {
    [RECALL] = {.sql = "UPDATE booking_ticket SET recalls = recalls + 1, shown_at = ?"
                       "  WHERE id = ? AND state = 'called'"},
    [SERVE] = {.sql = "UPDATE booking_ticket SET state = 'serving', served_at = ?"
                      "  WHERE id = ? AND state = 'called'"},
    [END] = {.sql = "UPDATE booking_ticket SET state = ?, ended_at = ?"
                    "  WHERE id = ? AND state IN ('called', 'serving')"},
    /* Its key is still the smallest of its line. */
    [PUT_BACK] = {.sql = "UPDATE booking_ticket SET state = 'waiting', counter = NULL,"
                         "  called_at = NULL, recalls = 0 WHERE id = ? AND state = 'called'"},
    /* What belongs to the call that was missed is gone; a pardon was for that one. */
    [RETURN] = {.sql = "UPDATE booking_ticket SET state = 'waiting', order_key = ?,"
                       "  returns = returns + 1, recalls = 0, counter = NULL, called_at = NULL,"
                       "  ended_at = NULL, pardoned_at = NULL, pardon_reason = NULL"
                       "  WHERE id = ? AND state = 'missed'"},
    [PARDON] = {.sql = "UPDATE booking_ticket SET pardoned_at = ?, pardon_reason = ?"
                       "  WHERE id = ? AND pardoned_at IS NULL"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error mark_recalled(struct request *r, struct ticket *ticket)
{
    ticket->recalls++;
    return db_change(r, &desk_sql[RECALL], VALUES(r->now, ticket->id));
}

enum error mark_serving(struct request *r, struct ticket *ticket)
{
    ticket->state = "serving";
    ticket->served_at = r->now;
    return db_change(r, &desk_sql[SERVE], VALUES(r->now, ticket->id));
}

static enum error end(struct request *r, struct ticket *ticket, const char *state)
{
    ticket->state = state;
    ticket->ended_at = r->now;
    TRY(db_change(r, &desk_sql[END], VALUES(state, r->now, ticket->id)));
    return free_counter(r, ticket);
}

/* Nobody knows how long that took. */
enum error mark_abandoned(struct request *r, struct ticket *ticket)
{
    return end(r, ticket, "done");
}

/* The counter is free again. How long it was taken counts, also when nobody came: it is what those
   behind waited for. */
enum error mark_ended(struct request *r, struct ticket *ticket, const char *state)
{
    TRY(end(r, ticket, state));
    return observe(r, ticket, r->now.ms - ticket->called_at.ms);
}

/* Its counter is free, and it is at none. */
enum error mark_put_back(struct request *r, struct ticket *ticket)
{
    TRY(free_counter(r, ticket));
    ticket->state = "waiting";
    ticket->recalls = 0;
    ticket->counter = NONE;
    ticket->called_at = (struct instant){NONE};
    return db_change(r, &desk_sql[PUT_BACK], VALUES(ticket->id));
}

enum error mark_returned(struct request *r, struct ticket *ticket)
{
    ticket->state = "waiting";
    ticket->returns++;
    ticket->recalls = 0;
    ticket->counter = NONE;
    ticket->called_at = ticket->ended_at = ticket->pardoned_at = (struct instant){NONE};
    return db_change(r, &desk_sql[RETURN], VALUES(ticket->order_key, ticket->id));
}

enum error mark_pardoned(struct request *r, struct ticket *ticket, const char *why)
{
    ticket->pardoned_at = r->now;
    return db_change(r, &desk_sql[PARDON], VALUES(r->now, why, ticket->id));
}
