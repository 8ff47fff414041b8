/* What insurers tell of policies, and pounds of held vehicles and documents; see line.h and fact.h. */
#ifndef EXCHANGE_HELD_H
#define EXCHANGE_HELD_H

#include "core/db.h"

/* Compulsory insurance (交强险), as an insurer pushes it. */
struct policy_line {
    const char *type, *policy_no, *vin;
    struct day valid_from, valid_to;
    const char *state;
    struct instant observed_at;
};

/* A vehicle or document that is held (扣留), by the number of its voucher (扣留凭证号). */
struct held_line {
    const char *type, *item_no, *kind, *plate_type, *plate;
    struct id_no id_no;
    const char *reason, *decision_no, *pound;
    struct day held_on, noticed_on, suspended_until;
    const char *state;
    struct instant observed_at;
};

/* A pound tells that it handed the item over on a release order. */
struct handover_line {
    const char *type, *order_no, *item_no;
    struct instant released_at, observed_at;
};

void check_policy(struct request *r, struct policy_line *line);
void check_held(struct request *r, struct held_line *line);
void check_handover(struct request *r, struct handover_line *line);

#endif
