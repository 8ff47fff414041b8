/* The public guide of a service (办事指南), from the definition that the workflow runs on. */

#include "casework/application_routes.h"
#include "casework/guide_chart.h"
#include "core/clock.h"

#include <inttypes.h>

struct service_item {
    const char *service, *name, *name_en, *measure, *summary;
    int64_t version;
};

const struct field service_item_fields[] = {
    FIELD(struct service_item, service),
    FIELD(struct service_item, name),
    FIELD(struct service_item, name_en),
    FIELD(struct service_item, measure),
    FIELD(struct service_item, summary),
    FIELD(struct service_item, version),
    FIELD_END,
};

struct guide_field {
    const char *code, *name, *hint, *kind;
    bool is_required;
    int64_t min, max;
    struct texts choices;
};
struct guide_document {
    const char *code, *name, *hint, *not_needed_if;
    bool is_required;
};
struct guide_step {
    const char *code, *name, *who;
    bool is_after_permit;
};
struct guide_clock {
    const char *name, *how_long, *source;
    bool is_promise;
};

struct service_view {
    const char *service, *name, *name_en, *measure, *summary, *mode, *decided_by, *permit;
    int64_t version;
    struct texts basis, applicants, channels, promises;
    struct records form, documents, steps, clocks, fees;
};

static const struct field guide_field_fields[] = {
    FIELD(struct guide_field, code),
    FIELD(struct guide_field, name),
    FIELD_OR_NULL(struct guide_field, hint),
    FIELD(struct guide_field, kind),
    FIELD(struct guide_field, is_required),
    FIELD_OR_NULL(struct guide_field, min),
    FIELD_OR_NULL(struct guide_field, max),
    FIELD_OR_NULL(struct guide_field, choices),
    FIELD_END,
};

static const struct field guide_document_fields[] = {
    FIELD(struct guide_document, code),         FIELD(struct guide_document, name),
    FIELD_OR_NULL(struct guide_document, hint), FIELD_OR_NULL(struct guide_document, not_needed_if),
    FIELD(struct guide_document, is_required),  FIELD_END,
};

static const struct field guide_step_fields[] = {
    FIELD(struct guide_step, code),
    FIELD(struct guide_step, name),
    FIELD(struct guide_step, who),
    FIELD(struct guide_step, is_after_permit),
    FIELD_END,
};

static const struct field guide_clock_fields[] = {
    FIELD(struct guide_clock, name),
    FIELD(struct guide_clock, how_long),
    FIELD(struct guide_clock, source),
    FIELD(struct guide_clock, is_promise),
    FIELD_END,
};

const struct field service_view_fields[] = {
    FIELD(struct service_view, service),
    FIELD(struct service_view, name),
    FIELD(struct service_view, name_en),
    FIELD(struct service_view, measure),
    FIELD(struct service_view, summary),
    FIELD(struct service_view, mode),
    FIELD(struct service_view, decided_by),
    FIELD_OR_NULL(struct service_view, permit),
    FIELD(struct service_view, version),
    FIELD(struct service_view, basis),
    FIELD(struct service_view, applicants),
    FIELD(struct service_view, channels),
    FIELD(struct service_view, promises),
    FIELD_LIST(struct service_view, form, guide_field_fields, struct guide_field),
    FIELD_LIST(struct service_view, documents, guide_document_fields, struct guide_document),
    FIELD_LIST(struct service_view, steps, guide_step_fields, struct guide_step),
    FIELD_LIST(struct service_view, clocks, guide_clock_fields, struct guide_clock),
    FIELD_LIST(struct service_view, fees, fee_item_fields, struct fee_item),
    FIELD_END,
};

bool is_service(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_.") == strlen(text);
}

const struct param service_params[] = {
    PARAM(struct service_input, service, SERVICE_IN_PATH),
    PARAM_END,
};

enum error list_services(struct request *r)
{
    const struct definitions *definitions = &casework_of(r)->definitions;
    struct service_item *items = arena_alloc(r->arena, (definitions->count + 1) * sizeof(*items));
    size_t count = 0;

    for (size_t i = 0; i < definitions->count; i++) {
        const struct definition *d = &definitions->items[i];

        if (d != definition_current(definitions, d->code))
            continue;
        items[count++] =
            (struct service_item){d->code, d->name, d->name_en, d->measure, d->summary, d->version};
    }
    return reply_page(r, service_item_fields, sizeof(*items), (struct records){items, count}, NULL);
}

static struct records guide_form(struct request *r, const struct definition *definition)
{
    const struct form_rule *rule = definition->forms.items;
    size_t count = definition->forms.count;
    struct guide_field *items = arena_alloc(r->arena, (count + 1) * sizeof(*items));

    for (size_t i = 0; i < count; i++, rule++)
        items[i] = (struct guide_field){rule->code,        rule->name, rule->hint, rule->kind,
                                        rule->is_required, rule->min,  rule->max,  rule->choices};
    return (struct records){items, count};
}

static struct records guide_documents(struct request *r, const struct definition *definition)
{
    const struct document_rule *rule = definition->documents.items;
    size_t count = definition->documents.count;
    struct guide_document *items = arena_alloc(r->arena, (count + 1) * sizeof(*items));

    for (size_t i = 0; i < count; i++, rule++)
        items[i] = (struct guide_document){rule->code, rule->name, rule->hint, rule->fact_name,
                                           rule->is_required};
    return (struct records){items, count};
}

const char *step_who(const struct step_rule *step)
{
    if (step->role_mask & LEAD)
        return "大队负责人";
    if (step->role_mask & REVIEWER)
        return "审查人员";
    return step->role_mask & MAKER ? "制证人员" : "受理人员";
}

static struct records guide_steps(struct request *r, const struct definition *definition)
{
    const struct step_rule *rule = definition->steps.items;
    size_t count = definition->steps.count;
    struct guide_step *items = arena_alloc(r->arena, (count + 1) * sizeof(*items));

    for (size_t i = 0; i < count; i++, rule++)
        items[i] = (struct guide_step){rule->code, rule->name, step_who(rule), rule->is_after};
    return (struct records){items, count};
}

const char *term_text(struct arena *arena, const struct term *term)
{
    static const char *const units[] = {"个工作日", "日", "个月", "年", "小时"};

    return arena_printf(arena, "%" PRId64 "%s", term->n, units[term->unit]);
}

const struct term *term_of_clock(const struct request *r, const struct clock_rule *rule)
{
    return rule->term == NULL ? NULL
                              : term_in_force(casework_of(r)->terms, rule->term, civil_day(r->now));
}

static struct records guide_clocks(struct request *r, const struct definition *definition)
{
    const struct clock_rule *rule = definition->clocks.items;
    size_t count = definition->clocks.count;
    struct guide_clock *items = arena_alloc(r->arena, (count + 1) * sizeof(*items));

    for (size_t i = 0; i < count; i++, rule++) {
        const struct term *term = term_of_clock(r, rule);

        items[i] =
            (struct guide_clock){rule->name, term == NULL ? rule->name : term_text(r->arena, term),
                                 term == NULL ? rule->name : term->source, rule->is_promise};
    }
    return (struct records){items, count};
}

enum error show_service(struct request *r)
{
    const struct service_input *in = r->input;
    const struct definition *d = definition_current(&casework_of(r)->definitions, in->service);
    struct service_view view;

    if (d == NULL)
        return refuse(r, SERVICE_UNKNOWN, VALUES(in->service));
    view = (struct service_view){
        .service = d->code,
        .name = d->name,
        .name_en = d->name_en,
        .measure = d->measure,
        .summary = d->summary,
        .mode = d->mode,
        .decided_by = d->decided_by,
        .permit = d->permit,
        .version = d->version,
        .basis = d->basis,
        .applicants = d->applicants,
        .channels = d->channels,
        .promises = d->promises,
        .form = guide_form(r, d),
        .documents = guide_documents(r, d),
        .steps = guide_steps(r, d),
        .clocks = guide_clocks(r, d),
        .fees = fees_today(r, d),
    };
    return reply_record(r, 200, service_view_fields, &view);
}
