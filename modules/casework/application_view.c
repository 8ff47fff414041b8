#include "casework/acting.h"
#include "casework/application_view.h"
#include "casework/deadline.h"

#include "casework/application_routes.h"
#include "casework/permit.h"
#include "core/clock.h"

struct form_view {
    const char *code, *name, *value;
};
struct document_view {
    const char *code, *name, *hint, *state; /* uploaded, not_needed, optional, missing */
    int64_t files;
    struct texts upload_ids;
    const char *fact;
    struct instant observed_at;
};
struct clock_view {
    const char *code, *name, *state; /* running, paused, ended */
    struct day started_on, due_on;
    bool is_promise, is_provisional;
    const char *source, *at_end;
};
struct act_view {
    struct instant at;
    const char *act, *by, *step, *reason, *paper_no;
};

struct application_view {
    const char *id, *application_no, *service, *service_name;
    int64_t version;
    const char *measure, *state, *state_text, *step, *step_name, *applicant_kind, *organisation,
        *credit_code, *channel;
    const char *brigade, *officer_id;
    struct texts gaps, basis, promises;
    struct records form, documents, clocks, history;
    const char *permit_no, *permit_state;
    struct day valid_from, valid_to;
    struct records fees;
    const char *fee_obligation_id, *fee_state; /* owed, paid, withdrawn */
    struct fen fee_fen;
    struct day pay_until;
    struct day reconsider_until,
        court_until; /* last days to appeal; NONE when nothing is refused */
    struct instant created_at, submitted_at, accepted_at, decided_at;
    bool is_deemed;
    int64_t ver;
};

static const struct field form_view_fields[] = {
    FIELD(struct form_view, code),
    FIELD(struct form_view, name),
    FIELD_OR_NULL(struct form_view, value),
    FIELD_END,
};

static const struct field document_view_fields[] = {
    FIELD(struct document_view, code),
    FIELD(struct document_view, name),
    FIELD_OR_NULL(struct document_view, hint),
    FIELD(struct document_view, state),
    FIELD(struct document_view, files),
    FIELD(struct document_view, upload_ids),
    FIELD_OR_NULL(struct document_view, fact),
    FIELD_OR_NULL(struct document_view, observed_at),
    FIELD_END,
};

static const struct field clock_view_fields[] = {
    FIELD(struct clock_view, code),           FIELD(struct clock_view, name),
    FIELD(struct clock_view, state),          FIELD(struct clock_view, started_on),
    FIELD(struct clock_view, due_on),         FIELD(struct clock_view, is_promise),
    FIELD(struct clock_view, is_provisional), FIELD(struct clock_view, source),
    FIELD(struct clock_view, at_end),         FIELD_END,
};

static const struct field act_view_fields[] = {
    FIELD(struct act_view, at),
    FIELD(struct act_view, act),
    FIELD(struct act_view, by),
    FIELD_OR_NULL(struct act_view, step),
    FIELD_OR_NULL(struct act_view, reason),
    FIELD_OR_NULL(struct act_view, paper_no),
    FIELD_END,
};

const struct field application_view_fields[] = {
    FIELD(struct application_view, id),
    FIELD_OR_NULL(struct application_view, application_no),
    FIELD(struct application_view, service),
    FIELD(struct application_view, service_name),
    FIELD(struct application_view, version),
    FIELD(struct application_view, measure),
    FIELD(struct application_view, state),
    FIELD(struct application_view, state_text),
    FIELD_OR_NULL(struct application_view, step),
    FIELD_OR_NULL(struct application_view, step_name),
    FIELD(struct application_view, applicant_kind),
    FIELD_OR_NULL(struct application_view, organisation),
    FIELD_OR_NULL(struct application_view, credit_code),
    FIELD(struct application_view, channel),
    FIELD_OR_NULL(struct application_view, brigade),
    FIELD_OR_NULL(struct application_view, officer_id),
    FIELD_OR_NULL(struct application_view, gaps),
    FIELD(struct application_view, basis),
    FIELD(struct application_view, promises),
    FIELD_LIST(struct application_view, form, form_view_fields, struct form_view),
    FIELD_LIST(struct application_view, documents, document_view_fields, struct document_view),
    FIELD_LIST(struct application_view, clocks, clock_view_fields, struct clock_view),
    FIELD_LIST(struct application_view, history, act_view_fields, struct act_view),
    FIELD_OR_NULL(struct application_view, permit_no),
    FIELD_OR_NULL(struct application_view, permit_state),
    FIELD_OR_NULL(struct application_view, valid_from),
    FIELD_OR_NULL(struct application_view, valid_to),
    FIELD_LIST(struct application_view, fees, fee_item_fields, struct fee_item),
    FIELD_OR_NULL(struct application_view, fee_obligation_id),
    FIELD_OR_NULL(struct application_view, fee_state),
    FIELD_OR_NULL(struct application_view, fee_fen),
    FIELD_OR_NULL(struct application_view, pay_until),
    FIELD_OR_NULL(struct application_view, reconsider_until),
    FIELD_OR_NULL(struct application_view, court_until),
    FIELD(struct application_view, created_at),
    FIELD_OR_NULL(struct application_view, submitted_at),
    FIELD_OR_NULL(struct application_view, accepted_at),
    FIELD_OR_NULL(struct application_view, decided_at),
    FIELD(struct application_view, is_deemed),
    FIELD(struct application_view, ver),
    FIELD_END,
};

struct word {
    const char *code, *text;
};

static const char *text_of(const struct word *words, const char *code)
{
    for (; words->code != NULL; words++)
        if (strcmp(words->code, code) == 0)
            return words->text;
    return code;
}

const char *state_text(const char *state)
{
    static const struct word words[] = {
        {"draft", "草稿"},        {"submitted", "待受理"}, {"correcting", "待补正"},
        {"accepted", "已受理"},   {"reviewing", "审查中"}, {"payable", "待缴费"},
        {"granted", "已批准"},    {"issued", "已发证"},    {"refused", "不予许可"},
        {"rejected", "不予受理"}, {"withdrawn", "已撤回"}, {"revoked", "已撤销"},
        {"appealed", "复议中"},   {"upheld", "复议维持"},  {NULL, NULL},
    };

    return text_of(words, state);
}

/* What happens if nobody acts. */
static const char *end_text(const struct definition *definition, const struct clock_rule *clock)
{
    static const struct word words[] = {
        {"accept", "逾期未告知的，自收到申请之日起即为受理"},
        {"grant", "逾期未作决定的，视为准予延续"},
        {"withdraw", "逾期未补正的，视为撤回申请"},
        {"escalate", "逾期未办结的，报大队负责人督办"},
        {NULL, NULL},
    };

    return clock == fee_clock_of(definition) ? "逾期未缴费的，视为撤回申请"
                                             : text_of(words, clock->at_end);
}

static const char *act_text(const char *act)
{
    static const struct word words[] = {
        {"begin", "开始填写"},
        {"edit", "修改申请表"},
        {"attach", "上传材料"},
        {"detach", "移除材料"},
        {"submit", "提交申请"},
        {"correct", "通知补正"},
        {"accept", "受理"},
        {"reject", "不予受理"},
        {"take", "开始办理"},
        {"release", "退回待办"},
        {"review", "审查通过本环节"},
        {"approve", "审查通过本环节"},
        {"charge", "准予许可，待缴费"},
        {"grant", "准予许可"},
        {"refuse", "不予许可"},
        {"issue", "发证"},
        {"withdraw", "撤回申请"},
        {"revoke", "撤销许可"},
        {"appeal", "申请复议"},
        {"uphold", "复议维持原决定"},
        {"reopen", "复议撤销原决定，重新审查"},
        {"restore", "复议撤销原决定，恢复许可"},
        {"pause", "中止计算期限"},
        {"resume", "恢复计算期限"},
        {"hand_over", "移交其他大队"},
        {"warn", "期限将满提醒"},
        {"overdue", "期限届满督办"},
        {"pass", "事后核查通过"},
        {NULL, NULL},
    };

    return text_of(words, act);
}

/* The natural person who acted and, if for another, by what right: "代办人". */
static const char *by_text(const struct act_row *act)
{
    static const struct word words[] = {
        {"citizen", "申请人"}, {"officer", "工作人员"}, {"system", "系统"}, {NULL, NULL}};

    return act->mandate_id != NULL ? "代办人" : text_of(words, act->actor_kind);
}

static struct records view_form(struct request *r, const struct application *a)
{
    const struct form_rule *rule = a->definition->forms.items;
    size_t count = a->definition->forms.count;
    struct form_view *views = arena_alloc(r->arena, (count + 1) * sizeof(*views));

    for (size_t i = 0; i < count; i++, rule++)
        views[i] = (struct form_view){rule->code, rule->name,
                                      form_shown(r->arena, a->definition, a->form, i)};
    return (struct records){views, count};
}

static void take_files(struct arena *arena, const struct records *entries,
                       struct document_view *view)
{
    const struct document_entry *entry = entries->items;

    view->upload_ids.items = arena_alloc(arena, (entries->count + 1) * sizeof(char *));
    for (size_t i = 0; i < entries->count; i++, entry++) {
        if (strcmp(entry->code, view->code) != 0)
            continue;
        if (entry->upload_id != NULL) {
            view->upload_ids.items[view->files++] = entry->upload_id;
            view->upload_ids.count++;
        } else {
            view->fact = entry->fact;
            view->observed_at = entry->observed_at;
        }
    }
}

/* While it may still be changed, facts are looked up as they are now; later what was recorded
 * counts. */
static enum error view_document(struct request *r, const struct application *a,
                                const struct document_rule *rule, struct document_view *view)
{
    struct fact_found found = {.is_found = false};

    if (strcmp(a->state, "draft") == 0)
        TRY(document_fact(r, a, rule, &found));
    if (found.is_found) {
        view->fact = found.source;
        view->observed_at = found.observed_at;
    }
    view->state = view->files > 0      ? "uploaded"
                  : view->fact != NULL ? "not_needed"
                  : rule->is_required  ? "missing"
                                       : "optional";
    return E_OK;
}

static enum error view_documents(struct request *r, const struct application *a,
                                 struct records *documents)
{
    const struct document_rule *rule = a->definition->documents.items;
    size_t count = a->definition->documents.count;
    struct document_view *views = arena_alloc(r->arena, (count + 1) * sizeof(*views));
    struct records entries;

    TRY(documents_of(r, a, &entries));
    for (size_t i = 0; i < count; i++, rule++) {
        views[i] = (struct document_view){
            .code = rule->code, .name = rule->name, .hint = rule->hint, .observed_at = {NONE}};
        take_files(r->arena, &entries, &views[i]);
        TRY(view_document(r, a, rule, &views[i]));
    }
    *documents = (struct records){views, count};
    return E_OK;
}

static enum error view_clocks(struct request *r, const struct application *a,
                              struct records *clocks)
{
    struct records rows;
    const struct clock_row *row;
    struct clock_view *views;

    TRY(clocks_of(r, a, &rows));
    row = rows.items;
    views = arena_alloc(r->arena, (rows.count + 1) * sizeof(*views));
    for (size_t i = 0; i < rows.count; i++, row++) {
        const struct clock_rule *rule = clock_of(a->definition, row->code);

        views[i] = (struct clock_view){.code = rule->code,
                                       .name = rule->name,
                                       .state = !row->is_running                ? "ended"
                                                : row->paused_on.number != NONE ? "paused"
                                                                                : "running",
                                       .started_on = row->started_on,
                                       .due_on = row->due_on,
                                       .is_promise = rule->is_promise,
                                       .is_provisional = row->is_provisional,
                                       .source = row->source,
                                       .at_end = end_text(a->definition, rule)};
    }
    *clocks = (struct records){views, rows.count};
    return E_OK;
}

static enum error view_history(struct request *r, const struct application *a,
                               struct records *history)
{
    struct records rows;
    const struct act_row *row;
    struct act_view *views;

    TRY(acts_of(r, a, &rows));
    row = rows.items;
    views = arena_alloc(r->arena, (rows.count + 1) * sizeof(*views));
    for (size_t i = 0; i < rows.count; i++, row++)
        views[i] = (struct act_view){
            .at = row->at,
            .act = act_text(row->act),
            .by = by_text(row),
            .step = row->step,
            .reason = row->reason,
            .paper_no = row->has_paper ? act_paper_no(r->arena, a->application_no, row->ver) : NULL,
        };
    *history = (struct records){views, rows.count};
    return E_OK;
}

static enum error view_permit(struct request *r, struct application_view *view)
{
    struct permit permit;
    enum error found = permit_of(r, view->id, &permit);

    view->valid_from = view->valid_to = (struct day){NONE};
    if (found != E_OK)
        return found == E_NOT_FOUND ? E_OK : found;
    view->permit_no = permit.permit_no;
    TRY(permit_state(r, &permit, &view->permit_state));
    view->valid_from = permit.valid_from;
    view->valid_to = permit.valid_to;
    return E_OK;
}

static struct application_view view_of(struct request *r, const struct application *a)
{
    const struct step_rule *step = step_of(a->definition, a->step);

    return (struct application_view){
        .id = a->id,
        .application_no = a->application_no,
        .service = a->service,
        .service_name = a->definition->name,
        .version = a->version,
        .measure = a->definition->measure,
        .state = a->state,
        .state_text = state_text(a->state),
        .step = a->step,
        .step_name = step != NULL      ? step->name
                     : a->step != NULL ? "受理"
                                       : NULL,
        .applicant_kind = a->applicant_kind,
        .channel = a->channel,
        .brigade = a->brigade,
        .officer_id = r->roles & OFFICER ? a->officer_id : NULL,
        .gaps = texts_split(r->arena, a->gaps, '\n'),
        .basis = a->definition->basis,
        .promises = a->definition->promises,
        .form = view_form(r, a),
        .created_at = a->created_at,
        .submitted_at = a->submitted_at,
        .accepted_at = a->accepted_at,
        .decided_at = a->decided_at,
        .is_deemed = a->is_deemed,
        .ver = a->ver,
    };
}

static enum error view_fees(struct request *r, const struct application *a,
                            struct application_view *view)
{
    struct fee_charged charged;

    TRY(fee_of(r, a, &charged));
    view->fees = charged.items;
    view->fee_obligation_id = charged.obligation_id;
    view->fee_state = charged.state;
    view->fee_fen = charged.total_fen;
    view->pay_until = charged.due_on;
    return E_OK;
}

/* A decision against the applicant names the ways against it and until when they are open
   (Licensing Law 38; Reconsideration Law, Litigation Law). */
static enum error view_appeal(struct request *r, const struct application *a,
                              struct application_view *view)
{
    view->reconsider_until = view->court_until = (struct day){NONE};
    if (edge_to(casework_of(r), a->state, "appeal") == NULL)
        return E_OK;
    TRY(term_end_of(r, "appeal.reconsideration", civil_day(a->updated_at),
                    &view->reconsider_until));
    return term_end_of(r, "appeal.court", civil_day(a->updated_at), &view->court_until);
}

/* In public registers an organisation is not private. */
static enum error view_organisation(struct request *r, const struct application *a,
                                    struct application_view *view)
{
    struct organisation organisation;

    if (strcmp(a->applicant_kind, ORGANISATION_APPLICANT) != 0)
        return E_OK;
    TRY(organisation_of(r, a->applicant_id, &organisation));
    view->organisation = organisation.name;
    view->credit_code = organisation.credit_code;
    return E_OK;
}

enum error reply_application(struct request *r, int status, const struct application *a)
{
    struct application_view view = view_of(r, a);

    TRY(view_organisation(r, a, &view));
    TRY(view_documents(r, a, &view.documents));
    TRY(view_clocks(r, a, &view.clocks));
    TRY(view_history(r, a, &view.history));
    TRY(view_permit(r, &view));
    TRY(view_fees(r, a, &view));
    TRY(view_appeal(r, a, &view));
    return reply_record(r, status, application_view_fields, &view);
}

enum error reply_application_gone(struct request *r, const struct application *a)
{
    struct application_view view = view_of(r, a);

    view.form = (struct records){NULL, 0};
    view.gaps = (struct texts){NULL, 0};
    view.valid_from = view.valid_to = (struct day){NONE};
    view.reconsider_until = view.court_until = view.pay_until = (struct day){NONE};
    view.fee_fen = (struct fen){NONE};
    return reply_record(r, 200, application_view_fields, &view);
}
