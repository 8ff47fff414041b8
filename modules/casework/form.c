#include "casework/form.h"

#include <inttypes.h>

#include "casework/casework.h"
#include "casework/identifier.h"
#include "core/clock.h"
#include "core/codec.h"
#include "core/input.h"
#include "core/ulid.h"

enum { SLOT = 16, IDENTIFIER_MAX = 64 };

/* 440300 and the like (GB/T 2260); which brigade it belongs to is data. */
static bool is_division(const char *text)
{
    return strlen(text) == 6 && strspn(text, "0123456789") == 6;
}

static const struct form_kind {
    const char *name;
    enum kind kind;
    bool (*check)(const char *canonical_text); /* of an identifier, in its canonical form */
} kinds[] = {
    {"text", KIND_TEXT, NULL},
    {"choice", KIND_TEXT, NULL},
    {"plate", KIND_TEXT, is_plate},
    {"plate_type", KIND_TEXT, is_plate_type},
    {"vin", KIND_TEXT, is_vin},
    {"mobile", KIND_TEXT, is_mobile},
    {"division", KIND_TEXT, is_division},
    {"credit_code", KIND_TEXT, is_credit_code},
    {"id", KIND_TEXT, is_ulid}, /* of something in the domain */
    {"day", KIND_DAY, NULL},
    {"number", KIND_NUMBER, NULL},
    {"flag", KIND_BOOL, NULL},
};

static const struct form_kind *kind_of(const char *name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

bool is_form_kind(const char *text)
{
    return kind_of(text) != NULL;
}

static struct param param_of(const struct form_rule *rule, size_t place)
{
    const struct form_kind *kind = kind_of(rule->kind);
    bool is_bounded = kind->kind == KIND_NUMBER || strcmp(rule->kind, "text") == 0;

    return (struct param){
        .field = {.name = rule->code,
                  .kind = kind->kind,
                  .offset = place * SLOT,
                  .nullable = kind->kind != KIND_BOOL},
        .min = is_bounded && rule->min != NONE ? rule->min : 0,
        .max = is_bounded                ? rule->max
               : kind->kind == KIND_TEXT ? IDENTIFIER_MAX
                                         : 0,
        .optional = true,
    };
}

void form_describe(struct arena *arena, struct definition *definition)
{
    const struct form_rule *rules = definition->forms.items;
    size_t count = definition->forms.count;
    struct param *params = arena_alloc(arena, (count + 1) * sizeof(*params));
    struct field *fields = arena_alloc(arena, (count + 1) * sizeof(*fields));

    for (size_t i = 0; i < count; i++) {
        params[i] = param_of(&rules[i], i);
        fields[i] = params[i].field;
    }
    definition->form_params = params;
    definition->form_fields = fields;
    definition->form_size = count * SLOT + SLOT;
}

static void check_text(struct request *r, const struct form_rule *rule, const char **text)
{
    const struct form_kind *kind = kind_of(rule->kind);
    const char *found = *text;

    if (rule->choices.count > 0) {
        if (!texts_have(&rule->choices, found))
            reason(r, FIELD_INVALID, VALUES(rule->code, found));
    } else if (kind->check != NULL) {
        *text = canonical(r->arena, found);
        if (*text == NULL || !kind->check(*text))
            reason(r, FIELD_INVALID, VALUES(rule->code, rule->name));
    }
}

enum error form_read(struct request *r, const struct definition *definition, struct bytes json,
                     const struct form **form)
{
    const struct form_rule *rule = definition->forms.items;
    char *values = arena_alloc(r->arena, definition->form_size);

    TRY(input_from_json(r, json, definition->form_params, STRICT, values));
    for (size_t i = 0; i < definition->forms.count; i++, rule++) {
        const char **text = (const char **)(void *)(values + i * SLOT);

        if (definition->form_fields[i].kind == KIND_TEXT && *text != NULL)
            check_text(r, rule, text);
    }
    *form = (const struct form *)(void *)values;
    return refused(r);
}

static bool is_absent(const struct field *field, const void *value)
{
    switch (field->kind) {
    case KIND_TEXT:
        return *(const char *const *)value == NULL;
    case KIND_DAY:
    case KIND_NUMBER:
        return *(const int64_t *)value == NONE;
    default:
        return false;
    }
}

void form_check_complete(struct request *r, const struct definition *definition,
                         const struct form *form)
{
    const struct form_rule *rule = definition->forms.items;
    const char *values = (const char *)form;

    for (size_t i = 0; i < definition->forms.count; i++, rule++)
        if (rule->is_required && is_absent(&definition->form_fields[i], values + i * SLOT))
            reason(r, FORM_INCOMPLETE, VALUES(rule->code, rule->name));
}

static const void *value_at(const struct definition *definition, const struct form *form,
                            const char *code, enum kind kind)
{
    for (size_t i = 0; i < definition->forms.count; i++)
        if (strcmp(definition->form_fields[i].name, code) == 0 &&
            definition->form_fields[i].kind == kind)
            return (const char *)form + i * SLOT;
    return NULL;
}

const char *form_text(const struct definition *definition, const struct form *form,
                      const char *code)
{
    const char *const *value = value_at(definition, form, code, KIND_TEXT);

    return value == NULL ? NULL : *value;
}

struct day form_day(const struct definition *definition, const struct form *form, const char *code)
{
    const struct day *value = value_at(definition, form, code, KIND_DAY);

    return value == NULL ? (struct day){NONE} : *value;
}

int64_t form_number(const struct definition *definition, const struct form *form, const char *code)
{
    const int64_t *value = value_at(definition, form, code, KIND_NUMBER);

    return value == NULL ? NONE : *value;
}

bool form_flag(const struct definition *definition, const struct form *form, const char *code)
{
    const bool *value = value_at(definition, form, code, KIND_BOOL);

    return value != NULL && *value;
}

const char *form_shown(struct arena *arena, const struct definition *definition,
                       const struct form *form, size_t index)
{
    const struct field *field = &definition->form_fields[index];
    const char *values = (const char *)form;
    const void *value = values + index * SLOT;

    if (is_absent(field, value))
        return NULL;
    switch (field->kind) {
    case KIND_DAY:
        return day_to_text(arena, *(const struct day *)value);
    case KIND_NUMBER:
        return arena_printf(arena, "%" PRId64, *(const int64_t *)value);
    case KIND_BOOL:
        return *(const bool *)value ? "是" : "否";
    default:
        return *(const char *const *)value;
    }
}

const char *form_json(struct arena *arena, const struct definition *definition,
                      const struct form *form)
{
    struct text text = {.arena = arena};

    write_record(&text, definition->form_fields, form);
    return text_end(&text);
}
