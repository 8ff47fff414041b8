/* Appointing agents, and ending what they may do. */

#include "identity/mandate.h"

#include "casework/tell.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/idempotency.h"
#include "core/ulid.h"
#include "identity/account.h"
#include "identity/link.h"

enum { SCOPES_MAX = 20, DAYS_MAX = 2 * 366 };

static bool is_scope_code(const char *text)
{
    return text[strspn(text, "abcdefghijklmnopqrstuvwxyz_")] == '\0';
}

const struct param appoint_params[] = {
    PARAM(struct appoint_input, code, .source = BODY, .min = CODE_LETTERS, .max = CODE_LETTERS,
          .check = is_link_code),
    PARAM(struct appoint_input, organisation_id, .source = BODY, .check = is_ulid,
          .optional = true),
    PARAM(struct appoint_input, scope, .source = BODY, .min = 1, .max = SCOPES_MAX,
          .check = is_scope_code),
    PARAM(struct appoint_input, valid_to, .source = BODY),
    PARAM_END,
};

const struct param mandate_list_params[] = {
    PARAM(struct mandate_list_input, organisation_id, .source = QUERY, .check = is_ulid,
          .optional = true),
    PARAM(struct mandate_list_input, after, .source = QUERY, .check = is_ulid, .optional = true),
    PARAM(struct mandate_list_input, limit, .source = QUERY, .min = 1, .max = 100,
          .optional = true),
    PARAM_END,
};

const struct param mandate_path_params[] = {
    PARAM(struct mandate_path, mandate_id, .source = PATH, .check = is_ulid),
    PARAM_END,
};

struct mandate_view {
    const char *id, *principal_kind, *principal_name, *credit_code, *agent_name;
    struct texts scope;
    struct day valid_from, valid_to;
    const char *state;    /* active, expired, ended */
    const char *ended_by; /* "agent" or "principal" */
    struct instant created_at, ended_at;
};

const struct field mandate_view_fields[] = {
    FIELD(struct mandate_view, id),
    FIELD(struct mandate_view, principal_kind),
    FIELD_OR_NULL(struct mandate_view, principal_name),
    FIELD_OR_NULL(struct mandate_view, credit_code),
    FIELD_OR_NULL(struct mandate_view, agent_name),
    FIELD(struct mandate_view, scope),
    FIELD(struct mandate_view, valid_from),
    FIELD(struct mandate_view, valid_to),
    FIELD(struct mandate_view, state),
    FIELD_OR_NULL(struct mandate_view, ended_by),
    FIELD(struct mandate_view, created_at),
    FIELD_OR_NULL(struct mandate_view, ended_at),
    FIELD_END,
};

const struct field organisation_view_fields[] = {
    FIELD(struct organisation, id),
    FIELD(struct organisation, credit_code),
    FIELD(struct organisation, name),
    FIELD(struct organisation, state),
    FIELD_END,
};

/* --- View ------------------------------------------------------------------------------------ */

/* Masked, as people are shown to each other; an organisation's name is public. */
static enum error name_agent(struct request *r, const struct mandate *m, const char **name)
{
    return masked_name(r, &(struct account){.id = m->agent_account, .name = m->agent_name}, name);
}

static enum error name_principal(struct request *r, const struct mandate *m, const char **name)
{
    *name = m->organisation_name;
    if (m->organisation_name != NULL)
        return E_OK;
    return masked_name(r, &(struct account){.id = m->principal_account, .name = m->principal_name},
                       name);
}

static const char *state_of(const struct mandate *m, struct day today)
{
    if (m->ended_by != NULL)
        return "ended";
    return !m->is_active || m->valid_to.number < today.number ? "expired" : "active";
}

static enum error view_of(struct request *r, const struct mandate *m, struct mandate_view *view)
{
    *view = (struct mandate_view){
        .id = m->id,
        .principal_kind = m->principal_kind,
        .credit_code = m->credit_code,
        .scope = texts_split(r->arena, m->scope, ','),
        .valid_from = m->valid_from,
        .valid_to = m->valid_to,
        .state = state_of(m, civil_day(r->now)),
        .created_at = m->created_at,
        .ended_at = m->ended_at,
    };
    if (m->ended_by != NULL)
        view->ended_by = strcmp(m->ended_by, m->agent_id) == 0 ? "agent" : "principal";
    TRY(name_agent(r, m, &view->agent_name));
    return name_principal(r, m, &view->principal_name);
}

static enum error reply_mandate(struct request *r, int status, const struct mandate *mandate)
{
    struct mandate_view view;

    TRY(view_of(r, mandate, &view));
    return reply_record(r, status, mandate_view_fields, &view);
}

static enum error reply_mandates(struct request *r, struct records rows, int64_t limit)
{
    bool is_more = page_cut(&rows, limit);
    const struct mandate *row = rows.items;
    struct mandate_view *views = arena_alloc(r->arena, (rows.count + 1) * sizeof(*views));

    for (size_t i = 0; i < rows.count; i++)
        TRY(view_of(r, &row[i], &views[i]));
    return reply_page(r, mandate_view_fields, sizeof(*views), (struct records){views, rows.count},
                      is_more ? views[rows.count - 1].id : NULL);
}

/* --- Notices --------------------------------------------------------------------------------- */

/* "道路通行证、经营性停车场许可" */
static enum error scope_text(struct request *r, const char *scope, const char **text)
{
    struct texts codes = texts_split(r->arena, scope, ',');
    const struct scope_name *name;
    struct records names;

    TRY(list_scopes(r, &names));
    for (size_t i = 0; i < codes.count; i++) {
        name = names.items;
        for (size_t j = 0; j < names.count; j++, name++)
            if (strcmp(name->code, codes.items[i]) == 0)
                codes.items[i] = name->name;
    }
    *text = texts_joined(r->arena, codes, "、");
    return E_OK;
}

/* For an organisation whoever represents it now; NULL when nobody does. */
static const char *told_as_principal(const struct mandate *m)
{
    return strcmp(m->principal_kind, PERSON_PRINCIPAL) == 0 ? m->principal_id
                                                            : m->representative_id;
}

/* Once as the agent and once as the principal, who may be one person. */
static enum error tell_party(struct request *r, const struct mandate *m, const char *kind,
                             const char *as, const char *text)
{
    const char *person_id = strcmp(as, "agent") == 0 ? m->agent_id : told_as_principal(m);

    if (person_id == NULL)
        return E_OK;
    return tell_person(r, &(struct telling){
                              .kind = kind,
                              .subject = arena_printf(r->arena, "%s:%s", m->id, as),
                              .person_id = person_id,
                              .about = m->id,
                              .values = TOLD("text", text),
                          });
}

static enum error tell_beginning(struct request *r, const struct mandate *m)
{
    const char *agent, *principal, *scope, *last = day_to_text(r->arena, m->valid_to);

    TRY(name_agent(r, m, &agent));
    TRY(name_principal(r, m, &principal));
    TRY(scope_text(r, m->scope, &scope));
    TRY(tell_party(r, m, "mandate_given", "agent",
                   arena_printf(r->arena, "%s委托您代办%s，有效期至%s", principal, scope, last)));
    return tell_party(
        r, m, "mandate_given", "principal",
        arena_printf(r->arena, "%s委托%s代办%s，有效期至%s", principal, agent, scope, last));
}

static enum error tell_end(struct request *r, const struct mandate *m)
{
    const char *agent, *principal, *text;
    bool by_agent = strcmp(m->ended_by, m->agent_id) == 0;

    TRY(name_agent(r, m, &agent));
    TRY(name_principal(r, m, &principal));
    text = arena_printf(r->arena, "%s对%s的委托已由%s终止", principal, agent,
                        by_agent ? "代办人" : "委托人");
    TRY(tell_party(r, m, "mandate_ended", "agent", text));
    return tell_party(r, m, "mandate_ended", "principal", text);
}

/* --- Appoint --------------------------------------------------------------------------------- */

enum error create_agent_code(struct request *r)
{
    return show_new_code(r, AGENT_CODE);
}

/* Organisations that somebody else represents look absent. */
static enum error find_represented(struct request *r, const char *id,
                                   struct organisation *organisation)
{
    TRY(find_organisation(r, id, organisation));
    if (IS_ONE_OF(organisation->representative_id, r->person_id))
        return E_OK;
    audit_refusal(r, id, "not its legal representative");
    return E_NOT_FOUND;
}

static enum error set_principal(struct request *r, const char *organisation_id,
                                struct mandate *mandate)
{
    struct organisation organisation;

    mandate->principal_kind = PERSON_PRINCIPAL;
    mandate->principal_id = r->person_id;
    if (organisation_id == NULL)
        return E_OK;
    TRY(find_represented(r, organisation_id, &organisation));
    if (strcmp(organisation.state, "active") != 0)
        reason(r, ORGANISATION_INACTIVE, VALUES("organisation_id", organisation.name));
    mandate->principal_kind = ORGANISATION_PRINCIPAL;
    mandate->principal_id = organisation.id;
    return E_OK;
}

static enum error set_scope(struct request *r, struct texts wanted, struct mandate *mandate)
{
    struct texts known, scope = {arena_alloc(r->arena, SCOPES_MAX * sizeof(char *)), 0};
    struct records names;

    TRY(list_scopes(r, &names));
    known = (struct texts){arena_alloc(r->arena, (names.count + 1) * sizeof(char *)), 0};
    for (size_t i = 0; i < names.count; i++)
        known.items[known.count++] = ((const struct scope_name *)names.items)[i].code;
    known.items[known.count] = NULL;
    for (size_t i = 0; i < wanted.count; i++) {
        scope.items[scope.count] = NULL;
        if (!is_one_of(wanted.items[i], known.items))
            reason(r, SCOPE_UNKNOWN, VALUES("scope", wanted.items[i]));
        else if (!is_one_of(wanted.items[i], scope.items))
            scope.items[scope.count++] = wanted.items[i];
    }
    mandate->scope = texts_joined(r->arena, scope, ",");
    return E_OK;
}

static void check_end(struct request *r, const struct mandate *mandate)
{
    struct day latest = {mandate->valid_from.number + DAYS_MAX};

    if (mandate->valid_to.number < mandate->valid_from.number)
        reason(r, MANDATE_END_PAST, VALUES("valid_to"));
    else if (mandate->valid_to.number > latest.number)
        reason(r, MANDATE_TOO_LONG, VALUES("valid_to", latest));
}

static enum error fill_in(struct request *r, struct mandate *mandate)
{
    const struct appoint_input *in = r->input;
    struct link_code link;
    struct account agent;

    TRY(lock_good_code(r, in->code, AGENT_CODE, &link));
    if (link.used_by != NULL)
        return refuse(r, LINK_CODE_INVALID, NO_VALUES);
    TRY(find_account(r, link.account_id, &agent));
    *mandate = (struct mandate){.id = ulid_new(r),
                                .agent_id = agent.person_id,
                                .valid_from = civil_day(r->now),
                                .valid_to = in->valid_to,
                                .appointed_by = r->person_id};
    TRY(set_principal(r, in->organisation_id, mandate));
    TRY(set_scope(r, in->scope, mandate));
    check_end(r, mandate);
    if (strcmp(mandate->agent_id, r->person_id) == 0)
        reason(r, MANDATE_SELF, VALUES("code"));
    TRY(refused(r));
    return use_link_code(r, in->code);
}

static enum error appoint(struct request *r, void *product)
{
    struct mandate *mandate = product;
    enum error inserted;

    if (!idempotency_is_new(r))
        return find_appointed(r, mandate);
    TRY(fill_in(r, mandate));
    TRY(close_expired(r, mandate));
    inserted = insert_mandate(r, mandate);
    if (inserted == E_EXISTS)
        return refuse(r, MANDATE_EXISTS, VALUES("code"));
    TRY(inserted);
    audit(r, "mandate_given", mandate->id, "agent=%s principal=%s:%s scope=%s", mandate->agent_id,
          mandate->principal_kind, mandate->principal_id, mandate->scope);
    TRY(find_mandate(r, mandate->id, mandate));
    return tell_beginning(r, mandate);
}

enum error appoint_agent(struct request *r)
{
    struct mandate mandate;

    TRY(db_transaction(r, appoint, &mandate));
    return reply_mandate(r, 201, &mandate);
}

/* --- Read and end ---------------------------------------------------------------------------- */

enum error list_mandates_held(struct request *r)
{
    const struct mandate_list_input *in = r->input;
    int64_t limit = page_limit(in->limit);
    struct records rows;

    TRY(list_held(r, page_below(in->after), limit + 1, &rows));
    return reply_mandates(r, rows, limit);
}

enum error list_mandates_given(struct request *r)
{
    const struct mandate_list_input *in = r->input;
    int64_t limit = page_limit(in->limit);
    struct organisation organisation = {.id = r->person_id};
    struct records rows;

    if (in->organisation_id != NULL)
        TRY(find_represented(r, in->organisation_id, &organisation));
    TRY(list_given(r, organisation.id, page_below(in->after), limit + 1, &rows));
    return reply_mandates(r, rows, limit);
}

static bool is_party(const struct request *r, const struct mandate *m)
{
    return strcmp(m->agent_id, r->person_id) == 0 || IS_ONE_OF(told_as_principal(m), r->person_id);
}

static enum error end(struct request *r, void *product)
{
    const struct mandate_path *in = r->input;
    struct mandate *mandate = product;
    enum error ended;

    TRY(find_mandate(r, in->mandate_id, mandate));
    if (!is_party(r, mandate)) {
        audit_refusal(r, in->mandate_id, "of others");
        return E_NOT_FOUND;
    }
    ended = end_mandate(r, mandate->id);
    if (ended != E_OK && ended != E_NOT_FOUND)
        return ended;
    TRY(find_mandate(r, in->mandate_id, mandate));
    if (ended == E_NOT_FOUND) /* by an earlier tap, or by the other side */
        return E_OK;
    audit(r, "mandate_ended", mandate->id, "agent=%s principal=%s", mandate->agent_id,
          mandate->principal_id);
    return tell_end(r, mandate);
}

enum error end_one_mandate(struct request *r)
{
    struct mandate mandate;

    TRY(db_transaction(r, end, &mandate));
    return reply_mandate(r, 200, &mandate);
}

enum error list_organisations(struct request *r)
{
    struct records rows;

    TRY(list_represented(r, &rows));
    return reply_page(r, organisation_view_fields, sizeof(struct organisation), rows, NULL);
}
