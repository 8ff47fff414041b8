/* Each line against our books, then our books against the lines. */

#include "core/job.h"
#include "core/log.h"
#include "payment/bill_batch.h"
#include "payment/gateway.h"

enum { CHUNKS_MAX = 200 }; /* a run; what they list stays in its memory */

struct chunk {
    const struct batch *batch;
    int64_t last;
    bool is_final; /* what has no fact now has none */
    struct records unknown;
};

static const char *line_key(struct request *r, const struct batch *batch,
                            const struct line_row *line)
{
    return arena_printf(r->arena, "%s:%s:%s:%s", batch->gateway, batch->merchant, line->direction,
                        line->gateway_no);
}

static enum error open_line_case(struct request *r, const struct batch *batch,
                                 const struct line_row *line)
{
    const char *here = line->fact_fen.fen == NONE
                           ? "nothing"
                           : arena_printf(r->arena, "%lld fen", (long long)line->fact_fen.fen);

    return open_bill_case(
        r, batch, arena_printf(r->arena, "bill_%s", line->verdict), line_key(r, batch, line),
        arena_printf(r->arena, "%s %s %s, ours %s: %lld fen (%s) in the bill, %s here",
                     batch->gateway, line->direction, line->gateway_no, line->our_no,
                     (long long)line->amount_fen.fen, line->state, here));
}

static enum error open_line_cases(struct request *r, const struct chunk *chunk)
{
    struct records odd;
    const struct line_row *line;

    TRY(list_odd(r, chunk->batch, chunk->last, &odd));
    line = odd.items;
    for (size_t i = 0; i < odd.count; i++)
        TRY(open_line_case(r, chunk->batch, &line[i]));
    return E_OK;
}

static enum error check_in(struct request *r, void *product)
{
    struct chunk *chunk = product;
    struct batch batch;

    TRY(lock_batch(r, chunk->batch->id, &batch));
    if (strcmp(batch.state, "checking") != 0 || batch.checked >= chunk->last) {
        chunk->unknown.count = 0; /* done before, here or by another worker */
        return E_OK;
    }
    TRY(match_lines(r, chunk->batch, chunk->last));
    TRY(list_unknown(r, chunk->batch, chunk->last, &chunk->unknown));
    if (chunk->unknown.count > 0 && !chunk->is_final)
        return E_OK;
    TRY(judge_lines(r, chunk->batch, chunk->last));
    TRY(open_line_cases(r, chunk));
    return record_checked(r, &batch, chunk->last);
}

/* The bill is the first that tells of it: it goes the way of a callback. */
static enum error apply_line(struct request *r, const struct batch *batch,
                             const struct line_row *line)
{
    struct payment_proof proof = {.gateway = batch->gateway,
                                  .merchant = batch->merchant,
                                  .gateway_no = line->gateway_no,
                                  .our_no = line->our_no,
                                  .paid_no = line->paid_no,
                                  .amount_fen = line->amount_fen,
                                  .happened_at = line->happened_at,
                                  .proof = "bill"};

    log_info(r, "bill_applied", "%s %s %s", batch->gateway, line->direction, line->gateway_no);
    if (strcmp(line->direction, "in") == 0)
        return apply_payment(r, &proof, NULL);
    return apply_refund(r, &proof, NULL);
}

/* A fund bill proves nothing that the trade bill does not: what it alone has needs a person. */
static enum error check_chunk(struct request *r, struct batch *batch, bool *is_done)
{
    int64_t last = batch->checked + BILL_CHUNK;
    struct chunk chunk = {.batch = batch, .is_final = strcmp(batch->kind, "fund") == 0};
    const struct line_row *line;

    chunk.last = last < batch->line_count ? last : batch->line_count;
    TRY(db_transaction(r, check_in, &chunk));
    *is_done = chunk.unknown.count == 0 || chunk.is_final;
    line = chunk.unknown.items;
    for (size_t i = 0; !*is_done && i < chunk.unknown.count; i++)
        TRY(apply_line(r, batch, &line[i]));
    if (*is_done)
        batch->checked = chunk.last;
    return E_OK;
}

static enum error close_in(struct request *r, void *product)
{
    const struct batch *checked = product;
    struct batch batch;

    TRY(lock_batch(r, checked->id, &batch));
    if (strcmp(batch.state, checked->state) != 0)
        return E_OK;
    if (batch.billed_fen.fen != batch.booked_fen.fen)
        TRY(open_bill_case(r, &batch, "bill_totals_differ", batch.id,
                           arena_printf(r->arena, "net %lld fen in the bill, %lld fen booked",
                                        (long long)batch.billed_fen.fen,
                                        (long long)batch.booked_fen.fen)));
    return record_closed(r, &batch);
}

static enum error wait_in(struct request *r, void *product)
{
    const struct batch *checked = product;
    struct batch batch;

    TRY(lock_batch(r, checked->id, &batch));
    return strcmp(batch.state, "checking") == 0 ? move_batch(r, &batch, "waiting") : E_OK;
}

static enum error end_checking(struct request *r, struct batch *batch)
{
    struct records facts = {NULL, 0};

    if (strcmp(batch->kind, "trade") == 0)
        TRY(search_unbilled(r, batch, &facts));
    if (facts.count == 0)
        return db_transaction(r, close_in, batch);
    TRY(db_transaction(r, wait_in, batch));
    return job_again_at(r, instant_add(r->now, DAY_MS));
}

/* What the trade bill has to apply, the fund bill shall find applied. */
static enum error wait_for_trades(struct request *r, const struct batch *batch)
{
    const char *state;
    enum error found;

    if (strcmp(batch->kind, "fund") != 0)
        return E_OK;
    found = find_trade_state(r, batch, &state);
    if (found != E_OK)
        return found == E_NOT_FOUND ? E_OK : found;
    if (strcmp(state, "closed") == 0 || strcmp(state, "waiting") == 0)
        return E_OK;
    return job_again_at(r, instant_add(r->now, 20 * SECOND_MS));
}

enum error check_bill(struct request *r, struct batch *batch)
{
    TRY(wait_for_trades(r, batch));
    for (int chunks = 0; batch->checked < batch->line_count; chunks++) {
        bool is_done;

        if (chunks == CHUNKS_MAX || !has_time_left(r))
            return job_again_at(r, r->now);
        TRY(check_chunk(r, batch, &is_done));
        if (!is_done)
            return job_again_at(r, r->now); /* with the memory of a new run */
    }
    return end_checking(r, batch);
}

static const char *verdict_word(enum verdict verdict)
{
    return verdict == VERDICT_PAID || verdict == VERDICT_REFUNDED ? "confirms it"
           : verdict == VERDICT_UNKNOWN                           ? "does not know it"
                                                                  : "says otherwise";
}

/* What the gateway says when it is asked for what its bill lacks. */
static enum error ask_for(struct request *r, const struct fact_row *fact, const char **said)
{
    struct answer answer = {.verdict = VERDICT_UNKNOWN};
    struct pursuit pursuit;
    struct refund refund;
    bool is_in = strcmp(fact->direction, "in") == 0;
    enum error error =
        is_in ? find_pursuit(r, fact->our_no, &pursuit) : find_refund(r, fact->our_no, &refund);

    *said = "was not asked: the number is none of ours";
    if (error != E_OK)
        return error == E_NOT_FOUND ? E_OK : error;
    TRY(is_in ? gateway_query(r, &pursuit, &answer) : gateway_refund_query(r, &refund, &answer));
    *said = verdict_word(answer.verdict);
    return E_OK;
}

struct missing {
    const struct batch *batch;
    const struct fact_row *fact;
    const char *said;
};

static enum error open_missing(struct request *r, void *product)
{
    const struct missing *missing = product;
    const struct fact_row *fact = missing->fact;

    return open_bill_case(
        r, missing->batch, "bill_missing_there", fact->id,
        arena_printf(r->arena,
                     "%s %s %s, ours %s: %lld fen here, nothing in the bill; asked, it %s",
                     missing->batch->gateway, fact->direction, fact->gateway_no, fact->our_no,
                     (long long)fact->amount_fen.fen, missing->said));
}

enum error end_waiting(struct request *r, struct batch *batch)
{
    struct records facts;
    const struct fact_row *fact;

    TRY(search_unbilled(r, batch, &facts));
    fact = facts.items;
    for (size_t i = 0; i < facts.count; i++) {
        struct missing missing = {batch, &fact[i], NULL};

        if (!has_time_left(r))
            return job_again_at(r, r->now);
        TRY(ask_for(r, &fact[i], &missing.said));
        TRY(db_transaction(r, open_missing, &missing));
    }
    if (facts.count > 0)
        return job_again_at(r, r->now); /* there may be more */
    return db_transaction(r, close_in, batch);
}
