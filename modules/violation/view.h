/* Rows into what the citizen reads, with the reason of every fen. */
#ifndef VIOLATION_VIEW_H
#define VIOLATION_VIEW_H

#include "violation/store.h"

/* What a list shows; `view_violation` adds the rest. */
struct violation_view list_item(struct request *r, const struct case_row *row);
struct violation_view view_violation(struct request *r, const struct case_row *row);
struct announcement_view view_announcement(const struct announcement *announcement);
struct decision_view view_decision(struct request *r, const struct decision *decision);

#endif
