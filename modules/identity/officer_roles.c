#include "identity/officer_roles.h"

#include "identity/identity.h"

static const struct {
    const char *name;
    enum role role;
} roles[] = {{"finance", FINANCE},   {"auditor", AUDITOR}, {"intake", INTAKE},
             {"reviewer", REVIEWER}, {"maker", MAKER},     {"lead", LEAD},
             {"security", SECURITY}};

enum { ROLES = sizeof(roles) / sizeof(*roles) };

#define DESKS (INTAKE | REVIEWER | MAKER | LEAD)

/* Who checks is not checked by himself, and who gives rights uses none. One officer may take a case
   through intake, review and making (V19); where two pairs of eyes are asked for, the step says so.
 */
static const struct {
    int64_t one, other;
} exclusions[] = {
    {AUDITOR, DESKS},  {AUDITOR, FINANCE},  {AUDITOR, SECURITY},
    {SECURITY, DESKS}, {SECURITY, FINANCE}, {FINANCE, DESKS},
};

int64_t roles_of(const char *list)
{
    int64_t found = OFFICER;

    while (*list != '\0') {
        size_t size = strcspn(list, ","), i = 0;

        while (i < ROLES && (strlen(roles[i].name) != size || strncmp(roles[i].name, list, size)))
            i++;
        if (i == ROLES)
            return 0;
        found |= roles[i].role;
        list += size + (list[size] == ',');
    }
    return found == OFFICER ? 0 : found;
}

struct texts roles_list(struct arena *arena, int64_t mask)
{
    const char **items = arena_alloc(arena, ROLES * sizeof(*items));
    size_t count = 0;

    for (size_t i = 0; i < ROLES; i++)
        if (mask & roles[i].role)
            items[count++] = roles[i].name;
    return (struct texts){items, count};
}

const char *roles_text(struct arena *arena, int64_t mask)
{
    return texts_joined(arena, roles_list(arena, mask), ",");
}

const char *roles_known(struct arena *arena)
{
    return roles_text(arena, INT64_MAX);
}

void check_roles(struct request *r, int64_t mask)
{
    for (size_t i = 0; i < sizeof(exclusions) / sizeof(*exclusions); i++)
        if ((mask & exclusions[i].one) && (mask & exclusions[i].other))
            reason(r, ROLES_EXCLUDE,
                   VALUES(roles_text(r->arena, mask & exclusions[i].one),
                          roles_text(r->arena, mask & exclusions[i].other)));
}

bool roles_need_brigade(int64_t mask)
{
    return mask & DESKS;
}
