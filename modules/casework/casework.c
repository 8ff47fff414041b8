#include "casework/casework.h"

#include "casework/fee.h"
#include "casework/papers.h"
#include "core/clock.h"
#include "core/db.h"
#include "core/process.h"

CASEWORK_REASONS(REASON_DEFINE)

enum { EDGES_MAX = 1000 };

static const struct field edge_fields[] = {
    FIELD(struct edge, frm),
    FIELD(struct edge, act),
    FIELD(struct edge, dst),
    FIELD_END,
};

static const struct field brigade_fields[] = {
    FIELD(struct brigade, code),
    FIELD(struct brigade, name),
    FIELD(struct brigade, division),
    FIELD(struct brigade, is_headquarters),
    FIELD_END,
};

static const struct field appeal_body_fields[] = {
    FIELD(struct appeal_body, way),
    FIELD(struct appeal_body, name),
    FIELD(struct appeal_body, valid_from),
    FIELD_OR_NULL(struct appeal_body, valid_to),
    FIELD_END,
};

enum { LIST_EDGES, LIST_BRIGADES, LIST_APPEAL_BODIES, STATEMENTS_END };

const struct statement casework_sql[] = {
    [LIST_EDGES] = {.sql = "SELECT frm, act, dst FROM application_edge LIMIT 1000",
                    ROWS(struct edge, edge_fields)},
    [LIST_BRIGADES] = {.sql = "SELECT code, name, division, is_headquarters FROM brigade"
                              "  ORDER BY code LIMIT 1000",
                       ROWS(struct brigade, brigade_fields)},
    [LIST_APPEAL_BODIES] = {.sql = "SELECT way, name, valid_from, valid_to FROM appeal_body"
                                   "  ORDER BY way, valid_from LIMIT 1000",
                            ROWS(struct appeal_body, appeal_body_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

/* Every table of named things begins with the name. */
#define FIND_NAMED(table, wanted)                                                                  \
    for (size_t i = 0; (wanted) != NULL && (table) != NULL && (table)[i].name != NULL; i++)        \
        if (strcmp((table)[i].name, (wanted)) == 0)                                                \
            return &(table)[i];                                                                    \
    return NULL

const struct case_check *check_named(const struct domain *domain, const char *name)
{
    FIND_NAMED(domain->checks, name);
}

const struct case_fact *fact_named(const struct domain *domain, const char *name)
{
    FIND_NAMED(domain->facts, name);
}

const struct case_day *day_named(const struct domain *domain, const char *name)
{
    FIND_NAMED(domain->days, name);
}

const struct case_hook *hook_named(const struct domain *domain, const char *name)
{
    FIND_NAMED(domain->hooks, name);
}

enum error term_end_of(struct request *r, const char *code, struct day from, struct day *last)
{
    const struct casework *casework = casework_of(r);
    const struct term *term = term_in_force(casework->terms, code, from);

    if (term == NULL)
        return failed(r, E_INTERNAL, "term_rule %s: no version in force", code);
    *last = term_end(casework->calendar, from, term->n, term->unit, term->roll);
    return E_OK;
}

unsigned role_of_name(const char *name)
{
    static const struct {
        const char *name;
        unsigned role;
    } roles[] = {{"intake", INTAKE}, {"reviewer", REVIEWER}, {"maker", MAKER}, {"lead", LEAD}};

    for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++)
        if (strcmp(roles[i].name, name) == 0)
            return roles[i].role;
    return 0;
}

const char *edge_to(const struct casework *casework, const char *state, const char *act)
{
    const struct edge *edge = casework->edges.items;

    for (size_t i = 0; i < casework->edges.count; i++, edge++)
        if (strcmp(edge->frm, state) == 0 && strcmp(edge->act, act) == 0)
            return edge->dst;
    return NULL;
}

const struct brigade *brigade_of(const struct casework *casework, const char *code)
{
    const struct brigade *brigade = casework->brigades.items;

    for (size_t i = 0; i < casework->brigades.count; i++, brigade++)
        if (strcmp(brigade->code, code) == 0)
            return brigade;
    return NULL;
}

/* Headquarters is in charge of no division alone. */
const struct brigade *brigade_in(const struct casework *casework, const char *division)
{
    const struct brigade *brigade = casework->brigades.items;

    for (size_t i = 0; i < casework->brigades.count; i++, brigade++)
        if (!brigade->is_headquarters && strcmp(brigade->division, division) == 0)
            return brigade;
    return NULL;
}

const struct brigade *headquarters(const struct casework *casework)
{
    const struct brigade *brigade = casework->brigades.items;

    for (size_t i = 0; i < casework->brigades.count; i++, brigade++)
        if (brigade->is_headquarters)
            return brigade;
    return NULL;
}

const struct appeal_body *appeal_body_on(const struct casework *casework, const char *way,
                                         struct day decided)
{
    const struct appeal_body *body = casework->appeal_bodies.items;

    for (size_t i = 0; i < casework->appeal_bodies.count; i++, body++)
        if (strcmp(body->way, way) == 0 && is_in_force(body->valid_from, body->valid_to, decided))
            return body;
    return NULL;
}

/* What the definition names has to be in the program. */
static const char *name_missing(const struct domain *domain, const struct definition *definition)
{
    const char *const hooks[] = {definition->on_submit, definition->on_grant, definition->on_revoke,
                                 definition->on_end};
    const struct document_rule *document = definition->documents.items;
    const struct clock_rule *clock = definition->clocks.items;

    for (size_t i = 0; i < definition->checks.count; i++)
        if (check_named(domain, definition->checks.items[i]) == NULL)
            return definition->checks.items[i];
    for (size_t i = 0; i < sizeof(hooks) / sizeof(*hooks); i++)
        if (hooks[i] != NULL && hook_named(domain, hooks[i]) == NULL)
            return hooks[i];
    for (size_t i = 0; i < definition->documents.count; i++, document++)
        if (document->fact != NULL && fact_named(domain, document->fact) == NULL)
            return document->fact;
    for (size_t i = 0; i < definition->clocks.count; i++, clock++)
        if (clock->day != NULL && day_named(domain, clock->day) == NULL)
            return clock->day;
    return NULL;
}

static enum error check_definition(struct request *r, const struct casework *casework,
                                   const struct definition *definition)
{
    const char *missing = name_missing(casework->domain, definition);
    const struct clock_rule *clock = definition->clocks.items;

    if (missing != NULL)
        return failed(r, E_REFUSED, "services: %s names %s, which the program does not know",
                      definition->code, missing);
    for (size_t i = 0; i < definition->clocks.count; i++, clock++)
        if (clock->term != NULL &&
            term_in_force(casework->terms, clock->term, civil_day(r->now)) == NULL)
            return failed(r, E_REFUSED, "services: %s: no term %s is in force", definition->code,
                          clock->term);
    missing = fees_faulty(r, &casework->fees, definition);
    if (missing != NULL)
        return failed(r, E_REFUSED, "services: %s: %s", definition->code, missing);
    return E_OK;
}

static enum error load(struct request *r, struct casework *casework)
{
    TRY(calendar_load(r, &casework->calendar));
    TRY(term_book_load(r, &casework->terms));
    TRY(fee_rules_load(r, &casework->fees));
    TRY(db_many(r, &casework_sql[LIST_EDGES], &casework->edges, NO_VALUES));
    TRY(db_many(r, &casework_sql[LIST_BRIGADES], &casework->brigades, NO_VALUES));
    TRY(db_many(r, &casework_sql[LIST_APPEAL_BODIES], &casework->appeal_bodies, NO_VALUES));
    if (casework->edges.count == 0 || casework->edges.count == EDGES_MAX ||
        headquarters(casework) == NULL)
        return failed(r, E_INTERNAL, "application_edge or brigade has no rows, or too many");
    TRY(definitions_load(r, casework->domain->files, &casework->definitions));
    for (size_t i = 0; i < casework->definitions.count; i++)
        TRY(check_definition(r, casework, &casework->definitions.items[i]));
    return E_OK;
}

enum error casework_open(struct request *loading, const struct domain *domain,
                         const struct casework_settings *settings, struct casework *casework)
{
    enum error error;

    *casework = (struct casework){.loading = loading, .domain = domain};
    if (load(loading, casework) == E_OK && uploads_open(loading, &settings->uploads) == E_OK &&
        papers_open(loading, settings, casework) == E_OK)
        return E_OK;
    error = process_failed(loading->process, "%s", failure_text(loading));
    casework_close(casework);
    return error;
}

enum error casework_check(struct request *r)
{
    const struct casework_settings *settings = r->settings;

    return store_check(r, &settings->uploads.store);
}

void casework_close(struct casework *casework)
{
    papers_close(casework);
    calendar_close(casework->calendar);
    term_book_close(casework->terms);
    request_close(casework->loading);
}
