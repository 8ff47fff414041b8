#include "payment/gateway.h"
#include "payment/opening.h"
#include "payment/qr.h"
#include "payment/state.h"

enum { PNG_SCALE = 8 };

static bool is_in_state(const char *state, const char *wanted)
{
    return strcmp(state, wanted) == 0;
}

static bool is_over(const struct request *r, const struct order *order)
{
    return is_in_state(order->state, "closed") ||
           (is_in_state(order->state, "paying") && order->expire_at.ms <= r->now.ms);
}

static enum error reply_order(struct request *r, int status, const struct opening *opening)
{
    struct order_view view = {.order_no = opening->order.id,
                              .state = opening->order.state,
                              .amount_fen = opening->order.amount_fen,
                              .expire_at = opening->order.expire_at,
                              .paid_at = opening->order.paid_at,
                              .items = opening->items};

    TRY(gateway_present(r, &opening->pursuit, &view));
    return reply_record(r, status, order_view_fields, &view);
}

/* A code is paid by whoever scans it, a page by whose browser opens it; everything else by whom
 * this session is of. */
static bool is_fit(const struct request *r, const struct way *way)
{
    return way->session == NULL ||
           (r->channel != NULL && r->open_id != NULL && strcmp(r->channel, way->session) == 0);
}

/* Opens one order for obligations of the caller, at the price of this moment. */
enum error create_order(struct request *r)
{
    const struct create_order_input *in = r->input;
    struct opening opening;

    if (!is_fit(r, way_of(in->channel)))
        return refuse(r, CHANNEL_UNFIT, VALUES(in->channel));
    TRY(db_transaction(r, begin_order, &opening));
    if (!is_over(r, &opening.order) && is_another_way(r, &opening))
        TRY(change_way(r, &opening));
    if (is_over(r, &opening.order))
        return refuse(r, ORDER_OVER, VALUES(opening.order.id));
    if (is_in_state(opening.order.state, "paying") && opening.pursuit.prepay_id == NULL)
        TRY(open_there(r, &opening));
    return reply_order(r, 201, &opening);
}

enum error show_order(struct request *r)
{
    const struct show_order_input *in = r->input;
    struct opening opening;

    TRY(find_order(r, in->order_no, &opening.order));
    TRY(load_opening(r, &opening));
    return reply_order(r, 200, &opening);
}

const struct field order_state_fields[] = {
    FIELD(struct order_state_view, state),           FIELD(struct order_state_view, amount_fen),
    FIELD(struct order_state_view, paid_fen),        FIELD(struct order_state_view, expire_at),
    FIELD_OR_NULL(struct order_state_view, paid_at), FIELD_END,
};

/* One indexed read, because many ask every second. */
enum error show_order_state(struct request *r)
{
    const struct show_order_input *in = r->input;
    struct order_state_view view;
    struct order order;

    TRY(find_order(r, in->order_no, &order));
    view = (struct order_state_view){order.state, order.amount_fen, order.paid_fen, order.expire_at,
                                     order.paid_at};
    return reply_record(r, 200, order_state_fields, &view);
}

/* What the code says; refused when there is nothing to pay, or not by a code. */
static enum error find_code(struct request *r, const char *order_no, const char **text)
{
    struct opening opening;
    struct order_view view;

    TRY(find_order(r, order_no, &opening.order));
    TRY(load_opening(r, &opening));
    view =
        (struct order_view){.state = is_over(r, &opening.order) ? "closed" : opening.order.state};
    TRY(gateway_present(r, &opening.pursuit, &view));
    *text = view.code_url != NULL ? view.code_url : view.qr_code;
    return *text != NULL ? E_OK : refuse(r, NO_CODE, VALUES(order_no, opening.order.state));
}

enum error show_code_svg(struct request *r)
{
    const struct show_order_input *in = r->input;
    const char *text, *svg;

    TRY(find_code(r, in->order_no, &text));
    svg = qr_svg(r->arena, text);
    if (svg == NULL)
        return failed(r, E_INTERNAL, "a code of %zu bytes", strlen(text));
    reply_header(r, "Cache-Control", "no-store");
    return reply_text(r, 200, "image/svg+xml", svg);
}

enum error show_code_png(struct request *r)
{
    const struct code_input *in = r->input;
    struct bytes png;
    const char *text;

    TRY(find_code(r, in->order_no, &text));
    png = qr_png(r->arena, text, in->scale == NONE ? PNG_SCALE : in->scale);
    if (png.data == NULL)
        return failed(r, E_INTERNAL, "a code of %zu bytes", strlen(text));
    reply_header(r, "Cache-Control", "no-store");
    return reply_bytes(r, 200, "image/png", png);
}
