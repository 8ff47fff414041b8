#include "casework/acting.h"
#include "violation/view.h"

static enum error list_cases(struct request *r, const struct list_input *in, struct records *rows)
{
    struct acting acting;

    if (in->mandate_id == NULL)
        return list_own_cases(r, in, rows);
    TRY(acting_by(r, in->mandate_id, &acting));
    if (strcmp(acting.principal_kind, ORGANISATION_APPLICANT) != 0)
        return E_NOT_FOUND;
    return list_fleet_cases(r, acting.principal_id, in, rows);
}

/* Newest first; the cursor is the last one shown. */
enum error list_violations(struct request *r)
{
    struct list_input in = *(const struct list_input *)r->input;
    struct records rows;
    const struct case_row *row;
    struct violation_view *views;
    bool is_more;

    in.limit = page_limit(in.limit);
    TRY(list_cases(r, &in, &rows));
    is_more = page_cut(&rows, in.limit);
    views = arena_alloc(r->arena, (rows.count + 1) * sizeof(*views));
    row = rows.items;
    for (size_t i = 0; i < rows.count; i++, row++)
        views[i] = list_item(r, row);
    return reply_page(r, violation_item_fields, sizeof(*views), (struct records){views, rows.count},
                      is_more ? views[rows.count - 1].id : NULL);
}

/* One violation with the reason of every fen, every date, and what can be done now. */
enum error show_violation(struct request *r)
{
    const struct case_input *in = r->input;
    struct case_row row;
    struct violation_view view;

    TRY(find_own_case(r, in->id, &row));
    view = view_violation(r, &row);
    return reply_record(r, 200, violation_view_fields, &view);
}

/* Tells what is intended before it is decided, and remembers that it was told. */
enum error announce_violation(struct request *r)
{
    struct announcing announcing;
    struct announcement_view view;

    TRY(db_transaction(r, announce, &announcing));
    view = view_announcement(&announcing);
    return reply_record(r, 201, announcement_view_fields, &view);
}

/* The confirmation stays recorded where an officer has to go on. */
enum error confirm_violation(struct request *r)
{
    struct confirming confirming;
    struct decision_view view;

    TRY(db_transaction(r, confirm, &confirming));
    if (confirming.confirmation.officer_step != NULL)
        return refuse(r, OFFICER_STEP_MISSING,
                      VALUES(confirming.act.id, confirming.confirmation.officer_step));
    view = view_decision(r, &confirming);
    return reply_record(r, 201, decision_view_fields, &view);
}
