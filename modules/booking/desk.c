/* What an officer does with a ticket: calls again, gives up, serves, puts back, pardons. */

#include "booking/desk.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/idempotency.h"
#include "core/ulid.h"

enum { REASON_MAX = 200 };

const struct param pardon_params[] = {
    PARAM(struct pardon_input, ticket_id, .source = PATH, .check = is_ulid),
    PARAM(struct pardon_input, reason, .source = BODY, .min = 1, .max = REASON_MAX),
    PARAM_END,
};

struct desk_view {
    const char *id, *hall, *business, *number, *way, *state, *state_text;
    bool is_priority;
    int64_t counter, recalls, returns;
    struct instant taken_at, called_at, served_at, ended_at, pardoned_at;
};

const struct field desk_ticket_fields[] = {
    FIELD(struct desk_view, id),
    FIELD(struct desk_view, hall),
    FIELD(struct desk_view, business),
    FIELD(struct desk_view, number),
    FIELD(struct desk_view, way),
    FIELD(struct desk_view, is_priority),
    FIELD(struct desk_view, state),
    FIELD(struct desk_view, state_text),
    FIELD_OR_NULL(struct desk_view, counter),
    FIELD(struct desk_view, recalls),
    FIELD(struct desk_view, returns),
    FIELD(struct desk_view, taken_at),
    FIELD_OR_NULL(struct desk_view, called_at),
    FIELD_OR_NULL(struct desk_view, served_at),
    FIELD_OR_NULL(struct desk_view, ended_at),
    FIELD_OR_NULL(struct desk_view, pardoned_at),
    FIELD_END,
};

enum error reply_desk_ticket(struct request *r, const struct ticket *t)
{
    const struct desk_view view = {
        .id = t->id,
        .hall = t->hall,
        .business = t->business,
        .number = t->number,
        .way = t->way,
        .state = t->state,
        .state_text = state_text(r, t->state, NONE, t->counter),
        .is_priority = t->is_priority,
        .counter = t->counter,
        .recalls = t->recalls,
        .returns = t->returns,
        .taken_at = t->taken_at,
        .called_at = t->called_at,
        .served_at = t->served_at,
        .ended_at = t->ended_at,
        .pardoned_at = t->pardoned_at,
    };

    return reply_record(r, 200, desk_ticket_fields, &view);
}

/* --- At the counter --------------------------------------------------------------------------- */

struct desk_act {
    struct ticket ticket;
    enum error (*act)(struct request *r, struct ticket *ticket);
};

/* The counter is locked before the ticket, as by whoever calls. */
static enum error lock_at_counter(struct request *r, const char *id, struct ticket *ticket)
{
    struct counter counter;

    TRY(find_ticket(r, id, ticket));
    TRY(check_brigade(r, id, ticket->brigade));
    if (ticket->counter == NONE)
        return refuse(r, NOT_CALLED, VALUES(ticket->number, ticket->state));
    TRY(lock_counter(r, ticket->hall, ticket->counter, &counter));
    TRY(lock_ticket(r, id, ticket));
    if (!idempotency_is_new(r))
        return E_OK;
    if (!IS_ONE_OF(counter.ticket_id, id))
        return refuse(r, NOT_CALLED, VALUES(ticket->number, ticket->state));
    if (IS_ONE_OF(counter.officer_id, r->actor_id))
        return E_OK;
    audit_refusal(r, id, "at counter %lld of another", (long long)counter.no);
    return refuse(r, COUNTER_NOT_OWN, VALUES(counter.no));
}

static enum error run_act(struct request *r, void *product)
{
    const struct ticket_input *in = r->input;
    struct desk_act *act = product;

    TRY(lock_at_counter(r, in->ticket_id, &act->ticket));
    return idempotency_is_new(r) ? act->act(r, &act->ticket) : E_OK;
}

static enum error answer_act(struct request *r,
                             enum error (*act)(struct request *r, struct ticket *ticket))
{
    struct desk_act desk = {.act = act};

    TRY(db_transaction(r, run_act, &desk));
    return reply_desk_ticket(r, &desk.ticket);
}

static enum error check_called(struct request *r, const struct ticket *ticket)
{
    if (strcmp(ticket->state, "called") == 0)
        return E_OK;
    return refuse(r, NOT_CALLED, VALUES(ticket->number, ticket->state));
}

static enum error end_missed(struct request *r, struct ticket *ticket)
{
    TRY(mark_ended(r, ticket, "missed"));
    audit(r, "ticket_missed", ticket->id, "%s after %lld recalls", ticket->number,
          (long long)ticket->recalls);
    return E_OK;
}

/* Beyond the last recall it is missed. */
static enum error recall(struct request *r, struct ticket *ticket)
{
    struct limits limits;

    TRY(find_limits(r, &limits));
    TRY(check_called(r, ticket));
    return ticket->recalls < limits.recalls ? mark_recalled(r, ticket) : end_missed(r, ticket);
}

static enum error miss(struct request *r, struct ticket *ticket)
{
    struct limits limits;

    TRY(find_limits(r, &limits));
    TRY(check_called(r, ticket));
    if (ticket->recalls < limits.recalls_before_missed)
        return refuse(r, RECALL_FIRST, VALUES(ticket->recalls, limits.recalls_before_missed));
    return end_missed(r, ticket);
}

static enum error serve(struct request *r, struct ticket *ticket)
{
    TRY(check_called(r, ticket));
    return mark_serving(r, ticket);
}

static enum error finish(struct request *r, struct ticket *ticket)
{
    if (strcmp(ticket->state, "serving") != 0)
        return refuse(r, NOT_SERVING, VALUES(ticket->number, ticket->state));
    return mark_ended(r, ticket, "done");
}

enum error recall_ticket(struct request *r)
{
    return answer_act(r, recall);
}

enum error miss_ticket(struct request *r)
{
    return answer_act(r, miss);
}

enum error begin_service(struct request *r)
{
    return answer_act(r, serve);
}

enum error finish_service(struct request *r)
{
    return answer_act(r, finish);
}

/* --- After it was missed ---------------------------------------------------------------------- */

static void check_return(struct request *r, const struct ticket *ticket, int64_t limit)
{
    if (strcmp(ticket->state, "missed") != 0)
        reason(r, NOT_MISSED, VALUES(ticket->number, ticket->state));
    if (ticket->day.number != civil_day(r->now).number)
        reason(r, OTHER_DAY, VALUES(ticket->number, ticket->day));
    if (ticket->returns >= limit)
        reason(r, RETURNED_ALREADY, VALUES(ticket->returns, limit));
}

/* Behind the next few of its line, not behind all. The line is locked before the ticket. */
static enum error put_back(struct request *r, void *product)
{
    const struct ticket_input *in = r->input;
    struct ticket *ticket = product;
    struct limits limits;
    struct line_day given;
    enum error returned;

    TRY(find_limits(r, &limits));
    TRY(find_ticket(r, in->ticket_id, ticket));
    TRY(check_brigade(r, ticket->id, ticket->brigade));
    if (!idempotency_is_new(r))
        return E_OK;
    TRY(lock_line(r, ticket, &given));
    TRY(lock_ticket(r, in->ticket_id, ticket));
    check_return(r, ticket, limits.returns);
    TRY(refused(r));
    TRY(place_in_line(r, ticket, limits.return_after, &given));
    TRY(keep_line(r, ticket, &given));
    returned = mark_returned(r, ticket);
    if (returned == E_EXISTS)
        return refuse(r, HAS_TICKET, VALUES(ticket->number));
    TRY(returned);
    audit(r, "ticket_returned", ticket->id, "%s", ticket->number);
    return E_OK;
}

enum error return_ticket(struct request *r)
{
    struct ticket ticket;

    TRY(db_transaction(r, put_back, &ticket));
    return reply_desk_ticket(r, &ticket);
}

/* The appeal: there was a reason not to come, so it does not count against the person. The reason
   is told of a person, so it stands with the ticket and not in the audit. */
static enum error pardon(struct request *r, void *product)
{
    const struct pardon_input *in = r->input;
    struct ticket *ticket = product;

    TRY(find_ticket(r, in->ticket_id, ticket));
    TRY(check_brigade(r, ticket->id, ticket->brigade));
    TRY(lock_ticket(r, in->ticket_id, ticket));
    if (!idempotency_is_new(r))
        return E_OK;
    if (strcmp(ticket->state, "missed") != 0)
        reason(r, NOT_MISSED, VALUES(ticket->number, ticket->state));
    if (ticket->pardoned_at.ms != NONE)
        reason(r, PARDONED_ALREADY, VALUES(ticket->number));
    TRY(refused(r));
    TRY(mark_pardoned(r, ticket, in->reason));
    audit(r, "ticket_pardoned", ticket->id, "%s", ticket->number);
    return E_OK;
}

enum error pardon_ticket(struct request *r)
{
    struct ticket ticket;

    TRY(db_transaction(r, pardon, &ticket));
    return reply_desk_ticket(r, &ticket);
}
