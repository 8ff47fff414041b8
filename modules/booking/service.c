#include "booking/booking.h"
#include "booking/desk.h"
#include "casework/event.h"
#include "core/clock.h"

BOOKING_REASONS(REASON_DEFINE)

static const struct reason *const reasons[] = {BOOKING_REASONS(REASON_LIST) NULL};

#define TICKET INPUT(struct ticket_input, ticket_params)
#define COUNTER INPUT(struct counter_input, counter_params)
#define DESK_ACT TICKET, .answer = desk_ticket_fields, .needs_key = true, .measure = "T3"

static const struct route routes[] = {
    {GET, "/halls", ANYONE, list_halls, .answer = hall_view_fields, .is_page = true,
     .measure = "T3", .summary = "halls, how many wait, and how long it takes"},
    {GET, "/halls/{hall}/display", ANYONE, show_display, INPUT(struct hall_input, hall_params),
     .answer = display_fields, .measure = "T3",
     .summary = "numbers called, newest first; what stands on the hall's display"},
    {POST, "/halls/{hall}/tickets", VERIFIED, take_online, INPUT(struct take_input, take_params),
     .answer = ticket_view_fields, .needs_key = true, .measure = "T3",
     .summary = "takes a ticket online"},
    {GET, "/tickets", VERIFIED, list_tickets, .answer = own_ticket_fields, .is_page = true,
     .measure = "T3", .summary = "the caller's tickets of today, newest first"},
    {GET, "/tickets/{ticket_id}", VERIFIED, show_ticket, TICKET, .answer = ticket_view_fields,
     .measure = "T3", .summary = "how many are ahead, and from when until when to expect the call"},
    {POST, "/tickets/{ticket_id}/leave", VERIFIED, leave_queue, TICKET,
     .answer = ticket_view_fields, .needs_key = true, .measure = "T3",
     .summary = "gives up one's place"},

    {POST, "/office/halls/{hall}/tickets", INTAKE, take_walkin,
     INPUT(struct walkin_input, walkin_params), .answer = ticket_view_fields, .needs_key = true,
     .measure = "T3", .summary = "takes a ticket for somebody at the hall"},
    {GET, "/office/halls/{hall}/tickets", INTAKE | LEAD, list_desk_tickets,
     INPUT(struct desk_query, desk_query_params), .answer = desk_line_fields, .is_page = true,
     .measure = "T3", .summary = "today's tickets in a state, in the order of the queue"},
    {GET, "/office/halls/{hall}/accuracy", LEAD | AUDITOR, show_accuracy,
     INPUT(struct accuracy_input, accuracy_params), .answer = accuracy_fields, .measure = "T3",
     .summary = "how far the told times of a day were from those that came"},
    {GET, "/office/halls/{hall}/counters", INTAKE | LEAD, list_counters,
     INPUT(struct hall_input, hall_params), .answer = counter_fields, .is_page = true,
     .measure = "T3", .summary = "the counters of a hall"},
    {POST, "/office/halls/{hall}/counters/{no}/open", INTAKE, open_counter, COUNTER,
     .answer = counter_fields, .needs_key = true, .measure = "T3",
     .summary = "sits down at one, or is still there"},
    {POST, "/office/halls/{hall}/counters/{no}/close", INTAKE | LEAD, close_counter, COUNTER,
     .answer = counter_fields, .needs_key = true, .measure = "T3", .summary = "leaves it"},
    {POST, "/office/halls/{hall}/counters/{no}/call", INTAKE, call_next, COUNTER,
     .answer = desk_ticket_fields, .needs_key = true, .measure = "T3", .summary = "calls the next"},
    {POST, "/office/tickets/{ticket_id}/recall", INTAKE, recall_ticket, DESK_ACT,
     .summary = "calls again; beyond the last time it is missed"},
    {POST, "/office/tickets/{ticket_id}/missed", INTAKE, miss_ticket, DESK_ACT,
     .summary = "nobody came"},
    {POST, "/office/tickets/{ticket_id}/service", INTAKE, begin_service, DESK_ACT,
     .summary = "somebody came; the service begins"},
    {POST, "/office/tickets/{ticket_id}/done", INTAKE, finish_service, DESK_ACT,
     .summary = "the service is over"},
    {POST, "/office/tickets/{ticket_id}/return", INTAKE, return_ticket, DESK_ACT,
     .summary = "puts a missed one back, behind the next few"},
    {POST, "/office/tickets/{ticket_id}/pardon", LEAD, pardon_ticket,
     INPUT(struct pardon_input, pardon_params), .answer = desk_ticket_fields, .needs_key = true,
     .measure = "T3", .summary = "does not count a missed one against its holder"},
    {POST, "/office/halls/{hall}/shut", LEAD, shut_hall, INPUT(struct shut_input, shut_params),
     .answer = shut_fields, .needs_key = true, .measure = "T3",
     .summary = "gives no tickets until it is opened again, and says why"},
    {POST, "/office/halls/{hall}/open", LEAD, open_hall, INPUT(struct hall_input, hall_params),
     .answer = shut_fields, .needs_key = true, .measure = "T3",
     .summary = "gives tickets again, within its hours"},
    ROUTE_END,
};

static const struct job jobs[] = {
    {"end_day", 10 * MINUTE_MS, end_day},
    {"forget_old", DAY_MS, forget_old},
    {.name = NULL},
};

static const struct statement *const sql[] = {
    rule_sql,      hall_sql, ticket_sql,   show_sql, take_sql,   counter_sql, desk_sql,
    desk_list_sql, shut_sql, calendar_sql, near_sql, forget_sql, event_sql,   NULL};

const struct service service = {
    .name = "booking",
    .title = "服务厅排队取号",
    .routes = routes,
    .jobs = jobs,
    .sql = sql,
    .reasons = reasons,
    .open = booking_open,
    .close = booking_close,
};
