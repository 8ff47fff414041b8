#include "violation/licensed.h"

#include "core/clock.h"
#include "violation/state.h"
#include "violation/store.h"

enum error find_licensed(struct request *r, const struct violation *act, const char *person_id,
                         struct licensed *licensed)
{
    const char *vehicle = arena_printf(r->arena, "%s%s", act->plate_type, act->plate);
    struct licence_check *check = &licensed->check;
    const struct driver *driver = &licensed->driver;

    *check = (struct licence_check){.wanted_classes = find_plate_classes(r, act->plate_type),
                                    .acted = civil_day(act->occurred_at),
                                    .today = civil_day(r->now),
                                    .may_take = true};
    TRY(load_driver(r, person_id, &licensed->driver));
    if (driver->licence.id == NULL)
        return E_OK;
    check->licence = &driver->licence;
    check->points_total = driver->state.total;
    check->points_full = driver->rule->full;
    check->may_take = points_may_take(&driver->state, vehicle, check->today);
    check->is_lifted = is_lifted(driver);
    check->missing = missing_step(driver);
    return E_OK;
}

enum error check_licensed(struct request *r, const struct violation *act, const char *person_id,
                          struct licensed *licensed)
{
    TRY(lock_points(r, person_id));
    TRY(find_licensed(r, act, person_id, licensed));
    check_licence(r, &licensed->check);
    return E_OK;
}
