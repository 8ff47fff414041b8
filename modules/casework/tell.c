#include "casework/tell.h"

#include <assert.h>
#include <jansson.h>

#include "casework/event.h"
#include "core/clock.h"
#include "core/json_read.h"
#include "core/money.h"

static json_t *packed(const char *const *values)
{
    json_t *object = json_object();

    for (; values[0] != NULL; values += 2)
        json_object_set_new(object, values[0], json_string(values[1]));
    return object;
}

enum error tell_person(struct request *r, const struct telling *telling)
{
    const char *who = telling->person_id != NULL ? telling->person_id : telling->account_id;
    json_t *arg;

    assert(who != NULL && strlen(telling->subject) <= 64);
    arg = json_pack("{s:s, s:s*, s:s*, s:s, s:o}", "subject", telling->subject, "person_id",
                    telling->person_id, "account_id", telling->account_id, "about", telling->about,
                    "values", packed(telling->values));
    return event_publish(r, "notice", telling->kind,
                         arena_printf(r->arena, "%s:%s", telling->subject, who),
                         json_written(r->arena, arg));
}

const char *day_words(struct arena *arena, struct day day)
{
    int64_t year, month, date;

    day_parts(day, &year, &month, &date);
    return arena_printf(arena, "%d年%d月%d日", (int)year, (int)month, (int)date);
}

const char *fen_words(struct arena *arena, struct fen amount)
{
    return arena_printf(arena, "%s元", fen_to_yuan(arena, amount));
}
