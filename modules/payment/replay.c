/* payment --replay DAY: what the present build makes of the callbacks of a day. */

#include "payment/replay.h"

#include "core/clock.h"
#include "core/log.h"
#include "payment/state.h"

struct replay {
    struct scene scene;
    struct request *live; /* reads what was kept */
    struct instant at, end;
    char last_id[32]; /* of the callback before */
    int64_t count, differ, keyless, early;
};

/* A money fact, as far as it does not depend on when and under which number it was written. */
struct fact {
    const char *gateway, *merchant, *direction, *gateway_no, *our_no, *order_id, *disposition;
    struct fen amount_fen;
    struct instant happened_at;
};

static const struct field fact_fields[] = {
    FIELD(struct fact, gateway),     FIELD(struct fact, merchant),
    FIELD(struct fact, direction),   FIELD(struct fact, gateway_no),
    FIELD(struct fact, our_no),      FIELD_OR_NULL(struct fact, order_id),
    FIELD(struct fact, amount_fen),  FIELD(struct fact, happened_at),
    FIELD(struct fact, disposition), FIELD_END,
};

const struct statement replay_sql[] = {
    {.sql = "SELECT gateway, merchant, direction, gateway_no, our_no, order_id, amount_fen,"
            "  happened_at, disposition FROM money_fact WHERE id = ?",
     ROWS(struct fact, fact_fields)},
    {.sql = NULL},
};

/* ---- comparing ---- */

struct comparison {
    const struct kept_callback *kept;
    bool differs;
};

static void tell(struct comparison *comparison, const char *what)
{
    printf("%s %s: %s\n", comparison->kept->id, comparison->kept->callback.gateway, what);
    comparison->differs = true;
}

static void compare(struct request *r, struct comparison *comparison, const char *what,
                    const char *was, const char *is)
{
    was = was == NULL ? "none" : was;
    is = is == NULL ? "none" : is;
    if (strcmp(was, is) != 0)
        tell(comparison, arena_printf(r->arena, "%s was %s, is now %s", what, was, is));
}

static const char *fen_text(struct request *r, struct fen amount)
{
    return arena_printf(r->arena, "%lld", (long long)amount.fen);
}

static void compare_facts(struct request *r, struct comparison *comparison, const struct fact *was,
                          const struct fact *is)
{
    compare(r, comparison, "gateway of the money", was->gateway, is->gateway);
    compare(r, comparison, "merchant", was->merchant, is->merchant);
    compare(r, comparison, "direction", was->direction, is->direction);
    compare(r, comparison, "number of the gateway", was->gateway_no, is->gateway_no);
    compare(r, comparison, "number of ours", was->our_no, is->our_no);
    compare(r, comparison, "order", was->order_id, is->order_id);
    compare(r, comparison, "amount in fen", fen_text(r, was->amount_fen),
            fen_text(r, is->amount_fen));
    compare(r, comparison, "time of the movement", instant_to_text(r->arena, was->happened_at),
            instant_to_text(r->arena, is->happened_at));
    compare(r, comparison, "disposition of the money", was->disposition, is->disposition);
}

/* What was booked then and what is booked now; E_OK whatever differs. */
static enum error compare_booked(struct replay *replay, struct comparison *comparison)
{
    struct request *now = replay->scene.r, *then = replay->live;
    const struct kept_callback *kept = comparison->kept;
    struct kept_callback again;
    struct fact was, is;
    enum error error = find_outcome(now, kept->callback.gateway, kept->callback.event_key, &again);

    if (error == E_NOT_FOUND) {
        tell(comparison, "it is not kept under the same event key now");
        return E_OK;
    }
    TRY(error);
    compare(then, comparison, "outcome", kept->outcome.disposition, again.outcome.disposition);
    if (kept->outcome.fact_id == NULL || again.outcome.fact_id == NULL) {
        if (kept->outcome.fact_id != again.outcome.fact_id)
            tell(comparison, kept->outcome.fact_id == NULL ? "a money fact is made, none was then"
                                                           : "no money fact is made, one was then");
        return E_OK;
    }
    TRY(db_one(now, replay_sql, &is, VALUES(again.outcome.fact_id)));
    error = db_one(then, replay_sql, &was, VALUES(kept->outcome.fact_id));
    if (error == E_OK)
        compare_facts(then, comparison, &was, &is);
    else if (error == E_NOT_FOUND)
        tell(comparison, "its money fact is gone");
    return error == E_NOT_FOUND ? E_OK : error;
}

/* An error's text is for people: its status says what the gateway is told. */
static const char *answer_now(struct request *r)
{
    return callback_answer(r, r->http_status, r->http_status < 300 ? r->answer : "");
}

/* A gateway repeats: it hears the same again, and nothing is booked twice. */
static enum error compare_repetition(struct replay *replay, struct comparison *comparison)
{
    struct scene *scene = &replay->scene;
    int64_t once, twice;

    TRY(scene_count_booked(scene, &once));
    scene_post(scene, comparison->kept);
    compare(replay->live, comparison, "answer to its repetition", comparison->kept->callback.answer,
            answer_now(scene->r));
    TRY(scene_count_booked(scene, &twice));
    if (once != twice)
        tell(comparison, "its repetition is booked again");
    return E_OK;
}

static enum error compare_all(struct replay *replay, struct comparison *comparison)
{
    compare(replay->live, comparison, "answer", comparison->kept->callback.answer,
            answer_now(replay->scene.r));
    TRY(compare_booked(replay, comparison));
    return comparison->differs ? E_OK : compare_repetition(replay, comparison);
}

/* ---- the day ---- */

static enum error replay_one(struct replay *replay, const struct kept_callback *kept)
{
    struct comparison comparison = {.kept = kept};
    struct request *now = replay->scene.r;

    if (kept->callback.merchant == NULL) {
        tell(&comparison, "came before callbacks were kept whole; not run");
        replay->early++;
        return E_OK;
    }
    TRY(scene_restore(&replay->scene, kept));
    scene_post(&replay->scene, kept);
    if (now->http_status == CALLBACK_REFUSED.status &&
        !callback_keys_are_here(now, &kept->callback)) {
        tell(&comparison, "its key is no longer there; not run");
        replay->keyless++;
        return E_OK;
    }
    TRY(compare_all(replay, &comparison));
    replay->count++;
    replay->differ += comparison.differs;
    return E_OK;
}

static enum error replay_next(struct replay *replay, bool *is_over)
{
    struct kept_callback kept;
    enum error error;

    request_reset(replay->live);
    error = next_callback(replay->live, replay->at, replay->last_id, replay->end, &kept);
    *is_over = error == E_NOT_FOUND;
    if (error != E_OK)
        return *is_over ? E_OK : error;
    TRY(replay_one(replay, &kept));
    replay->at = kept.received_at;
    snprintf(replay->last_id, sizeof(replay->last_id), "%s", kept.id);
    return E_OK;
}

static enum error replay_day(struct request *r, struct replay *replay)
{
    enum error error = E_OK;
    const char *why = "";
    bool is_over = false;

    replay->live = request_open(r->process);
    while (error == E_OK && !is_over)
        error = replay_next(replay, &is_over);
    if (error != E_OK) {
        why = *failure_text(replay->live) != '\0' ? failure_text(replay->live)
                                                  : failure_text(replay->scene.r);
        error = failed(r, error, "after callback %s: %s", replay->last_id,
                       *why != '\0' ? why : error_name(error));
    }
    request_close(replay->live);
    return error;
}

static enum error sum_up(struct request *r, const struct replay *replay)
{
    if (replay->keyless > 0)
        printf("%lld not run: their keys are no longer there\n", (long long)replay->keyless);
    if (replay->early > 0)
        printf("%lld not run: came before callbacks were kept whole\n", (long long)replay->early);
    printf("%lld callbacks, %lld differ\n", (long long)replay->count, (long long)replay->differ);
    return replay->differ == 0
               ? E_OK
               : failed(r, E_INTERNAL, "the present build makes something else of %lld",
                        (long long)replay->differ);
}

static enum error replay_from(struct request *r, struct day day, bool is_kept)
{
    struct replay replay = {.at = day_start(day), .end = day_start((struct day){day.number + 1})};
    enum error error, closed;

    log_open(r->service->name, LOG_ERROR); /* what each callback does is not what is asked for */
    TRY(scene_open(r, &replay.scene));
    error = replay_day(r, &replay);
    closed = scene_close(&replay.scene, is_kept);
    TRY(error);
    if (is_kept)
        printf("kept: %s\n", replay.scene.schema);
    else if (closed != E_OK)
        return failed(r, closed, "%s was not dropped", replay.scene.schema);
    return sum_up(r, &replay);
}

enum error replay_callbacks(struct request *r, int count, char **words)
{
    struct day day = civil_day(r->now);
    bool is_kept = count == 2 && strcmp(words[1], "--keep") == 0;

    if (count < 1 || count > 2 || (count == 2 && !is_kept) ||
        (strcmp(words[0], "today") != 0 && !day_from_text(words[0], &day)))
        return failed(r, E_REFUSED, "--replay YYYY-MM-DD or today, and perhaps --keep");
    if (*payment_settings(r)->replay_password_file == '\0')
        return failed(r, E_REFUSED, "setting REPLAY_PASSWORD_FILE is missing");
    return replay_from(r, day, is_kept);
}
