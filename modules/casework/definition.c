#include "casework/definition.h"

#include "casework/casework.h"
#include "casework/form.h"
#include "casework/identifier.h"
#include "core/crypto.h"
#include "core/input.h"

enum { NAME_MAX_BYTES = 240, HINT_MAX_BYTES = 900, ITEMS_MAX = 40, TEXT_FIELD_MAX = 2000 };

static bool is_code(const char *text)
{
    return *text != '\0' && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(text);
}

static bool is_service_code(const char *text)
{
    return *text != '\0' && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_.") == strlen(text);
}

static bool is_measure(const char *text)
{
    return strchr("VTARP", *text) != NULL && text[1] >= '1' && text[1] <= '9' &&
           strspn(text + 1, "0123456789") == strlen(text + 1);
}

static bool is_mode(const char *text)
{
    return IS_ONE_OF(text, "reviewed", "instant", "approve_first");
}

static bool is_decider(const char *text)
{
    return IS_ONE_OF(text, "headquarters", "brigade");
}

static bool is_applicant(const char *text)
{
    return IS_ONE_OF(text, "person", "organisation");
}

static bool is_channel(const char *text)
{
    return IS_ONE_OF(text, "wechat", "alipay", "web", "window", "kiosk");
}

static bool is_role_name(const char *text)
{
    return role_of_name(text) != 0;
}

static bool is_during(const char *text)
{
    return IS_ONE_OF(text, "submitted", "correcting", "accepted", "reviewing", PAYABLE, "granted");
}

static bool is_end(const char *text)
{
    return IS_ONE_OF(text, "accept", "grant", "withdraw", "escalate");
}

static bool is_digit_text(const char *text)
{
    return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

#define CODE(type) PARAM(type, code, .min = 1, .max = 32, .check = is_code)
#define NAME(type) PARAM(type, name, .min = 1, .max = NAME_MAX_BYTES)
#define CODE_OR_NONE(type, member)                                                                 \
    PARAM(type, member, .min = 1, .max = 64, .check = is_service_code, .optional = true)

static const struct param definition_params[] = {
    PARAM(struct definition, code, .min = 1, .max = 32, .check = is_service_code),
    NAME(struct definition),
    PARAM(struct definition, name_en, .min = 1, .max = NAME_MAX_BYTES),
    PARAM(struct definition, measure, .min = 2, .max = 8, .check = is_measure),
    PARAM(struct definition, serial, .min = 2, .max = 2, .check = is_digit_text),
    PARAM(struct definition, version, .min = 1, .max = 10000),
    PARAM(struct definition, summary, .min = 1, .max = HINT_MAX_BYTES),
    PARAM(struct definition, basis, .min = 1, .max = ITEMS_MAX),
    PARAM(struct definition, applicants, .min = 1, .max = 2, .check = is_applicant),
    PARAM(struct definition, channels, .min = 1, .max = 5, .check = is_channel),
    PARAM(struct definition, checks, .min = 0, .max = ITEMS_MAX, .check = is_code),
    PARAM(struct definition, promises, .min = 0, .max = ITEMS_MAX),
    PARAM(struct definition, fees, .min = 1, .max = ITEMS_MAX, .check = is_code, .optional = true),
    PARAM(struct definition, permit, .min = 1, .max = NAME_MAX_BYTES, .optional = true),
    PARAM(struct definition, mode, .min = 1, .max = 16, .check = is_mode),
    PARAM(struct definition, decided_by, .min = 1, .max = 16, .check = is_decider),
    CODE_OR_NONE(struct definition, division_field),
    CODE_OR_NONE(struct definition, holder_field),
    CODE_OR_NONE(struct definition, on_submit),
    CODE_OR_NONE(struct definition, on_grant),
    CODE_OR_NONE(struct definition, on_revoke),
    CODE_OR_NONE(struct definition, on_end),
    PARAM_END,
};

static const struct param form_rule_params[] = {
    CODE(struct form_rule),
    NAME(struct form_rule),
    PARAM(struct form_rule, hint, .min = 1, .max = HINT_MAX_BYTES, .optional = true),
    PARAM(struct form_rule, kind, .min = 1, .max = 16, .check = is_form_kind),
    PARAM(struct form_rule, is_required, .name = "required"),
    PARAM(struct form_rule, min, .optional = true),
    PARAM(struct form_rule, max, .optional = true),
    PARAM(struct form_rule, choices, .min = 1, .max = ITEMS_MAX, .optional = true),
    PARAM_END,
};

static const struct param document_rule_params[] = {
    CODE(struct document_rule),
    NAME(struct document_rule),
    PARAM(struct document_rule, hint, .min = 1, .max = HINT_MAX_BYTES, .optional = true),
    PARAM(struct document_rule, is_required, .name = "required"),
    PARAM(struct document_rule, max_count, .min = 1, .max = 20),
    CODE_OR_NONE(struct document_rule, fact),
    PARAM(struct document_rule, fact_name, .min = 1, .max = NAME_MAX_BYTES, .optional = true),
    PARAM_END,
};

static const struct param step_rule_params[] = {
    CODE(struct step_rule),
    NAME(struct step_rule),
    PARAM(struct step_rule, roles, .min = 1, .max = 4, .check = is_role_name),
    CODE_OR_NONE(struct step_rule, other_than),
    PARAM(struct step_rule, is_after, .name = "after_permit", .optional = true),
    PARAM_END,
};

static const struct param clock_rule_params[] = {
    CODE(struct clock_rule),
    NAME(struct clock_rule),
    CODE_OR_NONE(struct clock_rule, term),
    CODE_OR_NONE(struct clock_rule, day),
    PARAM(struct clock_rule, during, .min = 0, .max = 4, .check = is_during),
    PARAM(struct clock_rule, is_after, .name = "after_permit", .optional = true),
    PARAM(struct clock_rule, at_end, .min = 1, .max = 16, .check = is_end),
    PARAM(struct clock_rule, is_promise, .name = "promise", .optional = true),
    PARAM(struct clock_rule, warn_days, .min = 0, .max = 60),
    PARAM_END,
};

static const struct param pause_rule_params[] = {
    CODE(struct pause_rule),
    NAME(struct pause_rule),
    PARAM(struct pause_rule, source, .min = 1, .max = NAME_MAX_BYTES),
    PARAM_END,
};

/* The lists of a definition: where each goes, and what an item is. */
static const struct {
    const char *member;
    size_t offset;
    const struct param *params;
    size_t size;
} lists[] = {
    {"form", offsetof(struct definition, forms), form_rule_params, sizeof(struct form_rule)},
    {"documents", offsetof(struct definition, documents), document_rule_params,
     sizeof(struct document_rule)},
    {"steps", offsetof(struct definition, steps), step_rule_params, sizeof(struct step_rule)},
    {"clocks", offsetof(struct definition, clocks), clock_rule_params, sizeof(struct clock_rule)},
    {"pauses", offsetof(struct definition, pauses), pause_rule_params, sizeof(struct pause_rule)},
};

/* Every rule begins with its code. */
static const void *find_rule(const struct records *rules, size_t size, const char *code)
{
    const char *rule = rules->items;

    for (size_t i = 0; code != NULL && i < rules->count; i++, rule += size)
        if (strcmp(*(const char *const *)(const void *)rule, code) == 0)
            return rule;
    return NULL;
}

const struct step_rule *step_of(const struct definition *definition, const char *code)
{
    return find_rule(&definition->steps, sizeof(struct step_rule), code);
}

const struct document_rule *document_of(const struct definition *definition, const char *code)
{
    return find_rule(&definition->documents, sizeof(struct document_rule), code);
}

const struct clock_rule *clock_of(const struct definition *definition, const char *code)
{
    return find_rule(&definition->clocks, sizeof(struct clock_rule), code);
}

const struct pause_rule *pause_of(const struct definition *definition, const char *code)
{
    return find_rule(&definition->pauses, sizeof(struct pause_rule), code);
}

const struct clock_rule *fee_clock_of(const struct definition *definition)
{
    const struct clock_rule *clock = definition->clocks.items;

    for (size_t i = 0; i < definition->clocks.count; i++, clock++)
        if (clock->during.count == 1 && IS_ONE_OF(clock->during.items[0], PAYABLE))
            return clock;
    return NULL;
}

static void fault(struct request *r, const char *where, const char *what)
{
    reason(r, DEFINITION_FAULTY, VALUES(where, what));
}

static void check_once(struct request *r, size_t list, const struct records *rules)
{
    const char *rule = rules->items;

    for (size_t i = 0; i < rules->count; i++, rule += lists[list].size) {
        const char *code = *(const char *const *)(const void *)rule;

        if (find_rule(rules, lists[list].size, code) != rule)
            fault(r, lists[list].member, arena_printf(r->arena, "%s stands there twice", code));
    }
}

/* Steps before the permit, then those after it; a pair of eyes names a step before its own. */
static size_t check_step_order(struct request *r, struct definition *definition)
{
    struct step_rule *steps = (struct step_rule *)(uintptr_t)definition->steps.items;
    size_t after = 0;

    for (size_t i = 0; i < definition->steps.count; i++) {
        const struct step_rule *other = step_of(definition, steps[i].other_than);

        for (size_t k = 0; k < steps[i].roles.count; k++)
            steps[i].role_mask |= role_of_name(steps[i].roles.items[k]);
        if (steps[i].other_than != NULL && (other == NULL || other >= steps + i))
            fault(r, steps[i].code, "other_than is no step before it");
        if (after > 0 && !steps[i].is_after)
            fault(r, steps[i].code, "comes behind a step after the permit");
        after += steps[i].is_after ? 1 : 0;
    }
    return after;
}

static void check_steps(struct request *r, struct definition *definition)
{
    size_t count = definition->steps.count, after = check_step_order(r, definition);

    if (strcmp(definition->mode, "reviewed") == 0 && (count == 0 || after > 0))
        fault(r, "steps", "reviewed: steps before the permit and none after it");
    if (strcmp(definition->mode, "instant") == 0 && count > 0)
        fault(r, "steps", "instant: nobody reviews");
    if (strcmp(definition->mode, "approve_first") == 0 && (count == 0 || after != count))
        fault(r, "steps", "approve_first: all steps come after the permit");
}

static void check_clocks(struct request *r, const struct definition *definition)
{
    const struct clock_rule *clock = definition->clocks.items;

    for (size_t i = 0; i < definition->clocks.count; i++, clock++) {
        if ((clock->term == NULL) == (clock->day == NULL))
            fault(r, clock->code, "has a term or a day, and not both");
        if ((clock->during.count == 0) != clock->is_after)
            fault(r, clock->code, "runs during states or after the permit");
        if (strcmp(clock->at_end, "accept") == 0 &&
            (clock->during.count != 1 || strcmp(clock->during.items[0], "submitted") != 0))
            fault(r, clock->code, "accept: silence can accept what is submitted and nothing else");
    }
}

/* Who does not pay has withdrawn some day. */
static void check_fees(struct request *r, const struct definition *definition)
{
    const struct clock_rule *clock = fee_clock_of(definition);

    if ((definition->fees.count > 0) != (clock != NULL))
        fault(r, "fees", "fees have a clock that runs while they are payable, nothing else has");
    else if (clock != NULL && (clock->term == NULL || strcmp(clock->at_end, "withdraw") != 0))
        fault(r, clock->code, "has a term, and who does not pay in it has withdrawn");
}

static void check_form_rule(struct request *r, const struct form_rule *form)
{
    if ((strcmp(form->kind, "choice") == 0) != (form->choices.count > 0))
        fault(r, form->code, "a choice has choices, nothing else has");
    if (strcmp(form->kind, "text") == 0 && (form->max < 1 || form->max > TEXT_FIELD_MAX))
        fault(r, form->code, "a text has a max, in bytes, of at most 2000");
    if (strcmp(form->kind, "number") == 0 && (form->min == NONE || form->max == NONE))
        fault(r, form->code, "a number has min and max");
}

/* A permit names who or what holds it. */
static void check_holder(struct request *r, const struct definition *definition)
{
    const struct texts *applicants = &definition->applicants;
    bool is_organisation =
        applicants->count == 1 && IS_ONE_OF(applicants->items[0], "organisation");

    if (definition->permit == NULL || (definition->holder_field == NULL && is_organisation))
        return;
    if (find_rule(&definition->forms, sizeof(struct form_rule), definition->holder_field) == NULL)
        fault(r, "holder_field", "a permit names its holder by a field of the form");
}

static void check_forms(struct request *r, const struct definition *definition)
{
    const struct form_rule *forms = definition->forms.items;
    const struct form_rule *division =
        find_rule(&definition->forms, sizeof(*forms), definition->division_field);

    for (size_t i = 0; i < definition->forms.count; i++)
        check_form_rule(r, &forms[i]);
    if (strcmp(definition->decided_by, "brigade") == 0 &&
        (division == NULL || strcmp(division->kind, "division") != 0 || !division->is_required))
        fault(r, "division_field", "a required field of kind division says which brigade");
    check_holder(r, definition);
}

static enum error read_lists(struct request *r, struct definition *definition)
{
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
        struct records *rules = (struct records *)(void *)((char *)definition + lists[i].offset);

        TRY(inputs_from_json(r, definition->body, lists[i].member, ITEMS_MAX, lists[i].params,
                             lists[i].size, LENIENT, rules));
        check_once(r, i, rules);
    }
    return refused(r);
}

enum error definition_read(struct request *r, struct bytes body, struct definition *definition)
{
    unsigned char *digest = arena_alloc(r->arena, SHA256_SIZE);

    sha256(body, digest);
    *definition = (struct definition){.body = body, .sha256 = {digest, SHA256_SIZE}};
    TRY(input_from_json(r, body, definition_params, LENIENT, definition));
    TRY(read_lists(r, definition));
    check_steps(r, definition);
    check_clocks(r, definition);
    check_fees(r, definition);
    check_forms(r, definition);
    TRY(refused(r));
    form_describe(r->arena, definition);
    return E_OK;
}
