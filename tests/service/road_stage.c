#include "service/road_stage.h"

#include "core/arena.h"

const char *form_of(const char *plate, const char *from, const char *to, const char *more)
{
    return arena_printf(texts,
                        "\"plate_type\":\"01\",\"plate\":\"%s\",\"from\":\"%s\",\"to\":\"%s\","
                        "\"contact\":\"13800138000\"%s%s",
                        plate, from, to, *more == '\0' ? "" : ",", more);
}
