/*
 * Replay: kept callbacks are run once more by the present build, in a scratch schema of their own,
 * and what it makes of them is compared with what was made of them then. So a change to reading,
 * verifying or applying is proven on what gateways really sent, before it goes into service.
 *
 * The scratch schema (tongban_replay_...) is made and dropped by the account payment_replay, which
 * reads what callbacks touch and can write nothing of the platform's. For each callback stands
 * there what it names, as it was before: order, attempts, refunds, obligations, and the facts that
 * came earlier. Moved states are taken back by state_move, sums are made from the facts. It is run
 * at the moment at which it was received, by the route that gateways post to. Nothing is sent, no
 * job runs.
 */
#ifndef PAYMENT_REPLAY_H
#define PAYMENT_REPLAY_H

#include "core/db.h"
#include "core/process.h"
#include "core/transport.h"
#include "payment/callback.h"
#include "payment/state.h"

struct scene {
    const char *schema;
    struct process maker, player; /* on the platform's schema, and on the scratch one */
    struct payment_state state;   /* the platform's, but for the events that it remembers */
    struct request *r;            /* on the scratch schema; of the last run */
    const struct callback *posted;
    struct transport transport;
    size_t body_at;
};

/* replay_scene.c. Makes the schema; what was made is dropped again when that fails. */
MUST_CHECK enum error scene_open(struct request *r, struct scene *scene);
/* Sets the scene for a kept callback. */
MUST_CHECK enum error scene_restore(struct scene *scene, const struct kept_callback *kept);
/* Posts it, at the moment at which it was received; scene->r holds the answer. */
void scene_post(struct scene *scene, const struct kept_callback *kept);
/* How many ledger transactions were booked at that moment. */
MUST_CHECK enum error scene_count_booked(struct scene *scene, int64_t *count);
MUST_CHECK enum error scene_close(struct scene *scene, bool is_kept);

extern const struct statement replay_sql[];

/* The command: --replay DAY [--keep] */
enum error replay_callbacks(struct request *r, int count, char **words);

#endif
