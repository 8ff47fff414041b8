#include "violation/waiver.h"

#include <inttypes.h>

#include "casework/term.h"
#include "core/clock.h"
#include "core/money.h"

enum { CONDITIONS = 6 };

struct day months_earlier(struct day day, int64_t months)
{
    int64_t year, month, day_of_month;
    struct day first, last;

    day_parts(day, &year, &month, &day_of_month);
    month += year * 12 - 1 - months;
    first = day_of(month / 12, month % 12 + 1, 1);
    last.number = months_later(first, 1).number - 1;
    first.number += day_of_month - 1;
    return first.number > last.number ? last : first;
}

static const char *text_of(struct arena *arena, struct day day)
{
    return day.number == NONE ? NULL : day_to_text(arena, day);
}

static struct waiver_condition when_acted(struct arena *arena, const struct waiver_rule *rule,
                                          const struct waiver_facts *facts)
{
    return (struct waiver_condition){
        .code = "act_since",
        .is_met = facts->acted_on.number >= rule->acts_since.number,
        .value = text_of(arena, facts->acted_on),
        .wanted = text_of(arena, rule->acts_since),
        .text = "违法行为发生在规定日期以后",
    };
}

static struct waiver_condition whose_vehicle(const struct waiver_rule *rule,
                                             const struct waiver_facts *facts)
{
    bool is_local = strncmp(facts->plate, rule->plate_prefix, strlen(rule->plate_prefix)) == 0;

    return (struct waiver_condition){
        .code = "own_local_vehicle",
        .is_met = facts->is_owner && is_local,
        .value = facts->is_owner ? facts->plate : NULL,
        .wanted = rule->plate_prefix,
        .text = "本人是在深圳登记的车辆的所有人",
    };
}

/* Within the months before the act, or on its day but earlier; and no other one is waived as first.
 */
static struct waiver_condition what_before(struct arena *arena, const struct waiver_rule *rule,
                                           const struct waiver_facts *facts)
{
    struct day from = months_earlier(facts->acted_on, rule->months);
    bool is_clean =
        facts->last_violation_on.number == NONE || facts->last_violation_on.number < from.number;

    return (struct waiver_condition){
        .code = "first_in_window",
        .is_met = is_clean && facts->waived_on.number == NONE,
        .value =
            text_of(arena, is_clean && facts->waived_on.number != NONE ? facts->waived_on
                                                                       : facts->last_violation_on),
        .wanted = arena_printf(arena, "%s/%s", day_to_text(arena, from),
                               day_to_text(arena, facts->acted_on)),
        .text = arena_printf(arena, "该车此前%" PRId64 "个月内没有其他违法记录，也没有免罚过",
                             rule->months),
    };
}

static struct waiver_condition how_long(struct arena *arena, const struct waiver_rule *rule,
                                        const struct waiver_facts *facts)
{
    return (struct waiver_condition){
        .code = "registered_long",
        .is_met = facts->changed_on.number != NONE &&
                  facts->changed_on.number <= months_earlier(facts->acted_on, rule->months).number,
        .value = text_of(arena, facts->changed_on),
        .wanted = text_of(arena, months_earlier(facts->acted_on, rule->months)),
        .text = arena_printf(arena, "该车登记或者变更登记已满%" PRId64 "个月", rule->months),
    };
}

struct waiver judge_waiver(struct arena *arena, const struct waiver_rule *rule,
                           const struct waiver_facts *facts)
{
    struct waiver_condition *conditions = arena_alloc(arena, CONDITIONS * sizeof(*conditions));
    struct waiver waiver = {rule, true, *facts, {conditions, CONDITIONS}};

    conditions[0] = when_acted(arena, rule, facts);
    conditions[1] = whose_vehicle(rule, facts);
    conditions[2] = (struct waiver_condition){
        .code = "no_accident",
        .is_met = facts->accident != NULL && strcmp(facts->accident, "none") == 0,
        .value = facts->accident,
        .wanted = "none",
        .text = "没有造成交通事故",
    };
    conditions[3] = what_before(arena, rule, facts);
    conditions[4] = (struct waiver_condition){
        .code = "small_fine",
        .is_met = facts->fine_fen.fen <= rule->max_fine_fen.fen,
        .value = fen_to_yuan(arena, facts->fine_fen),
        .wanted = fen_to_yuan(arena, rule->max_fine_fen),
        .text = "只应处以罚款，且不超过规定数额",
    };
    conditions[5] = how_long(arena, rule, facts);
    for (size_t i = 0; i < CONDITIONS; i++)
        waiver.applies &= conditions[i].is_met;
    return waiver;
}
