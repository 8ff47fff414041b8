#include "violation/release.h"

static void judge_fine(const struct hold_facts *facts, struct condition *condition)
{
    condition->found = facts->decision_no;
    if (!facts->is_decision_known) {
        condition->missing = &DECISION_MISSING;
    } else if (facts->fine_due.fen > 0) {
        condition->missing = &FINE_UNPAID;
        condition->amount_fen = facts->fine_due;
        condition->obligation_id = facts->obligation_id;
    }
}

static void judge_policy(const struct hold_facts *facts, struct condition *condition)
{
    const struct policy *policy = &facts->policy;

    if (policy->source == NULL) {
        condition->missing = &POLICY_UNKNOWN;
        return;
    }
    condition->on = policy->valid_to;
    if (policy->valid_to.number < facts->today.number) {
        condition->missing = &POLICY_LAPSED;
    } else if (policy->valid_from.number > facts->today.number) {
        condition->missing = &POLICY_LATER;
        condition->on = policy->valid_from;
    }
}

/* Retention for full points ends when all that they asked for is proven, whether or not the
   register of licences told of it since. */
static void judge_study(const struct hold_facts *facts, struct condition *condition)
{
    condition->found = facts->study_step == NULL ? facts->licence_state : facts->study_step;
    if (!facts->is_study_done && !IS_ONE_OF(facts->licence_state, "normal"))
        condition->missing = &STUDY_MISSING;
}

/* The days of holding before the decision count, which the day that was told has in it. */
static void judge_suspension(const struct hold_facts *facts, struct condition *condition)
{
    bool is_over = facts->suspended_until.number != NONE
                       ? facts->suspended_until.number < facts->today.number
                       : IS_ONE_OF(facts->licence_state, "normal");

    condition->on = facts->suspended_until;
    condition->found = facts->licence_state;
    if (!is_over)
        condition->missing = &SUSPENSION_RUNNING;
}

static void judge_inspection(const struct hold_facts *facts, struct condition *condition)
{
    condition->on = facts->inspection_due_on;
    if (facts->inspection_due_on.number == NONE)
        condition->missing = &INSPECTION_UNPROVEN;
    else if (facts->inspection_due_on.number < facts->today.number)
        condition->missing = &INSPECTION_LAPSED;
}

static void judge_owner(const struct hold_facts *facts, struct condition *condition)
{
    if (!facts->is_owner)
        condition->missing = &OWNER_UNPROVEN;
}

static void judge_storage(const struct hold_facts *facts, struct condition *condition)
{
    if (facts->storage_due.fen == 0)
        return;
    condition->missing = &STORAGE_UNPAID;
    condition->amount_fen = facts->storage_due;
    condition->on = facts->today;
}

static const struct judge {
    const char *code, *name;
    void (*judge)(const struct hold_facts *facts, struct condition *condition);
    bool is_scannable;
} judges[] = {
    {"fine_paid", "罚款已缴清", judge_fine, false},
    {"policy_valid", "交强险在有效期内", judge_policy, true},
    {"study_done", "满分学习和考试合格", judge_study, false},
    {"suspension_over", "暂扣期已满", judge_suspension, false},
    {"inspection_valid", "安全技术检验合格", judge_inspection, true},
    {"owner_proven", "车辆来历已证明", judge_owner, true},
    {"storage_paid", "保管费已缴清", judge_storage, false},
    {.code = NULL},
};

static const struct judge *judge_of(const char *word, size_t size)
{
    const struct judge *one = judges;

    while (one->code != NULL && (strlen(one->code) != size || strncmp(one->code, word, size) != 0))
        one++;
    return one;
}

static struct condition judged_by(const struct judge *judge, const struct hold_facts *facts)
{
    struct condition condition = {.code = judge->code,
                                  .name = judge->name,
                                  .amount_fen = {NONE},
                                  .on = {NONE},
                                  .is_scannable = judge->is_scannable};

    if (judge->code == NULL) {
        condition.code = "unknown";
        condition.name = "未登记的条件";
        condition.missing = &HOLD_REASON_UNKNOWN;
    } else {
        judge->judge(facts, &condition);
    }
    condition.is_met = condition.missing == NULL;
    return condition;
}

size_t judge_conditions(const char *conditions, const struct hold_facts *facts,
                        struct condition *judged)
{
    static const char storage[] = "storage_paid";
    size_t count = 0;

    for (const char *word = conditions; *word != '\0' && count < CONDITIONS_MAX - 1;) {
        size_t size = strcspn(word, " ");

        judged[count++] = judged_by(judge_of(word, size), facts);
        word += size;
        word += strspn(word, " ");
    }
    judged[count++] = judged_by(judge_of(storage, strlen(storage)), facts);
    return count;
}
