#include "violation/decide.h"

#include "core/clock.h"
#include "core/ulid.h"
#include "violation/rules.h"
#include "violation/state.h"
#include "violation/store.h"
#include "violation/study.h"
#include "violation/tell.h"

enum error find_points_licence(struct request *r, struct decision *decision)
{
    struct licence licence;
    enum error found;

    if (decision->points == 0)
        return E_OK;
    TRY(lock_points(r, decision->person_id));
    found = find_licence(r, decision->person_id, &licence);
    decision->licence_id = found == E_OK ? licence.id : NULL;
    return found == E_NOT_FOUND ? E_OK : found;
}

/* The term and the surcharge of the law on the day of the act. */
static enum error set_terms(struct request *r, const struct violation *act,
                            struct decision *decision)
{
    struct day acted = civil_day(act->occurred_at);
    const struct surcharge_rule *surcharge = find_surcharge_rule(r, acted);

    if (surcharge == NULL)
        return failed(r, E_INTERNAL, "surcharge_rule: no version in force");
    decision->late_percent_a_day = surcharge->percent_a_day;
    decision->late_percent_max = surcharge->percent_max;
    decision->due_on = (struct day){NONE};
    if (decision->fine_fen.fen == 0)
        return E_OK;
    decision->obligation_id = ulid_new(r);
    return find_term_end(r, "fine.pay", acted, decision->served_on, &decision->due_on,
                         &decision->due_source);
}

static enum error insert_obligation(struct request *r, const struct violation *act,
                                    const struct decision *decision)
{
    const struct obligation obligation = {
        .id = decision->obligation_id,
        .module = "violation",
        .kind = "fine",
        .ref_no = decision->decision_no,
        .account = "fine_treasury",
        .title = arena_printf(r->arena, "交通违法罚款（%s）", decision->title),
        .person_id = decision->person_id,
        /* Only the owner of the vehicle confirms a camera's record. */
        .owner_id = strcmp(act->kind, "camera") == 0 ? decision->person_id : NULL,
        .base_fen = decision->fine_fen,
        .late_percent_a_day = decision->late_percent_a_day,
        .late_percent_max = decision->late_percent_max,
        .due_on = decision->due_on,
        .decided_at = decision->decided_at,
    };

    return obligation_insert(r, &obligation);
}

enum error record_decision(struct request *r, const struct violation *act,
                           struct decision *decision, struct day decided_on)
{
    TRY(set_terms(r, act, decision));
    TRY(insert_decision(r, decision));
    if (decision->points > 0) {
        TRY(insert_points(r, decision, act, decided_on));
        TRY(open_full_study(r, decision));
    }
    if (decision->obligation_id != NULL)
        TRY(insert_obligation(r, act, decision));
    return tell_of_decision(r, act, decision);
}

typedef enum error record_body(struct request *r, const struct violation *act,
                               struct decision *decision, struct day decided_on);

/* An agency may have used the number against the agreement: then the next one. */
static enum error record_under_new_number(struct request *r, const struct violation *act,
                                          struct decision *decision, record_body *record)
{
    enum { TRIES = 8 };
    /* Shenzhen; the simple procedure, or the general one. */
    const char *prefix = strcmp(decision->manner, "general") == 0 ? "4403002" : "4403001";
    enum error error = E_EXISTS;

    for (int i = 0; i < TRIES && error == E_EXISTS; i++) {
        int64_t serial;

        TRY(take_serial(r, prefix, &serial));
        decision->decision_no = decision_number(r->arena, prefix, serial);
        error = record(r, act, decision, civil_day(r->now));
    }
    return error == E_EXISTS ? failed(r, E_INTERNAL, "no free decision number") : error;
}

/* The last days to appeal, from the day on which it is served. */
static enum error set_appeal_terms(struct request *r, struct decision *decision)
{
    struct day from = decision->served_on;

    TRY(find_term_end(r, "appeal.reconsideration", from, from, &decision->reconsider_until, NULL));
    return find_term_end(r, "appeal.court", from, from, &decision->court_until, NULL);
}

enum error number_decision(struct request *r, const struct violation *act,
                           struct decision *decision)
{
    TRY(set_appeal_terms(r, decision));
    return record_under_new_number(r, act, decision, record_decision);
}

static enum error record_replacement(struct request *r, const struct violation *act,
                                     struct decision *decision, struct day decided_on)
{
    (void)decided_on; /* the points stay where they were */
    TRY(insert_decision(r, decision));
    if (decision->points > 0)
        TRY(insert_points_again(r, decision));
    return tell_of_decision(r, act, decision);
}

/* Served anew, and to be appealed against from that day; to be paid when the first one was. */
enum error renumber_decision(struct request *r, const struct violation *act,
                             struct decision *decision)
{
    decision->served_on = civil_day(r->now);
    TRY(set_appeal_terms(r, decision));
    return record_under_new_number(r, act, decision, record_replacement);
}
