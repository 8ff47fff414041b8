/*
 * Mandates (委托): by one a natural person, its agent, acts for a principal, another person or an
 * organisation, in some kinds of business until its last day. The agent shows a code (link.h), the
 * principal types it in with scope and end: so each has seen the other, both are verified, and
 * nobody is found by name or number. An organisation's legal representative, who stands in the
 * register, acts for it by law and appoints its handlers. Both sides are told of beginning and end,
 * and either ends it, at once. Domains ask for it with each request (acting_template.sql).
 */
#ifndef IDENTITY_MANDATE_H
#define IDENTITY_MANDATE_H

#include "core/db.h"
#include "core/field.h"

#define PERSON_PRINCIPAL "person"
#define ORGANISATION_PRINCIPAL "organisation"

struct mandate {
    const char *id, *principal_kind, *principal_id, *agent_id;
    const char *scope; /* codes of mandate_scope, comma separated */
    struct day valid_from, valid_to;
    const char *appointed_by, *ended_by;
    bool is_active; /* not ended; it may have run out all the same */
    struct instant created_at, ended_at;
    /* Found with it: */
    const char *agent_account, *principal_account; /* whose sealed names are theirs */
    struct bytes agent_name, principal_name;       /* NULL of an organisation */
    const char *organisation_name, *credit_code;   /* NULL of a person */
    const char *representative_id;                 /* of the organisation, now */
};

struct organisation {
    const char *id, *credit_code, *name, *representative_id, *state;
};

struct scope_name {
    const char *code, *name;
};

extern const struct statement mandate_sql[];

MUST_CHECK enum error find_mandate(struct request *r, const char *id, struct mandate *mandate);
/* What this person appointed with the key of this request. */
MUST_CHECK enum error find_appointed(struct request *r, struct mandate *mandate);
/* Newest first, below that id: where this person is the agent, and those that a principal gave. */
MUST_CHECK enum error list_held(struct request *r, const char *below, int64_t limit,
                                struct records *mandates);
MUST_CHECK enum error list_given(struct request *r, const char *principal_id, const char *below,
                                 int64_t limit, struct records *mandates);
MUST_CHECK enum error list_scopes(struct request *r, struct records *names);
MUST_CHECK enum error find_organisation(struct request *r, const char *id,
                                        struct organisation *organisation);
/* Whose legal representative this person is. */
MUST_CHECK enum error list_represented(struct request *r, struct records *organisations);
/* Inside a transaction. E_EXISTS: the agent has one of this principal, or the key is older. */
MUST_CHECK enum error insert_mandate(struct request *r, const struct mandate *mandate);
/* Those that ran out make room for a new one. */
MUST_CHECK enum error close_expired(struct request *r, const struct mandate *like);
/* E_NOT_FOUND: it is ended already. */
MUST_CHECK enum error end_mandate(struct request *r, const char *id);

/* What clients send. */
struct organisation_path {
    const char *organisation_id;
};
struct appoint_input {
    const char *code;
    const char *organisation_id; /* NULL: for oneself */
    struct texts scope;
    struct day valid_to;
};
struct mandate_list_input {
    const char *organisation_id; /* given by it; NULL: by oneself */
    const char *after;
    int64_t limit;
};
struct mandate_path {
    const char *mandate_id;
};

enum error create_agent_code(struct request *r);
enum error appoint_agent(struct request *r);
enum error list_mandates_held(struct request *r);
enum error list_mandates_given(struct request *r);
enum error end_one_mandate(struct request *r);
enum error list_organisations(struct request *r);

extern const struct param appoint_params[], mandate_list_params[], mandate_path_params[];
extern const struct field mandate_view_fields[], organisation_view_fields[];

#endif
