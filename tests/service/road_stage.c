#include "service/road_stage.h"

#include "core/arena.h"

const char *own_truck(const char *person_id, const char *prefix)
{
    const char *plate = new_plate(prefix);

    database_run("INSERT INTO vehicle (id, plate_type, plate, vin, owner_id, registered_on,"
                 " use_kind, source, observed_at) VALUES ('%s', '01', '%s', 'LSVAA49J132047371',"
                 " '%s', '2016-01-01', 'goods', 'vehicle', '2018-01-01')",
                 new_id(), plate, person_id);
    return plate;
}

const char *form_of(const char *plate, const char *from, const char *to, const char *more)
{
    return arena_printf(texts,
                        "\"plate_type\":\"01\",\"plate\":\"%s\",\"from\":\"%s\",\"to\":\"%s\","
                        "\"contact\":\"13800138000\"%s%s",
                        plate, from, to, *more == '\0' ? "" : ",", more);
}
