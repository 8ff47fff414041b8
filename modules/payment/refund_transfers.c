/* What the payer gives and what finance officers make of it. Each body locks the refund first. */

#include "payment/refund_transfer.h"

#include <inttypes.h>

#include "core/audit.h"
#include "casework/identifier.h"
#include "casework/utf8.h"
#include "payment/cases.h"
#include "payment/fact.h"
#include "payment/order.h"
#include "payment/payment.h"
#include "payment/refund_requests.h"
#include "payment/refund_tell.h"

struct account_view {
    const char *refund_no, *state;
    struct fen amount_fen;
    const char *holder, *bank, *account_no;
    const char *reference, *maker, *checker;
};

const struct field account_view_fields[] = {
    FIELD(struct account_view, refund_no),
    FIELD(struct account_view, state),
    FIELD(struct account_view, amount_fen),
    FIELD(struct account_view, holder),
    FIELD(struct account_view, bank),
    FIELD(struct account_view, account_no),
    FIELD_OR_NULL(struct account_view, reference),
    FIELD_OR_NULL(struct account_view, maker),
    FIELD_OR_NULL(struct account_view, checker),
    FIELD_END,
};

static bool is(const char *state, const char *wanted)
{
    return strcmp(state, wanted) == 0;
}

/* --- The payer
 * -------------------------------------------------------------------------------------- */

struct giving {
    struct bank_account account;
    struct refund refund;
};

/* A name of a person, a firm or a bank: two characters or more, and none that controls. */
static bool is_name(const char *text)
{
    uint32_t code;

    if (utf8_count(text) == SIZE_MAX || utf8_count(text) < 2)
        return false;
    for (size_t size; (size = utf8_next(text, &code)) > 0; text += size)
        if (code < ' ' || (code >= 0x7F && code < 0xA0))
            return false;
    return true;
}

/* What is wrong is named, and not repeated. */
static enum error read_account(struct request *r, struct bank_account *account)
{
    const struct give_account_input *in = r->input;

    account->holder = in->holder;
    account->bank = in->bank;
    account->account_no = canonical(r->arena, in->account_no);
    if (!is_name(in->holder))
        reason(r, ACCOUNT_ODD, VALUES("holder"));
    if (!is_name(in->bank))
        reason(r, ACCOUNT_ODD, VALUES("bank"));
    if (account->account_no == NULL || !is_bank_account(account->account_no))
        reason(r, ACCOUNT_ODD, VALUES("account_no"));
    return refused(r);
}

static enum error lock_own(struct request *r, struct refund *refund)
{
    const struct give_account_input *in = r->input;

    TRY(lock_refund(r, in->refund_no, refund));
    return refund->order_id != NULL && is(refund->order_id, in->order_no) ? E_OK : E_NOT_FOUND;
}

static enum error take_account(struct request *r, void *product)
{
    struct giving *giving = product;
    bool has;

    TRY(lock_own(r, &giving->refund));
    TRY(has_given(r, giving->refund.id, &has));
    if (has)
        return E_OK;
    if (!is(giving->refund.state, "transfer"))
        return refuse(r, ACCOUNT_NOT_ASKED, VALUES(giving->refund.id));
    if (giving->refund.transfer_state != NULL && !is(giving->refund.transfer_state, "bounced"))
        return refuse(r, ACCOUNT_GIVEN, VALUES(giving->refund.id));
    TRY(insert_transfer(r, giving->refund.id, &giving->account));
    audit(r, "account_given", giving->refund.id, "fen=%" PRId64, giving->refund.amount_fen.fen);
    return find_refund(r, giving->refund.id, &giving->refund);
}

enum error give_account(struct request *r)
{
    const struct give_account_input *in = r->input;
    struct giving giving;
    struct refund_view view;
    struct order order;

    TRY(find_order(r, in->order_no, &order));
    TRY(read_account(r, &giving.account));
    TRY(db_transaction(r, take_account, &giving));
    view = refund_view_of(r, &giving.refund);
    return reply_record(r, 200, own_refund_fields, &view);
}

/* --- The officers
 * ----------------------------------------------------------------------------------- */

struct handling {
    const char *refund_no;
    struct refund refund;
    struct transfer transfer;
};

/* E_OK: there is an account that has not bounced. */
static enum error lock_transfer(struct request *r, struct handling *handling)
{
    enum error found;

    TRY(lock_refund(r, handling->refund_no, &handling->refund));
    found = find_last_transfer(r, handling->refund.id, &handling->transfer);
    if (found == E_NOT_FOUND || (found == E_OK && is(handling->transfer.state, "bounced")))
        return refuse(r, ACCOUNT_MISSING, VALUES(handling->refund.id));
    return found;
}

static enum error open_for_officer(struct request *r, void *product)
{
    const struct refund_input *in = r->input;
    struct account_view *view = product;
    struct handling handling = {.refund_no = in->refund_no};
    struct bank_account account;

    TRY(lock_transfer(r, &handling));
    TRY(open_account(r, &handling.transfer, &account));
    audit(r, "account_opened", handling.refund.id, "transfer=%s", handling.transfer.id);
    *view = (struct account_view){.refund_no = handling.refund.id,
                                  .state = handling.transfer.state,
                                  .amount_fen = handling.refund.amount_fen,
                                  .holder = account.holder,
                                  .bank = account.bank,
                                  .account_no = account.account_no,
                                  .reference = handling.transfer.reference,
                                  .maker = handling.transfer.maker,
                                  .checker = handling.transfer.checker};
    return E_OK;
}

enum error show_account(struct request *r)
{
    struct account_view view;

    TRY(db_transaction(r, open_for_officer, &view));
    reply_header(r, "Cache-Control", "no-store");
    return reply_record(r, 200, account_view_fields, &view);
}

/* As it stands after the step. */
static enum error reply_handled(struct request *r, transaction_body *body, const char *refund_no)
{
    struct handling handling = {.refund_no = refund_no};
    struct refund refund;
    struct refund_view view;

    TRY(db_transaction(r, body, &handling));
    TRY(find_refund(r, refund_no, &refund));
    view = refund_view_of(r, &refund);
    return reply_record(r, 200, refund_view_fields, &view);
}

/* Whoever enters it last is the maker: a slip of the pen is entered anew. */
static enum error enter(struct request *r, void *product)
{
    const struct transfer_input *in = r->input;
    struct handling *handling = product;
    const struct transfer *transfer = &handling->transfer;
    enum error entered;

    TRY(lock_transfer(r, handling));
    if (transfer->maker != NULL && is(transfer->maker, r->actor_id) &&
        is(transfer->reference, in->reference))
        return E_OK;
    if (is(transfer->state, "done"))
        return refuse(r, TRANSFER_OVER, VALUES(handling->refund.id));
    entered = enter_transfer(r, transfer, in->reference);
    if (entered == E_EXISTS)
        return refuse(r, REFERENCE_TAKEN, VALUES(in->reference));
    TRY(entered);
    audit(r, "transfer_entered", handling->refund.id, "transfer=%s reference=%s fen=%" PRId64,
          transfer->id, in->reference, handling->refund.amount_fen.fen);
    return E_OK;
}

enum error record_transfer(struct request *r)
{
    return reply_handled(r, enter, ((const struct transfer_input *)r->input)->refund_no);
}

/* Another person, of the same number, and the maker must still hold the role. */
static enum error check_confirmable(struct request *r, const struct handling *handling)
{
    const struct transfer_input *in = r->input;
    const struct transfer *transfer = &handling->transfer;
    const struct refund two = {.maker = transfer->maker, .checker = r->actor_id};
    int64_t entitled;

    if (is(transfer->state, "done"))
        return refuse(r, TRANSFER_OVER, VALUES(handling->refund.id));
    if (!is(transfer->state, "entered"))
        return refuse(r, TRANSFER_NOT_ENTERED, VALUES(handling->refund.id));
    if (is(transfer->maker, r->actor_id)) {
        audit_refusal(r, handling->refund.id, "maker and checker are one person");
        return refuse(r, SAME_PERSON, VALUES(handling->refund.id));
    }
    if (!is(transfer->reference, in->reference))
        return refuse(r, REFERENCE_DIFFERS, VALUES(in->reference));
    TRY(count_entitled(r, &two, &entitled));
    return entitled == 2 ? E_OK : refuse(r, MAKER_NOT_ENTITLED, VALUES(handling->refund.id));
}

static enum error confirm(struct request *r, void *product)
{
    struct handling *handling = product;
    const struct refund *refund = &handling->refund;
    const struct transfer *transfer = &handling->transfer;
    struct refundable order;

    TRY(lock_transfer(r, handling));
    if (is(transfer->state, "done") && is(transfer->checker, r->actor_id))
        return E_OK;
    TRY(check_confirmable(r, handling));
    TRY(lock_refundable(r, refund->order_id, &order));
    TRY(finish_transfer(r, transfer));
    TRY(book_transfer(r, transfer->id, order.account, refund->amount_fen));
    TRY(move_refund(r, refund->id, "transfer", "transferred", NULL));
    TRY(end_refund(r, refund, true));
    TRY(close_case_of(r, "refund_transfer", refund->id));
    audit(r, "transfer_confirmed", refund->id, "transfer=%s reference=%s maker=%s fen=%" PRId64,
          transfer->id, transfer->reference, transfer->maker, refund->amount_fen.fen);
    return E_OK;
}

enum error confirm_transfer(struct request *r)
{
    return reply_handled(r, confirm, ((const struct transfer_input *)r->input)->refund_no);
}

static enum error send_back_to_payer(struct request *r, void *product)
{
    const struct bounce_input *in = r->input;
    struct handling *handling = product;
    struct transfer *transfer = &handling->transfer;
    enum error found;

    TRY(lock_refund(r, handling->refund_no, &handling->refund));
    found = find_last_transfer(r, handling->refund.id, transfer);
    if (found == E_NOT_FOUND)
        return refuse(r, ACCOUNT_MISSING, VALUES(handling->refund.id));
    TRY(found);
    if (is(transfer->state, "bounced"))
        return transfer->bounced_by != NULL && is(transfer->bounced_by, r->actor_id) &&
                       is(transfer->bounce, in->note)
                   ? E_OK
                   : refuse(r, ACCOUNT_MISSING, VALUES(handling->refund.id));
    if (is(transfer->state, "done"))
        return refuse(r, TRANSFER_OVER, VALUES(handling->refund.id));
    TRY(bounce_transfer(r, transfer, in->note));
    TRY(tell_bounce(r, handling->refund.id, transfer->id));
    audit(r, "transfer_bounced", handling->refund.id, "transfer=%s", transfer->id);
    return E_OK;
}

enum error return_transfer(struct request *r)
{
    return reply_handled(r, send_back_to_payer, ((const struct bounce_input *)r->input)->refund_no);
}

/* What the treasury was told to transfer may arrive as well: a person asks it. */
enum error drop_transfer(struct request *r, const struct refund *refund)
{
    struct transfer transfer;
    enum error found = find_last_transfer(r, refund->id, &transfer);

    TRY(close_case_of(r, "refund_transfer", refund->id));
    if (found == E_NOT_FOUND || (found == E_OK && is(transfer.state, "bounced")))
        return E_OK;
    TRY(found);
    TRY(bounce_transfer(r, &transfer, "支付机构已原路退回"));
    if (!is(transfer.state, "entered"))
        return E_OK;
    return open_case(r, "refund_twice", refund->id,
                     arena_printf(r->arena, "%s %s", refund->id, transfer.reference));
}
