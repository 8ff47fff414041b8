/* Rows into what the citizen reads, with the reason of every fen. */
#ifndef VIOLATION_VIEW_H
#define VIOLATION_VIEW_H

#include "violation/store.h"

/* What an amount is made of, in words. */
struct amount_part {
    const char *title;
    struct fen amount_fen;
    const char *reason;
};

/* A list shows the first part of it only. */
struct violation_view {
    const char *id, *kind, *state, *plate_type, *plate;
    struct instant occurred_at;
    const char *place, *code, *title;
    struct fen fine_fen; /* NONE, as points and amount, without a rule in force */
    int64_t points;
    const char *decision_no, *obligation_id;
    struct day due_on;
    int64_t late_days;
    struct fen surcharge_fen, amount_due_fen;
    /* Facts and rule. */
    const char *facts, *article, *rule_source;
    struct day rule_valid_from;
    const char *source, *source_no;
    struct instant observed_at, arrived_at;
    int64_t measured, allowed;
    /* Every date. */
    struct instant announced_at, confirmed_at, decided_at;
    struct day served_on;
    const char *due_source;
    bool is_due_provisional; /* the calendar of that year is not published yet */
    struct day reconsider_until, court_until;
    struct instant settled_at, withdrawn_at;
    /* Why, and which decision fell; by which objection or claim it rests now, and since when. */
    const char *withdrawn_because, *withdrawn_decision_no, *dispute_id;
    struct instant disputed_at;
    /* Every fen. */
    int64_t late_percent_a_day, late_percent_max, frozen_days, percent;
    bool is_capped;
    struct fen total_fen; /* fine and surcharge; what was paid, once it is settled */
    struct records parts;
    struct at_desk desk;
    /* What can be done now. */
    const char *next_step, *officer_step, *next_step_text;
};

struct announcement_view {
    const char *violation_id, *facts, *basis, *penalty;
    struct fen fine_fen;
    int64_t points;
    struct day rule_valid_from;
    const char *rights, *service; /* how the decision will be served, and that this needs consent */
    struct instant announced_at;
    bool is_waived; /* it would be, if it was confirmed now; waiver_text says so */
    const char *waiver_text;
    struct records waiver_conditions;
};

struct decision_view {
    const char *violation_id, *decision_no, *authority, *facts, *basis, *penalty;
    struct fen fine_fen;
    int64_t points;
    struct instant decided_at;
    struct day served_on, due_on;
    const char *due_source, *surcharge_notice;
    struct day reconsider_until, court_until;
    const char *appeal, *service, *obligation_id;
    bool electronic_service;
    bool is_waived; /* a warning as first violation */
    struct records waiver_conditions;
};

extern const struct field violation_item_fields[], violation_view_fields[],
    announcement_view_fields[], decision_view_fields[];

/* What a list shows; `view_violation` adds the rest. */
struct violation_view list_item(struct request *r, const struct case_row *row);
struct violation_view view_violation(struct request *r, const struct case_row *row);
struct announcement_view view_announcement(const struct announcing *announcing);
/* What it costs to pay late; NULL without a fine. */
const char *surcharge_notice(struct arena *arena, const struct decision *decision);
struct decision_view view_decision(struct request *r, const struct confirming *confirming);

#endif
