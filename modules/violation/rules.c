#include "violation/rules.h"

#include <inttypes.h>

#include "casework/identifier.h"
#include "casework/term.h"
#include "core/clock.h"
#include "core/money.h"

static bool is_lighter(const struct code_rule *later, const struct code_rule *rule)
{
    return later->fine_fen.fen <= rule->fine_fen.fen && later->points <= rule->points &&
           (later->fine_fen.fen < rule->fine_fen.fen || later->points < rule->points);
}

/* Penalty Law (2021) article 37: from the old and lightly. */
const struct code_rule *code_rule_for(const struct code_rule *rules, size_t count, const char *code,
                                      struct day acted, struct day decided)
{
    const struct code_rule *found = NULL;
    const struct code_rule *later = NULL;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(rules[i].code, code) != 0)
            continue;
        if (is_in_force(rules[i].valid_from, rules[i].valid_to, acted))
            found = &rules[i];
        if (is_in_force(rules[i].valid_from, rules[i].valid_to, decided))
            later = &rules[i];
    }
    return found != NULL && later != NULL && is_lighter(later, found) ? later : found;
}

const char *facts_text(struct arena *arena, const struct violation *act, const char *what)
{
    struct day day = civil_day(act->occurred_at);
    int64_t year, month, day_of_month;
    int64_t minute = (act->occurred_at.ms - day_start(day).ms) / MINUTE_MS;
    const char *speed = "";

    day_parts(day, &year, &month, &day_of_month);
    if (act->measured != NONE)
        speed = arena_printf(arena, "，测得时速%" PRId64 "公里，限速%" PRId64 "公里", act->measured,
                             act->allowed);
    return arena_printf(arena,
                        "%" PRId64 "年%" PRId64 "月%" PRId64 "日%02" PRId64 "时%02" PRId64
                        "分，在%s，号牌号码%s，%s%s",
                        year, month, day_of_month, minute / 60, minute % 60, act->place, act->plate,
                        what, speed);
}

const char *penalty_text(struct arena *arena, struct fen fine, int64_t points)
{
    const char *yuan;

    if (fine.fen == 0)
        return "警告";
    yuan = fen_to_yuan(arena, fine);
    if (points == 0)
        return arena_printf(arena, "罚款%s元，不记分", yuan);
    return arena_printf(arena, "罚款%s元，记%" PRId64 "分", yuan, points);
}

const char *officer_step(struct fen fine, struct fen simple_max, const char *statement)
{
    if (fine.fen > simple_max.fen)
        return STEP_GENERAL;
    return statement != NULL ? STEP_STATEMENT : NULL;
}

static bool has_word(const char *list, const char *word, size_t size)
{
    for (; *list != '\0'; list += strcspn(list, " "), list += strspn(list, " "))
        if (strcspn(list, " ") == size && strncmp(list, word, size) == 0)
            return true;
    return false;
}

bool has_class(const char *classes, const char *wanted)
{
    for (; *classes != '\0'; classes += strcspn(classes, " "), classes += strspn(classes, " "))
        if (has_word(wanted, classes, strcspn(classes, " ")))
            return true;
    return false;
}

void check_licence(struct request *r, const struct licence_check *check)
{
    const struct licence *licence = check->licence;

    if (licence == NULL) {
        reason(r, LICENCE_MISSING, NO_VALUES);
        return;
    }
    if (strcmp(licence->state, "normal") != 0 && !check->is_lifted)
        reason(
            r, LICENCE_NOT_NORMAL,
            VALUES(licence->state, "normal", check->missing != NULL ? check->missing : "window"));
    if (licence->valid_until.number != NONE && licence->valid_until.number < check->today.number)
        reason(r, LICENCE_EXPIRED, VALUES(licence->valid_until));
    if (licence->first_issued_on.number > check->acted.number)
        reason(r, LICENCE_LATER, VALUES(licence->first_issued_on, check->acted));
    if (check->wanted_classes != NULL && !has_class(licence->classes, check->wanted_classes))
        reason(r, LICENCE_CLASS, VALUES(licence->classes, check->wanted_classes));
    if (!check->may_take)
        reason(r, POINTS_FULL, VALUES(check->points_total, check->points_full));
}

void check_undecided(struct request *r, const struct violation *act)
{
    if (strcmp(act->state, "withdrawn") == 0)
        reason(r, CASE_WITHDRAWN, VALUES(act->id));
    else if (strcmp(act->state, "decided") == 0 || strcmp(act->state, "warned") == 0 ||
             strcmp(act->state, "paid") == 0)
        reason(r, ALREADY_DECIDED, VALUES(act->id));
}

const char *decision_number(struct arena *arena, const char *prefix, int64_t serial)
{
    char *number = arena_printf(arena, "%s%08" PRId64 "0", prefix, serial);

    number[15] = check_digit(number, 15);
    return number;
}

const char *next_step(const char *state, bool is_announced, bool is_owed, bool has_rule)
{
    if (is_owed)
        return "pay";
    if (strcmp(state, "confirmed") == 0)
        return "see_officer";
    if (strcmp(state, "open") != 0 && strcmp(state, "announced") != 0)
        return "none";
    if (!has_rule)
        return "wait";
    return is_announced ? "confirm" : "read_announcement";
}

const char *step_text(const char *step, const char *officers)
{
    static const char *const texts[][2] = {
        {"read_announcement", "请阅读处罚告知"},
        {"confirm", "您可以确认该违法，或先提出陈述和申辩"},
        {"pay", "请在期限内缴纳罚款"},
        {"rest", "异议正在核查，期间暂停处理；结果出来后会告诉您"},
        {"wait", "该违法代码的处罚依据正在核实，请等待"},
        {"choose_hearing", "民警拟作出处罚，您可以在期限内要求听证，或者放弃听证"},
        {"none", "无需办理"},
    };

    if (officers != NULL && strcmp(officers, STEP_GENERAL) == 0)
        return "罚款超过200元，须由两名民警按一般程序处理；拟处罚和听证的权利会告知您";
    if (officers != NULL)
        return "您提出了陈述和申辩，由民警听取并复核后决定";
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        if (strcmp(texts[i][0], step) == 0)
            return texts[i][1];
    return "由民警办理";
}
