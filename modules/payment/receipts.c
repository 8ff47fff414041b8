/* The payer's receipts, and anybody's check of one. */

#include "payment/receipt.h"

#include "core/crypto.h"
#include "core/ulid.h"
#include "payment/fact.h"
#include "payment/order.h"

enum { TIME_LETTERS = 10 /* of a ULID; the other sixteen are random */ };

const struct field receipt_check_fields[] = {
    FIELD(struct receipt_check_view, receipt_no),
    FIELD(struct receipt_check_view, title),
    FIELD(struct receipt_check_view, amount_fen),
    FIELD(struct receipt_check_view, paid_at),
    FIELD(struct receipt_check_view, state),
    FIELD(struct receipt_check_view, state_text),
    FIELD_END,
};

struct making {
    const char *order_id;
    struct records receipts;
};

/* Those that were made before, by this request or by another, are found. */
static enum error make_missing(struct request *r, void *product)
{
    struct making *making = product;
    const struct receipt *receipts;

    TRY(list_receipts(r, making->order_id, &making->receipts));
    receipts = making->receipts.items;
    for (size_t i = 0; i < making->receipts.count; i++) {
        enum error error;

        if (receipts[i].receipt_no != NULL)
            continue;
        error =
            insert_receipt(r, receipts[i].obligation_id, ulid_new(r), ulid_new(r) + TIME_LETTERS);
        if (error != E_OK && error != E_EXISTS)
            return error;
    }
    return list_receipts(r, making->order_id, &making->receipts);
}

static bool is_complete(struct records records)
{
    const struct receipt *receipts = records.items;

    for (size_t i = 0; i < records.count; i++)
        if (receipts[i].receipt_no == NULL)
            return false;
    return true;
}

enum error show_receipt(struct request *r)
{
    const struct show_order_input *in = r->input;
    struct receipt_view view;
    struct making making;
    struct order order;
    enum error error;

    TRY(find_order(r, in->order_no, &order));
    error = find_receipt(r, order.id, &view);
    if (error == E_NOT_FOUND)
        return refuse(r, NOT_PAID_YET, VALUES(order.id));
    TRY(error);
    making.order_id = order.id;
    TRY(list_receipts(r, order.id, &making.receipts));
    if (!is_complete(making.receipts))
        TRY(db_transaction(r, make_missing, &making));
    view.items = making.receipts;
    return reply_record(r, 200, receipt_view_fields, &view);
}

static const char *state_text(const char *order_state)
{
    if (strcmp(order_state, "refunded") == 0)
        return "该款项已全部退还";
    if (strcmp(order_state, "part_refunded") == 0)
        return "该缴款单已部分退还";
    return strcmp(order_state, "refunding") == 0 ? "有效，退款办理中" : "有效";
}

/* Without the right code the number looks absent. */
enum error check_receipt(struct request *r)
{
    const struct check_receipt_input *in = r->input;
    struct checked_receipt found;
    struct receipt_check_view view;

    TRY(find_checked(r, in->receipt_no, &found));
    if (!bytes_equal(bytes_of(found.code), bytes_of(in->code)))
        return E_NOT_FOUND;
    view = (struct receipt_check_view){.receipt_no = found.receipt_no,
                                       .title = found.title,
                                       .amount_fen = found.amount_fen,
                                       .paid_at = found.paid_at,
                                       .state = found.order_state,
                                       .state_text = state_text(found.order_state)};
    return reply_record(r, 200, receipt_check_fields, &view);
}
