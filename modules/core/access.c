/* Who calls, and whether this route is for them. */

#include "core/audit.h"
#include "core/crypto.h"
#include "core/db.h"
#include "core/dispatch.h"
#include "core/module_call.h"
#include "core/session.h"
#include "core/transport.h"

struct session {
    const char *actor_id;
    const char *person_id;
    const char *open_id;
    const char *channel;
    const char *brigade;
    int64_t roles;
    struct instant expires_at;
};

static const struct field session_fields[] = {
    FIELD(struct session, actor_id),        FIELD_OR_NULL(struct session, person_id),
    FIELD_OR_NULL(struct session, open_id), FIELD(struct session, channel),
    FIELD_OR_NULL(struct session, brigade), FIELD(struct session, roles),
    FIELD(struct session, expires_at),      FIELD_END,
};

enum { FIND_SESSION, STATEMENTS_END };

const struct statement session_sql[] = {
    [FIND_SESSION] = {.sql = "SELECT actor_id, person_id, open_id, channel, brigade, roles,"
                             "  expires_at FROM core_session WHERE token_hash = ?",
                      ROWS(struct session, session_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

/* The door that nginx's server names; nothing the client sends can set it. */
static bool is_at_door(const struct request *r)
{
    static const char *const doors[] = {[CITIZENS] = "citizens",
                                        [GATEWAYS] = "gateways",
                                        [INTERNAL] = "internal",
                                        [MODULES] = "modules"};
    const char *door = r->transport->param(r->transport, "DOOR");

    return door != NULL && strcmp(door, doors[r->route->door]) == 0;
}

static enum error find_session(struct request *r, struct session *session)
{
    const char *header = request_header(r, "Authorization");
    unsigned char hash[SHA256_SIZE];

    if (header == NULL || strncmp(header, "Bearer ", 7) != 0 || strlen(header) > 135)
        return refuse(r, UNAUTHENTICATED, NO_VALUES);
    sha256(bytes_of(header + 7), hash);
    switch (db_one(r, &session_sql[FIND_SESSION], session,
                   VALUES(((struct bytes){hash, sizeof(hash)})))) {
    case E_OK:
        break;
    case E_NOT_FOUND:
        return refuse(r, UNAUTHENTICATED, NO_VALUES);
    default:
        return failed(r, E_UNAVAILABLE, "session table unreadable");
    }
    if (session->expires_at.ms <= r->now.ms)
        return refuse(r, UNAUTHENTICATED, NO_VALUES);
    return E_OK;
}

static enum error know_module(struct request *r, const char *method, const char *path)
{
    const char *caller = module_caller(r, method, path);
    const char *list = r->route->callers;
    size_t size = caller == NULL ? 0 : strlen(caller);

    if (caller == NULL)
        return refuse(r, UNAUTHENTICATED, NO_VALUES);
    for (const char *at = list; at != NULL && *at != '\0'; at += strcspn(at, " "), at += *at == ' ')
        if (strcspn(at, " ") == size && strncmp(at, caller, size) == 0) {
            r->actor_id = caller;
            r->roles = MODULE;
            return E_OK;
        }
    audit_refusal(r, path, "caller=%s", caller);
    return refuse(r, FORBIDDEN, NO_VALUES);
}

enum error know_caller(struct request *r, const char *method, const char *path)
{
    struct session session;

    if (!is_at_door(r))
        return refuse(r, NOT_FOUND, NO_VALUES);
    if (r->route->access == ANYONE)
        return E_OK;
    if (r->route->access == MODULE)
        return know_module(r, method, path);
    TRY(find_session(r, &session));
    r->actor_id = session.actor_id;
    r->person_id = session.person_id;
    r->open_id = session.open_id;
    r->channel = session.channel;
    r->brigade = session.brigade;
    r->roles = (unsigned)session.roles;
    if (r->person_id == NULL)
        r->roles &= ~(unsigned)VERIFIED; /* handlers rely on it */
    if (r->roles & r->route->access)
        return E_OK;
    if (r->roles & NEWCOMER)
        return refuse(r, PASSWORD_CHANGE_REQUIRED, NO_VALUES);
    if (r->route->access == VERIFIED && (r->roles & CITIZEN))
        return refuse(r, REAL_NAME_REQUIRED, NO_VALUES);
    audit_refusal(r, path, "roles=%u", r->roles);
    return refuse(r, FORBIDDEN, NO_VALUES);
}
