/* Opening and closing a counter, and calling who is next. */

#include "booking/desk.h"
#include "core/audit.h"
#include "core/idempotency.h"

const struct param counter_params[] = {
    PARAM(struct counter_input, hall, .source = PATH, .check = is_code),
    PARAM(struct counter_input, no, .source = PATH, .min = 1, .max = 999),
    PARAM_END,
};

/* No officer is named: only whether it is the caller's own. */
struct counter_view {
    const char *hall, *ticket_id;
    int64_t no;
    bool is_open, is_own;
};

const struct field counter_fields[] = {
    FIELD(struct counter_view, hall),
    FIELD(struct counter_view, no),
    FIELD(struct counter_view, is_open),
    FIELD(struct counter_view, is_own),
    FIELD_OR_NULL(struct counter_view, ticket_id),
    FIELD_END,
};

static struct counter_view view_of(const struct request *r, const struct counter *counter)
{
    return (struct counter_view){counter->hall, counter->ticket_id, counter->no,
                                 counter->officer_id != NULL,
                                 IS_ONE_OF(counter->officer_id, r->actor_id)};
}

static enum error reply_counter(struct request *r, const struct counter *counter)
{
    struct counter_view view = view_of(r, counter);

    return reply_record(r, 200, counter_fields, &view);
}

enum error list_counters(struct request *r)
{
    const struct hall_input *in = r->input;
    struct records rows;
    const struct counter *counter;
    struct counter_view *views;

    TRY(find_counters(r, in->hall, &rows));
    counter = rows.items;
    views = arena_alloc(r->arena, (rows.count + 1) * sizeof(*views));
    for (size_t i = 0; i < rows.count; i++, counter++)
        views[i] = view_of(r, counter);
    return reply_page(r, counter_fields, sizeof(*views), (struct records){views, rows.count}, NULL);
}

static enum error open_it(struct request *r, void *product)
{
    const struct counter_input *in = r->input;
    struct counter *counter = product;
    enum error seated;

    TRY(lock_counter(r, in->hall, in->no, counter));
    if (!idempotency_is_new(r))
        return E_OK;
    if (IS_ONE_OF(counter->officer_id, r->actor_id))
        return keep_seat(r, counter);
    if (counter->officer_id != NULL)
        return refuse(r, COUNTER_TAKEN, VALUES(counter->no));
    seated = seat_officer(r, counter, r->actor_id);
    if (seated == E_EXISTS)
        return refuse(r, COUNTER_ELSEWHERE, VALUES(counter->no));
    TRY(seated);
    counter->officer_id = r->actor_id;
    audit(r, "counter_opened", counter->hall, "%lld", (long long)counter->no);
    return E_OK;
}

enum error open_counter(struct request *r)
{
    struct counter counter;

    TRY(db_transaction(r, open_it, &counter));
    return reply_counter(r, &counter);
}

/* What becomes of the ticket of somebody who went away: it waits again, in front of its line, or,
   when its service had begun, is over. */
static enum error release_ticket(struct request *r, struct counter *counter)
{
    struct ticket ticket;

    TRY(lock_ticket(r, counter->ticket_id, &ticket));
    audit(r, "ticket_released", ticket.id, "%s, %s at counter %lld", ticket.number, ticket.state,
          (long long)counter->no);
    counter->ticket_id = NULL;
    return strcmp(ticket.state, "called") == 0 ? mark_put_back(r, &ticket)
                                               : mark_abandoned(r, &ticket);
}

/* Whoever opened it, or a lead, for somebody who went away. */
static enum error close_it(struct request *r, void *product)
{
    const struct counter_input *in = r->input;
    struct counter *counter = product;
    bool is_own;

    TRY(lock_counter(r, in->hall, in->no, counter));
    if (!idempotency_is_new(r) || counter->officer_id == NULL)
        return E_OK;
    is_own = IS_ONE_OF(counter->officer_id, r->actor_id);
    if (!is_own && !(r->roles & LEAD)) {
        audit_refusal(r, counter->hall, "closing counter %lld of another", (long long)counter->no);
        reason(r, COUNTER_NOT_OWN, VALUES(counter->no));
    }
    if (counter->ticket_id != NULL && (is_own || !(r->roles & LEAD)))
        reason(r, COUNTER_BUSY, VALUES(counter->no, counter->ticket_id));
    TRY(refused(r));
    if (counter->ticket_id != NULL)
        TRY(release_ticket(r, counter));
    TRY(seat_officer(r, counter, NULL));
    counter->officer_id = NULL;
    audit(r, "counter_closed", counter->hall, "%lld", (long long)counter->no);
    return E_OK;
}

enum error close_counter(struct request *r)
{
    struct counter counter;

    TRY(db_transaction(r, close_it, &counter));
    return reply_counter(r, &counter);
}

static enum error call_it(struct request *r, void *product)
{
    const struct counter_input *in = r->input;
    struct ticket *ticket = product;
    struct counter counter;

    TRY(lock_counter(r, in->hall, in->no, &counter));
    if (!idempotency_is_new(r))
        return find_called(r, &counter, ticket);
    if (counter.officer_id == NULL) {
        reason(r, COUNTER_CLOSED, VALUES(counter.no));
    } else if (strcmp(counter.officer_id, r->actor_id) != 0) {
        audit_refusal(r, counter.hall, "calling at counter %lld of another", (long long)counter.no);
        reason(r, COUNTER_NOT_OWN, VALUES(counter.no));
    }
    if (counter.ticket_id != NULL)
        reason(r, COUNTER_BUSY, VALUES(counter.no, counter.ticket_id));
    TRY(refused(r));
    TRY(call_from_lines(r, &counter, ticket));
    return tell_near(r, ticket);
}

enum error call_next(struct request *r)
{
    struct ticket ticket;

    TRY(db_transaction(r, call_it, &ticket));
    return reply_desk_ticket(r, &ticket);
}
