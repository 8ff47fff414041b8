/* Officers of security make officers, change their rights and take them away. */

#include "identity/officer_roles.h"
#include "identity/officer_work.h"

#define NAME_IN(source_)                                                                           \
    .source = (source_), .min = OFFICER_NAME_MIN, .max = OFFICER_NAME_MAX, .check = is_officer_name

const struct param officer_list_params[] = {
    PARAM(struct officer_list_input, after, NAME_IN(QUERY), .optional = true),
    PARAM(struct officer_list_input, limit, .source = QUERY, .min = 1, .max = LIST_MAX,
          .optional = true),
    PARAM_END,
};

const struct param new_officer_params[] = {
    PARAM(struct new_officer_input, name, NAME_IN(BODY)),
    PARAM(struct new_officer_input, display_name, .source = BODY, .min = 1, .max = 160,
          .check = is_display_name),
    PARAM(struct new_officer_input, roles, .source = BODY, .min = 1, .max = 8),
    PARAM(struct new_officer_input, brigade, .source = BODY, .min = 6, .max = 6, .optional = true),
    PARAM_END,
};

const struct param officer_rights_params[] = {
    PARAM(struct officer_rights_input, name, NAME_IN(PATH)),
    PARAM(struct officer_rights_input, roles, .source = BODY, .min = 1, .max = 8, .optional = true),
    PARAM(struct officer_rights_input, brigade, .source = BODY, .min = 6, .max = 6,
          .optional = true),
    PARAM_END,
};

const struct param officer_path_params[] = {
    PARAM(struct officer_path, name, NAME_IN(PATH)),
    PARAM_END,
};

struct officer_view {
    const char *name, *display_name;
    struct texts roles;
    const char *brigade, *state;
    struct instant created_at;
};

#define RIGHTS                                                                                     \
    FIELD(struct officer_view, name), FIELD(struct officer_view, roles),                           \
        FIELD_OR_NULL(struct officer_view, brigade), FIELD(struct officer_view, state),            \
        FIELD(struct officer_view, created_at)

const struct field officer_rights_fields[] = {RIGHTS, FIELD_END};
const struct field officer_view_fields[] = {RIGHTS, FIELD(struct officer_view, display_name),
                                            FIELD_END};

/* Told once; then only that it was done. */
struct officer_secrets_view {
    const char *name, *password, *totp_secret;
};

const struct field officer_secrets_fields[] = {
    FIELD(struct officer_secrets_view, name),
    FIELD_OR_NULL(struct officer_secrets_view, password),
    FIELD_OR_NULL(struct officer_secrets_view, totp_secret),
    FIELD_END,
};

static struct officer_view view_of(struct request *r, const struct officer *officer)
{
    return (struct officer_view){.name = officer->name,
                                 .roles = roles_list(r->arena, officer->roles),
                                 .brigade = officer->brigade,
                                 .state = officer_state(officer, r->now),
                                 .created_at = officer->created_at};
}

enum error list_all_officers(struct request *r)
{
    const struct officer_list_input *in = r->input;
    int64_t limit = page_limit(in->limit);
    struct officer_view *views;
    struct records rows;
    const struct officer *officers;
    bool is_more;

    TRY(db_transaction(r, note_listing, NULL));
    TRY(list_officers(r, in->after == NULL ? "" : in->after, limit + 1, &rows));
    is_more = page_cut(&rows, limit);
    officers = rows.items;
    views = arena_alloc(r->arena, (rows.count + 1) * sizeof(*views));
    for (size_t i = 0; i < rows.count; i++) {
        views[i] = view_of(r, &officers[i]);
        TRY(unseal(r, &officer_display_name, officers[i].id, officers[i].display_name,
                   &views[i].display_name));
    }
    return reply_page(r, officer_view_fields, sizeof(*views), (struct records){views, rows.count},
                      is_more ? officers[rows.count - 1].name : NULL);
}

static enum error reply_secrets(struct request *r, int status, const struct officer_work *work)
{
    struct officer_secrets_view view = {work->name, work->password, work->secret_base32};

    reply_header(r, "Cache-Control", "no-store");
    return reply_record(r, status, officer_secrets_fields, &view);
}

enum error make_officer(struct request *r)
{
    const struct new_officer_input *in = r->input;
    struct officer_work work = {.name = in->name,
                                .display = in->display_name,
                                .list = texts_joined(r->arena, in->roles, ","),
                                .brigade = in->brigade};
    enum error error = add_officer(r, &work);

    if (error == E_EXISTS)
        return refuse(r, OFFICER_EXISTS, VALUES(in->name));
    TRY(error);
    return reply_secrets(r, 201, &work);
}

enum error reset_officer_secrets(struct request *r)
{
    const struct officer_path *in = r->input;
    struct officer_work work = {.name = in->name};

    TRY(reset_secrets(r, &work));
    return reply_secrets(r, 200, &work);
}

static enum error reply_rights(struct request *r, const struct officer_work *work)
{
    struct officer_view view = view_of(r, &work->row);

    return reply_record(r, 200, officer_rights_fields, &view);
}

enum error set_officer_rights(struct request *r)
{
    const struct officer_rights_input *in = r->input;
    struct officer_work work = {.name = in->name, .brigade = in->brigade};

    if (in->roles.items != NULL)
        work.list = texts_joined(r->arena, in->roles, ",");
    if (work.list == NULL && work.brigade == NULL)
        return refuse(r, FIELD_MISSING, VALUES("roles", "brigade"));
    TRY(change_rights(r, &work));
    return reply_rights(r, &work);
}

enum error end_officer_lock(struct request *r)
{
    const struct officer_path *in = r->input;
    struct officer_work work = {.name = in->name};

    TRY(end_lock(r, &work));
    return reply_rights(r, &work);
}

enum error disable_one_officer(struct request *r)
{
    const struct officer_path *in = r->input;
    struct officer_work work = {.name = in->name};

    TRY(end_officer(r, &work));
    return reply_rights(r, &work);
}
