/* Vehicles and documents that are held, policies and handings over, as exchange would have written
   them; and applications for their release. */
#ifndef SERVICE_VIOLATION_STAGE_HOLDS_H
#define SERVICE_VIOLATION_STAGE_HOLDS_H

#include "service/violation_stage.h"

#define HELD "/api/violation/held-items"
#define BY_SCAN "violation.release_by_scan"
#define VEHICLE "violation.release_vehicle"
#define DOCUMENTS "violation.release_documents"

struct hold {
    const char *kind, *plate, *person_id, *reason;
    const char *decision_no, *noticed_on, *suspended_until; /* NULL for none */
};
struct held {
    const char *id, *item_no, *plate;
};
/* On 2026-11-10, in the pound FT01. */
struct held hold(struct hold hold);
/* A vehicle of this citizen, for this reason. */
struct held hold_vehicle(struct citizen citizen, const char *reason);
/* The number of a decision of the street with a fine of 200 yuan; and paid. */
const char *fined(const char *person_id);
void pay_fine(const char *decision_no);
/* Compulsory insurance of the vehicle with this plate, until that day. */
void insure(const char *plate, const char *valid_from, const char *valid_to);

const char *release_form(struct held item);
/* What was wanted of the item with that number in the list of who is signed in: "state",
   "conditions.0.is_met". The path is kept with the index of the item. */
int look(struct held item);
const char *seen(const char *way);
int64_t seen_number(const char *way);
/* Of the condition with this code: "met", or the message. */
const char *condition_seen(const char *code);

/* Granted: the number of the order. */
const char *release(const char *code, struct held item);
int refuse_release(const char *code, struct held item);
const char *order_state(const char *order_no);
/* The pound handed the item over at that moment. */
void hand_over(const char *order_no, const char *item_no, const char *at);
int64_t audited(const char *act, const char *object);

#endif
